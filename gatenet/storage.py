"""Storage: what a unit is made of, and the clock that numbers units.

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
from collections.abc import Callable, Iterator
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
