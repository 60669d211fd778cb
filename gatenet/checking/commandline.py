"""The command line's check: gates, or functions of a module, with a bar and a table.

`cli` calls `run` with two streams; nothing is printed anywhere else.
"""

from __future__ import annotations

import importlib
import inspect
import random
from collections.abc import Callable, Sequence
from typing import Any, TextIO

from gatenet.checking.gates import GateReport, check_gate
from gatenet.checking.gradients import gradcheck
from gatenet.checking.precise import package
from gatenet.checking.report import FAIL, INCONCLUSIVE, PASS, Report
from gatenet.declaration import Gate, registry
from gatenet.errors import GatenetError, WiringError
from gatenet.texts import counted, figure
from gatenet.unit import Unit

_WIDTH = 30
_COLUMNS = ("gate", "verdict", "points", "pass", "fail", "inconclusive", "at kinks", "worst ULP")
#: Random points that a function is tried at.
_TRIES = 10


def run(
    target: str | None,
    gates: Sequence[Gate],
    *,
    points: int,
    stream: TextIO,
    bar: TextIO | None = None,
    at: Sequence[float] = (),
    seed: int = 0,
) -> int:
    """Check what `target` names, MODULE or MODULE:FUNCTION, or the gates given; an exit code.

    A module stands for the gates it declares, or else for its functions that take units.  A
    function is tried `at` a point, or at random ones drawn with `seed`.

    Raises WiringError for a module or a function that is not there, or has nothing to check.
    """
    functions: list[tuple[str, Callable[..., Any]]] = []
    if target is not None:
        gates, functions = found(target)
    if gates:
        return _gates(gates, points, stream, bar)
    return _functions(functions, at, seed, stream)


def found(target: str) -> tuple[list[Gate], list[tuple[str, Callable[..., Any]]]]:
    """The gates or the functions that MODULE or MODULE:FUNCTION stands for.

    Raises WiringError that says what is missing.
    """
    name, _, attribute = target.partition(":")
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        raise WiringError(
            f"cannot import {name!r}: {error}. Give MODULE or MODULE:FUNCTION as Python imports "
            "it from here, or the name of a gate (see `python -m gatenet gates`)"
        ) from error
    if attribute:
        thing = getattr(module, attribute, None)
        if isinstance(thing, Gate):
            return [thing], []
        if not callable(thing):
            raise WiringError(f"module {name!r} has no function {attribute!r}")
        return [], [(target, thing)]
    gates = [gate for gate in registry().values() if gate.__module__ == module.__name__]
    if gates:
        return gates, []
    functions: list[tuple[str, Callable[..., Any]]] = [
        (f"{name}:{key}", thing)
        for key, thing in vars(module).items()
        if inspect.isfunction(thing) and _of_units(thing) and thing.__module__ == module.__name__
    ]
    if not functions:
        raise WiringError(
            f"module {name!r} declares no gate and has no function whose arguments are all "
            f"annotated as Unit: name one as {name}:FUNCTION"
        )
    return [], functions


def _of_units(function: Callable[..., Any]) -> bool:
    annotations = [p.annotation for p in inspect.signature(function).parameters.values()]
    return bool(annotations) and all(
        note is Unit or (isinstance(note, str) and note.rpartition(".")[2] == "Unit")
        for note in annotations
    )


def _gates(gates: Sequence[Gate], points: int, stream: TextIO, bar: TextIO | None) -> int:
    reports: list[GateReport] = []
    for done, gate in enumerate(gates):
        _show(bar, done, len(gates), gate.name)
        reports.append(check_gate(gate, points, raise_exception=False))
    _show(bar, len(gates), len(gates), "")
    rows = [_COLUMNS, *[_cells(report) for report in reports]]
    widths = [max(len(row[k]) for row in rows) for k in range(len(_COLUMNS))]
    for row in rows:
        first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        stream.write("  ".join([first.strip().ljust(widths[0]), *rest]).rstrip() + "\n")
    for report in reports:
        if not report:
            stream.write(f"\n{report}\n")
    wrong = sum(not report for report in reports)
    if not (package("flint") or package("mpmath")):
        stream.write("\nJudged by differences: install gatenet's extra [check] for exact ones.\n")
    stream.write(f"{len(gates) - wrong} of {len(gates)} gates pass\n")
    return 1 if wrong else 0


def _cells(report: GateReport) -> tuple[str, ...]:
    counts = [str(report.counts[verdict]) for verdict in (PASS, FAIL, INCONCLUSIVE)]
    worst = figure(report.ulps, 3) if report.ulps else "-"
    return (repr(report.gate), report.verdict, str(report.points), *counts,
            str(report.kinks), worst)  # fmt: skip


def _show(bar: TextIO | None, done: int, whole: int, name: str) -> None:
    """Draw the bar again, or take it away when all is done."""
    if bar is None:
        return
    if done == whole:
        bar.write("\r" + " " * (_WIDTH + 40) + "\r")
    else:
        full = _WIDTH * done // whole
        text = f"\r[{'#' * full}{'.' * (_WIDTH - full)}] {done}/{whole} {name[:20]:<20}"
        bar.write(text)
    bar.flush()


def _functions(
    functions: Sequence[tuple[str, Callable[..., Any]]],
    at: Sequence[float],
    seed: int,
    stream: TextIO,
) -> int:
    rng = random.Random(seed)
    failed = 0
    for name, function in functions:
        reports = _tried(function, at, rng)
        verdicts = [report.verdict for report in reports]
        worst = next((v for v in (FAIL, PASS) if v in verdicts), INCONCLUSIVE)
        failed += worst != PASS
        counts = ", ".join(f"{verdicts.count(v)} {v}" for v in (PASS, FAIL, INCONCLUSIVE))
        where = "" if at else f", random ones with seed={seed}"
        stream.write(f"{name}: {worst} at {counted(len(reports), 'point')}{where}: {counts}\n")
        shown = [report for report in reports if report.verdict == worst]
        if worst != PASS or at:
            stream.write(f"{shown[0]}\n")
    stream.write(f"{len(functions) - failed} of {counted(len(functions), 'function')} pass\n")
    return 1 if failed else 0


def _tried(function: Callable[..., Any], at: Sequence[float], rng: random.Random) -> list[Report]:
    if at:
        return [gradcheck(function, list(at), raise_exception=False)]
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    needed = [p for p in parameters if p.default is p.empty and p.kind in plain]
    reports = []
    for _ in range(_TRIES):
        point = [rng.gauss(0.0, 1.0) for _ in needed]
        try:
            reports.append(gradcheck(function, point, raise_exception=False))
        except GatenetError as error:
            raise WiringError(
                f"{getattr(function, '__name__', function)!r} was called with the numbers {point}: "
                f"{error}. Give the point with --at"
            ) from error
    return reports
