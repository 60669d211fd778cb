"""Selecting gates by what their declarations say: smooth ones, those of one input, those at home
everywhere.  Knows gates by their record; does not know hypothesis.
"""

from __future__ import annotations

from collections.abc import Iterable

from gatenet.declaration import Gate, registry
from gatenet.errors import RangeError, WiringError
from gatenet.gates import CATALOGUE


def select_gates(
    among: Iterable[Gate | str] | None = None,
    *,
    smooth: bool | None = None,
    everywhere: bool | None = None,
    arity: int | None = None,
    variadic: bool | None = None,
) -> list[Gate]:
    """List the gates that are all of what is asked; None asks nothing.

    `among` holds gates or their names, gatenet's whole catalogue where it is left out.  A `smooth`
    gate has no kinks; one that is defined `everywhere` has neither a condition nor an edge;
    `arity` is a fixed number of inputs; a `variadic` gate takes any number.

    Raises WiringError for an unknown name, RangeError when no gate is left.

    >>> select_gates(["relu", "tanh", "log", "total"], smooth=True)
    [tanh, log, total]
    >>> select_gates(["relu", "tanh", "log", "total"], arity=1, everywhere=True)
    [relu, tanh]
    """
    listed = list(CATALOGUE.values() if among is None else among)
    found = [
        gate
        for gate in map(_gate, listed)
        if _is(smooth, not gate.domain.kinks)
        and _is(everywhere, gate.domain.condition is None and not gate.domain.edges)
        and _is(variadic, gate.variadic)
        and (arity is None or (not gate.variadic and len(gate.inputs) == arity))
    ]
    if not found:
        raise RangeError(
            f"none of {len(listed)} gate(s) is left: smooth={smooth}, everywhere={everywhere}, "
            f"arity={arity}, variadic={variadic}"
        )
    return found


def _is(wanted: bool | None, found: bool) -> bool:
    return wanted is None or wanted == found


def _gate(item: Gate | str) -> Gate:
    if isinstance(item, Gate):
        return item
    if item not in registry():
        raise WiringError(f"unknown gate {item!r}: import the file that declares it first")
    return registry()[item]
