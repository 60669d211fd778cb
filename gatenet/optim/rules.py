"""Rules: how one parameter moves, written once for floats and for units.

A rule is arithmetic on columns of numbers, with coefficients that all parameters share.  On lists
of floats it is the eager step; on units it is recorded, as a circuit that any backend runs.
Knows gates and units; does not know any optimizer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from gatenet.gates import greater, sqrt, where
from gatenet.unit import Unit

#: Numbers that all parameters of a group share at one step, by name; what is not a float (None,
#: True, False) says which rule it is.
Coefficients = dict[str, float | bool | None]


class Arithmetic(NamedTuple):
    """What a rule may use beside + - * / on what it is given: floats or units.

    `larger` is the second where that is more, else the first; `over` divides, 0 for a divisor
    of 0.
    """

    sqrt: Callable[[Any], Any]
    larger: Callable[[Any, Any], Any]
    over: Callable[[Any, Any], Any]


def over(above: float, below: float) -> float:
    """Divide; 0/0, where there has been no gradient yet and eps is 0, is no move."""
    return above / below if below else 0.0


FLOATS = Arithmetic(math.sqrt, max, over)
UNITS = Arithmetic(
    sqrt,
    lambda a, b: where(greater(b, a), b, a),
    lambda above, below: where(below, above / below, 0.0),
)


def leaves_of(coefficients: Coefficients) -> tuple[dict[str, Any], list[Unit]]:
    """The coefficients with a leaf in the place of each float; and those leaves, in order."""
    found: dict[str, Any] = {}
    units = []
    for name, value in coefficients.items():
        if type(value) is float:
            units.append(Unit(value, name))
            found[name] = units[-1]
        else:
            found[name] = value
    return found, units


def kind_of(coefficients: Coefficients) -> tuple[Any, ...]:
    """Which rule it is: the same for coefficients that differ in floats alone."""
    return tuple([(name, "float" if type(x) is float else x) for name, x in coefficients.items()])
