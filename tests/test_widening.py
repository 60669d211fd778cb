"""Widening: a circuit in wide steps gives what the units give, to the bit."""

from __future__ import annotations

import math
import os
import random
import struct

import pytest

from gatenet import Circuit, Unit, block, custom_gradient, ifelse, nn, record, scan
from gatenet.compiler.sums import block_sum
from gatenet.compiler.widening import WideBackend, WideProgram, WideStep, widen
from gatenet.compiler.widening.program import VARYING
from gatenet.compiler.widening.tables import affine, matrix
from gatenet.errors import CompileError, RangeError, WiringError
from gatenet.gates import CATALOGUE, add, dot, less, multiply, product, total
from gatenet.losses import cross_entropy, mse_loss
from gatenet.nn import MLP

#: Where formulas branch, cancel, overflow or leave their domain.
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, math.inf, -math.inf, math.nan, 5e-324, -1e-310, 1e308,
           -1e300, 1e-300, 3.0, -2.0, 20.0, -40.0, 710.0, 1e-8)  # fmt: skip
GATES = list(CATALOGUE.values())


def bits(numbers):
    """The bits of each number; one word for every nan."""
    return ["nan" if x != x else struct.pack("<d", x) for x in numbers]


def drawn(rng):
    """One number, often a hard one."""
    return rng.choice(SPECIAL) if rng.random() < 0.25 else rng.gauss(0.0, 2.0)


def runner(name):
    """Skip where what runs a program is not installed, or is refused."""
    if name == "machine" and os.environ.get("GATENET_PURE", "0") not in ("", "0"):
        pytest.skip("the extension is refused by GATENET_PURE")
    module = {"machine": "gatenet._native.wide", "numpy": "numpy"}[name]
    return pytest.importorskip(module, reason=f"{name} is not there")


def random_circuit(rng, size):
    """Outputs over a few leaves: any of the gates, many sums and products among them."""
    pool = [Unit(drawn(rng), f"x{k}", role=rng.choice(["input", "parameter"])) for k in range(3)]
    while len(pool) < size + 3:
        gate = rng.choice([add, multiply, total, dot] if rng.random() < 0.5 else GATES)
        count = rng.randint(1, 6) if gate.variadic else 1
        lists = [[drawn(rng) if rng.random() < 0.15 else rng.choice(pool[-9:])
                  for _ in range(count)] for _ in gate.inputs]  # fmt: skip
        static = {name: abs(drawn(rng)) for name in gate.static} if rng.random() < 0.5 else {}
        if any(not math.isfinite(value) for value in static.values()):
            continue
        made = gate(*(lists if gate.variadic else [one[0] for one in lists]), **static)
        if type(made) is Unit:
            pool.append(made)
    return pool[-1:] if rng.random() < 0.7 else [pool[-1], pool[-2]]


def leaves_of(circuit):
    """The leaves of a circuit: those that differ from row to row, and the others."""
    leaves = [unit for unit in circuit.order if unit.gate is None]
    return [u for u in leaves if u.role == "input"], [u for u in leaves if u.role != "input"]


def expected(circuit, inputs, row, seeds, wrt):
    """Values and gradients of one sample by the eager engine."""
    values = circuit.forward(dict(zip(inputs, row, strict=True)))
    for unit in wrt:
        unit.zero_grad()
    circuit.backward(seeds)
    return [*(values if isinstance(values, list) else [values]), *[u.grad for u in wrt]]


def compare(circuit, name, rows, seeds, **options):
    """Run rows both ways and compare every bit of values and gradients, row by row."""
    inputs, shared = leaves_of(circuit)
    wrt = [*inputs, *shared]
    program = widen(circuit, inputs, shared, wrt)
    columns = WideBackend(program, name, **options).columns([u.value for u in shared] + seeds, rows)
    for k, row in enumerate(rows):
        found = [float(column[k]) for column in columns]
        assert bits(found) == bits(expected(circuit, inputs, row, seeds, wrt)), f"row {k}"
    return program


@pytest.mark.parametrize("name", ["numpy", "machine"])
@pytest.mark.parametrize("start", range(0, 100, 25))
def test_random_circuits_are_the_eager_engine_to_the_bit(start, name):
    """Every gate, chains of sums and products, nan, infinities, ties and constants."""
    runner(name)
    for seed in range(start, start + 25):
        rng = random.Random(seed)
        circuit = Circuit(random_circuit(rng, rng.randint(1, 40)))
        inputs, _ = leaves_of(circuit)
        count = [1, 3, 9, 40][seed % 4] if inputs else 1
        rows = [[drawn(rng) for _ in inputs] for _ in range(count)]
        seeds = [drawn(rng) if rng.random() < 0.3 else 1.0 for _ in circuit.ends]
        compare(circuit, name, rows, seeds)


@pytest.mark.parametrize("name", ["numpy", "machine"])
@pytest.mark.parametrize("lanes", [1, 2])
@pytest.mark.parametrize("terms", [2, 3])
def test_a_sum_of_negative_zeros_keeps_its_sign(terms, lanes, name):
    """-0.0 + -0.0 is -0.0, for sums of any length and for one sample as for several."""
    runner(name)
    x = Unit(-0.0, "x")
    circuit = Circuit(total([1.5 * x, *[2.0 * x for _ in range(terms - 1)]]))

    compare(circuit, name, [[-0.0]] * lanes, [1.0])


def test_every_path_and_lane_count_gives_the_same_bits():
    """Each instruction set gives one sample and many, of any number, the eager engine's bits."""
    for path in runner("machine").paths:
        for count in (1, 3, 16, 128, 200):
            rng = random.Random(count)
            circuit = Circuit(random_circuit(rng, 30))
            inputs, _ = leaves_of(circuit)
            rows = [[drawn(rng) for _ in inputs] for _ in range(count if inputs else 1)]
            compare(circuit, "machine", rows, [1.0] * len(circuit.ends), path=path)


def test_pulls_of_a_guarded_product_are_no_plain_products():
    """A product gate of two numbers computes what `*` does, and guards its pulls: it is no sum."""
    pytest.importorskip("numpy")
    x, y = Unit(710.0, "x"), Unit(1.0, "y")
    circuit = Circuit(less(product(x.exp(), y.exp()), 2.0))
    compare(circuit, "numpy", [[710.0, 1.0], [math.inf, 0.0]], [1.0])


@pytest.mark.parametrize("name", ["numpy", "machine"])
def test_a_gpt_is_the_eager_engine_to_the_bit(name):
    """Attention, norms and embeddings of a small GPT: loss and every gradient."""
    runner(name)
    rng = random.Random(5)
    heads = nn.MultiHeadAttention(8, 2, bias=False, causal=True, rng=rng)
    layers = [
        nn.Embedding(6, 8, rng=rng),
        nn.Residual(nn.Sequential(nn.RMSNorm(8), heads)),
        nn.Residual(nn.Sequential(nn.Linear(8, 12, rng=rng), nn.ReLU(), nn.Linear(12, 8, rng=rng))),
        nn.Linear(8, 6, bias=False, rng=rng),
    ]
    model = nn.Sequential(*layers)
    circuit = Circuit(cross_entropy(model([0, 3, 5, 3]), [3, 5, 3, 1]))
    program = compare(circuit, name, [[]], [1.0])
    assert program.stats()["steps"] < len(circuit.order) / 3


def network(expand):
    """A network's loss on one sample: scores, and a choice of three."""
    model = MLP(4, [9, 5, 3], "tanh", rng=0, expand=expand)
    inputs = [Unit(0.3 * k, f"x{k}") for k in range(4)]
    return Circuit(cross_entropy(model(inputs), [0.0, 1.0, 0.0]))


@pytest.mark.parametrize("name", ["numpy", "machine"])
@pytest.mark.parametrize("expand", [False, True])
def test_a_network_is_the_eager_engine_to_the_bit(expand, name):
    """Layers of dot gates and layers written with scalar + and * both widen."""
    runner(name)
    rng = random.Random(3)
    rows = [[rng.gauss(0.0, 1.0) for _ in range(4)] for _ in range(5)]
    program = compare(network(expand), name, rows, [1.0])
    assert program.stats()["steps"] < 120


def test_scalar_sums_and_the_dot_gate_become_the_same_steps():
    """A network written with + and * has the sums of one wired with dot gates."""
    found = []
    for expand in (False, True):
        circuit = network(expand)
        inputs, shared = leaves_of(circuit)
        found.append(widen(circuit, inputs, shared, shared).stats())
    assert found[1]["gathered"] > found[0]["gathered"]
    for key in ("levels", "steps", "sums", "products", "numbers"):
        assert found[0][key] == found[1][key], key


@pytest.mark.parametrize("turned", [False, True])
def test_a_chain_of_additions_is_one_sum(turned):
    """A hundred additions, their chain on the left or on the right, are one step each way."""
    leaves = [Unit(0.1 * k, f"x{k}") for k in range(100)]
    chain = leaves[0] * leaves[1]
    for unit in leaves[2:]:
        chain = unit * 3.0 + chain if turned else chain + unit * 3.0
    circuit = Circuit(chain)
    program = compare(
        circuit, "numpy" if _numpy() else "machine", [[u.value for u in leaves]], [1.0]
    )

    assert [(step.kind, step.size, step.terms) for step in program.steps] == [
        ("dot", 1, 99), ("dot", 100, 1),
    ]  # fmt: skip


def _numpy():
    try:
        import numpy  # noqa: F401
    except ImportError:
        return False
    return True


def test_what_somebody_else_reads_is_not_gathered():
    """A partial sum that is an output, is compared or is read twice keeps its own number."""
    a, b, c = Unit(1.0, "a"), Unit(2.0, "b"), Unit(3.0, "c")
    with record() as recording:
        inner = a + b
        other = inner + c
        asked = inner > 0.0
    assert asked
    for circuit in (
        Circuit([other, inner]),
        Circuit(other, recording=recording),
        Circuit(other * inner),
    ):
        program = widen(circuit, [], [a, b, c], [a, b, c])
        assert program.found["gathered"] == 0


def test_a_comparison_is_a_check():
    """A recorded comparison is a result that is 1.0 where it goes as it went, with its words."""
    pytest.importorskip("numpy")
    with record() as recording:
        x = Unit(1.0, "x")
        y = x * 2.0 if not x > 3.0 else x
    program = widen(Circuit(y, recording=recording), [x], [], [x])
    columns = WideBackend(program, "numpy").columns([1.0], [[2.0], [5.0]])

    assert [list(column) for column in columns] == [[4.0, 10.0], [2.0, 2.0], [1.0, 0.0]]
    assert "the comparison >" in program.checks[0].text
    assert "did not hold" in program.checks[0].text


@pytest.mark.parametrize("name", ["numpy", "machine"])
@pytest.mark.parametrize("count", [1, 5, 16, 21, 32, 128, 200])
def test_a_batch_is_summed_block_by_block(count, name):
    """Sums over a batch are the sums of the columns in the order every backend keeps."""
    runner(name)
    rng = random.Random(count)
    inputs, target = [Unit(0.0, "a"), Unit(0.0, "b")], Unit(0.0, "t")
    model = MLP(2, [5, 1], "tanh", rng=1)
    circuit = Circuit(mse_loss(model(inputs), [target]))
    shared = model.parameters()
    backend = WideBackend(widen(circuit, [*inputs, target], shared, shared), name)
    uniform = [u.value for u in shared] + [1.0]
    rows = [[rng.gauss(0.0, 1.0) for _ in range(3)] for _ in range(count)]
    columns = [[float(x) for x in column] for column in backend.columns(uniform, rows)]
    blocks = list(backend.block_sums(uniform, rows))

    assert len(blocks) == -(-count // 128)
    for k, sums in enumerate(blocks):
        part = [block_sum(column[k * 128 : (k + 1) * 128]) for column in columns]
        assert bits(sums) == bits(part)


def test_pruning_leaves_out_the_reverse_pass():
    """Values alone need the forward steps alone, and are the same numbers."""
    pytest.importorskip("numpy")
    circuit = network(False)
    inputs, shared = leaves_of(circuit)
    program = widen(circuit, inputs, shared, shared)
    values = program.pruned(gradients=False)
    uniform = [u.value for u in shared] + [1.0]
    rows = [[u.value for u in inputs]]

    assert len(values.steps) < len(program.steps) / 2
    assert len(program.pruned().steps) == len(program.steps)
    whole = WideBackend(program, "numpy").columns(uniform, rows)
    assert [list(c) for c in WideBackend(values, "numpy").columns(uniform, rows)] == [[whole[0][0]]]


def test_a_leaf_that_nothing_pulls_at_has_the_gradient_0():
    """An output that is a leaf has its seed; a leaf beside it has 0."""
    pytest.importorskip("numpy")
    x, y = Unit(2.0, "x"), Unit(3.0, "y")
    program = widen(Circuit([x, less(x, y)]), [x, y], [], [x, y])
    columns = WideBackend(program, "numpy").columns([-0.0, 1.0], [[2.0, 3.0]])

    assert [float(column[0]).hex() for column in columns] == [
        value.hex() for value in (2.0, 1.0, 0.0, 0.0)
    ]


@block
def cell(x, h):
    """A circuit in a gate."""
    return (x + h).tanh() * x + 0.5 * h


def in_a_row(x, h):
    """Cells in a scan, a cell in a cell, and choices between circuits."""
    y, _ = scan(lambda carry, k: (cell(carry, k * x), carry), h, [0.5, 2.0, -1.5, 0.25])
    z = ifelse(less(x, y), lambda s, t: cell(s, t) * t, lambda s, t: s.exp() - t, x, y)
    return z + cell(cell(x, z), h)


@pytest.mark.parametrize("name", ["numpy", "machine"])
def test_blocks_scans_and_choices_are_widened_to_the_bit(name):
    """Every branch is gone into, nan and infinities with it; ten blocks beside each other."""
    runner(name)
    rng = random.Random(8)
    x = [Unit(0.1 * k, f"x{k}", role="input") for k in range(10)]
    h = Unit(0.3, "h", role="parameter")
    circuit = Circuit([sum((in_a_row(unit, h) for unit in x), h), in_a_row(x[0], h)])
    rows = [[drawn(rng) for _ in x] for _ in range(9)]
    many = compare(circuit, name, rows, [1.0, 0.5])
    one = compare(Circuit(in_a_row(x[0], h)), name, [[0.5]], [1.0])

    assert many.stats()["steps"] < 3 * one.stats()["steps"]


@pytest.mark.parametrize("name", ["numpy", "machine"])
def test_a_comparison_inside_a_block_is_checked(name):
    """A block that compared while it was traced notices when a row goes the other way."""
    runner(name)

    @block
    def larger_of(a, b):
        return a * 2.0 if a > b else a - b

    x, y = Unit(2.0, "x", role="input"), Unit(1.0, "y", role="parameter")
    with record():
        circuit = Circuit(larger_of(x, y) + larger_of(x, y * 0.5))
    program = widen(circuit, [x], [y], [x])
    columns = WideBackend(program, name).columns([1.0, 1.0], [[3.0], [0.75], [0.25]])

    assert [check.text.partition(" asked")[0] for check in program.checks] == [
        "the comparison >"
    ] * 2
    assert [[float(x) for x in column] for column in columns[2:]] == [[1, 0, 0], [1, 1, 0]]
    assert (columns[0][0], columns[1][0]) == (12.0, 4.0)


def test_python_code_is_refused_by_name():
    """A rule in Python is not widened, and the error says what to do."""

    @custom_gradient(partials=lambda z, x: 2.0)
    def twice(x):
        return 2.0 * x

    x = Unit(0.5, "x")
    with pytest.raises(CompileError, match=r"twice.*declare it with @gatenet\.gate"):
        widen(Circuit(twice(x)), [x], [], [x])


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ([7], (7, ())),
        ([3, 4, 5, 6], (3, ((4, 1),))),
        ([3, 3, 5, 5], (3, ((2, 2), (2, 0)))),
        ([0, 4, 8, 1, 5, 9], (0, ((2, 1), (3, 4)))),
        ([0, 1, 4, 5, 2, 3, 6, 7], (0, ((2, 2), (2, 4), (2, 1)))),
        ([1, 2, 4], None),
        ([1, 2, 3, 9], None),
    ],
)
def test_tables_are_recognised_as_strided(table, found):
    """Start, lengths and strides are found where a table is an array, and nothing elsewhere."""
    assert affine(table) == found


def laid(array):
    """The numbers of an array by its indices, innermost last."""
    return [int(x) for x in array.ravel()]


def test_products_of_matrices_are_recognised():
    """Rows by columns, one vector, several products side by side; a bias beside the product."""
    np = pytest.importorskip("numpy")
    t, i, j = 3, 4, 5
    x = np.arange(t * j).reshape(t, j)
    w = 100 + np.arange(i * j).reshape(i, j)
    left = np.broadcast_to(x.T[:, :, None], (j, t, i))
    right = np.broadcast_to(w.T[:, None, :], (j, t, i))
    found = matrix(laid(left), laid(right), j, t * i)
    assert (found.shape, found.first, found.terms) == ((1, t, i), 0, j)
    assert (found.left, found.right) == ((0, (0, j, 1)), (100, (0, 1, j)))
    assert matrix(laid(right), laid(left), j, t * i).shape == (1, i, t)

    vector = matrix(laid(left[:, 0]), laid(right[:, 0]), j, i)
    assert vector.shape == (1, i, 1)
    biased = matrix(
        [*range(500, 504), *laid(left[:, 0])], [*[900] * 4, *laid(right[:, 0])], j + 1, i
    )
    assert (biased.shape, biased.first, biased.terms) == ((1, i, 1), 1, j)
    assert matrix(laid(left[:, 0]), laid(left[:, 0]), j, i) is None
    assert matrix([1, 2, 4, 9], [1, 2, 3, 4], 2, 2) is None


def test_sums_in_any_order_are_as_good():
    """With reassociate NumPy multiplies matrices; values and gradients agree to the last digits."""
    np = pytest.importorskip("numpy")
    rng = random.Random(2)
    model = nn.Sequential(nn.Linear(16, 12, rng=rng), nn.Tanh(), nn.Linear(12, 20, rng=rng))
    rows = [[Unit(rng.gauss(0.0, 1.0)) for _ in range(16)] for _ in range(6)]
    outputs = [score for row in rows for score in model(row)]
    circuit = Circuit(mse_loss(outputs, [0.1] * len(outputs)))
    inputs, shared = leaves_of(circuit)
    columns = []
    for reassociate in (False, True):
        program = widen(circuit, inputs, shared, shared, reassociate=reassociate)
        assert program.stats()["matrices"] >= 4
        uniform = [*[u.value for u in shared], 1.0]
        backend = WideBackend(program, "numpy")
        columns.append(np.array(backend.columns(uniform, [[u.value for u in inputs]])))
    np.testing.assert_allclose(columns[1], columns[0], rtol=1e-11, atol=1e-14)


BAD = [
    (WideStep(add, VARYING + 1, 1, [[VARYING], [VARYING + 1]]), "too early"),
    (WideStep(add, VARYING, 1, [[VARYING], [VARYING]]), "no sound shape"),
    (WideStep(add, VARYING + 1, 2, [[VARYING], [VARYING]]), "no sound shape"),
    (WideStep(add, VARYING + 1, 1, [[5], [VARYING]]), "no slot there is"),
    (WideStep(None, VARYING + 1, 1, [[VARYING]], 2), "no sound shape"),
]


@pytest.mark.parametrize(("step", "words"), BAD)
def test_a_wide_program_is_verified(step, words):
    """A step that reads what is not there, or is of the wrong size, is refused."""
    with pytest.raises(WiringError, match=words):
        WideProgram(uniform=1, inputs=1, constants=[], steps=[step], outputs=[VARYING])
    with pytest.raises(WiringError, match="no slot"):
        WideProgram(uniform=1, inputs=1, constants=[], steps=[], outputs=[VARYING + 1])


def test_a_program_says_what_it_is():
    """The listing has a line a step, shortened when asked, and the figures count."""
    circuit = network(True)
    inputs, shared = leaves_of(circuit)
    program = widen(circuit, inputs, shared, shared)
    stats = program.stats()

    assert stats["gates"] == sum(unit.gate is not None for unit in circuit.order)
    assert program.pprint().count("\n") == stats["steps"] + 1
    assert "more steps" in program.pprint(max_lines=2)
    assert f"{stats['steps']} steps for {stats['gates']} gates" in repr(program)


def test_an_unknown_runner_is_refused():
    """The error names the runners there are."""
    x = Unit(1.0, "x")
    with pytest.raises(RangeError, match="auto, machine, numpy"):
        WideBackend(widen(Circuit(x * x), [x], [], [x]), "gpu")
