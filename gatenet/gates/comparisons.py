"""Comparisons and choice: gates that are 1.0 or 0.0, and the gate that chooses by one.

Knows only how gates are declared.  Between units Python's own `<` gives a plain bool; these are
the gates that stay in the circuit and are asked again when it replays.
"""

from __future__ import annotations

from typing import Any

from gatenet.declaration import Primitive, comparison, gate


@gate(
    symbol="<",
    textbook="1 if a < b else 0",
    partials=lambda z, a, b: (0, 0),
    kinks=lambda a, b: a - b,
    primitive=comparison("<"),
)
def less(a: Any, b: Any) -> Any:
    """Give 1.0 where a < b and 0.0 elsewhere; nothing flows back.

    Kinks: a jump at a = b, where both derivatives are returned as 0 like everywhere else.
    Numerics: exact; a comparison with nan is 0.0, as in IEEE 754.

    >>> less(1.0, 2.0), less(2.0, 2.0)
    (1.0, 0.0)
    """


@gate(
    symbol="≤",
    textbook="1 if a <= b else 0",
    partials=lambda z, a, b: (0, 0),
    kinks=lambda a, b: a - b,
    primitive=comparison("<="),
)
def less_equal(a: Any, b: Any) -> Any:
    """Give 1.0 where a <= b and 0.0 elsewhere; nothing flows back.

    Kinks: a jump at a = b, where both derivatives are returned as 0 like everywhere else.
    Numerics: exact; a comparison with nan is 0.0, as in IEEE 754.

    >>> less_equal(2.0, 2.0)
    1.0
    """


@gate(
    symbol=">",
    textbook="1 if a > b else 0",
    partials=lambda z, a, b: (0, 0),
    kinks=lambda a, b: a - b,
    primitive=comparison(">"),
)
def greater(a: Any, b: Any) -> Any:
    """Give 1.0 where a > b and 0.0 elsewhere; nothing flows back.

    Kinks: a jump at a = b, where both derivatives are returned as 0 like everywhere else.
    Numerics: exact; a comparison with nan is 0.0, as in IEEE 754.

    >>> greater(1.0, 2.0)
    0.0
    """


@gate(
    symbol="≥",
    textbook="1 if a >= b else 0",
    partials=lambda z, a, b: (0, 0),
    kinks=lambda a, b: a - b,
    primitive=comparison(">="),
)
def greater_equal(a: Any, b: Any) -> Any:
    """Give 1.0 where a >= b and 0.0 elsewhere; nothing flows back.

    Kinks: a jump at a = b, where both derivatives are returned as 0 like everywhere else.
    Numerics: exact; a comparison with nan is 0.0, as in IEEE 754.

    >>> greater_equal(2.0, 2.0)
    1.0
    """


@gate(
    symbol="=",
    textbook="1 if a == b else 0",
    partials=lambda z, a, b: (0, 0),
    kinks=lambda a, b: a - b,
    primitive=comparison("=="),
)
def equal(a: Any, b: Any) -> Any:
    """Give 1.0 where a equals b and 0.0 elsewhere; nothing flows back.

    Kinks: a jump at a = b, where both derivatives are returned as 0 like everywhere else.
    Numerics: exact; 0.0 and -0.0 are equal, nan equals nothing.

    >>> equal(0.0, -0.0)
    1.0
    """


@gate(
    symbol="≠",
    textbook="1 if a != b else 0",
    partials=lambda z, a, b: (0, 0),
    kinks=lambda a, b: a - b,
    primitive=comparison("!="),
)
def not_equal(a: Any, b: Any) -> Any:
    """Give 1.0 where a differs from b and 0.0 elsewhere; nothing flows back.

    Kinks: a jump at a = b, where both derivatives are returned as 0 like everywhere else.
    Numerics: exact; nan differs from everything.

    >>> not_equal(1.0, 1.0)
    0.0
    """


@gate(
    symbol="?",
    textbook="a if condition != 0 else b",
    partials=lambda z, condition, a, b: (0, not_equal(condition, 0), equal(condition, 0)),
    kinks=lambda condition, a, b: condition,
    primitive=Primitive("({1} if {0} != 0.0 else {2})", "({0} != 0.0 ? {1} : {2})", ufunc="where"),
    flat="masked",
)
def where(condition: Any, a: Any, b: Any) -> Any:
    """Choose a where the condition is not 0, else b; the gradient flows to the chosen one.

    Kinks: a jump at condition = 0; the condition's derivative is returned as 0.
    Numerics: exact; a condition that is nan is not 0, so it chooses a.

    >>> where(1.0, 2.0, 3.0), where.partials(2.0, 1.0, 2.0, 3.0)
    (2.0, (0.0, 1.0, 0.0))
    """
