"""Wrong rules on purpose: gates and sweeps with one mistake each, and right gates that are hard.

A checker that never fails is no checker; one that fails what is right is switched off.
"""

import math

from gatenet import gates
from gatenet.declaration import gate
from gatenet.gates import equal, exp, log, sin, tanh, where
from gatenet.sweep import plus


def wrong(name, body, partials, **options):
    """Declare a gate under the name wrong_..., with the partials given."""
    body.__name__ = f"wrong_{name}"
    body.__doc__ = "Made wrong on purpose."
    return gate(symbol="!", partials=partials, **options)(body)


#: A wrong gate, and a point at which it matters.
WRONG = {
    "sign": (wrong("q_sign", lambda x: sin(x), lambda z, x: -gates.cos(x)), [0.7]),
    "sign_of_tiny": (
        wrong("q_tiny", lambda x: 1e-6 * x * x, lambda z, x: -2e-6 * x), [0.5]),
    "zero": (wrong("q_zero", lambda x: gates.sigmoid(x), lambda z, x: 0), [15.0]),
    "dropped_term": (
        wrong("q_dropped", lambda x: x * exp(x), lambda z, x: exp(x)), [0.3]),
    "swapped": (wrong("q_swapped", lambda a, b: a * b, lambda z, a, b: (a, b)), [2.0, 3.0]),
    "factor_1.001": (
        wrong("q_thousandth", lambda x: tanh(x), lambda z, x: 1.001 * gates.sech_squared(x)),
        [0.4]),
    "factor_1.0009": (
        wrong("q_nine", lambda x: x * x, lambda z, x: 2.0018 * x), [1.5]),
    "factor_1+1e-6": (
        wrong("q_millionth", lambda x: exp(x), lambda z, x: (1 + 1e-6) * z), [0.2]),
    "factor_1+1e-9": (
        wrong("q_billionth", lambda x: exp(x), lambda z, x: (1 + 1e-9) * z), [0.2]),
    "factor_1+1e-12": (
        wrong("q_trillionth", lambda x: exp(x), lambda z, x: (1 + 1e-12) * z), [0.2]),
    "factor_1+1e-14": (
        wrong("q_last", lambda x: exp(x), lambda z, x: (1 + 1e-14) * z), [0.2]),
    "kink": (
        wrong("q_kink", lambda x: where(x > 0, x, 0),
              lambda z, x: where(x > 0, 1, where(x < 0, 0, 2)), kinks=lambda x: x), [0.0]),
    "tie": (
        wrong("q_tie", lambda a, b: where(a > b, a, b),
              lambda z, a, b: (where(a >= b, 1, 0), where(b >= a, 1, 0)),
              kinks=lambda a, b: a - b), [2.0, 2.0]),
    "far": (
        wrong("q_far", lambda x: gates.softplus(x),
              lambda z, x: where(abs(x) > 30, 0.5, gates.sigmoid(x))), [-31.0]),
    "far_above": (
        wrong("q_above", lambda x: x * x, lambda z, x: where(x > 30, 2.5 * x, 2 * x)), [33.0]),
    "one_point": (
        wrong("q_point", lambda x: x * x * x,
              lambda z, x: where(equal(x, 2), 11.9, 3 * x * x)), [2.0]),
}  # fmt: skip


def applied(one, point):
    """A function of units with the gate between others, and its inputs."""

    def f(*units):
        inner = [unit * 1.0 for unit in units]
        return one(*inner) * 3.0 + units[0]

    return f, list(point)


def overwriting(original):
    """A sweep that puts the last pull in place of the sum: = for +=."""

    def visits(found, order, adjoints, keep=True, rule=None):
        if rule is not None:
            yield from original(found, order, adjoints, keep, rule)
            return
        for serial in reversed(order):
            unit = found[serial]
            yield unit
            for operand, slope in zip(unit.inputs, unit.partials, strict=True):
                if hasattr(operand, "serial"):
                    adjoints[operand.serial] = adjoints[serial] * slope

    return visits


def forgetting(original):
    """A sweep that is wrong for the second use of an input by one gate alone."""

    def visits(found, order, adjoints, keep=True, rule=None):
        if rule is not None:
            yield from original(found, order, adjoints, keep, rule)
            return
        for serial in reversed(order):
            unit = found[serial]
            yield unit
            met = set()
            for operand, slope in zip(unit.inputs, unit.partials, strict=True):
                if hasattr(operand, "serial") and operand.serial not in met:
                    met.add(operand.serial)
                    pull = adjoints[serial] * slope
                    adjoints[operand.serial] = plus(adjoints[operand.serial], pull)

    return visits


#: Right functions that are hard to check: steep, flat, fast, near kinks and edges, cancelling.
HARD = {
    "steep": (lambda x: (x * 1e6).tanh(), [1e-7]),
    "flat": (lambda x: x.sigmoid(), [40.0]),
    "flatter": (lambda x: x.sigmoid(), [-700.0]),
    "oscillating": (lambda x: (x * 1e3).sin(), [0.7]),
    "oscillating_faster": (lambda x: (x * 1e6).sin() * x, [0.3]),
    "near_a_kink": (lambda x: x.relu(), [5e-324]),
    "beside_a_kink": (lambda x: abs(x - 1.0), [math.nextafter(1.0, 2.0)]),
    "near_an_edge": (lambda x: x.log(), [1e-300]),
    "near_a_pole": (lambda x: 1 / x, [1e-150]),
    "sqrt_near_0": (lambda x: x.sqrt(), [1e-308]),
    "edge_of_overflow": (lambda x: x.exp(), [709.78]),
    "subnormal": (lambda x: x.exp(), [-744.0]),
    "large": (lambda x: x * x, [1e150]),
    "cancelling": (lambda x: x.sin() ** 2 + x.cos() ** 2, [0.3]),
    "cancelling_sum": (lambda x: (x + 1e12) - 1e12, [0.1]),
    "nearly_flat_top": (lambda x: (-x * x).exp(), [1e-9]),
    "high_power": (lambda x: x**200, [1.01]),
    "deep": (lambda x: tower(x, 200), [0.5]),
    "wide": (lambda *x: gates.logsumexp(*x), [k * 0.37 - 3 for k in range(20)]),
    "product": (lambda *x: gates.product(*x), [1.1, -0.3, 2.0, 5.0, 0.0]),
    "shared": (lambda x: (x * x) * (x * x) - x, [1.3]),
    "log_of_exp": (lambda x: log(exp(x)), [30.0]),
}


def tower(x, height):
    """sin of sin of sin ..."""
    for _ in range(height):
        x = x.sin()
    return x
