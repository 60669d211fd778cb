"""Subjects: the circuit behind a file, be it a saved circuit, a model or a Python program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gatenet import io
from gatenet.circuit import Circuit
from gatenet.cli import saved
from gatenet.errors import FormatError, WiringError
from gatenet.texts import counted, shown


def circuit_of(path: Path, at: Sequence[float] | None = None) -> Circuit:
    """Read a model's or a saved circuit; `at` are the values of its inputs, in their order.

    Raises FormatError for a file that holds neither, WiringError for another number of values.
    """
    try:
        with path.open("rb") as file:
            head = file.read(200)
    except FileNotFoundError:
        raise FormatError(
            f"there is no file {shown(str(path))}: give a model.json of `train` or a circuit of "
            "gatenet.io.save"
        ) from None
    except OSError as error:
        raise FormatError(f"cannot read {shown(str(path))}: {error.strerror}") from None
    if saved.is_model(head):
        model = saved.load(path)
        if at is None:
            return Circuit(model.wired())
        names = model.inputs
        _check(at, names, path)
        return Circuit(model.wired(dict(zip(names, at, strict=True))))
    circuit = io.load(path)
    if at is not None:
        inputs = [u for u in circuit.units if u is not None and u.role == "input"]
        _check(at, [unit.name or "without a name" for unit in inputs], path)
        circuit.forward(dict(zip(inputs, at, strict=True)))
    return circuit


def _check(at: Sequence[float], names: Sequence[str], path: Path) -> None:
    if len(at) != len(names):
        listed = ", ".join(shown(name, 40) for name in names[:12])
        raise WiringError(
            f"--at has {counted(len(at), 'number')}; {shown(str(path))} has "
            f"{counted(len(names), 'input')}: {listed}{', ...' if len(names) > 12 else ''}"
        )
