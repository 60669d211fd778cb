"""Asides: trying a model or a loss elsewhere, and leaving no trace.

What is run under these managers records nothing, and afterwards every value, every mode and the
freshness of every circuit is as it was.  Knows units, modules and modes; nothing of pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from gatenet.errors import OperandError
from gatenet.modes import no_grad
from gatenet.nn.module import Module
from gatenet.real import number
from gatenet.unit import Unit, last_write, write_now


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Put a module into evaluation mode, with nothing recorded; put back every part's own mode."""
    parts = list(model.modules()) if isinstance(model, Module) else []
    before = [vars(part).get("training") for part in parts]
    try:
        for part in parts:
            part.training = False
        with no_grad():
            yield
    finally:
        for part, mode in zip(parts, before, strict=True):
            if mode is None:
                vars(part).pop("training", None)
            else:
                part.training = mode


@contextmanager
def moving(
    parameters: Sequence[Unit], again: Callable[[], Any]
) -> Iterator[Callable[[Sequence[float]], None]]:
    """Give a function that writes values to leaves; put back what was there.

    The clock is not asked, so that a circuit built on them before does not become stale.  If a
    circuit was replayed meanwhile, `again` replays it once more at the old values; where that
    fails, the leaves count as written, so that what hangs on them says so.
    """
    before = [unit._value for unit in parameters]
    replays = last_write()

    def write(values: Sequence[float]) -> None:
        for unit, value in zip(parameters, values, strict=True):
            unit._value = value

    try:
        with no_grad():
            yield write
    finally:
        write(before)
        if last_write() != replays:
            _replay(parameters, again)


def _replay(parameters: Sequence[Unit], again: Callable[[], Any]) -> None:
    """Run the loss at the old values once more: circuits that it replays stand there again."""
    done = False
    try:
        with no_grad():
            again()
        done = True
    finally:
        if not done:
            now = write_now()
            for unit in parameters:
                unit._time = now


def plain(thing: Any, chart: str, what: str) -> float:
    """Return the number that a unit or a number is; say what gave something else.

    Raises:
        OperandError: if it is neither.
    """
    if type(thing) is Unit:
        return thing.value
    try:
        return number(thing)
    except OperandError as error:
        raise OperandError(
            f"charts.{chart}: {what} gave {thing!r}; a unit or a number is needed", operand=thing
        ) from error
