"""Strategies for hypothesis: numbers, values of a gate's operands, gates, units.

`drawing` has those for whole circuits, `modelling` those for networks and data.  What is drawn
shrinks towards 0, 1 and simple gates, and prints as Python that can be pasted.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gatenet.declaration import Gate
from gatenet.errors import RangeError
from gatenet.testing.places import (
    EXTREMES,
    LARGEST,
    Places,
    inside,
    ordinary,
    places,
    rank,
    ranked,
)
from gatenet.testing.selecting import select_gates
from gatenet.unit import Unit

#: The most operands that an n-ary gate is given, in each group.
MOST_OPERANDS = 4
_FINITE = st.floats(allow_nan=False, allow_infinity=False)
_TAME = st.one_of(st.integers(-3, 3).map(float), st.floats(-4.0, 4.0))


def numbers(
    *, hard: bool = True, nonfinite: bool = False, taste: Iterable[float] = ()
) -> SearchStrategy[float]:
    """Draw a float: most are of ordinary size, and not `hard` ones lie in -4 to 4.

    Hard ones come from all of float64, from its ends, from among the subnormals, from where
    formulas saturate, and from a few floats beside such places.  `taste` adds places of your own;
    `nonfinite` adds inf, -inf and nan.

    >>> from hypothesis import find, settings
    >>> calm = settings(deadline=None, derandomize=True, database=None)
    >>> find(numbers(hard=False), lambda x: x > 1.5, settings=calm)
    2.0
    """
    taste = tuple(float(x) for x in taste)
    if not hard:
        return st.one_of(_TAME, st.sampled_from(taste)) if taste else _TAME
    marks = tuple(dict.fromkeys([*taste, *EXTREMES, *(-x for x in EXTREMES)]))
    found = [_TAME, st.sampled_from(marks), beside(marks), _FINITE]
    if nonfinite:
        found.append(st.sampled_from([float("inf"), float("-inf"), float("nan")]))
    return st.one_of(found)


def beside(marks: Iterable[float], most: int = 4) -> SearchStrategy[float]:
    """Draw a float at most so many floats away from one of these."""
    return st.builds(_stepped, st.sampled_from(tuple(marks)), st.integers(-most, most)).map(float)


def _stepped(mark: float, steps: int) -> float:
    return ranked(rank(mark) + steps)


def values(
    gate: Gate, *, size: int | None = None, anywhere: bool = False, kinks: bool = True
) -> SearchStrategy[tuple[float, ...]]:
    """Draw operands for a gate, in a row: from its declared domain, with a taste for hard places.

    These are the gate's kinks and edges and the ends of its domain, all found from the
    declaration, the numbers its formulas branch at, their neighbouring floats, ties between
    operands, subnormals and the ends of float64.  The first choice is always an ordinary number,
    and a failing point shrinks to one.  A gate of any number of inputs gets one to four operands,
    or `size` (in each group).  With `anywhere` points outside the domain are drawn as well; with
    `kinks=False` none that stand on a kink or an edge.

    Bind static parameters first: `values(leaky_relu.bind(slope=0.5))`.

    Raises OperandError for a rule or a block, which declare no domain.

    >>> from hypothesis import find, settings
    >>> calm = settings(deadline=None, derandomize=True, database=None)
    >>> from gatenet.gates import log
    >>> find(values(log), lambda point: True, settings=calm)
    (1.0,)
    """
    found = places(gate)
    each = [_operands(gate, k, place, anywhere) for k, place in enumerate(found)]
    sizes = st.just(1) if not gate.variadic else st.integers(1, MOST_OPERANDS)
    drawn = _points(each, sizes if size is None else st.just(size))
    if not kinks:
        drawn = drawn.filter(lambda point: ordinary(gate, point))
    elif not anywhere and gate.domain.condition is not None:
        drawn = drawn.filter(lambda point: inside(gate, point))
    return drawn


@st.composite
def _points(
    draw: Any, each: list[SearchStrategy[float]], sizes: SearchStrategy[int]
) -> tuple[float, ...]:
    """Draw operands one after the other; a later one may repeat an earlier one."""
    size = draw(sizes)
    point: list[float] = []
    for operands in each:
        for _ in range(size):
            tied = point and draw(st.integers(0, 9)) == 9
            point.append(draw(st.sampled_from(point)) if tied else draw(operands))
    return tuple(point)


def _operands(gate: Gate, k: int, found: Places, anywhere: bool) -> SearchStrategy[float]:
    if anywhere:
        return numbers(taste=found.numbers, nonfinite=True)
    if len(gate.inputs) > 1 or gate.variadic or gate.domain.condition is None:
        return numbers(taste=found.numbers)
    return _inside(gate, found)


@lru_cache(maxsize=256)
def _inside(gate: Gate, found: Places) -> SearchStrategy[float]:
    """One operand of a gate with a domain, drawn inside at once, so that little is thrown away."""
    marks = [x for x in found.numbers if inside(gate, (x,))]
    if not marks or not found.stretches:
        raise RangeError(
            f"no number in the domain of {gate.name!r} was found: check the condition in its "
            "declaration",
            gate=gate,
        )
    tame = [
        st.floats(max(low, -4.0), min(high, 4.0))
        for low, high in found.stretches
        if low <= 4.0 and high >= -4.0
    ]
    whole = [x for x in marks if x == int(x) and abs(x) <= 3.0]
    near = beside(marks).filter(lambda x: inside(gate, (x,)))
    wide = [st.floats(low, high) for low, high in found.stretches]
    return st.one_of(st.sampled_from(whole or marks), *tame, st.sampled_from(marks), near, *wide)


def gates(
    among: Iterable[Gate | str] | None = None,
    *,
    smooth: bool | None = None,
    everywhere: bool | None = None,
    arity: int | None = None,
    variadic: bool | None = None,
    static: bool = False,
) -> SearchStrategy[Gate]:
    """Draw a gate that is all of what is asked; see `select_gates`.

    With `static` its static parameters may be half or twice their defaults.

    >>> from hypothesis import find, settings
    >>> calm = settings(deadline=None, derandomize=True, database=None)
    >>> find(gates(smooth=True, arity=1), lambda gate: gate.value(1.0) == 0.0, settings=calm)
    log
    """
    found = select_gates(
        among, smooth=smooth, everywhere=everywhere, arity=arity, variadic=variadic
    )
    drawn = st.sampled_from(found)
    return drawn.flatmap(bound) if static else drawn


def bound(gate: Gate) -> SearchStrategy[Gate]:
    """Draw a gate with each static parameter as it is, halved or doubled."""
    if not gate.static:
        return st.just(gate)
    factor = st.sampled_from([1.0, 0.5, 2.0])
    drawn = {name: factor.map(value.__mul__) for name, value in gate.static.items()}
    return st.builds(gate.bind, **drawn)


def units(
    values: SearchStrategy[float] | None = None, *, roles: Iterable[str] = ("input", "parameter")
) -> SearchStrategy[Unit]:
    """Draw a leaf: a unit made by hand.  `@given(unit=...)` draws one for an argument of type Unit.

    For outputs of gates draw `circuits()`.

    >>> from hypothesis import find, settings
    >>> calm = settings(deadline=None, derandomize=True, database=None)
    >>> find(units(), lambda unit: unit.value > 1.0, settings=calm)
    Unit(2.0)
    """
    drawn = numbers() if values is None else values
    return st.builds(Unit, drawn, role=st.sampled_from(list(roles)))


__all__ = ["LARGEST", "beside", "gates", "numbers", "units", "values"]
