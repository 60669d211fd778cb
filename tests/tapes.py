"""Random circuits, drawn as flat tapes: a list of leaf values and a list of steps.

A step names a gate and, for each operand, a number that picks an earlier unit or a constant.  A
tape shrinks well, can be printed, and builds the same circuit every time.
"""

import math
import struct

from hypothesis import strategies as st

from gatenet import Unit
from gatenet.gates import CATALOGUE

#: Gates that are smooth everywhere and never leave small numbers: for comparisons of derivatives.
SMOOTH = ["add", "subtract", "multiply", "negate", "sigmoid", "tanh", "total", "dot"]

#: Floats at which formulas branch, overflow or lose digits.
HARD = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.0, 5e-324, 1e-308, 1e308, 710.0, -745.0,
        math.inf, -math.inf, math.nan]  # fmt: skip


def values(hard=True):
    """Values for leaves and constants."""
    tame = st.floats(-2.0, 2.0, allow_nan=False)
    return st.one_of(tame, st.sampled_from(HARD)) if hard else tame


@st.composite
def tapes(draw, names=None, hard=True, max_steps=12):
    """Draw a tape of gates by `names` (all of the catalogue when None)."""
    names = sorted(CATALOGUE) if names is None else names
    leaves = draw(st.lists(values(hard), min_size=1, max_size=4))
    operand = st.one_of(st.integers(0, 30), st.integers(0, 30), values(hard))
    step = st.tuples(
        st.sampled_from(names), st.lists(operand, min_size=6, max_size=6), st.integers(1, 3)
    )
    return leaves, draw(st.lists(step, min_size=1, max_size=max_steps))


def leaves_of(tape):
    """Make the leaves of a tape; every second one is a parameter."""
    return [
        Unit(value, f"x{k}", role="parameter" if k % 2 else "input")
        for k, value in enumerate(tape[0])
    ]


def play(tape, leaves):
    """Build a tape's circuit on these leaves; give all units, the leaves first.

    `leaves` may be floats, for a function of plain numbers.
    """
    made = list(leaves)
    for name, picks, size in tape[1]:
        gate = CATALOGUE[name]
        count = size * gate.groups if gate.variadic else len(gate.inputs)
        operands = [
            made[pick % len(made)] if isinstance(pick, int) else pick for pick in picks[:count]
        ]
        if not any(isinstance(op, Unit) for op in operands) and isinstance(leaves[0], Unit):
            operands[0] = made[-1]  # a gate of constants alone would be a number
        made.append(gate(*gate.split(operands)) if gate.groups > 1 else gate(*operands))
    return made


def built(tape):
    """Build a tape; give its leaves and its last unit."""
    leaves = leaves_of(tape)
    return leaves, play(tape, leaves)[-1]


def bits(value):
    """The bits of a float, so that -0.0 differs from 0.0; every nan is the same."""
    return "nan" if value != value else struct.pack("<d", value).hex()


def all_bits(numbers):
    """The bits of several floats."""
    return [bits(number) for number in numbers]
