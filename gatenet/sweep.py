"""The sweep: backpropagation, the only reverse pass in the project.

Local derivatives were recorded on the way forward; the sweep visits units from the output down,
highest serial number first, and at each gate adds upstream x local derivative (a pull) to the
gradient that its inputs have gathered so far in this pass.  It is a generator that stops at every
unit, so `backward()`, the stepper, pictures and tests all watch the same machinery.

Where units are stored in C and nobody watches, `backward()` runs the same visits there; tests hold
the two equal to the bit.
"""

from __future__ import annotations

import math
import threading
import weakref
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from gatenet.eager import operands_text
from gatenet.errors import DomainError, UnfinishedPassError, WiringError
from gatenet.gates import absolute, less, not_equal, where
from gatenet.modes import current, place_of
from gatenet.real import number
from gatenet.storage import NATIVE
from gatenet.unit import MANY, Unit, as_units, describe
from gatenet.walk import check_fresh, reachable, reachable_since

# Two threads may sweep circuits that share a leaf; `grad += total` is not one step in Python.
_accumulating = threading.Lock()

#: Passes that somebody is stepping through and has not finished; each has `found`, its units.
stepping: weakref.WeakSet[Any] = weakref.WeakSet()


def backward(outputs: Unit | Sequence[Unit], seed: Any = 1.0) -> None:
    """Run the sweep to its end: fill every `.grad` on the way, accumulate on leaves."""
    if type(outputs) is not Unit:
        outputs = as_units(outputs)
    if hasattr(seed, "__iter__"):
        seed = list(seed)
    if NATIVE is not None and sweep is _UNWATCHED and _swept(outputs, seed):
        return
    deque(sweep(outputs, seed), maxlen=0)


def _swept(outputs: Unit | Sequence[Unit], seed: Any) -> bool:
    """Run the pass in C, where it is a plain one: the same sweep, to the bit.

    False, and nothing is changed, where the generator has more to say: strict mode, an error of
    any kind, a block that works its derivatives out when it is asked.
    """
    if current().strict:
        return False
    try:
        units = as_units(outputs)
        seeds = _seeds(units, seed)
    except Exception:
        return False  # the generator says what is wrong, in its order
    with _accumulating:
        return NATIVE.backward(units, seeds)  # type: ignore[no-any-return]


def sweep(outputs: Unit | Sequence[Unit], seed: Any = 1.0) -> Iterator[Unit]:
    """Visit the units the outputs depend on, from the last made to the first.

    A gate's output is yielded when its gradient is complete (`.grad` is its upstream of this
    pass) and before its pulls are made: `unit.grad * unit.partials[k]` is what input k will get.
    A leaf is yielded after the total of this pass was added to its `.grad`, once.
    `seed` is the output's own gradient: one number, or one for each output.

    Raises StaleCircuitError before anything is changed, WiringError for a detached output.

    >>> x = Unit(3.0, "x")
    >>> y = x * x
    >>> [(unit.name, unit.grad) for unit in sweep(y)]
    [(None, 1.0), ('x', 6.0)]
    """
    units = as_units(outputs)
    found = reachable(units)
    order = sorted(found)
    check_fresh(found, order)
    return visits(found, order, seeded(found, units, seed))


#: The debugger puts a function of its own in the place of `sweep`, to note what is swept.
_UNWATCHED = sweep


def seeded(found: Mapping[int, Unit], units: Sequence[Unit], seed: Any) -> dict[Any, Any]:
    """What each unit has gathered before a pass: its seed for an output, nothing elsewhere."""
    adjoints: dict[Any, Any] = dict.fromkeys(found, 0.0)
    for unit, value in zip(units, _seeds(units, seed), strict=True):
        adjoints[unit._serial] += value
    return adjoints


def _seeds(units: Sequence[Unit], seed: Any) -> list[float]:
    """Check the outputs and lay out one seed for each."""
    for unit in units:
        if not unit.requires_grad:
            raise WiringError(
                f"{describe(unit)} is detached (made under no_grad(), by detach(), or with "
                "requires_grad=False): there is nothing to differentiate",
                unit=unit,
            )
    if hasattr(seed, "__iter__"):
        seeds = [number(item) for item in seed]
        if len(seeds) != len(units):
            raise WiringError(f"got {len(seeds)} seed(s) for {len(units)} output(s)")
        return seeds
    return [number(seed)] * len(units)


def visits(
    found: dict[int, Unit],
    order: list[int],
    adjoints: dict[Any, Any],
    keep: bool = True,
    rule: Callable[[Unit, Any], Iterable[tuple[int, Any]]] | None = None,
) -> Iterator[Unit]:
    """The pass itself.  `adjoints` holds what each unit has gathered, by serial number.

    `keep` writes `.grad`; `rule` makes the pulls in place of plain products of floats.
    """
    strict = current().strict
    for serial in reversed(order):
        unit = found[serial]
        upstream = adjoints[serial]
        a = unit._a
        if a is None:
            if keep and unit._gate.requires_grad:  # type: ignore[union-attr]
                if strict:
                    _check_leaf(unit, upstream)
                with _accumulating:
                    unit._grad = upstream if unit._grad is None else unit._grad + upstream
            yield unit
            continue
        if keep:
            unit._grad = upstream
        yield unit
        if rule is not None:
            for operand_serial, pull in rule(unit, upstream):
                adjoints[operand_serial] = plus(adjoints[operand_serial], pull)
            continue
        if strict:
            _check(unit, upstream)
        if not upstream and unit._gate.guarded:  # type: ignore[union-attr]
            continue  # 0 times an infinite derivative is no pull, not nan
        pb = unit._pb
        if pb is MANY:
            if unit._pa is None:  # a block: it works its derivatives out now, or pulls itself
                unit._gate.pull(unit, upstream, adjoints)  # type: ignore[union-attr]
                continue
            for operand, slope in zip(a, unit._pa):  # noqa: B905
                if type(operand) is Unit:
                    adjoints[operand._serial] += upstream * slope
            continue
        pa = unit._pa
        if pa is not None:
            adjoints[a._serial] += upstream * pa
        if pb is not None:
            adjoints[unit._b._serial] += upstream * pb


def check_finished(parameters: Iterable[Unit]) -> None:
    """Raise UnfinishedPassError when a pass over one of the parameters stands in the middle."""
    if not stepping:
        return
    for unit in parameters:
        for one in list(stepping):
            if unit._serial in one.found:
                raise UnfinishedPassError(
                    f"a pass that {describe(unit)} is part of stands at event {one.position} of "
                    f"{len(one)}: its gradients are not complete. finish() the stepper, or "
                    "reset() it",
                    unit=unit,
                )


def _check(unit: Unit, upstream: float) -> None:
    """Raise DomainError when a gradient, or a pull about to be made, is not finite."""
    pulls = []
    if upstream or not unit._gate.guarded:  # type: ignore[union-attr]
        pulls = [
            upstream * slope
            for operand, slope in zip(unit.inputs, unit.partials, strict=True)
            if type(operand) is Unit
        ]
    if all(map(math.isfinite, [upstream, *pulls])):
        return
    place = place_of(unit)
    gate: Any = unit._gate
    raise DomainError(
        f"the gradient is not finite at {gate.name}: upstream {upstream!r} times the local "
        f"derivatives {unit.partials!r} at {operands_text(unit)}"
        + (f"; built at {place}" if place else ""),
        unit=unit, gate=unit.gate, inputs=unit.inputs, place=place,
    )  # fmt: skip


def _check_leaf(unit: Unit, total: float) -> None:
    """Raise DomainError when finite pulls add up to what is not finite."""
    if math.isfinite(total) and math.isfinite(unit.grad + total):
        return
    place = place_of(unit)
    raise DomainError(
        f"the gradient is not finite at {describe(unit)}: its pulls add up to {total!r}, on a "
        f"gradient of {unit.grad!r}" + (f"; built at {place}" if place else ""),
        unit=unit, place=place,
    )  # fmt: skip


def gradients(
    outputs: Sequence[Unit],
    seeds: Sequence[Any],
    wrt: Sequence[Unit],
    *,
    create_graph: bool = False,
    since: int = 0,
) -> list[Any]:
    """The gradient of the seeded outputs in each unit of `wrt`, leaving every `.grad` alone.

    Units of `wrt` may be inner units.  With `create_graph` seeds and results may be units and the
    pass is wired from gates itself, so that it can be differentiated again; a gradient that
    depends on no unit is then a plain float.  `since` keeps the pass to units of that serial
    number or above: older ones are taken as they are, as if nothing had made them.

    Raises StaleCircuitError when a value is older than a write to something it depends on.
    """
    found = reachable_since(outputs, since) if since else reachable(outputs)
    order = sorted(found)
    check_fresh(found, order)
    first = since or min([unit._serial for unit in wrt], default=0)
    order = order[bisect_left(order, first) :]  # what is older depends on none of `wrt`
    adjoints: dict[int, Any] = dict.fromkeys(found, 0.0)
    for unit, seed in zip(outputs, seeds, strict=True):
        adjoints[unit._serial] = plus(adjoints[unit._serial], seed)
    rule = None
    if create_graph:
        needed = _dependents(found, order, {unit._serial for unit in wrt})
        rule = partial(_wired_pulls, needed)
    for _ in visits(found, order, adjoints, keep=False, rule=rule):
        pass
    return [adjoints.get(unit._serial, 0.0) for unit in wrt]


def _dependents(found: dict[int, Unit], order: Sequence[int], roots: set[int]) -> set[int]:
    """The serials of the roots and of every unit whose value depends on one of them."""
    needed = {serial for serial in roots if serial in found}
    for serial in order:
        if any(type(op) is Unit and op._serial in needed for op in found[serial].inputs):
            needed.add(serial)
    return needed


def _wired_pulls(needed: Container[int], unit: Unit, upstream: Any) -> Iterator[tuple[int, Any]]:
    """Make pulls out of gates: local derivatives as formulas of units, products as units."""
    if type(upstream) is float and upstream == 0.0:
        return
    gate: Any = unit._gate
    wanted = [type(op) is Unit and op._serial in needed for op in unit.inputs]
    if not any(wanted):
        return
    derivatives = gate.partials_on(unit, unit.inputs, wanted)
    for operand, derivative, wants in zip(unit.inputs, derivatives, wanted, strict=True):
        if not wants or (type(derivative) is float and derivative == 0.0):
            continue
        exact = type(derivative) is float and math.isfinite(derivative)
        if gate.guarded and type(upstream) is Unit and not exact:
            # Choose before the product: 0 times infinity would be nan one derivative further on.
            # A finite derivative stays: the next derivative in the upstream needs it at 0, too.
            kept = not_equal(upstream, 0.0) + less(absolute(derivative), math.inf)
            derivative = where(kept, derivative, 0.0)
        pull = times(upstream, derivative)
        yield operand._serial, pull  # type: ignore[union-attr]


def times(upstream: Any, derivative: Any) -> Any:
    """Multiply, without a gate for a factor of 1."""
    if type(derivative) is float and derivative == 1.0:
        return upstream
    if type(upstream) is float and upstream == 1.0:
        return derivative
    return upstream * derivative


def plus(gathered: Any, pull: Any) -> Any:
    """Add, without a gate for the 0.0 that every sum starts from."""
    if type(gathered) is float and gathered == 0.0:
        return pull
    return gathered + pull
