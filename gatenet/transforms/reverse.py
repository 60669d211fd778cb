"""Reverse mode on functions: `grad`, `value_and_grad` and `vjp`; `grad` on units as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from gatenet.errors import OperandError
from gatenet.modes import current
from gatenet.sweep import gradients
from gatenet.transforms.calls import (
    Call,
    Function,
    Tree,
    called,
    finished,
    nested,
    one_output,
    positions,
    unit_or_number,
)
from gatenet.transforms.operators import grad_of_unit
from gatenet.trees import checked, flatten_like, unflatten
from gatenet.unit import Unit


def grad(f: Any, argnums: Any = 0) -> Any:
    """Give the function that computes the gradient of `f`, or the gradient of a unit.

    `grad(f, argnums=0)` takes the arguments of f and gives the derivative of its one output in
    argument `argnums`, nested as that argument is; a tuple of argnums gives a tuple.  Floats in,
    floats out; inside another transform, or given units, the results are units that can be
    differentiated again, so `grad(grad(f))` is the second derivative.  What the output does not
    depend on has the gradient 0.0.
    `grad(unit, wrt)` gives the gradient of a recorded unit in a unit or a tree of units, as units.

    Raises OperandError when f gives anything but one unit or number, RangeError when an argument
    holds no number.

    >>> grad(lambda x: x ** 3)(2.0)
    12.0
    >>> grad(grad(lambda x: x ** 3))(2.0)
    12.0
    >>> grad(lambda p: p["w"][0] * p["w"][1] + p["b"])({"w": [2.0, 3.0], "b": 1.0})
    {'w': [3.0, 2.0], 'b': 1.0}
    """
    if not callable(f):
        return grad_of_unit(f, argnums)
    both = value_and_grad(f, argnums, _who="grad")

    @wraps(f, updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


def value_and_grad(f: Function, argnums: Any = 0, *, _who: str = "value_and_grad") -> Function:
    """Give the function that computes `f` and its gradient at once: (value, gradient).

    >>> value_and_grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 3.0)
    (6.0, (3.0, 2.0))
    """
    _check_callable(f, _who)

    @wraps(f, updated=())
    def both(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        found, single = positions(argnums, len(args), _who)
        call = called(f, args, kwargs, found, _who)
        output = one_output(call, f, _who)
        slopes = call.arranged(finished(pulled(call, [1.0], call.live), call.live))
        return finished([output], call.live)[0], slopes[0] if single else tuple(slopes)

    return both


def vjp(f: Function, *primals: Tree) -> tuple[Tree, Callable[[Tree], tuple[Tree, ...]]]:
    """Compute f(*primals) and a function that pulls a cotangent of the output back to each primal.

    The cotangent is nested as the output; the result is a tuple with one tree per primal: the
    vector-Jacobian product.  An output whose cotangent is exactly 0.0 takes no part.

    Raises WiringError when the cotangent is nested otherwise, RangeError for an empty primal.

    >>> value, pull = vjp(lambda x, y: [x * y, x + y], 2.0, 3.0)
    >>> value, pull([1.0, 10.0])
    ([6.0, 5.0], (13.0, 12.0))
    """
    _check_callable(f, "vjp")
    call = called(f, primals, {}, range(len(primals)), "vjp")

    def pull(cotangent: Tree) -> tuple[Tree, ...]:
        seeds = flatten_like(call.output, cotangent, "the cotangent", "the output")
        seeds = checked(call.output, seeds, "the cotangent", unit_or_number)
        live = call.live or nested() or any(type(seed) is Unit for seed in seeds)
        return tuple(call.arranged(finished(pulled(call, seeds, live), live)))

    return unflatten(call.output, finished(call.outputs, call.live)), pull


def pulled(call: Call, seeds: Sequence[Any], live: bool) -> list[Any]:
    """The gradient of the seeded outputs in each root of a call."""
    pairs = [
        (output, seed)
        for output, seed in zip(call.outputs, seeds, strict=True)
        if type(output) is Unit and not (type(seed) is float and seed == 0.0)
    ]
    outputs, used = [output for output, _ in pairs], [seed for _, seed in pairs]
    create_graph = live and current().grad
    if not create_graph:
        used = [seed.value if type(seed) is Unit else seed for seed in used]
    return gradients(outputs, used, call.roots, create_graph=create_graph, since=call.since)


def _check_callable(f: Any, who: str) -> None:
    if not callable(f):
        raise OperandError(f"{who} transforms a function; it got {f!r}. For units use grad or Lop")
