"""Summary: a table of a module's layers, read off one run.

Knows modules by what they hold and by their `forward`; does not know any layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from gatenet.modes import no_grad
from gatenet.nn import places, shapes
from gatenet.texts import count
from gatenet.unit import tick


@dataclass
class Row:
    """One layer: where it stands, what it is, what came out, what it holds and wired.

    `gates` counts those of the layers inside as well, over all `calls`.
    """

    name: str
    type: str
    parameters: int
    output: str = ""
    gates: int = 0
    calls: int = 0


class Summary:
    """The rows of the layers that ran, the whole module first; printed as a table."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows

    @property
    def parameters(self) -> int:
        """How many parameters the whole module has."""
        return self.rows[0].parameters

    @property
    def gates(self) -> int:
        """How many gates one run wired, in evaluation mode."""
        return self.rows[0].gates

    def __repr__(self) -> str:
        head = ["layer", "type", "output", "parameters", "gates"]
        cells = [
            [row.name, row.type, _called(row), count(row.parameters), count(row.gates)]
            for row in self.rows
        ]
        widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
        return "\n".join(_line(line, widths) for line in [head, *cells])


def _called(row: Row) -> str:
    return row.output if row.calls == 1 else f"{row.output} ({row.calls} calls)"


def _line(cells: list[str], widths: list[int]) -> str:
    sides = [str.ljust] * 3 + [str.rjust] * 2
    parts = [side(cell, width) for side, cell, width in zip(sides, cells, widths, strict=True)]
    return "  ".join(parts).rstrip()


def summarized(module: Any, inputs: tuple[Any, ...]) -> Summary:
    """Run a module once in evaluation mode, watched, and give the rows of what was called."""
    rows = {
        id(part): Row(path, type(part).__name__, len(part.parameters()))
        for path, part in places.holders(module, "", set())
    }
    with _evaluating(module), _watched(module, rows), no_grad():
        module(*inputs)
    return Summary([row for row in rows.values() if row.calls])


@contextmanager
def _evaluating(module: Any) -> Iterator[None]:
    """Set every module to evaluation and put each back as it was."""
    modes = [(part, vars(part).get("training")) for part in module.modules()]
    try:
        module.eval()
        yield
    finally:
        for part, mode in modes:
            if mode is None:
                vars(part).pop("training", None)
            else:
                part.training = mode


class _Clock:
    """The clock of units, less the readings that were taken of it."""

    def __init__(self) -> None:
        self._readings = 0

    def read(self) -> int:
        """How many units were made so far, from some start."""
        self._readings += 1
        return tick() - self._readings


@contextmanager
def _watched(module: Any, rows: dict[int, Row]) -> Iterator[None]:
    """Stand before each module's `forward` for a while and note what goes through."""
    held = [(part, vars(part).get("forward")) for part in module.modules()]
    clock = _Clock()
    try:
        for part, _ in held:
            vars(part)["forward"] = _noting(part.forward, rows[id(part)], clock)
        yield
    finally:
        for part, forward in held:
            if forward is None:
                vars(part).pop("forward", None)
            else:
                vars(part)["forward"] = forward


def _noting(forward: Callable[..., Any], row: Row, clock: _Clock) -> Callable[..., Any]:
    """Make a `forward` that notes the shape of its output and how many units it made."""

    def noting(*inputs: Any, **options: Any) -> Any:
        before = clock.read()
        found = forward(*inputs, **options)
        row.gates += clock.read() - before
        row.calls += 1
        row.output = shapes.text(shapes.shape(found))
        return found

    return noting
