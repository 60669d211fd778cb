"""Modes: `no_grad`, `detect_anomaly` and `record`, each a context manager.

Each thread and task has its own modes (a context variable).  The eager engine asks one global
number, `active`, whether anyone at all is in a mode, so that none costs anything when unused.
Knows the errors and the namespace of generated code; does not know units.
"""

from __future__ import annotations

import linecache
import sys
import threading
import weakref
from collections.abc import Callable, Iterable
from contextlib import ContextDecorator
from contextvars import ContextVar, Token
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from gatenet.printing import NAMESPACE
from gatenet.storage import NATIVE

#: What each comparison sign asks of two floats.
HOLDS: dict[str, Callable[[float, float], bool]] = {
    "<": float.__lt__,
    "<=": float.__le__,
    ">": float.__gt__,
    ">=": float.__ge__,
}


class Comparison(NamedTuple):
    """One comparison of units made while recording: `left sign right` was `held`."""

    sign: str
    left: Any
    right: Any
    held: bool
    place: str

    def operands(self) -> tuple[Any, Any]:
        """The two sides: units or plain floats."""
        return self.left, self.right


@dataclass(eq=False)
class Recording:
    """The comparisons of units made inside one `with gatenet.record()`."""

    comparisons: list[Comparison] = field(default_factory=list)
    start: int = 0
    end: int | None = None

    def __len__(self) -> int:
        return len(self.comparisons)


@dataclass(eq=False)
class Anomaly:
    """Where each unit was built while `detect_anomaly()` watches, by serial number.

    `check_nan` says whether what is not finite is an error, or whether lines are noted alone.
    """

    check_nan: bool = True
    places: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class State:
    """The modes of one thread or task."""

    grad: bool = True
    anomaly: Anomaly | None = None
    recording: Recording | None = None

    @property
    def strict(self) -> bool:
        """Whether a value or gradient that is not finite is an error."""
        return self.anomaly is not None and self.anomaly.check_nan


_PLAIN = State()
_state: ContextVar[State] = ContextVar("gatenet_modes", default=_PLAIN)
_lock = threading.Lock()
_recordings: weakref.WeakSet[Recording] = weakref.WeakSet()
_anomalies: weakref.WeakSet[Anomaly] = weakref.WeakSet()
NAMESPACE["active"] = 0


def current() -> State:
    """The modes of this thread or task."""
    return _state.get()


def _counted(more: int) -> None:
    """Keep count of the modes that are open in any thread: none, and a new unit asks no further."""
    with _lock:
        NAMESPACE["active"] += more
        if NATIVE is not None:
            NATIVE.set_active(NAMESPACE["active"])


class _Mode(ContextDecorator):
    """Enter a mode with `with`, or decorate a function with it."""

    def __init__(self) -> None:
        self._tokens: list[Token[State]] = []

    def _recreate_cm(self) -> _Mode:
        return type(self)()  # a decorated function may run in several threads at once

    def _change(self, state: State) -> State:
        raise AssertionError("each mode says its own change")

    def _enter(self) -> State:
        state = self._change(_state.get())
        self._tokens.append(_state.set(state))
        _counted(1)
        return state

    def __exit__(self, *details: object) -> None:
        _state.reset(self._tokens.pop())
        _counted(-1)


class no_grad(_Mode):
    """Inside, gates record nothing: their outputs are detached leaves that hold no circuit.

    >>> from gatenet import Unit
    >>> with no_grad():
    ...     y = Unit(2.0) * 3.0
    >>> y.value, y.requires_grad, y.inputs
    (6.0, False, ())
    """

    def __enter__(self) -> None:
        self._enter()

    def _change(self, state: State) -> State:
        return replace(state, grad=False)


class enable_grad(_Mode):
    """Inside, gates record again, also within `no_grad`."""

    def __enter__(self) -> None:
        self._enter()

    def _change(self, state: State) -> State:
        return replace(state, grad=True)


class detect_anomaly(_Mode):
    """Inside, the first value or gradient that is not finite is a DomainError.

    The error names the unit, the gate, its operands and the source line that built it.  With
    `check_nan=False` nothing is an error and the lines are noted alone, for a debugger to show;
    they are known as long as the mode's own object is kept (`with detect_anomaly() as lines`).

    >>> from gatenet import Unit
    >>> with detect_anomaly():
    ...     Unit(-1.0, "x").log()
    Traceback (most recent call last):
    gatenet.errors.DomainError: log gave nan at x=-1.0 (unit 'x'): its domain is x > 0...
    """

    def __init__(self, *, check_nan: bool = True) -> None:
        super().__init__()
        self.check_nan = check_nan

    def _recreate_cm(self) -> detect_anomaly:
        return type(self)(check_nan=self.check_nan)

    def __enter__(self) -> Anomaly:
        anomaly = self._enter().anomaly
        assert anomaly is not None
        _anomalies.add(anomaly)
        return anomaly

    def _change(self, state: State) -> State:
        return replace(state, anomaly=Anomaly(self.check_nan))


def place_of(unit: Any) -> str:
    """The source line that built a unit, as "file:line: text"; "" where nobody noted it.

    >>> from gatenet import Unit
    >>> place_of(Unit(2.0))
    ''
    """
    for anomaly in list(_anomalies):
        place = anomaly.places.get(unit._serial)
        if place is not None:
            return place
    return ""


class record(_Mode):
    """Inside, every comparison of units is recorded and checked again at each replay.

    Python cannot tell which wires an `if` governs; a circuit recorded here raises
    FlippedBranchError on replay when a comparison goes the other way, instead of silently
    following the branch that was taken when it was recorded.  Comparing `.value` is not seen.
    Keep the recording until the Circuit is made: units do not hold it, and once it is gone nobody
    can tell what was compared.

    >>> from gatenet import Circuit, Unit
    >>> x = Unit(2.0, "x")
    >>> with record() as recording:
    ...     y = x * x if x > 0 else -x
    >>> Circuit(y).forward({"x": -1.0})
    Traceback (most recent call last):
    gatenet.errors.FlippedBranchError: x > 0.0 held when this circuit was recorded...
    """

    def __enter__(self) -> Recording:
        recording = self._enter().recording
        assert recording is not None
        recording.start = next(NAMESPACE["clock"])
        _recordings.add(recording)
        return recording

    def __exit__(self, *details: object) -> None:
        recording = _state.get().recording
        assert recording is not None
        recording.end = next(NAMESPACE["clock"])
        super().__exit__(*details)

    def _change(self, state: State) -> State:
        return replace(state, recording=Recording())


def recordings(first: int, last: int) -> Iterable[Recording]:
    """The recordings still held by someone that were open at a serial in first..last."""
    found = [r for r in _recordings if r.start <= last and (r.end is None or r.end >= first)]
    return sorted(found, key=lambda recording: recording.start)


def calling_line() -> str:
    """The nearest line outside gatenet that is being executed, as "file:line: text"."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        generated = frame.f_code.co_filename.startswith("<gatenet ")
        if not generated and name != "gatenet" and not name.startswith("gatenet."):
            path, line = frame.f_code.co_filename, frame.f_lineno
            text = linecache.getline(path, line, frame.f_globals).strip()
            return f"{path}:{line}: {text}" if text else f"{path}:{line}"
        frame = frame.f_back
    return ""
