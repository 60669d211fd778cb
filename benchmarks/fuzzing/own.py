"""Gates and blocks of a user's own for the fuzzing, declared here and compiled as they are."""

from __future__ import annotations

from typing import Any

from gatenet import block, gate, ifelse, less, scan
from gatenet.gates import cos, erf, exp, multiply, power, sin, sqrt


@gate(symbol="bell", textbook="exp(-x * x) * y", partials=lambda z, x, y: (-2 * x * z, exp(-x * x)))
def bell_times(x, y):
    """Ring, so loud."""
    return exp(-(x * x)) * y


@gate(
    symbol="wob",
    textbook="sin(rate * x) + erf(x)",
    partials=lambda z, x, *, rate: rate * cos(rate * x) + 1.1283791670955126 * exp(-(x * x)),
)
def wobble(x, *, rate=1.5):
    """Wave, with a rate that stays as it was given."""
    return sin(rate * x) + erf(x)


@gate(symbol="len", textbook="sqrt(x**2 + 1)", partials=lambda z, x: x / sqrt(power(x, 2.0) + 1))
def bent(x):
    """Lengthen by one at a right angle."""
    return sqrt(multiply(x, x) + 1)


@block
def cell(x: Any, h: Any) -> Any:
    """A circuit that stands in another as one gate."""
    return (x + h).tanh() * x + 0.5


def chosen(x: Any, y: Any) -> Any:
    """A choice between two circuits."""
    return ifelse(less(x, y), lambda s, t: s * t, lambda s, t: s.sin() - t, x, y)


@gate(symbol="leaky", textbook="x + h / 2", partials=lambda z, x, h: (1, 0.5))
def leaning(x, h):
    """Add half of what was before."""
    return x + h / 2


def scanned(x: Any, h: Any) -> Any:
    """A block and a gate, step after step, with a carry of two."""

    def step(carry: Any, k: Any) -> Any:
        a, b = carry
        c = cell(a, b * k)
        return (leaning(c, a), c.tanh()), c - b

    (last, _), found = scan(step, (x, h), [0.5, x, -1.5])
    return last + found[0] * found[2]


#: By name: what is called, and how many operands it takes.
OWN = {"bell_times": (bell_times, 2), "wobble": (wobble, 1), "bent": (bent, 1),
       "cell": (cell, 2), "chosen": (chosen, 2), "scanned": (scanned, 2)}  # fmt: skip
