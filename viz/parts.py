"""Parts: what a picture is made of, in words: boxes, wires, and the scene of them all.

A box is a unit with the gate that made it, or a folded group of them; a wire joins two boxes.
Every text here is safe to show and as it will be shown; layout asks for sizes, the painters
for texts, so every engine shows the same.  Knows no circuit, coordinate or markup.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .folding import Group


class Change(NamedTuple):
    """The difference of two numbers of a unit, as text, with its sign and strength."""

    text: str
    sign: str
    strength: int


@dataclass(frozen=True, slots=True)
class Box:
    """A unit and its gate, or a folded group: `number` is the row it stands for.

    `grad` is None where a gradient has no meaning (constants); `sign` is "plus", "minus",
    "zero", "broken" (not finite), "mixed" or "unvisited", and `strength` says how large the
    gradient is, from 4 (the decade of the largest in the picture) to 1 (a thousandth of it or
    less), 0 for none.  In a step `state` is "working", "done", "partial" or "pending"; in a
    comparison "largest" marks the largest changes, and `changes` has those of value and
    gradient.  `note` is a short text beside the name.
    """

    number: int
    role: str
    output: bool
    name: str
    named: bool
    value: str
    grad: str | None
    sign: str
    symbol: str
    hover: tuple[str, ...]
    count: int = 1
    state: str = ""
    note: str = ""
    strength: int = 0
    group: Group | None = None
    changes: tuple[Change, ...] = ()

    @property
    def node(self) -> str:
        """The box's own name in DOT and in ids: n17 for row 17."""
        return f"n{self.number}"

    @property
    def classes(self) -> str:
        """The classes of the box in SVG and DOT, for anybody's style sheet."""
        some = ["unit", self.role]
        if self.output:
            some.append("output")
        some.append(self.sign)
        if self.group is not None:
            some.append(f"group_{self.group.kind}")
        if self.strength:
            some.append(f"s{self.strength}")
        return " ".join([*some, self.state]).rstrip()


@dataclass(frozen=True, slots=True)
class Wire:
    """A wire between two boxes, by their places in the scene; `count` of them where folded.

    In a step `state` is "working", "done" or "pending", and `pull` what the step sends along
    it, with its sign.
    """

    tail: int
    head: int
    count: int
    hover: tuple[str, ...]
    state: str = ""
    pull: str = ""
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a picture shows.

    `caption` is what stands in words below the boxes, `note` says what is folded, `top` is the
    power of ten that the strengths of gradients begin at, and `kind` is "circuit", "step",
    "program" or "comparison".
    """

    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]
    title: str
    description: str
    note: str
    caption: tuple[str, ...] = ()
    top: int = 0
    kind: str = "circuit"
