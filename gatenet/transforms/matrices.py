"""Forward mode on functions, and whole matrices: `jvp`, `jacobian`, `hessian` and `hvp`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import wraps
from typing import Any

from gatenet.errors import OperandError, WiringError
from gatenet.modes import current
from gatenet.transforms.calls import (
    Call,
    Function,
    Tree,
    called,
    finished,
    name_of,
    positions,
    unit_or_number,
    value_of,
)
from gatenet.transforms.forward import path_units, pushed
from gatenet.transforms.reverse import grad, pulled
from gatenet.trees import checked, flatten_like, unflatten
from gatenet.unit import Unit

MODES = ("auto", "forward", "reverse")


def jvp(f: Function, primals: Sequence[Tree], tangents: Sequence[Tree]) -> tuple[Tree, Tree]:
    """Compute f(*primals) and its derivative in the direction `tangents`, in one forward pass.

    `tangents` is nested as `primals` is; both results are nested as the output: (value, J v).
    A tangent of exactly 0.0 is an argument that does not move.

    Raises WiringError when the tangents are nested otherwise, RangeError for an empty primal.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (6.0, 23.0)
    """
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise WiringError(
            f"jvp takes the arguments of {name_of(f)} as a tuple and their tangents as another: "
            f"jvp(f, (x,), (v,)); got {primals!r} and {tangents!r}"
        )
    call = called(f, primals, {}, range(len(primals)), "jvp")
    if len(tangents) != len(primals):
        raise WiringError(f"jvp got {len(primals)} primal(s) and {len(tangents)} tangent(s)")
    seeds: list[Any] = []
    for k, (structure, tangent) in enumerate(zip(call.arguments, tangents, strict=True)):
        what = f"tangent {k}"
        found = flatten_like(structure, tangent, what, f"primal {k} and its parts")
        seeds += checked(structure, found, what, unit_or_number)
    live = call.live or any(type(seed) is Unit for seed in seeds)
    moved = [(r, s) for r, s in zip(call.roots, seeds, strict=True) if type(s) is Unit or s != 0.0]
    results = _column(call, path_units(call.outputs, call.roots, call.since), moved, live)
    value = unflatten(call.output, finished(call.outputs, live))
    return value, unflatten(call.output, finished(results, live))


def _column(
    call: Call, units: Sequence[Unit], moved: Sequence[tuple[Unit, Any]], live: bool
) -> list[Any]:
    """The tangent of each output when some roots move: a column of the Jacobian, or a mix."""
    create_graph = live and current().grad
    tangents = {root.serial: seed if create_graph else value_of(seed) for root, seed in moved}
    pushed(units, tangents, create_graph=create_graph)
    return [tangents.get(o.serial, 0.0) if type(o) is Unit else 0.0 for o in call.outputs]


def jacobian(f: Function, argnums: Any = 0, *, mode: str = "auto") -> Function:
    """Give the function that computes every derivative of every output of `f`.

    The result is nested as the output, and in the place of each number stands a tree nested as
    the argument: for lists, a list of rows.  A tuple of argnums gives a tuple of such trees in
    each place.  mode "forward" takes one push per input, "reverse" one sweep per output, "auto"
    whichever there are fewer of (forward when equal).

    Raises WiringError for another mode, else as `grad` does.

    >>> jacobian(lambda x: [x[0] ** 2, x[0] * x[1]])([4.0, 3.0])
    [[8.0, 0.0], [3.0, 4.0]]
    """
    if mode not in MODES:
        raise WiringError(f"jacobian: unknown mode {mode!r} (must be one of {list(MODES)})")
    if not callable(f):
        raise OperandError(f"jacobian transforms a function; it got {f!r}. For units use Lop, Rop")

    @wraps(f, updated=())
    def matrix(*args: Any, **kwargs: Any) -> Tree:
        found, single = positions(argnums, len(args), "jacobian")
        call = called(f, args, kwargs, found, "jacobian")
        rows = []
        for row in _rows(call, mode):
            trees = call.arranged(finished(row, call.live))
            rows.append(trees[0] if single else tuple(trees))
        return unflatten(call.output, rows)

    return matrix


def _rows(call: Call, mode: str) -> list[list[Any]]:
    """The Jacobian as a list of rows, one per output."""
    inputs, outputs = len(call.roots), len(call.outputs)
    if mode == "reverse" or (mode == "auto" and outputs < inputs):
        eye = [[float(i == k) for i in range(outputs)] for k in range(outputs)]
        return [pulled(call, seeds, call.live) for seeds in eye]
    units = path_units(call.outputs, call.roots, call.since)
    columns = [_column(call, units, [(root, 1.0)], call.live) for root in call.roots]
    return [[column[k] for column in columns] for k in range(outputs)]


def hessian(f: Function, argnums: Any = 0) -> Function:
    """Give the function that computes all second derivatives of `f`, forward over reverse.

    For a list of n numbers a list of n rows; in general the gradient's tree with a gradient's
    tree in the place of each number.

    Raises as `grad` does.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([2.0, 3.0])
    [[6.0, 4.0], [4.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums, mode="forward")


def hvp(f: Function, primals: Sequence[Tree], tangents: Sequence[Tree]) -> Tree:
    """Multiply the Hessian of `f` at `primals` by `tangents`, without making the Hessian.

    Arguments are those of `jvp`; the result is nested as the one primal, or a tuple with one
    tree for each of several.  One forward pass over the wired gradient.

    Raises as `jvp` does, and OperandError when f has more than one output.

    >>> hvp(lambda x: x[0] ** 2 + x[1] ** 2, ([4.0, 4.0],), ([2.0, 2.0],))
    [4.0, 4.0]
    """
    if not isinstance(primals, (tuple, list)):
        raise WiringError(
            f"hvp takes the arguments of {name_of(f)} as a tuple and their tangents as another: "
            f"hvp(f, (x,), (v,)); got {primals!r}"
        )
    argnums = 0 if len(primals) == 1 else tuple(range(len(primals)))
    return jvp(grad(f, argnums), primals, tangents)[1]
