"""Operators on recorded units: `grad(unit, wrt)`, Theano's `Lop` and `Rop`.

They differentiate what is wired already, and wire the derivative from gates, so that it can be
replayed, compiled and differentiated again.
"""

from __future__ import annotations

from typing import Any

from gatenet.errors import OperandError, RangeError
from gatenet.sweep import gradients
from gatenet.transforms.calls import Tree, finished, unit_or_number
from gatenet.transforms.forward import path_units, pushed
from gatenet.trees import Structure, checked, flatten, flatten_like, unflatten
from gatenet.unit import Unit


def grad_of_unit(y: Any, wrt: Tree) -> Tree:
    """The gradient of a unit in a unit or a tree of units, wired from gates."""
    if type(y) is not Unit:
        raise OperandError(
            f"grad differentiates a function, or one unit; it got {y!r}. For several units add "
            "them up, or use Lop(ys, wrt, v)"
        )
    return Lop(y, wrt, 1.0)


def Lop(y: Tree, wrt: Tree, v: Tree) -> Tree:  # noqa: N802
    """Pull the row vector `v` back through the Jacobian of y in `wrt`: v J, Theano's L-operator.

    `y` and `wrt` are units or trees of units, which may be inner units of the circuit; `v` holds
    one number or unit for each of y, and the result one unit for each of wrt.  The mirror of
    `Rop`: the sum of Lop(y, wrt, v) times w is the sum of v times Rop(y, wrt, w).

    Raises OperandError for what is no unit, WiringError when v is nested otherwise than y.

    >>> x = [Unit(0.0), Unit(1.0)]
    >>> w = [[Unit(1.0), Unit(1.0)], [Unit(1.0), Unit(1.0)]]
    >>> y = [x[0] * w[0][k] + x[1] * w[1][k] for k in range(2)]
    >>> [[u.value for u in row] for row in Lop(y, w, [2.0, 2.0])]
    [[0.0, 0.0], [2.0, 2.0]]
    """
    outputs, output = _units(y, "y")
    roots, root = _units(wrt, "wrt")
    seeds = flatten_like(output, v, "v", "y")
    seeds = checked(output, seeds, "v", unit_or_number)
    pairs = [(o, s) for o, s in zip(outputs, seeds, strict=True) if type(s) is Unit or s != 0.0]
    slopes = gradients([o for o, _ in pairs], [s for _, s in pairs], roots, create_graph=True)
    return unflatten(root, finished(slopes, live=True))


def Rop(y: Tree, wrt: Tree, v: Tree) -> Tree:  # noqa: N802
    """Push the column vector `v` through the Jacobian of y in `wrt`: J v, Theano's R-operator.

    `v` holds one number or unit for each of wrt, and the result one unit for each of y.  Where
    one unit of wrt depends on another, both ways of moving it add up.

    Raises OperandError for what is no unit, WiringError when v is nested otherwise than wrt.

    >>> x = Unit(3.0)
    >>> Rop([x * x, x + 1.0], x, 2.0)[0].value
    12.0
    """
    outputs, output = _units(y, "y")
    roots, root = _units(wrt, "wrt")
    seeds = flatten_like(root, v, "v", "wrt")
    seeds = checked(root, seeds, "v", unit_or_number)
    tangents: dict[int, Any] = {}
    for unit, seed in zip(roots, seeds, strict=True):
        if type(seed) is Unit or seed != 0.0:
            known = tangents.get(unit.serial)
            tangents[unit.serial] = seed if known is None else known + seed
    pushed(path_units(outputs, roots), tangents, create_graph=True)
    results = [tangents.get(unit.serial, 0.0) for unit in outputs]
    return unflatten(output, finished(results, live=True))


def _units(tree: Tree, what: str) -> tuple[list[Unit], Structure]:
    """Take apart a tree that holds units and nothing else."""
    leaves, structure = flatten(tree)
    if not leaves:
        raise RangeError(f"{what} is {tree!r}: it holds no unit")
    return checked(structure, leaves, what, _unit), structure


def _unit(leaf: Any) -> Unit:
    if type(leaf) is not Unit:
        raise OperandError(
            f"{leaf!r} of type {type(leaf).__name__} is no unit: make it one with Unit(...), "
            "or use vjp and jvp on a function"
        )
    return leaf
