"""The compiler: a circuit as a flat program gives what the units give, to the bit."""

from __future__ import annotations

import math
import random
import struct
from array import array

import pytest
from backends import available, machine

import gatenet
from gatenet import Circuit, Unit, block, custom_gradient, ifelse, record
from gatenet.compiler import Compiled
from gatenet.compiler.compiled import BACKENDS
from gatenet.compiler.kernels import primitives
from gatenet.compiler.machine import MachineBackend
from gatenet.compiler.python import PythonBackend
from gatenet.compiler.sums import array_block_sums, block_sum
from gatenet.errors import (
    CompileError,
    FlippedBranchError,
    OperandError,
    RangeError,
    ToolMissing,
    WiringError,
)
from gatenet.gates import CATALOGUE, add, less, multiply, where
from gatenet.losses import mse_loss
from gatenet.nn import MLP

#: Where formulas branch, cancel, overflow or leave their domain.
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, math.inf, -math.inf, math.nan, 5e-324, -1e-310, 1e308,
           -1e300, 1e-300, 3.0, -2.0, 20.0, -40.0, 710.0, 1e-8)  # fmt: skip


def bits(numbers):
    """The bits of each number; one word for every nan."""
    return ["nan" if x != x else struct.pack("<d", x) for x in numbers]


def drawn(rng):
    """One number, often a hard one."""
    return rng.choice(SPECIAL) if rng.random() < 0.25 else rng.gauss(0.0, 2.0)


def random_circuit(rng, gates, size):
    """Outputs over a few leaves: any of the gates, constants, repeated operands."""
    pool = [Unit(drawn(rng), f"x{k}", role=rng.choice(["input", "parameter"])) for k in range(3)]
    while len(pool) < size + 3:
        gate = rng.choice(gates)
        count = rng.randint(1, 6) if gate.variadic else 1
        lists = [[drawn(rng) if rng.random() < 0.15 else rng.choice(pool) for _ in range(count)]
                 for _ in gate.inputs]  # fmt: skip
        static = {name: abs(drawn(rng)) for name in gate.static} if rng.random() < 0.5 else {}
        if any(not math.isfinite(value) for value in static.values()):
            continue
        made = gate(*(lists if gate.variadic else [one[0] for one in lists]), **static)
        if type(made) is Unit:
            pool.append(made)
    return pool[-1:] if rng.random() < 0.7 else [pool[-1], pool[-2]]


def compare(seed, backend, gates):
    """Run one random circuit both ways, on three rows, and compare every bit."""
    rng = random.Random(seed)
    outputs = random_circuit(rng, gates, rng.randint(1, 25))
    circuit = Circuit(outputs)
    leaves = [unit for unit in circuit.order if unit.gate is None]
    inputs = [unit for unit in leaves if unit.role == "input"]
    compiled = circuit.compile(inputs, wrt=leaves, backend=backend)
    rows = [[drawn(rng) for _ in inputs] for _ in range(3 if inputs else 1)]
    seeds = [drawn(rng) if rng.random() < 0.3 else 1.0 for _ in outputs]
    values, gradients = compiled.value_and_grad(rows if inputs else None, seed=seeds)
    for row, found, slopes in zip(rows, values, gradients, strict=True):
        expected = circuit.forward(dict(zip(inputs, row, strict=True)))
        for unit in leaves:
            unit.zero_grad()
        circuit.backward(seeds)
        assert bits(found) == bits(expected), f"seed {seed}: values"
        assert bits(slopes) == bits([u.grad for u in leaves]), f"seed {seed}: gradients"


@pytest.mark.parametrize("start", range(0, 300, 50))
def test_generated_python_is_the_eager_engine_to_the_bit(start):
    """Values and gradients of random circuits of every gate agree in every bit."""
    for seed in range(start, start + 50):
        compare(seed, "python", list(CATALOGUE.values()))


@pytest.mark.parametrize("start", range(0, 600, 100))
def test_the_lane_machine_is_the_eager_engine_to_the_bit(start):
    """Values and gradients of random circuits of every gate agree in every bit."""
    machine()
    for seed in range(start, start + 100):
        compare(seed, "machine", list(CATALOGUE.values()))


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["machine", "python"])
def test_backends_are_the_eager_engine_to_the_bit_at_length(backend):
    """The same over many more circuits."""
    machine()
    for seed in range(1000, 3000):
        compare(seed, backend, list(CATALOGUE.values()))


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 63, 127, 128, 129, 300])
def test_every_path_and_lane_count_gives_the_same_bits(count):
    """Each instruction set, each number of samples and two threads agree with Python."""
    native = machine()
    rng = random.Random(count)
    for seed in range(6):
        circuit = Circuit(random_circuit(random.Random(seed), list(CATALOGUE.values()), 20))
        inputs = [unit for unit in circuit.order if unit.gate is None and unit.role == "input"]
        program = circuit.compile(inputs, backend="python").program
        uniform = [drawn(rng) for _ in program.uniform]
        rows = [[drawn(rng) for _ in inputs] for _ in range(count)]
        expected = [bits(column) for column in PythonBackend(program).columns(uniform, rows)]
        sums = [bits(block) for block in PythonBackend(program).block_sums(uniform, rows)]
        for path in native.paths:
            found = MachineBackend(program, path=path, threads=2)
            found.worth = 1
            assert [bits(column) for column in found.columns(uniform, rows)] == expected
            assert [bits(block) for block in found.block_sums(uniform, rows)] == sums


def test_code_that_reads_what_is_not_there_is_refused():
    """The machine checks every place of its code before it runs any of it."""
    native = machine()
    good = [0, 1, 0, 0, 0]
    native.Machine(array("i", good), 2, 0, 1, 0)
    for k, wrong in [(0, 999), (0, -3), (1, 2), (1, -1), (1, 0), (2, 2), (3, -2)]:
        code = [*good]
        code[k] = wrong
        with pytest.raises(ValueError, match="what is not there"):
            native.Machine(array("i", code), 2, 0, 1, 0)
    run = native.Machine(array("i", good), 2, 0, 1, 0).run
    with pytest.raises(ValueError, match="rows: at least 2"):
        run(array("d", [1.0]), array("d"), 2, 0, 2, None, None)
    with pytest.raises(ValueError, match="whole blocks"):
        run(array("d", [1.0] * 200), array("d"), 200, 64, 128, None, None)


def test_the_machine_adds_blocks_and_finds_what_is_not_finite():
    """Blocks are added from left to right; sizes that do not fit are refused."""
    native = machine()
    totals = array("d", [0.0, 0.0])
    native.added(array("d", [0.1, 1.0, 0.2, 2.0, 0.3, 3.0]), totals, False)
    assert totals.tolist() == [(0.1 + 0.2) + 0.3, 6.0]
    native.added(array("d", [0.5, 4.0]), totals, True)
    assert totals.tolist() == [((0.1 + 0.2) + 0.3) + 0.5, 10.0]
    for sums in ([1.0, 2.0, 3.0], [1.0]):
        with pytest.raises(ValueError, match="not whole blocks"):
            native.added(array("d", sums), totals, False)
    assert [native.odd(array("d", x)) for x in ([], [1.0, -2.0], [0.0, math.nan, math.inf])] == [
        -1, -1, 1,
    ]  # fmt: skip
    with pytest.raises(ValueError, match="float64"):
        native.odd(array("f", [1.0]))


def test_columns_may_stand_one_after_the_other():
    """Planar rows give the same results as rows sample after sample."""
    machine()
    x, y = Unit(1.0, "x"), Unit(2.0, "y")
    program = Circuit([x * y, x - y]).compile([x, y]).program.pruned(gradients=False)
    backend = MachineBackend(program)
    a, b = [0.5 * k for k in range(200)], [float(k % 7) for k in range(200)]
    found = backend.planes([1.0, 1.0], array("d", [*a, *b]), 200)
    columns = backend.columns([1.0, 1.0], [[p, q] for p, q in zip(a, b, strict=True)])
    assert found.tolist() == [*columns[0], *columns[1]]


def test_the_machine_knows_every_primitive_gate():
    """The kernels were printed from the catalogue that is here now."""
    assert [gate.name for gate in primitives()] == list(machine().gates)


def test_the_machine_can_be_refused(monkeypatch):
    """GATENET_PURE=1 leaves the extension alone: auto takes another, asking for it is an error."""
    monkeypatch.setenv("GATENET_PURE", "1")
    x = Unit(1.0, "x")

    assert Circuit(x * x).compile([x]).backend != "machine"
    with pytest.raises(ToolMissing, match="GATENET_PURE"):
        Circuit(x * x).compile([x], backend="machine")


EXACT = ["add", "subtract", "multiply", "divide", "negate", "absolute", "square", "relu", "sqrt",
         "leaky_relu", "maximum", "minimum", "total", "dot", "mean", "where", "less", "equal",
         "greater_equal", "sign", "heaviside", "clip", "softsign", "hard_tanh"]  # fmt: skip


def test_arrays_are_the_eager_engine_to_the_bit_where_numpy_is_exact():
    """Circuits of arithmetic, comparisons, choices and roots agree in every bit."""
    pytest.importorskip("numpy")
    for seed in range(150):
        compare(seed, "numpy", [CATALOGUE[name] for name in EXACT])


def test_each_gate_of_the_array_backend_is_within_its_ulp():
    """On identical inputs NumPy's function of a primitive gate is within 4 ULP of libm's."""
    np = pytest.importorskip("numpy")
    rng = random.Random(0)
    for gate in CATALOGUE.values():
        if gate.primitive is None:
            continue
        arity = len(gate.inputs)
        rows = [[drawn(rng) for _ in range(arity)] for _ in range(400)]
        units = [Unit(1.0, f"x{k}") for k in range(arity)]
        found = Circuit(gate(*units)).compile(units, backend="numpy")(np.array(rows))
        for row, value in zip(rows, found.tolist(), strict=True):
            expected = gate.value(*row)
            if expected != expected:
                assert value != value, (gate, row)
            elif math.isinf(expected):
                assert value == expected, (gate, row)
            else:
                assert abs(value - expected) <= 4 * math.ulp(expected), (gate, row)


@pytest.mark.parametrize("switch", ["fold", "share", "reduce", "prune"])
def test_no_simplification_changes_a_bit(switch):
    """With one simplification off, more is computed and everything is the same."""
    for seed in range(40):
        rng = random.Random(seed)
        circuit = Circuit(random_circuit(rng, list(CATALOGUE.values()), 12))
        leaves = [unit for unit in circuit.order if unit.gate is None]
        row = [[drawn(rng) for _ in leaves]]
        usual = Compiled(circuit, leaves, leaves, "python")
        plain = Compiled(circuit, leaves, leaves, "python", **{switch: False})
        assert len(plain.program) >= len(usual.program)
        for one, other in zip(usual.value_and_grad(row), plain.value_and_grad(row), strict=True):
            assert bits(one[0]) == bits(other[0])


def test_simplification_leaves_out_what_there_is_no_need_to_compute():
    """Equal gates are one node, constants are folded, and nobody computes what nobody reads."""
    x = Unit(2.0, "x")
    a, b = x.exp(), x.exp()
    program = Circuit(a * b * 1.0 + 0.5 * 4.0 * x).compile([x]).program.pruned(gradients=False)

    assert program.kinds() == {"multiply": 2, "exp": 1, "add": 1}


def by_definition(values):
    """The order of a block's sum, written out from its definition, sample by sample."""
    lanes = [[0.0] * 8 for _ in range(4)]
    for k in range(128):
        value = values[k] if k < len(values) else 0.0
        j, lane = k % 32 // 8, k % 8
        lanes[j][lane] = value if k < 32 else lanes[j][lane] + value
    eight = [(lanes[0][k] + lanes[1][k]) + (lanes[2][k] + lanes[3][k]) for k in range(8)]
    four = [eight[k] + eight[k + 4] for k in range(4)]
    return (four[0] + four[2]) + (four[1] + four[3])


@pytest.mark.parametrize("values", [[-0.0], [-0.0, -0.0], [math.inf, -math.inf], [math.nan, 1.0]])
def test_a_sum_of_hard_numbers_is_by_definition(values):
    """Signs of zeros, infinities and nan are added as any number, and nobody is warned."""
    np = pytest.importorskip("numpy")

    assert bits([block_sum(values)]) == bits([by_definition(values)])
    assert bits(array_block_sums(np.array([values]), np)[0]) == bits([by_definition(values)])


@pytest.mark.parametrize("count", [1, 7, 8, 31, 33, 127, 128])
def test_a_block_is_summed_in_its_one_order(count):
    """Lists and arrays are added in the order that the definition says."""
    rng = random.Random(count)
    values = [rng.uniform(-1, 1) * 10.0 ** rng.randint(-8, 8) for _ in range(count)]

    assert block_sum(values) == by_definition(values)
    np = pytest.importorskip("numpy")
    assert (
        array_block_sums(np.array([values, values]), np).tolist() == [[by_definition(values)]] * 2
    )


@pytest.mark.parametrize("count", [1, 100, 300])
def test_sums_are_the_same_for_every_backend(count):
    """A batch of several blocks is added block by block, from left to right."""
    pytest.importorskip("numpy")
    rng = random.Random(count)
    x, w = Unit(1.0, "x"), Unit(0.3, "w", role="parameter")
    circuit = Circuit((w * x + 1.0).square())
    rows = [[rng.gauss(0.0, 1.0)] for _ in range(count)]
    values, gradients = circuit.compile([x], backend="python").value_and_grad(rows)
    expected = [0.0, 0.0]
    for k, column in enumerate((values, [row[0] for row in gradients])):
        blocks = [by_definition(column[s : s + 128]) for s in range(0, count, 128)]
        expected[k] = blocks[0]
        for one in blocks[1:]:
            expected[k] += one

    for backend in available():
        total, slopes = circuit.compile([x], backend=backend).sums(rows)
        assert [total[0], slopes[0]] == expected


def test_backward_adds_what_the_units_would_gather():
    """A batch's gradient is the sum of the samples' own, and a second pass adds once more."""
    model = MLP(2, [4, 1], "tanh", rng=0)
    x = [Unit(0.0, "a"), Unit(0.0, "b")]
    target = Unit(0.0, "t")
    rows = [[0.1, 0.2, 1.0], [-0.4, 0.3, 0.0], [0.9, -0.8, 0.5]]
    compiled = Circuit(mse_loss(model(x), [target])).compile([*x, target])
    total = compiled.backward(rows)
    found = [unit.grad for unit in model.parameters()]

    model.zero_grad()
    losses = [mse_loss(model(row[:2]), [row[2]]) for row in rows]
    for loss in losses:
        loss.backward()
    assert total == pytest.approx(sum(loss.value for loss in losses), rel=1e-14)
    assert found == pytest.approx([unit.grad for unit in model.parameters()], rel=1e-13)
    compiled.backward(rows)
    assert [u.grad for u in model.parameters()] == pytest.approx([2 * g for g in found], rel=1e-13)


def test_new_values_of_parameters_are_seen():
    """What an optimizer writes is what the next call computes with."""
    x, w = Unit(1.0, "x"), Unit(2.0, "w", role="parameter")
    compiled = Circuit(w * x).compile([x])

    assert list(compiled([[3.0]])) == [6.0]
    w.value = 5.0
    assert list(compiled([[3.0]])) == [15.0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_arrays_come_back_as_arrays(backend):
    """Rows in an array give arrays, rows in lists give lists."""
    np = pytest.importorskip("numpy")
    if backend not in available():
        pytest.skip(f"{backend} is not installed")
    x, y = Unit(1.0, "x"), Unit(1.0, "y")
    compiled = Circuit([x * y, x + y]).compile([x, y], backend=backend)
    values, gradients = compiled.value_and_grad(np.array([[2.0, 3.0], [4.0, 5.0]]), seed=[1.0, 0.0])

    assert isinstance(values, np.ndarray)
    assert values.tolist() == [[6.0, 5.0], [20.0, 9.0]]
    assert gradients.tolist() == [[3.0, 2.0], [5.0, 4.0]]
    assert compiled([[2.0, 3.0]]) == [[6.0, 5.0]]


@pytest.mark.parametrize(("a", "b"), [(0.3, -0.4), (-1.0, 2.0)])
def test_blocks_and_choices_are_compiled_inside_out(a, b):
    """A block's circuit is inlined, and a choice's two branches are chosen from."""

    @block
    def cell(x, h):
        return (x + h).tanh() * x

    p, q = Unit(0.5, "p"), Unit(0.25, "q")
    y = cell(p, cell(q, p)) + ifelse(less(p, q), lambda s, t: s * t, lambda s, t: s.exp() - t, p, q)
    circuit = Circuit(y)
    values, gradients = circuit.compile([p, q], backend="python").value_and_grad([[a, b]])
    expected = circuit.forward({"p": a, "q": b})
    circuit.backward()

    assert values == [expected]
    assert gradients == [[p.grad, q.grad]]


def test_a_rule_in_python_is_refused_by_name():
    """A circuit through Python code cannot be compiled, and the error says what to do."""

    @custom_gradient(partials=lambda z, x: 2.0)
    def twice(x):
        return 2.0 * x

    with pytest.raises(CompileError, match=r"twice.*declare it with @gatenet\.gate"):
        Circuit(twice(Unit(1.0))).compile()


def test_a_flipped_comparison_is_an_error_that_names_the_row():
    """A recorded `if` that would have gone the other way is never silent."""
    with record() as recording:
        x = Unit(1.0, "x")
        y = x * 2.0 if x > 0.0 else x * 3.0
    compiled = Circuit(y, recording=recording).compile([x])

    assert list(compiled([[2.0], [5.0]])) == [4.0, 10.0]
    with pytest.raises(FlippedBranchError, match="row 1: the comparison >"):
        compiled([[2.0], [-5.0]])


def test_a_comparison_that_flips_by_the_shared_numbers_given_is_found():
    """`totals` told of other parameters than the leaves have finds the branch those flip."""
    x, w = Unit(1.0, "x"), Unit(0.5, "w")
    with record() as recording:
        y = x * w if x > w else x + w
    compiled = Circuit(y, recording=recording).compile([x])

    assert compiled.totals([[1.0]], uniform=[0.5, 1.0])[0] == 0.5
    with pytest.raises(FlippedBranchError, match="row 0: the comparison >"):
        compiled.totals([[1.0]], uniform=[2.0, 1.0])


def test_a_gate_of_ones_own_is_compiled_by_its_formula():
    """A gate declared in a user's file needs nothing more to be compiled."""
    from gatenet import gate
    from gatenet.gates import exp

    @gate(symbol="g", textbook="exp(-x * x)", partials=lambda z, x: -2 * x * z)
    def bell_of_ones_own(x):
        """Ring."""
        return exp(-(x * x))

    x = Unit(0.7, "x")
    y = bell_of_ones_own(x)
    y.backward()

    values, gradients = Circuit(y).compile([x], backend="python").value_and_grad([[0.7]])
    assert (values, gradients) == ([y.value], [[x.grad]])


@pytest.mark.slow
def test_a_deep_chain_is_compiled_without_recursion():
    """Forty thousand gates one after the other, forwards and backwards."""
    x = Unit(0.5, "x")
    y = x
    for _ in range(40_000):
        y = where(y, y * 0.999, x) + 0.0001
    y.backward()
    values, gradients = Circuit(y).compile([x], backend="numpy").value_and_grad([[0.5]])

    assert (values, gradients) == ([y.value], [[x.grad]])


def test_choices_inside_choices_are_printed_flat():
    """A hundred branches inside each other stay within what Python's own parser can read."""
    x = Unit(0.5, "x")
    y = x
    for k in range(150):
        y = where(less(x, k / 150), y.exp() * 0.5, y)
    values, _ = Circuit(y).compile([x], backend="python").value_and_grad([[0.5]])

    assert values == [y.value]


BAD = [
    (lambda c, x: c([[1.0, 2.0]]), WiringError, "row 0 has 2 number"),
    (lambda c, x: c([]), WiringError, "no rows"),
    (lambda c, x: c(), WiringError, "give rows of 1 number"),
    (lambda c, x: c([1.0]), OperandError, "give rows of 1 number"),
    (lambda c, x: c([["one"]]), OperandError, "one"),
    (lambda c, x: c.value_and_grad([[1.0]], seed=[1.0, 2.0]), WiringError, r"2 seed\(s\) for 1"),
    (lambda c, x: Circuit(x * 2.0).compile([x]).backward([[1.0]]), WiringError, "differs from row"),
    (lambda c, x: Circuit(x * 2.0).compile([Unit(1.0, "z")]), WiringError, "'z'"),
    (lambda c, x: Circuit(x * 2.0).compile([x, x]), WiringError, "twice"),
    (lambda c, x: Circuit(x * 2.0).compile([x], wrt=[x * 2.0]), WiringError, "list leaves"),
    (lambda c, x: Circuit(x * 2.0).compile([x], backend="gpu"), RangeError, "'gpu'.*python"),
]


@pytest.mark.parametrize(("call", "error", "words"), BAD)
def test_bad_input_is_named(call, error, words):
    """Rows of another shape, foreign leaves and unknown backends are errors with their mend."""
    x, w = Unit(1.0, "x"), Unit(2.0, "w", role="parameter")
    with pytest.raises(error, match=words):
        call(Circuit(w * x).compile([x]), x)
    assert not w.visited


def test_a_program_can_be_read():
    """The listing names leaves, operations and results; the counts add up."""
    x, w = Unit(1.0, "x"), Unit(2.0, "w", role="parameter")
    program = Circuit(add(multiply(w, x), 3.0)).compile([x]).program

    assert program.pprint().splitlines()[:2] == [
        "v0 = x  (input)",
        "v1 = w  (the same for every sample)",
    ]
    assert "(v0 * v1)" in program.pprint()
    assert program.stats()["gates"] == 2
    assert program.stats()["operations"] == sum(program.kinds().values())
    assert "... and 8 more nodes" in program.pprint(1)


def test_a_compiled_function_is_the_function():
    """Containers in and out, one trace for each structure, the values of the plain call."""

    @gatenet.compile
    def norm(v, scale):
        return {"sum": sum(x * x for x in v) * scale["s"], "first": v[0], "one": 1.0}

    assert norm([3.0, 4.0], {"s": 2.0}) == {"sum": 50.0, "first": 3.0, "one": 1.0}
    assert norm([1.0, 1.0], {"s": 0.5}) == {"sum": 1.0, "first": 1.0, "one": 1.0}
    assert norm.traces == 1
    assert norm([2.0], {"s": 1.0})["sum"] == 4.0
    assert norm.traces == 2


def test_a_compiled_function_follows_its_comparisons():
    """A comparison that goes another way is traced again, and both ways stay known."""

    @gatenet.compile
    def bent(x, y):
        return x * y if x > y else x - y

    for x, y in [(3.0, 2.0), (1.0, 2.0), (5.0, 4.0), (0.0, 1.0)]:
        expected = x * y if x > y else x - y
        slopes = (y, x) if x > y else (1.0, -1.0)
        assert bent(x, y) == expected
        assert bent.value_and_grad(x, y) == (expected, slopes)
    assert bent.traces == 2


def test_a_compiled_function_trains_the_parameters_it_reads():
    """Parameters from around the function gather gradients, and their new values are seen."""
    model = MLP(2, [3, 1], "tanh", rng=0)

    @gatenet.compile
    def loss(row, target):
        return (model(row)[0] - target) ** 2

    found = loss.backward([0.5, -0.25], 1.0)
    compiled = [unit.grad for unit in model.parameters()]
    model.zero_grad()
    eager = (model([0.5, -0.25])[0] - 1.0) ** 2
    eager.backward()

    assert found == eager.value
    assert compiled == pytest.approx([unit.grad for unit in model.parameters()], rel=1e-14)
    for unit in model.parameters():
        unit.value += 0.1
    assert loss([0.5, -0.25], 1.0) == ((model([0.5, -0.25])[0] - 1.0) ** 2).value
    assert loss.traces == 1


def test_static_arguments_are_handed_on_as_they_are():
    """A static argument may be anything hashable: each value is a trace of its own."""

    @gatenet.compile(static_argnums=[1])
    def power(x, n):
        y = x
        for _ in range(n - 1):
            y = y * x
        return y

    assert [power(2.0, n) for n in (1, 3, 3, 5)] == [2.0, 8.0, 8.0, 32.0]
    assert power.traces == 3
    assert power.value_and_grad(2.0, 3) == (8.0, 12.0)


def test_a_function_that_goes_another_way_each_time_is_refused():
    """Tracing without end is an error that says what to write instead."""

    @gatenet.compile(backend="python")
    def loop(x):
        steps = 0
        while x > steps:
            steps += 1
        return x * steps

    with pytest.raises(CompileError, match=r"loop goes another way.*gatenet\.where"):
        for k in range(100):
            loop(k + 0.5)


def test_arguments_may_be_given_by_name():
    """Keywords are inputs like any other, without a gradient; static ones are handed on."""

    @gatenet.compile(static_argnames=["kind"])
    def scaled(x, *, factor=2.0, kind="plain"):
        return x * factor if kind == "plain" else x.exp() * factor

    assert scaled(3.0) == 6.0
    assert scaled(3.0, factor=5.0) == 15.0
    assert scaled.value_and_grad(0.0, factor=5.0, kind="exp") == (5.0, 5.0)
    assert scaled.traces == 3
    with pytest.raises(OperandError, match="static_argnums or static_argnames"):
        gatenet.compile(scaled.function)(1.0, kind="plain")
