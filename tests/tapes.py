"""Random circuits for the tests: the public strategies of `gatenet.testing`, with our habits.

A tape is data: what it is built on is made anew for every circuit, and every second leaf is a
parameter.  Values are hard by default: inf, nan, subnormals, the ends of float64.
"""

import math

from gatenet import Unit, testing
from gatenet.testing import Tape, all_bits, bits, numbers

__all__ = [
    "HARD",
    "SMOOTH",
    "Tape",
    "all_bits",
    "bits",
    "built",
    "leaves_of",
    "play",
    "tapes",
    "with_steps",
]

#: Gates that are smooth everywhere and never leave small numbers: for comparisons of derivatives.
SMOOTH = ["add", "subtract", "multiply", "negate", "sigmoid", "tanh", "total", "dot"]

#: Floats at which formulas branch, overflow or lose digits.
HARD = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.0, 5e-324, 1e-308, 1e308, 710.0, -745.0,
        math.inf, -math.inf, math.nan]  # fmt: skip


def tapes(names=None, hard=True, max_steps=12, **options):
    """Draw a tape of gates by `names` (all of the catalogue when None)."""
    drawn = numbers(nonfinite=True) if hard else numbers(hard=False)
    return testing.tapes(names, max_gates=max_steps, **{"values": drawn, **options})


def leaves_of(tape):
    """Make the leaves of a tape; every second one is a parameter."""
    return [
        Unit(value, f"x{k}", role="parameter" if k % 2 else "input")
        for k, value in enumerate(tape.leaves)
    ]


def play(tape, leaves):
    """Build a tape's circuit on these leaves; give all units, the leaves first.

    `leaves` may be floats, for a function of plain numbers.
    """
    return tape.play(leaves)


def with_steps(tape, other):
    """The leaf values of one tape under the steps of another, drawn with as many inputs."""
    return other.at(tape.leaves)


def built(tape):
    """Build a tape; give its leaves and its last unit."""
    leaves = leaves_of(tape)
    return leaves, play(tape, leaves)[-1]
