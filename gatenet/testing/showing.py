"""Showing a circuit that made a test fail: Python to paste, and a picture in a file.

Knows tapes and circuits; draws through gatenet.viz, which is imported when a test has failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any

from gatenet.circuit import Circuit
from gatenet.errors import GatenetError
from gatenet.source import to_python
from gatenet.testing.tape import Tape, origin
from gatenet.texts import shown
from gatenet.unit import Unit

#: The most circuits shown for one failure, and the most gates of one that is printed or drawn.
MOST, LARGEST = 3, 400


def snippet(thing: Tape | Circuit | Unit) -> str:
    """Python that builds a tape, a circuit or the circuit of a unit, to paste and run.

    >>> print(snippet(Tape([2.0], [("square", 0)])), end="")
    # Tape([2.0], [("square", 0)])
    from gatenet import Circuit, Unit, gates
    <BLANKLINE>
    u0 = Unit(2.0, 'x0')
    u1 = gates.square(u0)
    circuit = Circuit(u1)
    """
    circuit = wired(thing)
    tape = thing if isinstance(thing, Tape) else origin(circuit)
    if tape is not None and not isinstance(thing, Tape):
        circuit = tape.circuit()  # as it was drawn: the test may have replayed it since
    if len(circuit) > LARGEST:
        return f"# {circuit!r}: too large to print; gatenet.save(circuit, path) keeps it\n"
    head = f"# {tape!r}\n" if tape is not None else ""
    try:
        return head + to_python(circuit)
    except GatenetError as error:
        return f"{head}# no source: {shown(str(error))}\n"


def wired(thing: Tape | Circuit | Unit) -> Circuit:
    """The circuit behind a tape, a circuit or a unit."""
    if isinstance(thing, Tape):
        return thing.circuit()
    return thing if isinstance(thing, Circuit) else Circuit(thing)


def picture(thing: Tape | Circuit | Unit, path: Path) -> str:
    """Draw a circuit, gradients and all, into an SVG file; give the path, or why there is none."""
    from gatenet.viz import draw

    circuit = wired(thing)
    try:
        if isinstance(thing, Tape):
            circuit.backward()
        path.parent.mkdir(parents=True, exist_ok=True)
        draw(circuit).save(path)
    except (GatenetError, OSError) as error:
        return f"none: {shown(str(error))}"
    return str(path)


def suspects(trace: TracebackType | None, code: CodeType) -> dict[str, Any]:
    """The tapes, circuits and units that a test held when it failed, by their names in it.

    Tapes and circuits come before outputs of gates, and arguments before other variables.
    """
    held: dict[str, Any] = {}
    while trace is not None:
        if trace.tb_frame.f_code is code:
            held = dict(trace.tb_frame.f_locals)
        trace = trace.tb_next
    order = list(dict.fromkeys([*code.co_varnames, *held]))
    found = {k: held[k] for k in order if isinstance(held.get(k), (Tape, Circuit))}
    if not found:
        found = {k: held[k] for k in order if type(held.get(k)) is Unit and held[k].inputs}
    return dict(list(found.items())[:MOST])


def file_name(parts: Iterable[str]) -> str:
    """A file's name made of a test's name and a variable's: nothing a file system would mind.

    >>> file_name(["tests/test_a.py::test_b[1-é]", "tape"])
    'tests-test_a.py-test_b-1-tape.svg'
    """
    text = re.sub(r"[^A-Za-z0-9_.]+", "-", "-".join(parts))
    return re.sub(r"-+", "-", text).strip("-.")[-120:] + ".svg"
