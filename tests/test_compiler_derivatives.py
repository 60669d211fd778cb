"""Jacobians, Hessian-vector products and chosen outputs of compiled circuits."""

from __future__ import annotations

import math
import random

import pytest
from backends import available

import gatenet
from gatenet import Circuit, Unit, gradcheck, transforms
from gatenet.compiler import Compiled
from gatenet.errors import CompileError, RangeError, WiringError
from gatenet.gates import logsumexp
from gatenet.losses import mse_loss
from gatenet.nn import MLP, Dropout, Linear, Sequential


def three(x, y):
    """Three outputs of two inputs."""
    return [x * y + x.exp(), (x - y).tanh() * 2.0, x.sigmoid() / (1.0 + y * y)]


POINTS = [[0.3, -0.8], [1.5, 0.25], [-2.0, 0.0]]


def leaves():
    """Two inputs."""
    return [Unit(0.1, "x"), Unit(0.2, "y")]


def test_a_jacobian_is_that_of_transforms_to_the_bit():
    """Outputs by inputs for each row: each row what a sweep for each output gives."""
    units = leaves()
    compiled = Circuit(three(*units)).compile(units, backend="python")
    found = compiled.jacobian(POINTS)

    expected = transforms.jacobian(lambda p: three(*p), mode="reverse")
    assert found == [expected(point) for point in POINTS]


def test_a_jacobian_of_an_array_is_an_array():
    """Rows by outputs by inputs, the same numbers as for lists."""
    np = pytest.importorskip("numpy")
    units = leaves()
    compiled = Circuit(three(*units)).compile(units, backend="python")

    found = compiled.jacobian(np.array(POINTS))
    assert found.shape == (3, 3, 2)
    assert found.tolist() == compiled.jacobian(POINTS)


def test_a_hessian_times_a_vector_is_that_of_transforms_to_the_bit():
    """The same gates in the same order, so the same bits; one vector, or one for each row."""
    units = leaves()
    compiled = Circuit(logsumexp(three(*units))).compile(units, backend="python")
    vectors = [[1.0, 0.0], [0.5, -2.0], [3.0, 1.0]]

    def f(p):
        return logsumexp(three(*p))

    expected = [transforms.hvp(f, (p,), (v,)) for p, v in zip(POINTS, vectors, strict=True)]
    assert compiled.hvp(POINTS, vectors) == expected
    assert compiled.hvp(POINTS[1:2], vectors[1]) == expected[1:2]


def test_an_array_of_rows_gives_an_array_of_products():
    """Arrays of rows and of vectors, with every backend that there is."""
    np = pytest.importorskip("numpy")
    units = leaves()
    compiled = Circuit(three(*units)[0]).compile(units)
    found = compiled.hvp(np.array(POINTS), np.array([1.0, -1.0]))

    assert isinstance(found, np.ndarray)
    assert found.tolist() == compiled.hvp(POINTS, [[1.0, -1.0]] * 3)


def test_the_products_of_a_network_see_its_parameters_as_they_are_now():
    """The Hessian in the parameters of a loss, after they have moved, against differences."""
    model = MLP(1, [2, 1], "tanh", rng=0)
    x, target = Unit(0.5, "x"), Unit(1.0, "t")
    loss = Circuit(mse_loss(model([x]), [target])).compile([x, target], backend="python")
    rng = random.Random(0)
    vector = [rng.gauss(0.0, 1.0) for _ in loss.wrt]
    row = [[0.7, -0.3]]
    loss.hvp(row, vector)
    for unit in loss.wrt:
        unit.value = rng.gauss(0.0, 0.5)
    (found,) = loss.hvp(row, vector, seed=3.0)

    def slopes(step):
        here = [unit.value for unit in loss.wrt]
        for unit, v in zip(loss.wrt, vector, strict=True):
            unit.value += step * v
        (gradient,) = loss.value_and_grad(row, seed=3.0)[1]
        for unit, value in zip(loss.wrt, here, strict=True):
            unit.value = value
        return gradient

    ahead, behind = slopes(1e-5), slopes(-1e-5)
    expected = [(a - b) / 2e-5 for a, b in zip(ahead, behind, strict=True)]
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-8)


def test_the_derivatives_of_a_gate_are_those_it_declares():
    """At 0 the formula of sigmoid has a corner in |x|: its declared derivatives do not see it."""
    x = Unit(0.5, "x")
    compiled = Circuit(x.sigmoid()).compile([x], backend="python")

    assert compiled.jacobian([[0.0]]) == [[[0.25]]]
    assert compiled.hvp([[0.0]], [1.0]) == [[0.0]]
    assert compiled.hvp([[1.0]], [1.0])[0][0] == pytest.approx(
        math.exp(-1) * (math.exp(-1) - 1) / (1 + math.exp(-1)) ** 3, rel=1e-14
    )


def test_outputs_may_be_any_units_of_the_circuit():
    """What stands in the middle can be asked for; what it does not need is not computed."""
    x, w = Unit(2.0, "x"), Unit(3.0, "w", role="parameter")
    middle = w * x
    circuit = Circuit((middle + 1.0).exp())
    compiled = circuit.compile([x], outputs=[middle])

    assert compiled([[5.0]]) == [[15.0]]
    assert "exp" not in compiled.program.pprint()
    with pytest.raises(WiringError, match="not part of this circuit"):
        circuit.compile([x], outputs=w * x)


@pytest.mark.parametrize("backend", ["python", "auto"])
def test_compiled_circuits_go_through_gradcheck(backend):
    """A compiled function's gradients are checked as any function's are."""

    @gatenet.compile(backend=backend)
    def f(x, y):
        return (x * y).sin() + x.exp() / (2.0 + y * y)

    assert gradcheck(f, (0.4, -0.9))


def test_a_model_that_draws_is_not_traced():
    """Dropout in training would keep one draw for ever: an error; in evaluation it is nothing."""
    model = Sequential(Linear(1, 1, rng=0), Dropout(0.5, rng=0))

    @gatenet.compile(backend="python")
    def f(x):
        return model([x])[0]

    with pytest.raises(CompileError, match=r"Dropout\(0.5\) draws in training.*model.eval"):
        f(1.0)
    model.eval()
    assert f(1.0) == model([1.0])[0].value


def test_a_vector_of_another_length_is_refused():
    """A vector has one number for each leaf, a table of them one vector for each row."""
    units = leaves()
    compiled = Circuit(units[0] * units[1]).compile(units, backend="python")

    with pytest.raises(WiringError, match="has 1 number"):
        compiled.hvp(POINTS, [1.0])
    with pytest.raises(WiringError, match="2 vectors for 3"):
        compiled.hvp(POINTS, [[1.0, 2.0]] * 2)


def test_the_wide_backend_gives_the_bits_of_the_others():
    """One row or many, values and gradients and sums; only it may add in another order."""
    if "wide" not in available():
        pytest.skip("the extension was not built, or is refused")
    model = MLP(3, [4, 1], "tanh", rng=0)
    x = [Unit(0.1, f"x{k}") for k in range(3)]
    circuit = Circuit(mse_loss(model(x), [0.5]))
    rng = random.Random(0)
    rows = [[rng.gauss(0.0, 1.0) for _ in x] for _ in range(130)]
    wide = circuit.compile(x, backend="wide")
    plain = circuit.compile(x, backend="python")

    assert wide.backend == "wide"
    assert wide(rows) == plain(rows)
    assert wide.value_and_grad(rows[:3]) == plain.value_and_grad(rows[:3])
    assert wide.sums(rows) == plain.sums(rows)
    assert wide.jacobian(rows[:2]) == plain.jacobian(rows[:2])
    loose = Compiled(circuit, x, None, "wide", reassociate=True)
    assert loose(rows) == pytest.approx(plain(rows), rel=1e-13)
    with pytest.raises(RangeError, match="only backend='wide'"):
        circuit.compile(x, backend="python", reassociate=True)
