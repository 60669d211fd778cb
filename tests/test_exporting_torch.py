"""Circuits as PyTorch modules: eager values and gradients, twice differentiable, with batches."""

from __future__ import annotations

import copy
import importlib.util
import math
import pickle
import random
import sys

import pytest

from gatenet import Circuit, Unit, block, custom_gradient, record
from gatenet.errors import CompileError, OperandError, RangeError, ToolMissing, WiringError
from gatenet.gates import CATALOGUE, softplus
from gatenet.losses import cross_entropy
from gatenet.nn import MLP
from gatenet.transforms import hvp

if importlib.util.find_spec("torch") is None:
    pytest.skip("PyTorch is not installed", allow_module_level=True)

import torch

#: Where formulas branch, tie or kink.
TIES = (0.0, 1.0, -1.0, 0.5, 2.0, -0.0, 20.0, -40.0, 3.0)


def doubles(numbers):
    """A tensor of 64 bits."""
    return torch.tensor(numbers, dtype=torch.float64)


def eager(circuit, units, row):
    """Values and gradients in `units` by the eager engine; the row goes to the inputs."""
    inputs = [unit for unit in circuit.order if unit.gate is None and unit.role == "input"]
    values = circuit.forward(dict(zip(inputs, row, strict=True)))
    for unit in units:
        unit.zero_grad()
    circuit.backward()
    return values, [unit.grad for unit in units]


def small():
    """A network with a loss of scores: two inputs, smooth everywhere."""
    model = MLP(2, [3, 3], "softplus", rng=0)
    x = [Unit(0.5, "width"), Unit(-1.0, "height")]
    return Circuit(cross_entropy(model(x), [0.0, 1.0, 0.0]))


def test_every_gate_at_smooth_points_kinks_and_ties():
    """Each gate's value and derivatives are the eager engine's, up to the last digits."""
    units, outputs = [], []
    for gate in CATALOGUE.values():
        count = 3 if gate.variadic else 1
        own = [[Unit(0.0) for _ in range(count)] for _ in gate.inputs]
        made = gate(*(own if gate.variadic else [one[0] for one in own]))
        if type(made) is Unit and made.gate is not None:
            units += [unit for some in own for unit in some]
            outputs.append(made)
    circuit = Circuit(outputs)
    module = circuit.to_torch(inputs=units)
    rng = random.Random(0)
    rows = [[rng.choice(TIES) if rng.random() < 0.4 else rng.gauss(0.0, 2.0) for _ in units]
            for _ in range(40)]  # fmt: skip
    x = doubles(rows).requires_grad_()
    values = module(x)
    values.sum().backward()
    wanted = [eager(circuit, units, row) for row in rows]

    torch.testing.assert_close(
        values, doubles([one for one, _ in wanted]), rtol=1e-12, atol=0.0, equal_nan=True
    )
    torch.testing.assert_close(
        x.grad, doubles([one for _, one in wanted]), rtol=1e-12, atol=0.0, equal_nan=True
    )


def test_random_circuits_agree_with_the_eager_engine():
    """Sums, products, repeated and constant operands, several outputs, leaves of both roles."""
    for seed in range(15):
        rng = random.Random(seed)
        pool = [Unit(rng.gauss(0, 1), role=["input", "parameter"][k % 2]) for k in range(6)]
        while len(pool) < 40:
            gate = rng.choice([*CATALOGUE.values()])
            count = rng.randint(1, 4) if gate.variadic else 1
            own = [[0.75 if rng.random() < 0.1 else rng.choice(pool[-12:]) for _ in range(count)]
                   for _ in gate.inputs]  # fmt: skip
            made = gate(*(own if gate.variadic else [one[0] for one in own]))
            pool += [made] if type(made) is Unit else []
        circuit = Circuit([pool[-1], pool[-2]])
        module = circuit.to_torch()
        row = [unit.value for unit in module.units.inputs]
        x = doubles(row).requires_grad_()
        values = module(x)
        values.sum().backward()
        wanted, gradients = eager(circuit, [*module.units.inputs, *module.units.parameters], row)
        found = torch.cat([x.grad, module.parameters_.grad])

        torch.testing.assert_close(
            values.detach(), doubles(wanted), rtol=1e-9, atol=0.0, equal_nan=True
        )
        torch.testing.assert_close(
            found, doubles(gradients), rtol=1e-9, atol=1e-300, equal_nan=True
        )


def test_rows_share_the_parameters():
    """A batch's gradient is the sum over rows; torch.func maps and differentiates as well."""
    circuit = small()
    module = circuit.to_torch()
    f, p = module.function, module.parameters_.detach()
    rows = torch.randn(4, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    module(rows).sum().backward()
    wanted = [eager(circuit, f.parameters, row)[1] for row in rows.tolist()]
    each = torch.func.vmap(torch.func.grad(f, 1), (0, None))(rows, p)

    torch.testing.assert_close(each, doubles(wanted), rtol=1e-12, atol=1e-16)
    torch.testing.assert_close(module.parameters_.grad, each.sum(0), rtol=1e-12, atol=1e-16)
    assert module(rows.reshape(2, 2, 2)).shape == (2, 2)


def test_second_derivatives_pass_pytorchs_own_check():
    """gradcheck and gradgradcheck, for one output and for several, in inputs and parameters."""
    model = MLP(2, [2], "tanh", rng=1)
    several = Circuit(model([Unit(0.0), Unit(0.0)])).to_torch()
    for module in (small().to_torch(), several):
        x = doubles([[0.3, -0.8], [1.1, 0.2]]).requires_grad_()
        p = module.parameters_.detach().requires_grad_()

        assert torch.autograd.gradcheck(module.function, (x, p))
        assert torch.autograd.gradgradcheck(module.function, (x, p))


def test_second_derivatives_at_branch_points_are_those_of_the_declared_partials():
    """softplus'' at 0 is 1/4 here as in the eager engine."""
    x = Unit(0.0, "x", role="parameter")
    module = Circuit(softplus(x)).to_torch()
    (slope,) = torch.autograd.grad(module(), module.parameters_, create_graph=True)
    (bent,) = torch.autograd.grad(slope.sum(), module.parameters_)

    assert bent.item() == hvp(softplus, [0.0], [1.0]) == 0.25


def test_recorded_comparisons_give_nan_where_they_go_the_other_way():
    """Values and gradients of such a row are nan, those of other rows as ever."""
    x = Unit(1.0, "x")
    with record() as recording:
        out = x * 2.0 if x > 0.0 else x * 3.0
    rows = doubles([[2.0], [-2.0]]).requires_grad_()
    values = Circuit(out, recording=recording).to_torch()(rows)
    values.sum().backward()

    assert values[0].item() == 4.0
    assert rows.grad[0].item() == 2.0
    assert math.isnan(values[1].item())
    assert math.isnan(rows.grad[1].item())


def test_a_module_trains_and_writes_back():
    """An optimizer of PyTorch's steps on the one parameter; the units take what it found."""
    circuit = small()
    module = circuit.to_torch()
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    row = doubles([0.5, -1.0])
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        loss = module(row)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    module.units.write(module.parameters_)

    assert losses == sorted(losses, reverse=True)
    assert circuit.forward() < losses[-1]
    assert module.state_dict()["parameters_"].shape == (len(module.units.parameters),)
    with pytest.raises(WiringError, match="got one number for"):
        module.units.write(doubles(1.0))


def test_what_cannot_be_says_what_to_do(monkeypatch):
    """Shapes, dtypes, Python code, leaves outside wrt, and PyTorch missing."""
    circuit = small()
    module = circuit.to_torch(wrt=circuit.compile().wrt)
    x, y = Unit(1.0), Unit(2.0, role="parameter")

    with pytest.raises(WiringError, match=r"inputs has the shape \(3,\)"):
        module(torch.zeros(3, dtype=torch.float64))
    with pytest.raises(RangeError, match=r"inputs is of torch\.float32"):
        module(torch.zeros(2))
    with pytest.raises(WiringError, match="differentiated in the inputs, of which none of 2"):
        module(torch.zeros(2, dtype=torch.float64, requires_grad=True)).backward()
    with pytest.raises(RangeError, match="dtype is 'int8'"):
        circuit.to_torch(dtype="int8")
    rule = custom_gradient(partials=lambda z, a: 2.0 * a)(lambda a: a * a)
    with pytest.raises(CompileError, match="is Python code"):
        Circuit(rule(x) * y).to_torch()
    blocked = Circuit(block(lambda a: a * a)(x) * y).to_torch(dtype="float32")
    assert blocked(torch.ones(4, 1)).tolist() == [2.0] * 4
    assert Circuit(x * y).to_torch(dtype="float32")(torch.ones(4, 1)).tolist() == [2.0] * 4
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ToolMissing, match="pip install torch"):
        Circuit(x * y).to_torch()


def test_derivatives_go_on_beyond_the_second():
    """From the third on they are PyTorch's own of the second: tanh's third and fourth."""
    x = Unit(0.5)
    module = Circuit(x.tanh()).to_torch()
    at = doubles([0.5]).requires_grad_()
    found = module(at)
    for _ in range(4):
        (slope,) = torch.autograd.grad(found.sum(), at, create_graph=True)
        found = slope
    t = math.tanh(0.5)
    fourth = (1 - t * t) * (16 * t - 24 * t**3)

    assert found.item() == pytest.approx(fourth, rel=1e-12)


def test_copies_lists_and_types():
    """A deep copy has parameters of its own; lists are taken; pickling says what to pickle."""
    x, w = Unit(2.0), Unit(3.0, role="parameter")
    module = Circuit(x * w).to_torch(dtype=torch.float64)
    twin = copy.deepcopy(module)
    with torch.no_grad():
        twin.parameters_ += 1.0

    assert (module([2.0]).item(), twin([[2.0]]).tolist()) == (6.0, [8.0])
    assert twin.units is module.units
    with pytest.raises(OperandError, match="pickle the circuit"):
        pickle.dumps(module.units)
