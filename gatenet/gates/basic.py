"""A first handful, to be split by family."""

from __future__ import annotations

from typing import Any

from gatenet.declaration import gate, libm
from gatenet.formula import fold
from gatenet.gates.arithmetic import absolute, add
from gatenet.gates.comparisons import equal, where


@gate(symbol="^", textbook="a ** b", partials=lambda z, a, b: (b * a ** (b - 1), z * log(a)),
      edges=lambda a, b: a, primitive=libm("pow", python="power"))
def power(a: Any, b: Any) -> Any:
    """Raise a to the power b."""


@gate(symbol="exp", textbook="exp(x)", partials=lambda z, x: z,
      edges=lambda x: x - 709.782712893384, primitive=libm("exp"))
def exp(x: Any) -> Any:
    """Raise e to x."""


@gate(symbol="log", textbook="log(x)", partials=lambda z, x: 1 / x,
      domain=lambda x: x > 0, edges=lambda x: x, primitive=libm("log"))
def log(x: Any) -> Any:
    """Natural logarithm."""


@gate(symbol="σ", textbook="1 / (1 + exp(-x))", partials=lambda z, x: z * sigmoid(-x))
def sigmoid(x: Any) -> Any:
    """Squash to (0, 1)."""
    e = exp(-absolute(x))
    return where(x >= 0, 1 / (1 + e), e / (1 + e))


@gate(symbol="tanh", textbook="tanh(x)",
      partials=lambda z, x: 4 * sigmoid(2 * x) * sigmoid(-2 * x),
      primitive=libm("tanh", raises=False))
def tanh(x: Any) -> Any:
    """Squash to (-1, 1)."""


@gate(symbol="relu", textbook="max(0, x)",
      partials=lambda z, x: where(x <= 0, 0, where(x > 0, 1, x)), kinks=lambda x: x)
def relu(x: Any) -> Any:
    """Pass what is positive."""
    return where(x <= 0, 0, x)


@gate(symbol="Σ", textbook="sum(x)", partials=lambda z, x: 1, groups=1)
def total(x: Any) -> Any:
    """Add any number of values."""
    return fold(add, x, empty=0)


@gate(symbol="·", textbook="sum(x * w)", partials=lambda z, x, w: (w, x), groups=2)
def dot(x: Any, w: Any) -> Any:
    """Multiply in pairs and add up."""
    return fold(add, x * w, empty=0)


@gate(symbol="max", textbook="max(x)", groups=1,
      partials=lambda z, x: equal(x, z) / fold(add, equal(x, z)))
def maximum(x: Any) -> Any:
    """The largest."""
    return fold(lambda a, b: where(a >= b, a, where(b > a, b, a + b)), x)
