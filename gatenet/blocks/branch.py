"""Branches: a Python function traced into nested circuits, when it is first needed.

What the function takes from around it (units in its closure) becomes an operand, so that a
replay and a gradient reach it.  When a comparison inside goes another way than it was traced, the
function is traced again and both ways are kept.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from gatenet.blocks.nested import Nested, from_units
from gatenet.errors import FlippedBranchError, WiringError
from gatenet.modes import record
from gatenet.transforms.calls import inside, name_of, unit_or_number, value_of
from gatenet.trees import Structure, checked, flatten, unflatten
from gatenet.unit import Unit, describe, tick
from gatenet.walk import reachable_since

Leaf = Unit | float


class Frame:
    """What the branches of one block share: their operands and the structure of their output.

    Operands are the leaves of the arguments, then the units taken from around the functions.
    """

    def __init__(self, arguments: Structure) -> None:
        self.arguments = arguments
        self.output: Structure | None = None
        self.around: list[Unit] = []
        self.closed = False  # once a row is wired, no operand can be added
        self.sample: list[float] = []
        self.given: Sequence[str | None] = ()
        self._known: set[int] = set()

    @property
    def size(self) -> int:
        """The number of operands."""
        return self.arguments.size + len(self.around)

    def take(self, units: Iterable[Unit], f: Callable[..., Any]) -> None:
        """Make units from around a function operands, each once.

        Raises WiringError when it comes too late for that.
        """
        for unit in units:
            if unit._serial in self._known:
                continue
            if self.closed:
                raise WiringError(
                    f"{name_of(f)} uses {describe(unit)} from around it, which was not seen when "
                    "the block was wired: pass it as an operand",
                    unit=unit,
                )
            self._known.add(unit._serial)
            self.around.append(unit)

    def names(self) -> list[str]:
        """A name for each operand."""
        given = self.given or [None] * self.arguments.size
        named = [name or f"x{k}" for k, name in enumerate(given)]
        return named + [unit.name or f"w{k}" for k, unit in enumerate(self.around)]


class Branch:
    """A function as nested wiring: one `Nested` per output, for each way it was seen to go.

    Without a function, as it comes from a file, it is what it is.
    """

    def __init__(self, f: Callable[..., Any] | None, frame: Frame) -> None:
        self.f = f
        self.frame = frame
        self.variants: list[list[Nested]] = []

    def trace(self, operands: Sequence[Leaf]) -> list[float]:
        """Call the function on units of these values and keep its wiring; give its outputs.

        Raises WiringError when it gives another structure than before, or uses a unit from
        around it that no operand stands for.
        """
        frame, f = self.frame, self.f
        assert f is not None
        since = tick()
        with inside(), record() as recording:
            roots = [_root(operand) for operand in operands[: frame.arguments.size]]
            outputs, output = flatten(f(*unflatten(frame.arguments, roots)))
        outputs = checked(output, outputs, f"{name_of(f)} returned", unit_or_number)
        if frame.output not in (None, output):
            raise WiringError(
                f"{name_of(f)} returned {output} where {frame.output} was expected: every branch "
                "of a block must give the same structure"
            )
        frame.output = output
        watched = [side for c in recording.comparisons for side in c.operands()]
        found = reachable_since([u for u in [*outputs, *watched] if type(u) is Unit], since)
        frame.take([found[serial] for serial in sorted(found) if serial < since], f)
        slots = [*roots, *frame.around]
        self.variants.append(
            [from_units(out, slots, since, recording.comparisons) for out in outputs]
        )
        return [value_of(out) for out in outputs]

    def attempt(self, run: Callable[[Nested], Any], operands: Sequence[Leaf], index: int) -> Any:
        """Run output `index` the way its comparisons go at these operands, tracing when new.

        Raises FlippedBranchError when they go a way that cannot be traced.
        """
        flipped = None
        for variant in self.variants:
            try:
                return run(variant[index])
            except FlippedBranchError as error:
                flipped = error
        if self.f is None:
            assert flipped is not None
            raise flipped
        self.trace(operands)
        try:
            return run(self.variants[-1][index])
        except FlippedBranchError:
            self.variants.pop()
            raise

    def first(self, index: int) -> Nested:
        """The wiring of output `index` as it was first traced; traced now if it never was."""
        if not self.variants:
            self.trace(self.frame.sample)
        return self.variants[0][index]


def _root(operand: Leaf) -> Unit:
    return Unit(value_of(operand), operand.name if type(operand) is Unit else None)


def closed_over(*functions: Any) -> list[Unit]:
    """The units that functions take from around them, as far as their closures show it.

    Variables of enclosing functions and globals are looked at when they hold a unit or a list,
    tuple or dict of some hundred; what hides elsewhere is found when the function is traced.
    """
    found: dict[int, Unit] = {}
    for function in functions:
        try:
            around = inspect.getclosurevars(function)
        except (TypeError, ValueError):
            continue  # no Python function, or a variable that has no value yet
        for value in [*around.nonlocals.values(), *around.globals.values()]:
            found.update({unit._serial: unit for unit in _units_in(value)})
    return [found[serial] for serial in sorted(found)]


def _units_in(value: Any, limit: int = 1000) -> list[Unit]:
    """The units in a small tree of anything; a large one, or one that holds itself, is cut off."""
    found: list[Unit] = []
    stack = [value]
    for _ in range(limit):
        if not stack:
            break
        item = stack.pop()
        if type(item) is Unit:
            found.append(item)
        elif isinstance(item, (list, tuple)) and len(item) <= limit:
            stack.extend(item)
        elif isinstance(item, dict) and len(item) <= limit:
            stack.extend(item.values())
    return found
