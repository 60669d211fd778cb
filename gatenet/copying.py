"""Copies and pickles of units, flat: at any depth, with no recursion over the circuit.

`copy.deepcopy` walks the topological order.  `pickle` is led through it as well: the state of a
unit starts with a `Led`, which hands the pickler the units in topological order, one by
one; each then finds its operands in the pickler's memo already.  Units shared between objects of
one pickle or one copy stay shared.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from gatenet.printing import NAMESPACE
from gatenet.unit import LEAVES, Leaf, Unit, last_write, tick, write_now
from gatenet.walk import topological

# The serials of the units that a pickler of this thread is being led through.
_led = threading.local()


def deep_copied(unit: Unit, memo: dict[int, Any]) -> Unit:
    """Copy a unit and everything it depends on; what `memo` knows already is shared."""
    stale = False
    for old in _uncopied(unit, memo):
        new = blank()
        new._value, new._grad, new._name, new._gate = old._value, old._grad, old._name, old._gate
        new._serial = new._time = tick()
        new._a, new._b = _moved(old._a, memo), _moved(old._b, memo)
        new._pa, new._pb = old._pa, old._pb
        if is_stale(old):
            new._time, stale = 0, True
        memo[id(old)] = new
    if stale:
        write_now()
    copied: Unit = memo[id(unit)]
    return copied


def _uncopied(unit: Unit, memo: dict[int, Any]) -> list[Unit]:
    """The units that a copy still needs, in topological order."""
    found: dict[int, Unit] = {}
    stack = [unit]
    while stack:
        one = stack.pop()
        if one._serial not in found and id(one) not in memo:
            found[one._serial] = one
            stack.extend([operand for operand in one.inputs if type(operand) is Unit])
    return [found[serial] for serial in sorted(found)]


def is_stale(unit: Unit) -> bool:
    """Whether a unit was computed before one of its operands was written or replayed."""
    if unit._time > last_write():
        return False
    return any(type(op) is Unit and op._time > unit._time for op in unit.inputs)


def _moved(operand: Any, memo: dict[int, Any]) -> Any:
    if type(operand) is tuple:
        return tuple([memo[id(op)] if type(op) is Unit else op for op in operand])
    return memo[id(operand)] if type(operand) is Unit else operand


def blank() -> Unit:
    """An empty unit, to be filled."""
    return NAMESPACE["new"](Unit)  # type: ignore[no-any-return]


class Led:
    """What a pickle or a copy is made to visit first: units in topological order, one by one."""

    def __init__(self, order: list[Unit]) -> None:
        self.order = order

    def __reduce__(self) -> Any:
        return list, (), None, self._units()

    def _units(self) -> Iterator[Unit]:
        outer = getattr(_led, "serials", None)
        _led.serials = {unit._serial for unit in self.order}
        try:
            yield from self.order
        finally:
            _led.serials = outer


def reduced(unit: Unit) -> Any:
    """Give pickle an empty unit and the state that fills it."""
    led = getattr(_led, "serials", None)
    known = led is not None and unit._serial in led
    before = None if known else Led(topological([unit])[:-1])
    gate = tuple(unit._gate) if isinstance(unit._gate, Leaf) else unit._gate
    state = (unit._value, unit._grad, unit._name, gate, unit._a, unit._b, unit._pa, unit._pb)
    return blank, (), (before, state, is_stale(unit))


def restore(unit: Unit, state: Any) -> None:
    """Fill an empty unit from a pickle."""
    unit._value, unit._grad, unit._name, gate, unit._a, unit._b, unit._pa, unit._pb = state[1]
    unit._gate = LEAVES[gate] if isinstance(gate, tuple) else gate
    unit._serial = unit._time = tick()
    if state[2]:  # it was stale, and still is
        unit._time = 0
        write_now()
