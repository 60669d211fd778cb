"""Jacobians, Hessians and their products: laws, closed forms, JAX and PyTorch."""

import math
from collections import namedtuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tapes import SMOOTH, play, tapes

from gatenet import Unit, grad, hessian, hvp, jacobian, jvp, vjp
from gatenet.gates import exp, log, maximum, tanh, total

Point = namedtuple("Point", "x y")


def derivative(f, order):
    """The derivative of a function of one number, by composing grad with itself."""
    for _ in range(order):
        f = grad(f)
    return f


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_jacobian_of_polar_coordinates(mode):
    """A hand-worked Jacobian, in every mode: x = r exp(t), y = r^2 t, z = t / r."""
    f = lambda p: [p[0] * exp(p[1]), p[0] ** 2 * p[1], p[1] / p[0]]
    r, t = 2.0, 0.5
    truth = [[math.exp(t), r * math.exp(t)], [2 * r * t, r * r], [-t / r**2, 1 / r]]

    for row, expected in zip(jacobian(f, mode=mode)([r, t]), truth, strict=True):
        assert row == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("inputs", "outputs", "pushes"), [(3, 2, 0), (2, 3, 2), (2, 2, 2), (1, 5, 1)]
)
def test_auto_takes_the_cheaper_mode(monkeypatch, inputs, outputs, pushes):
    """As many pushes as inputs where these are fewer, else one sweep per output."""
    from gatenet.transforms import matrices, reverse

    count = {"push": 0, "sweep": 0}

    def counting(name, function):
        def counted(*args, **kwargs):
            count[name] += 1
            return function(*args, **kwargs)

        return counted

    monkeypatch.setattr(matrices, "pushed", counting("push", matrices.pushed))
    monkeypatch.setattr(reverse, "gradients", counting("sweep", reverse.gradients))
    jacobian(lambda x: [total(x) * k for k in range(1, outputs + 1)])([1.0] * inputs)

    assert count == {"push": pushes, "sweep": 0 if pushes else outputs}


def test_hessian_of_rosenbrock():
    """The Hessian of (1 - x)^2 + 100 (y - x^2)^2, worked by hand, and symmetric."""
    x, y = -1.2, 1.0
    found = hessian(lambda p: (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2)([x, y])

    assert found[0] == pytest.approx([2 - 400 * y + 1200 * x * x, -400 * x], rel=1e-14)
    assert found[1] == pytest.approx([-400 * x, 200.0], rel=1e-14)


@given(tapes(SMOOTH, hard=False), st.randoms(use_true_random=False))
def test_push_and_sweep_are_transposes(tape, random):
    """For random circuits, v . (J w) equals (v J) . w: forward and reverse mode are one matrix."""
    leaves = list(tape.leaves)
    f = lambda x: play(tape, x)[-3:]
    value, pull = vjp(f, leaves)
    w = [random.uniform(-1, 1) for _ in leaves]
    v = [random.uniform(-1, 1) for _ in value]
    pushed = jvp(f, (leaves,), (w,))[1]
    (pulled,) = pull(v)
    terms = [a * b for a, b in zip(v, pushed, strict=True)]

    assert math.fsum(terms) == pytest.approx(
        math.fsum(a * b for a, b in zip(pulled, w, strict=True)),
        rel=1e-10,
        abs=1e-10 * max(1.0, *map(abs, terms)),
    )


@given(tapes(SMOOTH, hard=False, max_steps=6))
def test_hessians_are_symmetric_and_match_hvp(tape):
    """For random circuits H equals its transpose, and hvp with a unit vector is a column of it."""
    leaves = list(tape.leaves)
    f = lambda x: play(tape, x)[-1]
    matrix = hessian(f)(leaves)
    scale = max([1.0, *[abs(entry) for row in matrix for entry in row]])
    for i in range(len(leaves)):
        one = [float(i == k) for k in range(len(leaves))]
        column = hvp(f, (leaves,), (one,))
        for k in range(len(leaves)):
            assert matrix[i][k] == pytest.approx(matrix[k][i], rel=1e-9, abs=1e-11 * scale)
            assert matrix[k][i] == pytest.approx(column[k], rel=1e-9, abs=1e-11 * scale)


@given(tapes(SMOOTH, hard=False, max_steps=8))
def test_wired_gradients_have_the_values_of_plain_ones(tape):
    """Gradients as units and gradients as floats are the same numbers."""
    f = lambda x: play(tape, x)[-1]
    plain = grad(f)(list(tape.leaves))
    wired = [u.value for u in grad(f)([Unit(v) for v in tape.leaves])]

    assert wired == pytest.approx(plain, rel=1e-12, abs=1e-300)


def test_hvp_with_several_arguments_is_the_whole_hessian():
    """The product with the Hessian over all arguments together, each part nested as its own."""
    f = lambda x, p: x**2 * p["w"] + p["w"] ** 3
    # H = [[2w, 2x], [2x, 6w]] at x = 2, w = 3
    assert hvp(f, (2.0, {"w": 3.0}), (1.0, {"w": 10.0})) == (6.0 + 40.0, {"w": 4.0 + 180.0})


@pytest.mark.parametrize("at", [[0.3, -0.7, 1.1], [1.0, 2.0, -0.5]])
def test_jax_agrees(at):
    """Gradient, Jacobian, Hessian, products: JAX in float64 gives the same numbers."""
    jax = pytest.importorskip("jax", reason="JAX is not installed: its comparison is left out")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy

    def net(x, m):
        h = [m.tanh(x[0] * x[1] + x[2]), m.exp(-x[0] * x[0]) * x[2], x[1] / (2 + x[2] * x[2])]
        return [h[0] * h[1] + h[2], m.log(1 + h[1] * h[1]) * x[0]]

    class gates:
        tanh, exp, log = staticmethod(tanh), staticmethod(exp), staticmethod(log)

    f = lambda x: net(x, gates)
    g = lambda x: jnp.stack(net(x, jnp))
    array, v = jnp.array(at), [0.5, -1.0, 2.0]
    close = lambda ours, theirs: pytest.approx(theirs.tolist(), rel=1e-12, abs=1e-14) == ours

    for mode in ("forward", "reverse"):
        rows = jacobian(f, mode=mode)(at)
        assert all(map(close, rows, jax.jacrev(g)(array)))
    assert all(map(close, hessian(lambda x: f(x)[0])(at), jax.hessian(lambda x: g(x)[0])(array)))
    assert close(jvp(f, (at,), (v,))[1], jax.jvp(g, (array,), (jnp.array(v),))[1])
    third = lambda one, stack: one(one(one(stack)))
    line = lambda s: f([a + s * b for a, b in zip(at, v, strict=True)])[1]
    jline = lambda s: g(array + s * jnp.array(v))[1]
    assert third(grad, line)(0.1) == pytest.approx(float(third(jax.grad, jline)(0.1)), rel=1e-11)


def test_torch_agrees():
    """PyTorch's grad with create_graph, three times over, gives the same numbers."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: its part is left out")
    x = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    y = torch.tanh(x) * torch.exp(-x * x) + torch.log(1 + x**3)
    f = lambda u: tanh(u) * exp(-u * u) + log(1 + u**3)

    for order in (1, 2, 3):
        (y,) = torch.autograd.grad(y, x, create_graph=True)
        assert derivative(f, order)(0.7) == pytest.approx(y.item(), rel=1e-12)


def test_kinks_follow_the_house_in_both_modes():
    """A tie of max gives a half to each side, forwards and backwards."""
    f = lambda x: [maximum(x[0], x[1])]

    assert jacobian(f, mode="forward")([2.0, 2.0]) == [[0.5, 0.5]]
    assert jacobian(f, mode="reverse")([2.0, 2.0]) == [[0.5, 0.5]]
