"""Not finite: why a gradient is nan or infinite, found on the way up from the unit.

At each unit the pull that brought the nan is followed, up to the first gate whose upstream was
still finite.  Knows the cone and births; one sweep has been made already.
"""

from __future__ import annotations

import math

from gatenet.explaining.births import forward_trail
from gatenet.explaining.cone import Cone
from gatenet.explaining.flatness import Cause, cause
from gatenet.explaining.names import Names
from gatenet.explaining.routes import END, Routes
from gatenet.texts import figure
from gatenet.unit import Unit


def why_not_finite(cone: Cone, routes: Routes, names: Names) -> list[Cause]:
    """Say where a gradient that is not finite comes from."""
    found: list[Cause] = []
    k = 0
    while True:
        pulls = [(e, _pull(cone, e)) for e in routes.options(k) if e != END]
        odd = [(e, pull) for e, pull in pulls if not math.isfinite(pull)]
        if not odd:
            return [*found, _finite_pulls(cone, k, [e for e, _ in pulls], names)]
        if cone.adjoints[k] != cone.adjoints[k]:
            nans = [(e, pull) for e, pull in odd if pull != pull]
            if not nans and not any(one.kind == "inf - inf" for one in found):
                found.append(_meeting(cone, k, names))
            odd = nans or odd
        e, pull = odd[0]
        if pull != pull and abs(cone.adjoints[cone.target[e]]) == math.inf and not cone.slope[e]:
            found.append(_zero_times_inf(cone, e, names))
        if math.isfinite(cone.adjoints[cone.target[e]]):
            return [*found, _born(cone, e, names)]
        k = cone.target[e]


def _pull(cone: Cone, e: int) -> float:
    """What goes down an edge in the pass."""
    return 0.0 if e in cone.blocked else cone.adjoints[cone.target[e]] * cone.slope[e]


def _zero_times_inf(cone: Cone, e: int, names: Names) -> Cause:
    """Say that a derivative of 0 turns an infinite upstream into nan."""
    unit = cone.units[cone.target[e]]
    text = (
        f"at {names.wired(unit, cone.port[e])} the upstream gradient "
        f"{figure(cone.adjoints[cone.target[e]])} times the local derivative 0 is nan"
    )
    return cause("0 * inf", text, unit, names)


def _finite_pulls(cone: Cone, k: int, edges: list[int], names: Names) -> Cause:
    """Say why a gradient is not finite though every pull into it is."""
    unit = cone.units[k]
    label, total = names.label(unit), figure(cone.adjoints[k])
    seed = cone.ends.get(k, 0.0)
    if not math.isfinite(seed):
        return cause("seed", f"the seed of {label} is {figure(seed)}", unit, names)
    blocks = [cone.units[cone.target[e]] for e in edges if cone.units[cone.target[e]]._gate.opaque]  # type: ignore[union-attr]
    if blocks:
        text = f"the gradient of {label} turns {total} inside the block {names.wired(blocks[0])}"
        return cause("inside a block", text, blocks[0], names)
    text = f"the pulls into {label} are finite and add up past the largest float, to {total}"
    return cause("overflow", text, unit, names)


def _meeting(cone: Cone, k: int, names: Names) -> Cause:
    """Say that infinities of both signs add up to nan."""
    unit = cone.units[k]
    text = f"pulls of inf and -inf meet at {names.label(unit)}, and their sum is nan"
    return cause("inf - inf", text, unit, names)


def _born(cone: Cone, e: int, names: Names) -> Cause:
    """Say why a pull is not finite though its upstream is."""
    unit, port = cone.units[cone.target[e]], cone.port[e]
    upstream, slope = cone.adjoints[cone.target[e]], cone.slope[e]
    operand = unit.inputs[port]
    wired, at = names.wired(unit, port), names.valued(operand)
    if math.isfinite(slope):
        text = (
            f"at {wired} the upstream gradient {figure(upstream)} times the local derivative "
            f"{figure(slope)} overflows to {figure(upstream * slope)}"
        )
        return cause("overflow", text, unit, names)
    odd = [op for op in (*unit.inputs, unit) if type(op) is Unit and not math.isfinite(op._value)]
    if odd:
        return _from_forward(cone, e, odd[0], names)
    if upstream == 0.0:
        text = (
            f"at {wired} no gradient comes from above, and 0 times the local derivative "
            f"{figure(slope)} is nan"
        )
        return cause("0 * inf", text, unit, names)
    kind = "infinite derivative" if slope == slope else "no derivative"
    text = f"{wired} has the local derivative {figure(slope)} where {at}"
    return cause(kind, text, unit, names)


def _from_forward(cone: Cone, e: int, odd: Unit, names: Names) -> Cause:
    """Say that a derivative is not finite because a value was not, and where that began."""
    unit, port = cone.units[cone.target[e]], cone.port[e]
    wired, slope = names.wired(unit, port), figure(cone.slope[e])
    first = forward_trail(odd)[0]
    values = dict.fromkeys([names.valued(op) for op in first.inputs if type(op) is Unit])
    standing = f" ({', '.join([*values][:3])})" if values else ""
    began = f"the value of {names.wired(first)} is {figure(first._value)}{standing}"
    if first.gate is None:
        began = f"{names.label(first)} was given the value {figure(first._value)}"
    text = f"on the forward pass {began}; so {wired} has the local derivative {slope}"
    if first is unit:
        text = f"on the forward pass {began}, and the local derivative there is {slope}"
    if not cone.adjoints[cone.target[e]]:
        text += ", which 0 from above turns into nan"
    return cause("forward", text, unit if first.gate is None else first, names)
