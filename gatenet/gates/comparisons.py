"""Comparisons and choice: gates that are 1.0 or 0.0, and `where`."""

from __future__ import annotations

from typing import Any

from gatenet.declaration import Primitive, comparison, gate


@gate(symbol="<", textbook="1 if a < b else 0", partials=lambda z, a, b: (0, 0),
      primitive=comparison("<"))
def less(a: Any, b: Any) -> Any:
    """Give 1.0 where a < b and 0.0 elsewhere."""


@gate(symbol="≤", textbook="1 if a <= b else 0", partials=lambda z, a, b: (0, 0),
      primitive=comparison("<="))
def less_equal(a: Any, b: Any) -> Any:
    """Give 1.0 where a <= b and 0.0 elsewhere."""


@gate(symbol=">", textbook="1 if a > b else 0", partials=lambda z, a, b: (0, 0),
      primitive=comparison(">"))
def greater(a: Any, b: Any) -> Any:
    """Give 1.0 where a > b and 0.0 elsewhere."""


@gate(symbol="≥", textbook="1 if a >= b else 0", partials=lambda z, a, b: (0, 0),
      primitive=comparison(">="))
def greater_equal(a: Any, b: Any) -> Any:
    """Give 1.0 where a >= b and 0.0 elsewhere."""


@gate(symbol="=", textbook="1 if a == b else 0", partials=lambda z, a, b: (0, 0),
      primitive=comparison("=="))
def equal(a: Any, b: Any) -> Any:
    """Give 1.0 where a equals b and 0.0 elsewhere."""


@gate(symbol="≠", textbook="1 if a != b else 0", partials=lambda z, a, b: (0, 0),
      primitive=comparison("!="))
def not_equal(a: Any, b: Any) -> Any:
    """Give 1.0 where a differs from b and 0.0 elsewhere."""


@gate(
    symbol="?",
    textbook="a if condition != 0 else b",
    partials=lambda z, condition, a, b: (
        0,
        not_equal(condition, 0),
        equal(condition, 0),
    ),
    primitive=Primitive("({1} if {0} != 0.0 else {2})", "({0} != 0.0 ? {1} : {2})"),
)
def where(condition: Any, a: Any, b: Any) -> Any:
    """Choose a where the condition is not 0, else b."""
