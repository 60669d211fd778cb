"""Scan: a function applied step after step, with a carry handed on from one to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.transforms.calls import name_of
from gatenet.trees import flatten, flatten_like


def scan(
    f: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Iterable[Any] | None = None,
    length: int | None = None,
    *,
    reverse: bool = False,
) -> tuple[Any, list[Any]]:
    """Run `carry, y = f(carry, x)` over xs; give the last carry and the list of all y.

    `xs` lists the steps: numbers, units or containers; several sequences go in as zip(a, b).
    Without xs, `length` steps get x = None.  `reverse` starts at the last step; ys stand in the
    order of xs all the same.  The carry must keep its structure.
    The loop is unrolled: every gate of every step is a row like any other, so gradients, replay,
    `record()`, files and pictures need to know nothing of it.  Where memory matters scan a
    `checkpoint(f)`, or a `block(f)`: then a step's outputs alone are rows.

    Raises OperandError when f gives no pair, WiringError when the carry changes its structure,
    RangeError when length and xs disagree.

    >>> from gatenet import Unit
    >>> a = Unit(3.0)
    >>> power, powers = scan(lambda carry, _: (carry * a, carry * a), 1.0, length=3)
    >>> power.backward(); power.value, [y.value for y in powers], a.grad
    (27.0, [3.0, 9.0, 27.0], 27.0)
    """
    steps = _steps(xs, length)
    carry, ys = init, []
    _, structure = flatten(init)
    for k in reversed(range(len(steps))) if reverse else range(len(steps)):
        pair = f(carry, steps[k])
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise OperandError(
                f"scan: {name_of(f)} returned {pair!r} at step {k}; it must return a pair, the "
                "next carry and the output of this step"
            )
        carry, y = pair
        flatten_like(structure, carry, f"the carry after step {k}", "the first carry and its parts")
        ys.append(y)
    return carry, ys[::-1] if reverse else ys


def _steps(xs: Iterable[Any] | None, length: int | None) -> list[Any]:
    """The list of what each step gets."""
    if xs is None:
        if length is None or length < 0:
            raise RangeError(f"scan without xs needs a length of 0 or more; got {length!r}")
        return [None] * length
    if isinstance(xs, dict):
        raise WiringError(
            "scan takes a list of steps, not a dict of lists: list(zip(xs['a'], xs['b'])) makes one"
        )
    steps = list(xs)
    if length is not None and length != len(steps):
        raise RangeError(f"scan got length={length} and {len(steps)} steps; leave length out")
    return steps
