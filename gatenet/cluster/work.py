"""Work: what a worker does with a task, in whatever process it is.

Compiles a recipe once, reads the rows, sums.  What goes wrong is told in the answer, as plain
texts and numbers, and never raised: the same on every team.
Knows programs, backends and rows; does not know who asked.
"""

from __future__ import annotations

import math
import os
import socket
import threading
from array import array
from collections import OrderedDict
from time import perf_counter
from typing import Any, NamedTuple

from gatenet._version import __version__
from gatenet.cluster.tasks import Recipe, packed
from gatenet.compiler.choosing import backend_of, candidates
from gatenet.compiler.sums import AT_ONCE, added
from gatenet.compiler.tables import Packed
from gatenet.compiler.widening import widen
from gatenet.decoding import loads
from gatenet.errors import CompileError, OperandError, ToolMissing, WiringError
from gatenet.exporting.reading import program_loads
from gatenet.strictjson import Limits

#: So many compiled programs a worker keeps.
KEPT = 64
#: A program may be as large as memory: it comes from the user's own process.
LIMITS = Limits(bytes=1 << 34, rows=1 << 30, operands=1 << 30, items=1 << 40)


class Ready(NamedTuple):
    """What runs a program, the comparisons it checks, and how many numbers its rows have."""

    backend: Any
    checks: Any
    width: int

    @classmethod
    def of(cls, program: Any, backend: Any) -> Ready:
        """Look at a program, a wide one or another."""
        inputs = program.inputs
        return cls(backend, program.checks, inputs if type(inputs) is int else len(inputs))


_known: OrderedDict[str, Ready] = OrderedDict()
_lock = threading.Lock()


def prepared(recipe: Recipe) -> Ready:
    """Compile a recipe, or find it where it was compiled before.

    Raises FormatError for a text that is no program, ToolMissing or CompileError where the
    backend that was asked for cannot run it here.
    """
    with _lock:
        found = _known.get(recipe.digest)
        if found is None:
            found = _known[recipe.digest] = _compiled(recipe)
            while len(_known) > KEPT:
                _known.popitem(last=False)
        _known.move_to_end(recipe.digest)
        return found


def _compiled(recipe: Recipe) -> Ready:
    program: Any
    if recipe.shared or recipe.inputs:
        circuit = loads(recipe.text, limits=LIMITS)
        order = circuit.order
        inputs, shared, wrt = (
            [order[k] for k in places] for places in (recipe.inputs, recipe.shared, recipe.wrt)
        )
        program = widen(circuit, inputs, shared, wrt, reassociate=recipe.reassociate)
    else:
        program = program_loads(recipe.text, limits=LIMITS)
    names = candidates(recipe.backend, program, recipe.dtype)
    for name in names:
        try:
            backend = backend_of(name, program, recipe.dtype)
        except (ToolMissing, CompileError):
            if name == names[-1]:
                raise
            continue
        if hasattr(backend, "threads"):
            backend.threads = 1  # each worker is one of several that share the machine
        return Ready.of(program, backend)
    raise AssertionError("there is always a candidate")


def perform(order: tuple[Any, ...], recipe: Any, thing: Any) -> tuple[Any, ...]:
    """Do one task: give ("sum", totals, rows, seconds, host, pid), or what went wrong.

    `order` is (version, uniform, kind of rows, what they need ...), `thing` what is held for them.
    Trouble is ("trouble", stage, error's name, text, row, result, host, pid).
    """
    start = perf_counter()
    me = socket.gethostname(), os.getpid()
    version, uniform, *rows = order
    if version != __version__:
        text = f"has gatenet {__version__}, and {version} asks"
        return ("trouble", "version", "ClusterError", text, None, None, *me)
    stage = "compile"
    try:
        ready = recipe if type(recipe) is Ready else prepared(recipe)
        stage = "load"
        given = _rows(rows, thing, ready.width)
        stage = "run"
        numbers = array("d", uniform)
        totals = summed_here(ready.backend, numbers, given)
        asked = len(totals) - len(ready.checks)
        bad = _bad(totals, asked, len(given))
        if bad is not None:
            row, text = _first(ready, numbers, given, bad, asked)
            kind = "ClusterError" if bad < asked else "FlippedBranchError"
            return ("trouble", stage, kind, text, row, bad, *me)
    except Exception as error:
        return ("trouble", stage, type(error).__name__, str(error), None, None, *me)
    return ("sum", totals.tobytes(), len(given), perf_counter() - start, *me)


def summed_here(backend: Any, uniform: Any, given: Any) -> Any:
    """The sum over the rows of each result, block by block."""
    if hasattr(backend, "totals"):
        totals = backend.totals(uniform, given)
    else:
        totals = added(backend.block_sums(uniform, given))
    return totals if type(totals) is array else array("d", totals)


def _rows(rows: list[Any], thing: Any, width: int) -> Packed:
    kind, *asked = rows
    if kind == "sent":
        data, count = asked
    elif kind == "chosen":
        (places,) = asked
        data, wide = thing
        if wide != width:
            raise WiringError(f"the table has rows of {wide} numbers; the program takes {width}")
        size = 8 * width
        view = memoryview(data)
        data = b"".join([view[k * size : (k + 1) * size] for k in array("q", places)])
        count = len(places) // 8
    else:
        found = thing.part(*asked) if kind == "part" else thing(*asked)
        if not hasattr(found, "__len__"):
            raise OperandError(f"it gave {type(found).__name__}, and not a table of rows")
        data, count = packed(found, width), len(found)
    if count == 0:
        raise WiringError("it has no rows")
    if len(data) != 8 * width * count:
        raise WiringError(f"{count} rows of {width} numbers are not {len(data)} bytes")
    return Packed(memoryview(data).cast("d") if data else array("d"), count, width)


def _bad(totals: Any, asked: int, count: int) -> int | None:
    """The first check that does not hold in all rows, or result whose sum is not finite."""
    for k in range(asked, len(totals)):
        if totals[k] != count:
            return k
    if math.isfinite(sum(map(abs, totals[:asked]))):
        return None
    return next((k for k in range(asked) if not math.isfinite(totals[k])), None)


def _first(ready: Ready, uniform: Any, given: Any, bad: int, asked: int) -> tuple[int | None, str]:
    """The first row that gives a bad result, and what it gives."""
    for start in range(0, len(given), AT_ONCE):
        columns = ready.backend.columns(uniform, given[start : start + AT_ONCE])
        for row, value in enumerate(columns[bad]):
            if bad >= asked and value != 1.0:
                return start + row, str(ready.checks[bad - asked].text)
            if bad < asked and not math.isfinite(value):
                return start + row, repr(float(value))
    return None, "a sum past the largest float64"
