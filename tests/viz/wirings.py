"""Rows wired at random, with real gates and with names like those of models."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from viz_samples import PAYLOADS

from gatenet.circuit import Row
from gatenet.gates import add, multiply, sigmoid, tanh, total

NAMES = (
    None,
    "w",
    "layers.0.neurons.0.weights.1",
    "layers.0.neurons.1.bias",
    "layers.1.neurons.0.weights.0",
    "encoder.cell.w.0",
    "head.w",
    *PAYLOADS,
)


@st.composite
def wirings(draw: st.DrawFn, most: int = 60) -> list[Row]:
    """Draw rows: leaves anywhere, gates of near and far rows, parameters used by several."""
    rows: list[Row] = []
    for i in range(draw(st.integers(1, most))):
        what = draw(st.integers(0, 7)) if i else 0
        if what < 2:
            role = draw(st.sampled_from(["input", "parameter", "parameter", "constant"]))
            name = draw(st.sampled_from(NAMES)) if role != "constant" else None
            rows.append(Row(None, (), {}, role, name))
            continue
        near = st.integers(max(0, i - 6), i - 1) if draw(st.booleans()) else st.integers(0, i - 1)
        gate = draw(st.sampled_from([add, add, multiply, multiply, tanh, sigmoid, total]))
        n = draw(st.integers(1, 5)) if gate.variadic else len(gate.inputs)
        name = draw(st.sampled_from(NAMES)) if what == 7 else None
        rows.append(Row(gate, tuple(draw(near) for _ in range(n)), {}, "inner", name))
    return rows


def is_acyclic(rows: Sequence[Row], owner: Sequence[int]) -> bool:
    """Say by a plain search whether boxes can be ordered so that wires run one way."""
    wires = {
        (owner[operand], owner[head])
        for head, row in enumerate(rows)
        for operand in row.operands
        if owner[operand] != owner[head] and min(owner[operand], owner[head]) >= 0
    }
    left = set(owner) - {-1}
    while left:
        free = left - {head for tail, head in wires if tail in left}
        if not free:
            return False
        left -= free
    return True
