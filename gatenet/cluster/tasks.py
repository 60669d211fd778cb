"""Tasks: a program, the numbers it shares, one shard's rows; and what comes back.

All of it is plain data: numbers travel as float64 bytes, so that every bit arrives.
Knows compiled circuits and how they are written as JSON; does not know who does the work.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from gatenet.cluster.shards import Shard
from gatenet.compiler.compiled import Compiled
from gatenet.compiler.tables import Packed, is_array
from gatenet.errors import CompileError, WiringError
from gatenet.exporting.writing import program_dumps
from gatenet.io import dumps


class Recipe(NamedTuple):
    """A compiled circuit as it travels: JSON, and how to compile it; `digest` tells two apart.

    For the backend "wide" the JSON is the circuit's, for all others the program's.
    """

    digest: str
    text: str
    backend: str
    reassociate: bool
    dtype: str
    inputs: tuple[int, ...]
    shared: tuple[int, ...]
    wrt: tuple[int, ...]


class Table(NamedTuple):
    """Rows that workers hold, packed, `width` numbers each."""

    data: bytes
    width: int

    @classmethod
    def of(cls, rows: Any, width: int) -> Table:
        """Pack rows: lists, an array or Packed; they are taken as they are."""
        return cls(packed(rows, width), width)


class Sent(NamedTuple):
    """Rows that travel with the task: float64 bytes, and how many rows they are."""

    data: bytes
    rows: int

    @classmethod
    def of(cls, rows: Any, width: int) -> Sent:
        """Pack rows: lists, an array or Packed; they are taken as they are."""
        return cls(packed(rows, width), len(rows))


class Chosen(NamedTuple):
    """Rows of a held table, by their places in it."""

    table: str
    places: Sequence[int]


class Part(NamedTuple):
    """Rows `first` to `last` of a held source, which its `part(first, last)` gives."""

    source: str
    first: int
    last: int


class Loaded(NamedTuple):
    """The rows that a held function gives for a shard's number."""

    load: str
    number: int


class Task(NamedTuple):
    """A held program, its shared numbers as float64 bytes, and one shard's rows."""

    program: str
    uniform: bytes
    rows: Sent | Chosen | Part | Loaded
    shard: Shard


class Answer(NamedTuple):
    """The sum over a shard's rows of each result of the program: outputs, gradients, checks.

    `seconds` is what the worker needed, `host` and `pid` say which it was.
    """

    totals: array[float]
    rows: int
    seconds: float
    host: str
    pid: int
    shard: Shard


def uniform_of(compiled: Compiled, seed: Any = 1.0) -> bytes:
    """The numbers that all rows share, as they are now: the shared leaves and the seeds."""
    return array("d", compiled._uniform(seed)).tobytes()


def packed(rows: Any, width: int) -> bytes:
    """Rows as float64 bytes, row after row.

    Raises WiringError for rows of another width.
    """
    if type(rows) is Packed:
        return bytes(rows.data)
    if is_array(rows):
        import numpy

        if rows.ndim != 2 or rows.shape[1] != width:
            raise WiringError(f"got an array of shape {rows.shape}: its rows have {width} numbers")
        return numpy.ascontiguousarray(rows, dtype=float).tobytes()
    for k, row in enumerate(rows):
        if len(row) != width:
            raise WiringError(f"row {k} has {len(row)} number(s); it takes {width}")
    return array("d", [x for row in rows for x in row]).tobytes()


def recipe_of(compiled: Compiled) -> Recipe:
    """What a worker needs to compile a circuit again.

    Raises CompileError or FormatError for a circuit that no file can hold.
    """
    backend, reassociate, *more = compiled._asked
    dtype = more[0] if more else "float64"
    if dtype != "float64":
        backend = compiled.backend  # what "auto" takes elsewhere may round in another way
    places: tuple[tuple[int, ...], ...] = ((), (), ())
    if compiled.backend == "wide":
        circuit = compiled.circuit
        place = {unit._serial: k for k, unit in enumerate(circuit.order)}
        if circuit.stale:  # a file holds values that fit; the user's units are left as they are
            circuit = circuit.copy()
            circuit.forward(force=True)
        text = dumps(circuit)
        places = tuple([tuple([place[u._serial] for u in some]) for some in compiled._leaves()])
    else:
        program = compiled.program
        if not hasattr(program, "gates"):
            raise CompileError(f"{compiled!r} has no program that could travel")
        text = program_dumps(program)
    asked = repr((backend, reassociate, dtype, places))
    digest = sha256(f"{asked}\n{text}".encode()).hexdigest()
    return Recipe(digest, text, backend, reassociate, dtype, *places)


def result_names(compiled: Compiled) -> list[str]:
    """What each result of the program is called, for messages: outputs, then gradients."""
    outputs = [
        f"output {k} ({unit.name!r})" if unit.name else f"output {k}"
        for k, unit in enumerate(compiled.outputs)
    ]
    return outputs + [
        f"the gradient in {unit.name!r}" if unit.name else f"the gradient in wrt[{k}]"
        for k, unit in enumerate(compiled.wrt)
    ]
