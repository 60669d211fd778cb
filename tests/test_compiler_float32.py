"""Compiling for float32: the lane machine's own bits, and how far from float64 they are."""

import copy
import math
import pickle
import random

import pytest
from backends import refused

from gatenet import Circuit, Unit, exp, gates, tanh, where
from gatenet.compiler import Compiled, machine
from gatenet.compiler.arrays import ArrayBackend
from gatenet.compiler.kernels import primitives
from gatenet.compiler.singles import SingleArrayBackend
from gatenet.errors import CompileError, RangeError, ToolMissing
from gatenet.losses import mse_loss
from gatenet.nn import MLP

np = pytest.importorskip("numpy")
built = pytest.mark.skipif(bool(refused()), reason=refused() or "it is there")
single = np.float32


def worked_out(program, uniform, rows):
    """Run a program gate by gate with NumPy's float32 numbers; the columns of its results."""
    with np.errstate(all="ignore"):
        values = {k: np.full(len(rows), x).astype(single) for k, x in program.constants.items()}
        table = np.asarray(rows, dtype=single).reshape(len(rows), -1)
        values |= {node: table[:, k] for k, node in enumerate(program.inputs)}
        values |= {
            node: np.full(len(rows), x).astype(single)
            for node, x in zip(program.uniform, uniform, strict=True)
        }
        for k, (gate, args) in enumerate(zip(program.gates, program.args, strict=True)):
            if gate is None:
                continue
            found = [values[arg] for arg in args]
            if gate.name == "where":
                values[k] = np.where(found[0] != 0, found[1], found[2])
            else:
                values[k] = getattr(np, gate.primitive.ufunc)(*found).astype(single)
        return np.array([values[node] for node in program.results])


def network(activation, rows):
    """A network with its loss, compiled in float32 or not, and rows for it."""
    rng = random.Random(3)
    model = MLP(3, [5, 4, 2], activation, rng=1)
    inputs, targets = [Unit(0.5) for _ in range(3)], [Unit(0.5) for _ in range(2)]
    circuit = Circuit(mse_loss(model(inputs), targets))
    table = [[rng.uniform(-1.0, 1.0) for _ in range(5)] for _ in range(rows)]
    return circuit, [*inputs, *targets], table


def bits(found):
    """Float32 numbers as their bits, every nan the same."""
    array = np.asarray(found, dtype=single)
    return np.where(np.isnan(array), single(np.nan), array).view(np.int32).tolist()


@built
@pytest.mark.parametrize("rows", [1, 5, 127, 128, 129, 300])
def test_arithmetic_is_that_of_float32_to_the_bit(rows):
    """A relu network and its gradients, against the same gates in NumPy's float32."""
    circuit, leaves, table = network("relu", rows)
    compiled = circuit.compile(leaves, dtype="float32")
    assert compiled.backend == "machine"
    values, slopes = compiled.value_and_grad(np.array(table, dtype=single), seed=0.3)
    assert values.dtype == slopes.dtype == single
    program = compiled.program
    expected = worked_out(program, compiled._uniform(0.3), table)
    assert bits(values) == bits(expected[0])
    assert bits(slopes.T) == bits(expected[1 : 1 + len(compiled.wrt)])
    other = SingleArrayBackend(program).columns(compiled._uniform(0.3), table)
    assert bits(other) == bits(expected)


@built
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_every_path_lane_count_and_thread_gives_the_same_bits(activation):
    """base, AVX2 and AVX-512, samples alone or together, one thread or two."""
    circuit, leaves, table = network(activation, 300)
    program = circuit.compile(leaves).program
    uniform = circuit.compile(leaves)._uniform(1.0)
    rows = np.array(table, dtype=single)
    first = machine.MachineBackend(program, path="base", dtype="float32")
    expected, totals = first.columns(uniform, rows), first.totals(uniform, rows)
    for path in machine.native().paths:
        backend = machine.MachineBackend(program, path=path, threads=2, dtype="float32")
        backend.worth = 1
        assert bits(backend.columns(uniform, rows)) == bits(expected)
        assert list(backend.totals(uniform, rows)) == list(totals)
        for count in (1, 2, 7, 64, 129):
            assert bits(backend.columns(uniform, rows[:count])) == bits(expected[:, :count])


@built
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_values_and_gradients_are_near_those_of_float64(activation):
    """A network of three layers differs by less than 64 units of float32, relative to the sum."""
    circuit, leaves, table = network(activation, 200)
    whole = circuit.compile(leaves, backend="machine")
    half = circuit.compile(leaves, dtype="float32")
    (loss,), slopes = whole.sums(table, seed=1.0)
    (near,), others = half.sums(table, seed=1.0)
    least = max(map(abs, slopes))
    assert 0.0 < abs(near - loss) <= 64 * 2.0**-24 * abs(loss)
    assert all(abs(a - b) <= 64 * 2.0**-24 * least for a, b in zip(slopes, others, strict=True))
    assert half.backward(table) == near
    assert [unit.grad for unit in half.wrt] == others


@built
@pytest.mark.parametrize("gate", primitives(), ids=lambda gate: gate.name)
def test_every_gate_is_within_two_units_of_the_exact_one(gate):
    """Each kernel on numbers of its domain, against the float64 value at the same numbers."""
    rng = random.Random(7)
    leaves = [Unit(0.5) for _ in gate.inputs]
    compiled = Circuit(gate(*leaves)).compile(leaves, wrt=(), dtype="float32")
    low, high = (1.0, 3.0) if gate.name == "acosh" else (0.05, 0.95)
    table = np.array([[rng.uniform(low, high) for _ in leaves] for _ in range(200)], dtype=single)
    found = compiled(table)
    assert found.dtype == single
    exact = [gate.value_kernel(*map(float, row)) for row in table]
    for x, y in zip(found.tolist(), exact, strict=True):
        assert abs(x - y) <= 2.0 * 2.0**-23 * abs(y)
    assert len({*exact}) > 1 or gate.name in ("equal", "not_equal")


@built
def test_rows_of_float32_are_read_where_they_are(monkeypatch):
    """No copy is made of an array that fits; others are rounded once."""
    x = Unit(0.5)
    compiled = Circuit(x * 3.0).compile([x], dtype=np.float32)
    backend = compiled._ready("values")
    rows = np.array([[0.1], [0.2]], dtype=single)
    assert backend._buffer(rows) is rows
    assert bits(compiled(rows)) == bits([single(0.1) * single(3.0), single(0.2) * single(3.0)])
    assert bits(compiled(rows.astype(float))) == bits(compiled(rows))
    listed = compiled([[0.1], [0.2]])
    assert [type(value) for value in listed] == [float, float]
    assert bits(listed) == bits(compiled(rows))


@built
def test_numbers_beyond_float32_become_infinity_and_zero():
    """The range is that of float32, for rows, leaves and constants."""
    x, w = Unit(0.5), Unit(1e300, role="parameter")
    compiled = Circuit([x * 1e-60, x * w, x * 1e39]).compile([x], dtype="float32")
    assert compiled([[1.0]]) == [[0.0, math.inf, math.inf]]
    assert compiled([[1e-300]])[0][0] == 0.0
    assert math.isnan(compiled([[0.0]])[0][1])


@built
@pytest.mark.parametrize("rows", [1, 3, 100, 128, 131, 260])
def test_results_that_no_row_changes_are_summed_in_the_same_order(rows):
    """A gradient that is one number for all rows: summed as a column of that number would be."""
    x, b = Unit(0.5), Unit(0.1, role="parameter")
    table = [[0.1 * k] for k in range(rows)]
    compiled = Circuit(x + b).compile([x], dtype="float32")
    _, (found,) = compiled.sums(table, seed=0.1)
    column = Circuit(x * 0.0 + b * 0.0 + x).compile([x], wrt=(), dtype="float32")
    (expected,), _ = column.sums([[0.1]] * rows)
    assert found == expected


@built
def test_long_batches_add_their_blocks_in_float64():
    """Twenty million ones would stand still at 2 ** 24 in float32; here a few blocks show it."""
    x = Unit(0.5)
    compiled = Circuit(x * 1.0 + 0.0).compile([x], dtype="float32")
    (found,), _ = compiled.sums([[2.0**24]] * 128 + [[1.0]] * 128)
    assert found == 2.0**31 + 128.0


@built
def test_jacobians_and_second_derivatives_are_float32_too():
    """x² y: its derivatives, and those of these."""
    x, y = Unit(0.0), Unit(0.0)
    compiled = Circuit(x * x * y).compile([x, y], dtype="float32")
    rows = np.array([[0.1, 0.3]], dtype=single)
    a, b = rows[0]
    slopes = compiled.jacobian(rows)
    assert slopes.dtype == single
    assert slopes.tolist() == [[[float(a * b + a * b), float(a * a)]]]
    curve = compiled.hvp(rows, [1.0, 0.0])
    assert curve.dtype == single
    assert curve[0].tolist() == pytest.approx([float(2 * b), float(2 * a)], rel=1e-6)


@built
def test_a_copy_and_a_pickle_keep_the_type():
    """And so does what is printed of it."""
    x = Unit(0.5)
    compiled = Circuit(tanh(x)).compile([x], dtype="float32")
    for other in (copy.deepcopy(compiled), pickle.loads(pickle.dumps(compiled))):
        assert other.dtype == "float32"
        assert other([[0.3]]) == compiled([[0.3]])
    assert "in float32: 1 input, 0 shared leaves, 1 output" in repr(compiled)


def test_numpy_stands_in_where_the_machine_is_missing(monkeypatch):
    """auto then takes NumPy in float32; its own exp is near, and arithmetic the same."""

    def missing(*args, **kwargs):
        raise ToolMissing("it is not built")

    monkeypatch.setattr(machine, "native", missing)
    x, w = Unit(0.5), Unit(0.7, role="parameter")
    compiled = Circuit(exp(x * w) + where(gates.greater(x, 0.0), x, w)).compile(
        [x], dtype="float32"
    )
    assert compiled.backend == "numpy"
    rows = [[0.01 * k - 1.0] for k in range(200)]
    found = compiled(np.array(rows, dtype=single))
    assert found.dtype == single
    for value, (a,) in zip(found.tolist(), rows, strict=True):
        assert value == pytest.approx(math.exp(0.7 * a) + (a if a > 0 else 0.7), rel=1e-6)
    assert compiled.backward(rows, seed=0.5) == pytest.approx(sum(found.tolist()), rel=1e-5)
    assert isinstance(compiled._ready("values"), ArrayBackend)


@pytest.mark.parametrize("backend", ["python", "wide"])
def test_backends_of_float64_alone_say_so(backend):
    """They refuse float32 by name."""
    x = Unit(0.5)
    with pytest.raises(CompileError, match=f"backend='{backend}' computes in float64"):
        Circuit(x * x).compile([x], backend=backend, dtype="float32")


@pytest.mark.parametrize("dtype", ["float16", "int32", None, 32, int])
def test_types_that_there_are_not_are_refused(dtype):
    """The message holds what was asked for, and what there is."""
    x = Unit(0.5)
    with pytest.raises(RangeError, match="'float64', the eager engine's, or 'float32'"):
        Circuit(x * x).compile([x], dtype=dtype)


def test_float64_is_what_it_is_without_asking():
    """By any of its names."""
    x = Unit(0.5)
    for dtype in ("float64", np.float64, np.dtype("float64")):
        assert Circuit(x * x).compile([x], dtype=dtype).dtype == "float64"
    assert Compiled(Circuit(x * x), [x], None, "python").dtype == "float64"
