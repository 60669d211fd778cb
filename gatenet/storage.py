"""Storage: what a unit is made of, the clock that numbers units, and many units at once.

There are two, of the same names and meanings: slots in Python, which everybody can read, and a type
in C that keeps numbers unboxed (`_native.units`).  The second is taken where it was built, unless
GATENET_NATIVE_UNITS=0 refuses it or GATENET_PURE=1 everything in C; nothing above can tell them
apart but by the time they take.
"""

from __future__ import annotations

import gc
import importlib
import itertools
import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gatenet.record import Gate


def _found() -> Any:
    """The C extension, or None where it was not built or is refused."""
    refused = os.environ.get("GATENET_PURE", "0") not in ("", "0")
    if refused or os.environ.get("GATENET_NATIVE_UNITS") == "0":
        return None
    try:
        return importlib.import_module("gatenet._native.units")
    except ImportError:
        return None


#: The C extension that stores units, or None.
NATIVE: Any = _found()


class Slots:
    """What a unit stores, in pure Python."""

    # _gate      the gate that drives it, or a Leaf
    # _serial    its number in order of creation; _time when its value was last computed or written
    # _a, _b     the one or two operands, units or floats
    # _pa, _pb   the local derivative of the value in each; None where there is no unit
    # _grad      None until a pass has visited it
    # A gate of more operands, or of any number, has tuples in _a and _pa, and MANY in _pb.
    # A tuple for every gate would cost a third more memory and time.
    __slots__ = ("_a", "_b", "_gate", "_grad", "_name", "_pa", "_pb", "_serial", "_time", "_value")

    _a: Any
    _b: Any
    _gate: Gate | Any
    _grad: float | None
    _name: str | None
    _pa: Any
    _pb: Any
    _serial: int
    _time: int
    _value: float


_last_write = 0


def _pure_last_write() -> int:
    return _last_write


def _pure_write_now() -> int:
    global _last_write
    _last_write = tick()
    return _last_write


# A unit exists only after its inputs, so its serial number is a topological order for free.
# Printed kernels write next(clock), which is faster than a call of tick().
clock: Iterator[int] = itertools.count(1) if NATIVE is None else NATIVE.clock
tick: Callable[[], int] = clock.__next__ if NATIVE is None else NATIVE.tick

#: The clock's reading at the last write to any leaf, or the last replay of any circuit.
last_write: Callable[[], int] = _pure_last_write if NATIVE is None else NATIVE.last_write

#: Note a write and give its time: whatever was computed before it may be stale.
write_now: Callable[[], int] = _pure_write_now if NATIVE is None else NATIVE.write_now

if TYPE_CHECKING:
    Storage = Slots
else:
    #: What class Unit inherits from.
    Storage = Slots if NATIVE is None else NATIVE.UnitBase


def alive() -> int:
    """How many units there are: for whoever looks for leaks."""
    if NATIVE is not None:
        return NATIVE.alive()  # type: ignore[no-any-return]
    return sum(isinstance(thing, Slots) for thing in gc.get_objects())


def values_of(units: Sequence[Any], more: Sequence[float] = ()) -> Any:
    """The values of units as they are now, then more numbers: one `array` of doubles.

    >>> from gatenet import Unit
    >>> values_of([Unit(1.0), Unit(2.0)], [0.5])
    array('d', [1.0, 2.0, 0.5])
    """
    if NATIVE is None:
        found = array("d", [unit._value for unit in units])
    else:
        found = array("d", bytes(8 * len(units)))
        NATIVE.values(units, found)
    found.extend(more)
    return found


def add_grads(units: Sequence[Any], numbers: Any, first: int = 0) -> None:
    """Add numbers, from place `first` on, to the gradients of units; None plus x is x.

    >>> from gatenet import Unit
    >>> x = Unit(1.0)
    >>> add_grads([x], [7.0, 0.25], 1); add_grads([x], [0.5])
    >>> x.grad
    0.75
    """
    if NATIVE is not None:
        fit = type(numbers) is array and numbers.typecode == "d"
        flat = numbers if fit else array("d", numbers)
        NATIVE.add_grads(units, flat, first)
        return
    for unit, number in zip(units, numbers[first : first + len(units)], strict=True):
        before = unit._grad
        unit._grad = number if before is None else before + number


def write_columns(units: Sequence[Any], values: Any, grads: Any, now: int) -> None:
    """Set values and gradients of units from `array`s of doubles, as of the time `now`."""
    if NATIVE is not None:
        NATIVE.write(units, values, grads, now)
        return
    for unit, value, grad in zip(units, values, grads, strict=True):
        unit._value, unit._grad, unit._time = value, grad, now
