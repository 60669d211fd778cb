"""Machine code: the operations of a program as the numbers that the lane machine reads.

`gatenet/_native/encoding.h` says the same in C, number for number; it is used where it was built.
Knows programs; does not know how the code is run.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gatenet.compiler.engine import engine
from gatenet.compiler.slots import allocated
from gatenet.gates import add, multiply

if TYPE_CHECKING:
    from gatenet.compiler.program import Program

LOAD, RESULT, PRODUCT, ZEROED = -1, -2, -3, -4


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
    fused: int = -1,
) -> tuple[Any, int]:
    """The code for the gates that vary from row to row, or do not; and how many rows it needs.

    Five numbers a step: the gate's number, the row written, the rows read (-1 - k for the k-th of
    `shared`); or LOAD, a row and a column; or RESULT, a row and a place among the results.
    `fused` is the number of the kernel that multiplies and adds: then an addition works out a
    product that it alone reads, and a result that is x + 0 is ZEROED (a row, a place) or, of a
    product, PRODUCT (a row, a place, a row).
    """
    native = engine()
    kinds = [*program.flat.kinds]
    if native is not None:
        two = [kinds.index(gate) if gate in kinds else -1 for gate in (multiply, add)]
        found: tuple[Any, int] = native.encoded(
            *program.flat[1:], program.varying, varies, columns, shared, dict(results),
            array("i", [number.get(gate, -1) for gate in kinds]), (*two, _zero(program), fused),
        )  # fmt: skip
        return found
    place = {node: -1 - k for k, node in enumerate(shared)}
    operations = _operations(program, varies)
    read_by = {node: program.args[node] for node in operations}
    used = {arg for args in read_by.values() for arg in args} | {*results}
    loads = {node: k for k, node in enumerate(columns) if node in used}
    kind = _fused(program, read_by, results, place) if fused >= 0 else {}
    # A result is worked out as soon as it can be: its operands' rows are then free for others.
    ready = {node: (max(read_by[node], default=0), 1) for node in results if node in read_by}
    order = [*loads, *sorted(read_by, key=lambda node: ready.get(node, (node, 0)))]
    rowless = {node for node, what in kind.items() if what != RESULT}
    read_by.update(dict.fromkeys(loads, ()))
    slots, rows = allocated(order, read_by, [], rowless)
    place.update(slots)
    code = array("i")
    for node in order:
        read_from = [place[k] for k in read_by[node]]
        if node in loads:
            code.extend((LOAD, place[node], loads[node], 0, 0))
        elif node not in rowless:
            gate = fused if node in kind else number[program.gates[node]]
            code.extend((gate, place[node], *read_from))
            code.extend([0] * (3 - len(read_from)))
        for k in results.get(node, ()):
            if node in rowless:
                code.extend((kind[node], read_from[0], k, *[*read_from[1:], 0, 0][:2]))
            else:
                code.extend((RESULT, place[node], k, 0, 0))
    return code.tobytes(), rows


def _fused(
    program: Program,
    read_by: dict[int, tuple[int, ...]],
    results: Mapping[int, Sequence[int]],
    shared: Mapping[int, int],
) -> dict[int, int]:
    """What additions become; in `read_by` each reads then what its product read, if it had one.

    RESULT stands for a node like others, of a product and an addition.
    """
    gates, zero = program.gates, _zero(program)
    uses = Counter([arg for args in read_by.values() for arg in args])
    products = {
        node
        for node in read_by
        if gates[node] is multiply and uses[node] == 1 and node not in results
    }
    kind: dict[int, int] = {}
    for node in [node for node in read_by if gates[node] is add]:
        a, b = read_by[node]
        if zero in (a, b):
            mine = a if b == zero else b
            if node not in results or uses[node] or mine in shared:
                continue
            kind[node] = PRODUCT if mine in products else ZEROED
            read_by[node] = read_by.pop(mine) if mine in products else (mine,)
        elif a in products or b in products:
            mine, other = (b, a) if b in products else (a, b)
            kind[node] = RESULT
            read_by[node] = (*read_by.pop(mine), other)
    return kind


def _zero(program: Program) -> int:
    """The node of the constant 0.0; -1 where there is none."""
    zeros = [k for k, value in program.constants.items() if value.hex() == "0x0.0p+0"]
    return zeros[0] if zeros else -1


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
