"""Drawing circuits: hypothesis strategies for tapes and for the circuits wired from them.

A circuit is drawn as a flat tape, a list of steps that may each use any earlier row, because trees
never share and sharing is where reverse mode breaks.  What nothing depends on is cut away before a
test sees it, so the smallest failing example is the smallest wrong circuit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gatenet.circuit import Circuit
from gatenet.declaration import Gate
from gatenet.errors import RangeError
from gatenet.testing.places import ordinary
from gatenet.testing.selecting import select_gates
from gatenet.testing.strategies import bound, numbers
from gatenet.testing.tape import Operand, Step, Tape, wire

#: The most leaves where `inputs` is left out, and the most operands of an n-ary gate in a group.
MOST_INPUTS, MOST_OPERANDS = 4, 3


def tapes(
    gates: Iterable[Gate | str] | None = None,
    *,
    max_gates: int = 8,
    inputs: int | tuple[int, int] | None = None,
    smooth: bool = False,
    domain_safe: bool = False,
    values: SearchStrategy[float] | None = None,
    constants: bool = True,
    static: bool = False,
) -> SearchStrategy[Tape]:
    """Draw a tape of one to `max_gates` gates; it prints as it can be pasted, and shrinks well.

    `gates` holds gates or names (the whole catalogue where it is left out); `smooth` leaves out
    those with kinks.  `inputs` is a number of leaves, which are then all kept, or the least and
    the most.  With `domain_safe` every gate stands inside its domain, on no kink and no edge, and
    every value and local derivative is finite.  `values` draws leaves and constants: numbers of
    any size, or, when domain_safe, of ordinary size.  `constants=False` leaves constants out,
    `static` varies static parameters.

    Raises RangeError when no gate is left or a number makes no sense.

    >>> from hypothesis import find, settings
    >>> calm = settings(deadline=None, derandomize=True, database=None)
    >>> find(tapes(["add", "multiply"], constants=False), lambda tape: True, settings=calm)
    Tape([0.0], [("add", 0, 0)])
    """
    chosen = select_gates(gates, smooth=True if smooth else None)
    least, most = (1, MOST_INPUTS) if inputs is None else _range(inputs)
    if max_gates < 1:
        raise RangeError(f"max_gates={max_gates!r}: a tape has at least one gate")
    number = values if values is not None else numbers(hard=not domain_safe)
    operand = _operands(most + max_gates, number if constants else None)
    step = _steps(_weighted(chosen, static), operand)
    return _tapes(
        st.lists(number, min_size=most, max_size=most),
        st.lists(step, min_size=1, max_size=max_gates),
        domain_safe,
        least if inputs is not None else 0,
    )


def circuits(
    gates: Iterable[Gate | str] | None = None,
    *,
    max_gates: int = 8,
    inputs: int | tuple[int, int] | None = None,
    smooth: bool = False,
    domain_safe: bool = False,
    values: SearchStrategy[float] | None = None,
    constants: bool = True,
    static: bool = False,
) -> SearchStrategy[Circuit]:
    """Draw a circuit with one output, wired from a tape; the arguments are those of `tapes`.

    A failing example prints as the call that builds it.  Its leaves are named x0, x1 ...;
    `gatenet.testing.origin(circuit)` is its tape.

    >>> from hypothesis import find, settings
    >>> calm = settings(deadline=None, derandomize=True, database=None)
    >>> find(circuits(["exp", "log"]), lambda circuit: True, settings=calm)
    <Circuit of 1 gates and 1 leaves; output exp (1.0)>
    """
    return tapes(
        gates, max_gates=max_gates, inputs=inputs, smooth=smooth, domain_safe=domain_safe,
        values=values, constants=constants, static=static,
    ).map(wire)  # fmt: skip


def _weighted(chosen: list[Gate], static: bool) -> SearchStrategy[Gate]:
    """Draw every other gate from those that join two wires: most gates have one input alone."""
    joining = [gate for gate in chosen if gate.variadic or len(gate.inputs) > 1]
    often = len(chosen) // len(joining) if joining else 0
    drawn = st.sampled_from(chosen + joining * often)
    return drawn.flatmap(bound) if static else drawn


def _range(inputs: int | tuple[int, int]) -> tuple[int, int]:
    least, most = (inputs, inputs) if isinstance(inputs, int) else inputs
    if not 1 <= least <= most:
        raise RangeError(f"inputs={inputs!r}: a number of leaves from 1 on, or (least, most)")
    return least, most


@st.composite
def _operands(draw: Any, past: int, number: SearchStrategy[float] | None) -> Operand:
    """Draw the number of a row, or a constant.  A number past the last row means the last row.

    Circuits grow deep so, and a step takes few choices, which hypothesis can then delete at once.
    """
    pick: int = draw(st.integers(0, 2 * past if number is None else 3 * past))
    if number is not None and pick > 2 * past:
        found: float = draw(number)
        return found
    return pick


@st.composite
def _steps(draw: Any, gates: SearchStrategy[Gate], operand: SearchStrategy[Operand]) -> Step:
    """Draw a gate and as many operands as it takes, not knowing what stands before it."""
    gate = draw(gates)
    size = draw(st.integers(1, MOST_OPERANDS)) * gate.groups if gate.variadic else len(gate.inputs)
    return Step(gate, tuple(draw(operand) for _ in range(size)))


@st.composite
def _tapes(draw: Any, leaves: Any, steps: Any, safe: bool, least: int) -> Tape:
    """Draw leaves and steps, make the steps fit, and cut away what the output does not use.

    As many leaves are drawn as there may be: when shrinking takes a step away, what used it falls
    back on a leaf, and so a circuit of two leaves and a gate is found from one of a leaf and two.
    """
    values: list[float] = draw(leaves)
    wide = len(values)
    fitted: list[Step] = []
    rows = list(values)
    for step in draw(steps):
        operands = _fitted(step.operands, wide + len(fitted))
        if safe and not _computed(step.gate, operands, rows):
            continue
        fitted.append(Step(step.gate, operands))
    if not fitted:
        reject()
    tape = Tape(values, [(gate, *operands) for gate, operands in fitted])
    return tape.pruned(leaves=least)


def _fitted(operands: Sequence[Operand], rows: int) -> tuple[Operand, ...]:
    """Let a number past the last row mean the last row, and one operand at least be a row."""
    found = [min(p, rows - 1) if isinstance(p, int) else p for p in operands]
    if not any(isinstance(p, int) for p in found):
        found[0] = rows - 1
    return tuple(found)


def _computed(gate: Gate, operands: Sequence[Operand], rows: list[float]) -> bool:
    """Add a step's value to the rows, unless it is outside the domain, on a kink or not finite."""
    point = [rows[p] if isinstance(p, int) else p for p in operands]
    if not ordinary(gate, point):
        return False
    value = gate.value(*point)
    if not all(map(math.isfinite, [value, *gate.partials(value, *point)])):
        return False
    rows.append(value)
    return True
