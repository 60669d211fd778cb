"""Programs: run a user's file or module as Python would, and find the loss it made.

The file runs as `__main__`, with its own arguments and prints, while `detect_anomaly` notes which
line made which unit.  Knows units and modes; does not know the debugger.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from gatenet.errors import WiringError
from gatenet.modes import Anomaly, detect_anomaly
from gatenet.repl.names import named_units
from gatenet.texts import shown
from gatenet.unit import Unit, as_units
from gatenet.walk import reachable

_OWN = str(Path(__file__).parent.parent)


@dataclass
class Program:
    """What is left of a program that ran: its variables, and what it passed to backward()."""

    name: str
    variables: dict[str, Any] = field(default_factory=dict)
    swept: list[Unit] = field(default_factory=list)
    lines: Anomaly | None = None
    error: BaseException | None = None

    @property
    def trouble(self) -> str:
        """The traceback of the error that ended it, of the program's own lines; "" if none."""
        return own_traceback(self.error) if self.error is not None else ""


def run(target: str, arguments: Sequence[str] = (), *, module: bool = False) -> Program:
    """Run a file, or a module by its dotted name, and give what it left behind.

    An error in the program ends it and is kept in `.error`; sys.exit(0) is an end like another.

    Raises WiringError when there is nothing of that name to run.
    """
    path, package = _module(target) if module else (_file(target), "")
    main = ModuleType("__main__")
    main.__file__ = path
    main.__package__ = package or None
    program = Program(target, vars(main))
    folder = os.getcwd() if module else str(Path(path).resolve().parent)
    noting = detect_anomaly(check_nan=False)
    with _as_main(main, [path, *arguments], folder), noting as program.lines, _watched(program):
        try:
            _Script("__main__", path).exec_module(main)
        except SystemExit as error:
            program.error = error if error.code not in (None, 0) else None
        except Exception as error:
            program.error = error
    return program


class _Script(SourceFileLoader):
    """A loader that always compiles what stands in the file, and leaves no cache behind."""

    def path_stats(self, path: Any) -> Any:
        """Say that nothing is known of the file's age: then no cache is read or written."""
        raise OSError(path)


def _file(target: str) -> str:
    """The path of a file; a folder's __main__.py for a folder."""
    path = Path(target)
    if path.is_dir():
        path = path / "__main__.py"
    if not path.is_file():
        raise WiringError(f"there is no file {shown(target)!r}; -m runs a module by its name")
    return str(path)


def _module(name: str) -> tuple[str, str]:
    """The path and the package of a module, as python -m finds them."""
    sys.path.insert(0, os.getcwd())
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{name}.__main__")
    except (ImportError, ValueError) as error:
        raise WiringError(f"there is no module {shown(name)!r} to run: {error}") from None
    finally:
        sys.path.remove(os.getcwd())
    if spec is None or not isinstance(spec.loader, SourceFileLoader) or not spec.origin:
        raise WiringError(f"there is no module {shown(name)!r} to run, written in Python")
    return spec.origin, spec.parent or ""


@contextmanager
def _as_main(main: ModuleType, arguments: list[str], folder: str) -> Iterator[None]:
    """Let a module stand as the main program, with its arguments and its folder to import from."""
    before = sys.argv, sys.modules["__main__"], list(sys.path)
    sys.argv, sys.modules["__main__"] = arguments, main
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.argv, sys.modules["__main__"], sys.path[:] = before


@contextmanager
def _watched(program: Program) -> Iterator[None]:
    """Note what is passed to backward() while a program runs."""
    # By its name: in the package itself `sweep` is the function.
    room: Any = importlib.import_module("gatenet.sweep")
    plain = room.sweep

    def noting(outputs: Any, seed: Any = 1.0) -> Iterator[Unit]:
        visits: Iterator[Unit] = plain(outputs, seed)
        program.swept = as_units(outputs)
        return visits

    room.sweep = noting
    try:
        yield
    finally:
        room.sweep = plain


def own_traceback(error: BaseException) -> str:
    """The traceback of an error without the lines of gatenet and of whatever started the program.

    An error under an error is shown as Python shows it.
    """
    whole = traceback.TracebackException.from_exception(error)
    stack: list[traceback.TracebackException | None] = [whole]
    while stack:
        one = stack.pop()
        if one is not None:
            frames = [frame for frame in one.stack if not _foreign(frame.filename)]
            one.stack = traceback.StackSummary.from_list(frames)
            stack += [one.__cause__, one.__context__]
    return "".join(whole.format()).rstrip("\n")


def _foreign(path: str) -> bool:
    return path.startswith((_OWN + os.sep, "<frozen importlib", "<gatenet "))


@dataclass(frozen=True)
class Choice:
    """The loss that was chosen, why, and what else there was."""

    unit: Unit
    why: str
    others: tuple[str, ...] = ()


def loss_of(program: Program, name: str | None = None) -> Choice:
    """Choose what to debug: the variable asked for, one called `loss`, what was swept last.

    Else the output that no other variable depends on; of several the one made last.

    Raises WiringError when there is no unit of that name, or none at all.
    """
    units = dict(named_units(program.variables))
    if name is not None:
        return Choice(_asked_for(program, units, name), f"{shown(name)}, as asked")
    sinks = {key: unit for key, unit in _sinks(units).items() if unit.gate is not None}
    if "loss" in units:
        return Choice(units["loss"], "loss", _without(sinks, units["loss"]))
    if program.swept:
        unit = program.swept[-1]
        held = [key for key, one in units.items() if one is unit]
        name = shown(unit.name or (held or ["the unit"])[0])
        return Choice(unit, f"{name}, which backward() was last called on", _without(sinks, unit))
    if not sinks:
        raise WiringError(
            f"{shown(program.name)} left no output of a gate in a variable and called no "
            "backward(): give the loss a name at the top of the file, or call "
            "gatenet.debug(loss) where it is made"
        )
    chosen = max(sinks, key=lambda key: sinks[key].serial)
    why = f"{shown(chosen)}, which no other variable depends on"
    if len(sinks) > 1:
        why = f"{shown(chosen)}, made last of what no other variable depends on"
    return Choice(sinks[chosen], why, _without(sinks, sinks[chosen]))


def _asked_for(program: Program, units: dict[str, Unit], name: str) -> Unit:
    """The unit of a variable, of an item such as losses[-1], or of a name of its own."""
    found: Any = units.get(name, program.variables.get(name))
    if type(found) is not Unit:
        stem, _, place = name.partition("[")
        items = program.variables.get(stem)
        if isinstance(items, (list, tuple)) and place.endswith("]"):
            try:
                found = items[int(place[:-1])]
            except (ValueError, IndexError):
                found = None
    if type(found) is not Unit:
        same = [unit for unit in units.values() if unit.name == name]
        found = same[0] if same else None
    if type(found) is not Unit:
        there = ", ".join(shown(key) for key in list(units)[:20]) or "none"
        raise WiringError(
            f"{shown(program.name)} has no unit called {shown(name)!r}; its units are: {there}"
        )
    return found


def _sinks(units: dict[str, Unit]) -> dict[str, Unit]:
    """Those units that no other of them depends on, each by its first name."""
    single: dict[int, str] = {}
    for key, unit in units.items():
        single.setdefault(unit.serial, key)
    below: set[int] = set()
    for serial in sorted(single, reverse=True):
        if serial not in below:
            below |= reachable([units[single[serial]]]).keys() - {serial}
    return {key: units[key] for serial, key in single.items() if serial not in below}


def _without(sinks: dict[str, Unit], unit: Unit) -> tuple[str, ...]:
    return tuple(shown(key) for key, one in sinks.items() if one is not unit)
