"""Arithmetic: the gates behind Python's operators."""

from __future__ import annotations

from typing import Any

from gatenet.declaration import Primitive, gate, operator
from gatenet.gates.comparisons import where


@gate(symbol="+", textbook="a + b", partials=lambda z, a, b: (1, 1), primitive=operator("+"))
def add(a: Any, b: Any) -> Any:
    """Add two values; the upstream gradient flows to both unchanged."""


@gate(symbol="-", textbook="a - b", partials=lambda z, a, b: (1, -1), primitive=operator("-"))
def subtract(a: Any, b: Any) -> Any:
    """Subtract b from a."""


@gate(symbol="*", textbook="a * b", partials=lambda z, a, b: (b, a), primitive=operator("*"))
def multiply(a: Any, b: Any) -> Any:
    """Multiply two values; each receives upstream times the other."""


@gate(
    symbol="÷",
    textbook="a / b",
    partials=lambda z, a, b: (1 / b, -z / b),
    edges=lambda a, b: b,
    primitive=Primitive("({} / {})", "({} / {})", "ieee.divide({}, {})"),
)
def divide(a: Any, b: Any) -> Any:
    """Divide a by b."""


@gate(
    symbol="-",
    textbook="-x",
    partials=lambda z, x: -1,
    primitive=Primitive("(-{})", "(-{})"),
)
def negate(x: Any) -> Any:
    """Flip the sign."""


@gate(
    symbol="|·|",
    textbook="abs(x)",
    partials=lambda z, x: where(x > 0, 1, where(x < 0, -1, x)),
    kinks=lambda x: x,
    primitive=Primitive("abs({})", "fabs({})"),
)
def absolute(x: Any) -> Any:
    """Drop the sign."""
