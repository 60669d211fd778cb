"""Law: the gradient is the derivative, by three witnesses that know nothing of the sweep."""

import cmath
import math

from hypothesis import assume, given
from hypothesis import strategies as st
from tapes import SMOOTH, built, tapes

from gatenet import Circuit, gradients
from gatenet.checking import gradcheck

EXACT = ["add", "subtract", "multiply", "negate", "square", "total", "product", "dot", "identity"]
WHOLE = tapes(EXACT, max_steps=10, values=st.integers(-3, 3).map(float))


class Dual:
    """A whole number with its derivatives, by the rules of school: exact at any size."""

    def __init__(self, value, slopes):
        self.value, self.slopes = value, slopes

    def __add__(self, other):
        slopes = [a + b for a, b in zip(self.slopes, other.slopes, strict=True)]
        return Dual(self.value + other.value, slopes)

    def __neg__(self):
        return Dual(-self.value, [-a for a in self.slopes])

    def __mul__(self, other):
        pairs = zip(self.slopes, other.slopes, strict=True)
        slopes = [a * other.value + self.value * b for a, b in pairs]
        return Dual(self.value * other.value, slopes)


def folded(items, combine):
    """Combine from left to right."""
    result = items[0]
    for item in items[1:]:
        result = combine(result, item)
    return result


def paired(items):
    """The products of a dot gate's operands: first half times second half."""
    half = len(items) // 2
    return [p * q for p, q in zip(items[:half], items[half:], strict=True)]


ON_DUALS = {
    "add": lambda a: a[0] + a[1],
    "subtract": lambda a: a[0] + -a[1],
    "multiply": lambda a: a[0] * a[1],
    "negate": lambda a: -a[0],
    "identity": lambda a: a[0],
    "square": lambda a: a[0] * a[0],
    "total": lambda a: folded(a, lambda p, q: p + q),
    "product": lambda a: folded(a, lambda p, q: p * q),
    "dot": lambda a: folded(paired(a), lambda p, q: p + q),
}


@given(WHOLE)
def test_whole_numbers_have_exact_gradients(tape):
    """Where every number fits, gradients equal those of exact arithmetic on dual numbers."""
    leaves, y = built(tape)
    circuit = Circuit([*leaves, y])
    duals = []
    for k, row in enumerate(circuit.rows):
        if row.gate is None:
            slopes = [int(circuit.units[k] is leaf) for leaf in leaves]
            duals.append(Dual(int(circuit.values[k]), slopes))
        else:
            duals.append(ON_DUALS[row.gate.name]([duals[i] for i in row.operands]))
        assume(max(map(abs, [duals[-1].value, *duals[-1].slopes])) < 2**40)
    exact = duals[circuit.outputs[-1]]

    assert y.value == exact.value
    assert gradients([y], [1.0], leaves) == exact.slopes


ON_COMPLEX = {
    "add": lambda a: a[0] + a[1],
    "subtract": lambda a: a[0] - a[1],
    "multiply": lambda a: a[0] * a[1],
    "negate": lambda a: -a[0],
    "sigmoid": lambda a: 1 / (1 + cmath.exp(-a[0])),
    "tanh": lambda a: cmath.tanh(a[0]),
    "total": sum,
    "dot": lambda a: sum(paired(a)),
}


@given(tapes(SMOOTH, hard=False, max_steps=8))
def test_smooth_circuits_agree_with_the_complex_step(tape):
    """The imaginary part of f(x + ih) is h f'(x): no subtraction, so nothing is lost."""
    leaves, y = built(tape)
    circuit = Circuit([*leaves, y])
    assume(all(abs(value) < 100 for value in circuit.values))
    found = gradients([y], [1.0], leaves)
    h = 1e-100
    for moved, leaf in enumerate(leaves):
        values = []
        for k, row in enumerate(circuit.rows):
            if row.gate is None:
                values.append(complex(circuit.values[k], h if circuit.units[k] is leaf else 0.0))
            else:
                values.append(ON_COMPLEX[row.gate.name]([values[i] for i in row.operands]))
        exact = values[circuit.outputs[-1]].imag / h
        assert math.isclose(found[moved], exact, rel_tol=1e-9, abs_tol=1e-6)


@given(tapes(hard=False, max_steps=5))
def test_the_checker_finds_nothing_to_complain_of(tape):
    """Differences of values, over random circuits of every gate, contradict no gradient."""
    leaves, y = built(tape)
    report = gradcheck(Circuit([*leaves, y]), raise_exception=False)

    assert [entry for entry in report.failures if not math.isnan(entry.analytic)] == []
