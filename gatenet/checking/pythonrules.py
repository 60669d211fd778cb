"""Python rules: a gate given as Python code, run on exact numbers where its code lets them pass.

Arithmetic and gates pass; `math`, arrays and `float()` do not, and a function that branches on its
operands is not run either: what stops a loop at the twelfth digit stops it at every precision.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gatenet.checking.kinds import NoFormula, Number
from gatenet.declaration import Gate


def value_of_rule(gate: Gate, kind: type[Number], operands: Sequence[Any]) -> Any:
    """The function of a rule on numbers of a kind.

    Raises NoFormula where its code does not let them pass.
    """
    function = getattr(gate, "__wrapped__", None)
    return kind.of(_run(gate, function, operands, gate.static))


def slopes_of(gate: Gate, kind: type[Number], operands: Sequence[Any], z: Any) -> list[Any]:
    """The derivatives that a rule gives, on numbers of a kind.

    Raises NoFormula where its code does not let them pass.
    """
    rule: Any = getattr(gate, "rule", None)
    asked: dict[str, Any] = getattr(gate, "_asked", {})
    found = _run(gate, rule, [z, *operands], asked)
    listed = list(found) if isinstance(found, (tuple, list)) else [found]
    if len(listed) != len(operands):
        raise NoFormula(f"rule {gate.name!r} gives {len(listed)} derivative(s)")
    return [kind.of(item) for item in listed]


def _run(gate: Gate, function: Any, operands: Sequence[Any], static: Any) -> Any:
    if function is None:
        raise NoFormula(f"gate {gate.name!r} has no formula and no textbook= to judge it by")
    Number.branches = 0
    try:
        found = function(*operands, **static)
    except (TypeError, AttributeError, NotImplementedError) as error:
        raise NoFormula(f"the Python of rule {gate.name!r} takes floats alone") from error
    if Number.branches:
        raise NoFormula(f"the Python of rule {gate.name!r} branches on its values")
    items = found if isinstance(found, (tuple, list)) else [found]
    if not all(isinstance(item, (int, float, Number)) for item in items):
        raise NoFormula(f"the Python of rule {gate.name!r} takes floats alone")
    return found
