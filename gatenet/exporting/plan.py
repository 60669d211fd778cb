"""Plans: a program cut into functions of bounded size, with a place for all that crosses them.

What every row shares is worked out once, the rest row by row; what the outputs need comes first,
so that a run without gradients can stop there.  Knows programs; the printers of languages read it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from gatenet.compiler.program import Program

#: How many operations one printed function holds: compilers are far from linear in its length.
SIZE = 400

Item = TypeVar("Item")


class Result(NamedTuple):
    """A number that is asked for: "outputs" or "gradients", which of them, and its node."""

    kind: str
    number: int
    node: int


@dataclass
class Chunk:
    """One function: its nodes in order, and what becomes of them.

    `stores` pairs nodes with their place in the stage's workspace, where later functions read
    them; `results` are written where they are worked out.
    """

    nodes: Sequence[int]
    stores: list[tuple[int, int]] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)


@dataclass
class Stage:
    """The functions of one stage: the first `early` give values, the others gradients."""

    chunks: list[Chunk]
    early: int
    #: The place in the workspace of each node that is read by another function.
    places: dict[int, int]
    #: How many places the workspace has.
    size: int


class Plan:
    """How a program is printed: a stage for what rows share, and a stage for each row.

    `rest` are the results that are copied at the end of a row: constants, leaves, what rows share,
    and gradients that the values need as well.
    """

    def __init__(self, program: Program, size: int = SIZE) -> None:
        self.program = program
        self.columns = {node: k for k, node in enumerate(program.inputs)}
        self.uniform = {node: k for k, node in enumerate(program.uniform)}
        early, varying = _needed(program), program.varying
        results = [Result("outputs", k, node) for k, node in enumerate(program.outputs)]
        results += [Result("gradients", k, node) for k, node in enumerate(program.gradients)]
        parts: list[list[int]] = [[], [], [], []]
        for k, gate in enumerate(program.gates):
            if gate is not None:
                parts[2 * varying[k] + (not early[k])].append(k)
        local = {*parts[2], *parts[3]}
        direct = {
            result
            for result in results
            if result.node in local and not (result.kind == "gradients" and early[result.node])
        }
        self.rest = [result for result in results if result not in direct]
        copied = {result.node for result in self.rest}
        copied.update(check.node for check in program.checks)
        read = {arg for k in local for arg in program.args[k]}
        self.shared = _stage(parts[:2], program, read | copied, size)
        self.row = _stage(parts[2:], program, copied, size)
        home = {k: chunk for chunk in self.row.chunks for k in chunk.nodes}
        for result in sorted(direct):
            home[result.node].results.append(result)


def _needed(program: Program) -> bytearray:
    """For each node 1 where an output or a check needs it."""
    found = bytearray(len(program.gates))
    for k in program.values:
        found[k] = 1
    for k in range(len(found) - 1, -1, -1):
        if found[k]:
            for arg in program.args[k]:
                found[arg] = 1
    return found


def _stage(
    parts: Iterable[Sequence[int]], program: Program, kept: Collection[int], size: int
) -> Stage:
    """Cut the parts into functions; give a place to each node that another function reads.

    A place is used again by functions after the one that read it last.
    """
    split = [[Chunk(piece) for piece in cut(part, size)] for part in parts]
    chunks = [chunk for part in split for chunk in part]
    last: dict[int, int] = {}
    for k, chunk in enumerate(chunks):
        for node in chunk.nodes:
            for arg in program.args[node]:
                last[arg] = k
    places: dict[int, int] = {}
    free: list[int] = []
    ending: dict[int, list[int]] = {}
    count = 0
    for k, chunk in enumerate(chunks):
        free += ending.pop(k - 1, ())
        for node in chunk.nodes:
            until = last.get(node, k)
            if node not in kept and until == k:
                continue
            if free:
                place = free.pop()
            else:
                place, count = count, count + 1
            places[node] = place
            chunk.stores.append((node, place))
            if node not in kept:
                ending.setdefault(until, []).append(place)
    return Stage(chunks, len(split[0]), places, count)


def cut(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Cut a sequence into pieces of at most `size`.

    >>> list(cut([1, 2, 3, 4, 5], 2))
    [[1, 2], [3, 4], [5]]
    """
    for start in range(0, len(items), size):
        yield items[start : start + size]


class Names:
    """What generated text calls a node: `v7` in its own function, a place in an array elsewhere.

    The arrays are x (a row's inputs), p (parameters), s (what rows share), w (a row's workspace),
    in every language alike; `constant` prints numbers.
    """

    def __init__(self, plan: Plan, constant: Callable[[float], str]) -> None:
        self.constants = {k: constant(value) for k, value in plan.program.constants.items()}
        self.arrays = {k: f"x[{place}]" for k, place in plan.columns.items()}
        self.arrays.update({k: f"p[{place}]" for k, place in plan.uniform.items()})
        self.arrays.update({k: f"s[{place}]" for k, place in plan.shared.places.items()})
        self.arrays.update({k: f"w[{place}]" for k, place in plan.row.places.items()})

    def of(self, node: int, inside: Collection[int] = ()) -> str:
        """Name a node as it is known in a function that works out the nodes `inside`."""
        if node in inside:
            return f"v{node}"
        return self.constants[node] if node in self.constants else self.arrays[node]


def bare(text: str) -> str:
    """An expression without the brackets round all of it.

    >>> bare("(a + b)"), bare("(a) + (b)"), bare("f(a)")
    ('a + b', '(a) + (b)', 'f(a)')
    """
    if not text.startswith("(") or not text.endswith(")"):
        return text
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and place < len(text) - 1:
            return text
    return text[1:-1]
