"""Machine code: the operations of a program as the numbers that the lane machine reads.

`gatenet/_native/encoding.h` says the same in C, number for number; it is used where it was built.
Knows programs; does not know how the code is run.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gatenet.compiler.engine import engine
from gatenet.compiler.slots import allocated

if TYPE_CHECKING:
    from gatenet.compiler.program import Program

LOAD, RESULT = -1, -2


def read(program: Program, varies: bool, results: Iterable[int]) -> tuple[list[int], list[int]]:
    """What the gates that vary from row to row, or do not, read from elsewhere, rising.

    First gates of the other kind, the results among them; then constants.
    """
    native = engine()
    if native is not None:
        found: tuple[list[int], list[int]] = native.read(
            *program.flat[1:], program.varying, varies, [*results]
        )
        return found
    mine = {*_operations(program, varies)}
    asked = {arg for k in mine for arg in program.args[k]}
    others = (asked | {*results}).intersection(_operations(program, not varies))
    return sorted(others), sorted(asked & {*program.constants})


def encoded(
    program: Program,
    varies: bool,
    columns: Sequence[int],
    shared: Sequence[int],
    results: Mapping[int, Sequence[int]],
    number: Mapping[Any, int],
) -> tuple[Any, int]:
    """The code for the gates that vary from row to row, or do not; and how many rows it needs.

    Five numbers a step: the gate's number, the row written, the rows read (-1 - k for the k-th of
    `shared`); or LOAD, a row and a column; or RESULT, a row and a place among the results.
    """
    native = engine()
    if native is not None:
        found: tuple[Any, int] = native.encoded(
            *program.flat[1:], program.varying, varies, columns, shared, dict(results),
            array("i", [number.get(gate, -1) for gate in program.flat.kinds]),
        )  # fmt: skip
        return found
    operations = _operations(program, varies)
    args = program.args
    used = {arg for k in operations for arg in args[k]} | {*results}
    loads = {node: k for k, node in enumerate(columns) if node in used}
    # A result is worked out as soon as it can be: its operands' rows are then free for others.
    ready = {node: (max(args[node], default=0), 1) for node in results}
    order = [*loads, *sorted(operations, key=lambda node: ready.get(node, (node, 0)))]
    place = {node: -1 - k for k, node in enumerate(shared)}
    slots, rows = allocated(order, args, [])
    place.update(slots)
    code = array("i")
    for node in order:
        if node in loads:
            code.extend((LOAD, place[node], loads[node], 0, 0))
        else:
            read_from = [place[k] for k in args[node]]
            code.extend((number[program.gates[node]], place[node], *read_from))
            code.extend([0] * (3 - len(read_from)))
        for k in results.get(node, ()):
            code.extend((RESULT, place[node], k, 0, 0))
    return code.tobytes(), rows


def places(program: Program) -> int:
    """How many rows the gates that vary from row to row need: the numbers held at once."""
    results = {node: () for node in program.results if program.varying[node]}
    fixed, constants = read(program, True, ())
    shared = [*program.uniform, *fixed, *constants]
    number = dict.fromkeys(program.flat.kinds, 0)
    return encoded(program, True, program.inputs, shared, results, number)[1]


def _operations(program: Program, varies: bool) -> list[int]:
    varying = program.varying
    return [k for k, gate in enumerate(program.gates) if gate is not None and varying[k] == varies]
