"""Circuits as functions of JAX: eager values and gradients, through every transformation."""

from __future__ import annotations

import copy
import importlib.util
import json
import math
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from gatenet import Circuit, Unit, block, custom_gradient, record
from gatenet.errors import CompileError, OperandError, RangeError, ToolMissing, WiringError
from gatenet.exporting import to_jax
from gatenet.gates import CATALOGUE, greater, maximum, relu, softplus, sqrt, where
from gatenet.losses import cross_entropy
from gatenet.nn import MLP

if importlib.util.find_spec("jax") is None:
    pytest.skip("JAX is not installed", allow_module_level=True)

import jax
import jax.numpy as jnp
import numpy as np

ROOT = Path(__file__).parent.parent
#: Where formulas branch, tie or kink.
TIES = (0.0, 1.0, -1.0, 0.5, 2.0, -0.0, 20.0, -40.0, 3.0)


@pytest.fixture(autouse=True)
def _doubles():
    """Floats of 64 bits in each test, and what was set before after it."""
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def eager(circuit, units, row, seeds=1.0):
    """Values and gradients in `units` by the eager engine; the row goes to the inputs."""
    inputs = [unit for unit in circuit.order if unit.gate is None and unit.role == "input"]
    values = circuit.forward(dict(zip(inputs, row, strict=True)))
    for unit in units:
        unit.zero_grad()
    circuit.backward(seeds)
    return values, [unit.grad for unit in units]


def cheaply(function, *given):
    """Compile for these arguments with few optimisations, which is most of a test's time."""
    options = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
    return jax.jit(function).lower(*given).compile(compiler_options=options)


def small():
    """A network with a loss of scores: two inputs, smooth everywhere."""
    model = MLP(2, [3, 3], "softplus", rng=0)
    x = [Unit(0.5, "width"), Unit(-1.0, "height")]
    return Circuit(cross_entropy(model(x), [0.0, 1.0, 0.0])), x


def every_gate():
    """One circuit with each primitive gate and what kinks or branches, over inputs of their own."""
    units, outputs = [], []
    more = (maximum, relu, softplus, CATALOGUE["sigmoid"], CATALOGUE["hypot"])
    for gate in [*[gate for gate in CATALOGUE.values() if gate.primitive], *more]:
        count = 3 if gate.variadic else 1
        own = [[Unit(0.0) for _ in range(count)] for _ in gate.inputs]
        made = gate(*(own if gate.variadic else [one[0] for one in own]))
        if type(made) is Unit and made.gate is not None:
            units += [unit for some in own for unit in some]
            outputs.append(made)
    return Circuit(outputs), units


def test_every_gate_at_smooth_points_kinks_and_ties():
    """Values and derivatives are the eager engine's, up to the last digits."""
    circuit, units = every_gate()
    f = circuit.to_jax(inputs=units)
    ones = jnp.ones(len(f.outputs))

    def both(x):
        values, back = jax.vjp(f, x, f.values())
        return values, back(ones)[0]

    x = jnp.zeros(len(units))
    compiled = cheaply(both, x)
    rng = random.Random(0)
    for _ in range(40):
        row = [rng.choice(TIES) if rng.random() < 0.4 else rng.gauss(0.0, 2.0) for _ in units]
        values, slopes = compiled(jnp.asarray(row))
        wanted, gradients = eager(circuit, units, row)

        np.testing.assert_allclose(values, wanted, rtol=1e-12)
        np.testing.assert_allclose(slopes, gradients, rtol=1e-12)


def test_random_circuits_agree_with_the_eager_engine():
    """Sums, products, repeated and constant operands, several outputs, leaves of both roles."""
    gates = [gate for gate in CATALOGUE.values()
             if gate.name in ("add", "multiply", "total", "dot", "tanh", "maximum", "absolute",
                              "subtract", "where", "divide", "softmax", "less")]  # fmt: skip
    for seed in range(3):
        rng = random.Random(seed)
        pool = [Unit(rng.gauss(0, 1), role=["input", "parameter"][k % 2]) for k in range(6)]
        while len(pool) < 30:
            gate = rng.choice(gates)
            count = rng.randint(1, 4) if gate.variadic else 1
            own = [[0.75 if rng.random() < 0.1 else rng.choice(pool[-12:]) for _ in range(count)]
                   for _ in gate.inputs]  # fmt: skip
            made = gate(*(own if gate.variadic else [one[0] for one in own]))
            pool += [made] if type(made) is Unit else []
        circuit = Circuit([pool[-1], pool[-2]])
        f = circuit.to_jax()
        row = [unit.value for unit in f.inputs]

        def both(x, p, f=f):
            values, back = jax.vjp(f, x, p)
            return values, jnp.concatenate(back(jnp.asarray([1.0, -2.0])))

        given = jnp.asarray(row), f.values()
        values, slopes = cheaply(both, *given)(*given)
        wanted, gradients = eager(circuit, [*f.inputs, *f.parameters], row, [1.0, -2.0])

        np.testing.assert_allclose(values, wanted, rtol=1e-11)
        np.testing.assert_allclose(slopes, gradients, rtol=1e-11, atol=1e-300)


def test_layers_are_products_of_matrices():
    """A wide layer becomes one product, forwards and backwards, and rows share its weights."""
    model = MLP(8, [16, 2], "tanh", rng=1)
    x = [Unit(0.1 * k - 0.3, f"x{k}") for k in range(8)]
    circuit = Circuit(cross_entropy(model(x), [1.0, 0.0]))
    f = circuit.to_jax(wrt=model.parameters())
    row = jnp.asarray([unit.value for unit in x])
    text = jax.jit(f.value_and_grad).lower(row, f.values()).as_text()
    value, slopes = cheaply(f.value_and_grad, row, f.values())(row, f.values())
    wanted, gradients = eager(circuit, f.parameters, row.tolist())

    assert "dot_general" in text
    assert float(value) == pytest.approx(wanted, rel=1e-12)
    np.testing.assert_allclose(slopes, gradients, rtol=1e-10)


def test_gradients_compose_with_every_transformation():
    """vmap, grad, jvp, vjp, second order both ways, and jit, against the eager and compiled."""
    circuit, x = small()
    f = circuit.to_jax()
    p = f.values()
    rows = np.random.default_rng(0).normal(size=(3, 2))
    t = np.random.default_rng(1).normal(size=len(p))

    def loss(p):
        return jnp.mean(jax.vmap(f, (0, None))(rows, p))

    def everything(p):
        return (
            jax.grad(loss)(p),
            jax.jvp(loss, (p,), (t,))[1],
            jax.jvp(jax.grad(loss), (p,), (t,))[1],
            jax.grad(lambda p: jax.grad(loss)(p) @ t)(p),
        )

    wanted = np.mean([eager(circuit, f.parameters, row)[1] for row in rows.tolist()], axis=0)
    bent = np.mean(circuit.compile(x, wrt=f.parameters).hvp(rows.tolist(), t.tolist()), axis=0)

    slopes, pushed, forward_over_reverse, reverse_over_reverse = cheaply(everything, p)(p)

    np.testing.assert_allclose(slopes, wanted, rtol=1e-12)
    assert float(pushed) == pytest.approx(float(wanted @ t), rel=1e-12)
    np.testing.assert_allclose(forward_over_reverse, bent, rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(reverse_over_reverse, bent, rtol=1e-11, atol=1e-14)


def test_the_inputs_may_be_differentiated_by():
    """Gradients in the first argument, in both, and mixed second derivatives."""
    circuit, x = small()
    f = circuit.to_jax()
    row, p = jnp.asarray([0.5, -1.0]), f.values()
    _, wanted = eager(circuit, [*x, *f.parameters], [0.5, -1.0])

    def everything(row, p):
        return (
            f.value_and_grad(row, p, argnums=(0, 1))[1],
            jax.grad(f, 0)(row, p),
            jax.jacfwd(jax.grad(f, 1), 0)(row, p),
            jax.jacrev(jax.grad(f, 0), 1)(row, p),
        )

    (dx, dp), alone, mixed, turned = cheaply(everything, row, p)(row, p)

    np.testing.assert_allclose(jnp.concatenate([dx, dp]), wanted, rtol=1e-12)
    np.testing.assert_allclose(alone, dx, rtol=1e-14)
    np.testing.assert_allclose(mixed, turned.T, rtol=1e-12, atol=1e-15)
    assert float(jnp.abs(mixed).max()) > 1e-3


def test_second_derivatives_at_branch_points_are_those_of_the_declared_partials():
    """softplus'' at 0 is 1/4, where XLA's derivative of the formula's absolute value gives less."""
    x = Unit(0.0, "x", role="parameter")
    f = Circuit(softplus(x)).to_jax()
    bent = jax.grad(lambda p: jax.grad(f, 1)(None, p)[0])(jnp.zeros(1))

    assert float(bent[0]) == 0.25


def test_several_outputs_have_jacobians_both_ways():
    """Rows by reverse mode are columns by forward mode; a loss of JAX's own goes on from there."""
    model = MLP(2, [3], "tanh", rng=2)
    circuit = Circuit(model([Unit(0.0), Unit(0.0)]))
    f = circuit.to_jax()
    row, p = jnp.asarray([0.4, -0.7]), f.values()
    rows = [eager(circuit, f.parameters, row.tolist(), seeds)[1] for seeds in np.eye(3).tolist()]
    t = jnp.arange(1.0, len(p) + 1)

    def loss(p):
        return jnp.sum(f(row, p) ** 3)

    def everything(p):
        return (
            jax.jacrev(f, 1)(row, p),
            jax.jacfwd(f, 1)(row, p),
            jax.jvp(jax.grad(loss), (p,), (t,))[1],
            jax.grad(lambda p: jax.grad(loss)(p) @ t)(p),
            jax.grad(loss)(p),
        )

    compiled, step = cheaply(everything, p), 1e-6
    by_rows, by_columns, outer, inner, _ = compiled(p)
    differences = (compiled(p + step * t)[-1] - compiled(p - step * t)[-1]) / (2 * step)

    np.testing.assert_allclose(by_rows, rows, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(by_columns, rows, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(outer, inner, rtol=1e-12)
    np.testing.assert_allclose(outer, differences, rtol=1e-6)


def test_kinks_and_guards_are_ours():
    """Ties, relu at 0, and a square root's infinite slope behind a branch not taken."""
    x, y = Unit(0.0, "x"), Unit(0.0, "y")
    circuit = Circuit(maximum([x, y]) + relu(x) + where(greater(x, 1.0), sqrt(y), y))
    f = circuit.to_jax(inputs=[x, y])
    _, wanted = eager(circuit, [x, y], [0.0, 0.0])

    assert all(map(math.isfinite, wanted))
    assert jax.grad(f)(jnp.zeros(2), jnp.zeros(0)).tolist() == wanted


def test_leaves_outside_wrt_are_constants():
    """Their derivatives are 0, and an argument without any in wrt is a clear error."""
    a, b, x = Unit(2.0, "a", role="parameter"), Unit(3.0, "b", role="parameter"), Unit(5.0, "x")
    circuit = Circuit(a * b * x)
    f = circuit.to_jax(wrt=[b])
    row, p = jnp.asarray([5.0]), f.values()

    assert jax.grad(f, 1)(row, p).tolist() == [0.0, 10.0]
    assert f.value_and_grad(row, p)[1].tolist() == [0.0, 10.0]
    with pytest.raises(WiringError, match="differentiated in the inputs, of which none of 1"):
        jax.grad(f, 0)(row, p)


def test_recorded_comparisons_give_nan_where_they_go_the_other_way():
    """Values and gradients of such a row are nan, of others as ever; `holds` tells which."""
    x = Unit(1.0, "x")
    with record() as recording:
        out = x * 2.0 if x > 0.0 else x * 3.0
    f = Circuit(out, recording=recording).to_jax()
    rows, none = jnp.asarray([[2.0], [-2.0]]), jnp.zeros(0)
    values = jax.vmap(f, (0, None))(rows, none).tolist()
    slopes = jax.vmap(jax.grad(f), (0, None))(rows, none).tolist()

    assert values[0] == 4.0
    assert slopes[0] == [2.0]
    assert math.isnan(values[1])
    assert math.isnan(slopes[1][0])
    assert jax.vmap(f.holds, (0, None))(rows, none).tolist() == [[True], [False]]


def test_a_compiled_circuit_keeps_its_order():
    """Arguments are in the order of its inputs and its shared leaves."""
    a, b = Unit(2.0, "a", role="parameter"), Unit(3.0, "b", role="parameter")
    x, y = Unit(0.0, "x"), Unit(0.0, "y")
    compiled = Circuit(a * x - b * y).compile([y, x], wrt=[b])
    f = compiled.to_jax()

    assert [unit.name for unit in f.inputs] == ["y", "x"]
    assert [unit.name for unit in f.parameters] == ["b", "a"]
    assert float(f(jnp.asarray([5.0, 7.0]))) == compiled([[5.0, 7.0]])[0] == -1.0
    with pytest.raises(WiringError, match="a compiled circuit has its inputs"):
        compiled.to_jax(inputs=[x])


def test_values_and_gradients_go_back_to_the_units():
    """`write` sets values, `write_gradients` adds as backward does; a wrong number does neither."""
    circuit, x = small()
    f = circuit.to_jax()
    value, slopes = f.value_and_grad([0.5, -1.0])
    _, wanted = eager(circuit, f.parameters, [0.5, -1.0])
    for unit in f.parameters:
        unit.zero_grad()
    f.write_gradients(slopes)
    f.write_gradients(slopes)
    f.write(f.values() - slopes)

    assert [u.grad for u in f.parameters] == pytest.approx([2 * g for g in wanted], rel=1e-12)
    assert circuit.forward({x[0]: 0.5, x[1]: -1.0}) < float(value)
    before = [unit.value for unit in f.parameters]
    with pytest.raises(WiringError, match="got 2 for"):
        f.write([1.0, 2.0])
    assert [unit.value for unit in f.parameters] == before


def test_precision_is_never_lost_without_a_word():
    """Without jax_enable_x64 float64 is refused when made and when called; float32 is asked for."""
    circuit, _ = small()
    f = circuit.to_jax()
    wanted = circuit.forward()
    jax.config.update("jax_enable_x64", False)

    with pytest.raises(RangeError, match="jax_enable_x64 is off"):
        circuit.to_jax()
    with pytest.raises(RangeError, match="jax_enable_x64 is off"):
        f([0.5, -1.0])
    with pytest.raises(RangeError, match="dtype is 'half'"):
        circuit.to_jax(dtype="half")
    half = copy.deepcopy(circuit.to_jax(dtype=jnp.float32))
    assert half([0.5, -1.0]).dtype == jnp.float32
    assert float(half([0.5, -1.0])) == pytest.approx(wanted, rel=1e-5)


def test_wrong_shapes_and_requests_say_what_to_do():
    """Rows without vmap, value_and_grad of several outputs, odd argnums, what is no circuit."""
    circuit, _ = small()
    f = circuit.to_jax()
    two = Circuit([unit * 2.0 for unit in f.parameters[:2]]).to_jax()

    with pytest.raises(WiringError, match=r"inputs has the shape \(3, 2\), but there are 2"):
        f(jnp.zeros((3, 2)), f.values())
    with pytest.raises(WiringError, match="value_and_grad is of one output, not of 2"):
        two.value_and_grad(None, two.values())
    with pytest.raises(WiringError, match="argnums is 2"):
        f.value_and_grad(jnp.zeros(2), f.values(), 2)
    with pytest.raises(OperandError, match="not float"):
        to_jax(1.0)


def test_python_code_is_the_compilers_own_error(monkeypatch):
    """A rule in Python is named, and a missing JAX is a ToolMissing with the command."""
    inner = custom_gradient(partials=lambda z, a: 2.0 * a)(lambda a: a * a)
    x = Unit(1.0, "x")
    with pytest.raises(CompileError, match="is Python code"):
        Circuit(inner(x)).to_jax()
    assert Circuit(block(lambda a: a * a)(x)).to_jax() is not None
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ToolMissing, match="pip install jax"):
        Circuit(x * x).to_jax()


SHARDED = """
import json, sys
import jax, jax.numpy as jnp, numpy as np
jax.config.update("jax_enable_x64", True)
from jax.sharding import Mesh, PartitionSpec as P
from gatenet import Circuit, Unit
from gatenet.losses import mse_loss
from gatenet.nn import MLP

shard_map = getattr(jax, "shard_map", None)
if shard_map is None:
    from jax.experimental.shard_map import shard_map
model = MLP(2, [3, 1], "tanh", rng=0)
x = [Unit(0.0), Unit(0.0)]
f = Circuit(mse_loss(model(x), [1.0])).to_jax()
p, rows = f.values(), np.random.default_rng(0).normal(size=(8, 2))
mesh = Mesh(np.array(jax.devices()), ("rows",))

def step(rows, p):
    values, slopes = jax.vmap(f.value_and_grad, (0, None))(rows, p)
    return jax.lax.psum((values.sum(), slopes.sum(0)), "rows")

def one(rows, p):
    return jnp.sum(jax.vmap(f, (0, None))(rows, p))

shared = jax.jit(shard_map(step, mesh=mesh, in_specs=(P("rows"), P()), out_specs=P()))
value, slopes = shared(rows, p)
wanted, gradient = jax.jit(jax.value_and_grad(one, 1))(rows, p)
print(json.dumps([len(jax.devices()), float(abs(value - wanted)),
                  float(jnp.abs(slopes - gradient).max()), float(jnp.abs(gradient).max())]))
"""


def test_shards_on_several_devices_sum_to_the_whole():
    """shard_map over four forced host devices gives the loss and gradient of one device."""
    flags = "--xla_force_host_platform_device_count=4"
    environment = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu",
                   "PYTHONPATH": str(ROOT)}  # fmt: skip
    done = subprocess.run([sys.executable, "-c", SHARDED], env=environment, capture_output=True,
                          text=True, timeout=240)  # fmt: skip

    assert done.returncode == 0, done.stderr
    devices, value, slope, size = json.loads(done.stdout)
    assert devices == 4
    assert size > 0.1
    assert value < 1e-12
    assert slope < 1e-12
