"""Lowering: the builder in C gives the Python builder's nodes, and both stay linear and small."""

from __future__ import annotations

import random
from array import array

import pytest

from gatenet import Circuit, Unit, block, ifelse, record
from gatenet.compiler import flat, machinecode
from gatenet.compiler.builder import Builder
from gatenet.compiler.engine import engine
from gatenet.compiler.lowering import Lowered, wiring_of
from gatenet.compiler.machine import MachineBackend
from gatenet.compiler.program import Program
from gatenet.compiler.python import PythonBackend
from gatenet.errors import ToolMissing, WiringError
from gatenet.gates import CATALOGUE, add, dot, less, multiply, negate, power, total, where
from gatenet.losses import mse_loss
from gatenet.nn import MLP

SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, float("inf"), float("nan"), 5e-324, 1e300, -3.0)


def drawn(rng):
    """One number, often a hard one."""
    return rng.choice(SPECIAL) if rng.random() < 0.4 else rng.gauss(0.0, 2.0)


def wired(rng, size):
    """A unit that depends on gates of every kind, constants and repeated operands."""
    pool = [Unit(drawn(rng), role=rng.choice(["input", "parameter"])) for _ in range(3)]
    gates = list(CATALOGUE.values())
    while len(pool) < size + 3:
        gate = rng.choice(gates)
        count = rng.choice([1, 2, 3, 9]) if gate.variadic else 1
        lists = [
            [drawn(rng) if rng.random() < 0.3 else rng.choice(pool) for _ in range(count)]
            for _ in gate.inputs
        ]
        static = {name: abs(rng.gauss(0.0, 1.0)) for name in gate.static if rng.random() < 0.5}
        made = gate(*(lists if gate.variadic else [one[0] for one in lists]), **static)
        if type(made) is Unit:
            pool.append(made)
    return pool[-1]


def lowered(outputs, *, wanted=None, **switches):
    """The program of some outputs and of their gradients in the leaves."""
    circuit = Circuit(outputs)
    builder = Builder(**switches)
    leaves = [unit for unit in circuit.order if unit.gate is None]
    nodes = {unit.serial: builder.leaf() for unit in leaves}
    seed = builder.leaf("seed")
    wiring, places = wiring_of(builder, circuit.order, nodes)
    asked = leaves if wanted is None else wanted
    found = Lowered(builder, wiring, [places[unit.serial] for unit in asked])
    adjoints = found.reverse({places[circuit.ends[0].serial]: seed})
    gradients = [adjoints.get(places[unit.serial], seed) for unit in asked]
    ends = [found.nodes[places[unit.serial]] for unit in circuit.ends]
    uniform = [*nodes.values(), seed]
    return builder.finished([], uniform, ends, gradients, found.checks, len(wiring.steps))


def said(program):
    """A program as plain data, every bit of its constants kept."""
    return (
        [gate and gate.name for gate in program.gates],
        list(program.args),
        {node: value.hex() for node, value in program.constants.items()},
        list(program.uniform),
        list(program.outputs),
        list(program.gradients),
        [check.node for check in program.checks],
        program.labels,
    )


def extension():
    """The compiler's part of the C extension; the test is left out where it is not there."""
    if engine() is None:
        pytest.skip("the extension was not built, or is refused")
    return engine()


def same(outputs, **switches):
    """Assert that both builders give one program; give it."""
    extension()
    native = lowered(outputs, native=True, **switches)
    assert said(native) == said(lowered(outputs, native=False, **switches))
    return native


@pytest.mark.parametrize("start", range(0, 120, 40))
def test_the_builder_in_c_gives_the_python_builders_nodes(start):
    """Random circuits of every gate become the same nodes in the same order."""
    for seed in range(start, start + 40):
        rng = random.Random(seed)
        same(wired(rng, rng.randint(1, 20)))


@pytest.mark.parametrize("off", ["fold", "share", "reduce", "prune"])
def test_each_switch_does_the_same_in_both_builders(off):
    """With folding, sharing, reducing or pruning left out the nodes are the same, too."""
    for seed in range(200, 215):
        rng = random.Random(seed)
        same(wired(rng, rng.randint(1, 12)), **{off: False})


def test_blocks_are_laid_out_alike():
    """Circuits inside a gate, and a choice between two, go through Python in both builders."""
    x, y = Unit(0.5, "x"), Unit(-1.5, "y")

    @block
    def inner(a, b):
        return (a * b + 3.0).tanh() if a > b else a - b

    with record():
        z = ifelse(less(y, x), lambda a, b: a * b, lambda a, b: inner(a, b) / b, x, y)
        same(inner(x, y) + z * 2.0)


def test_a_gate_declared_by_a_user_is_folded_and_lowered_alike():
    """A formula of the user's own is inlined, its static parameters are constants."""
    from gatenet import gate
    from gatenet.gates import exp

    @gate(symbol="g", textbook="x * exp(k * x)", partials=lambda z, x, k: exp(k * x) + k * z)
    def lowering_growth(x, *, k=2.0):
        """Multiply x by an exponential."""
        return x * exp(k * x)

    x = Unit(0.25)
    same(lowering_growth(x, k=3.0) + lowering_growth(x))


@pytest.mark.parametrize("native", [True, False])
def test_identities_leave_out_what_changes_no_bit(native):
    """Signs are gathered, choices that ask the same are one, and x + 0 stays (-0 + 0 is 0)."""
    if native:
        extension()
    builder = Builder(native=native)
    emit = builder.emit
    x, y = builder.leaf(), builder.leaf()
    zero, minus, two = (builder.constant(value) for value in (0.0, -0.0, 2.0))
    minus_x, minus_y = emit(negate, (x,)), emit(negate, (y,))
    assert emit(add, (x, minus)) == x
    assert emit(add, (x, zero)) not in (x, y, zero)
    subtract = CATALOGUE["subtract"]
    assert emit(add, (x, minus_y)) == emit(subtract, (x, y))
    assert emit(subtract, (x, minus_y)) == emit(add, (x, y))
    assert emit(subtract, (minus, x)) == minus_x
    assert emit(multiply, (minus_x, minus_y)) == emit(multiply, (x, y))
    assert emit(multiply, (minus_x, two)) == emit(multiply, (x, builder.constant(-2.0)))
    differs = emit(CATALOGUE["not_equal"], (x, zero))
    alike = emit(CATALOGUE["equal"], (x, zero))
    chosen = emit(where, (x, y, zero))
    assert emit(where, (differs, y, zero)) == chosen
    assert emit(where, (alike, zero, y)) == chosen
    assert emit(where, (minus_x, y, zero)) == chosen
    assert emit(where, (x, chosen, zero)) == chosen
    assert emit(where, (x, y, emit(where, (x, two, zero)))) == chosen


def test_machine_code_is_the_same_from_c_and_from_python(monkeypatch):
    """What varies, what is read from elsewhere, rows and code: number for number."""
    native = extension()
    number = {CATALOGUE[name]: k for k, name in enumerate(native.gates)}
    for seed in range(300, 330):
        rng = random.Random(seed)
        outputs = [wired(rng, rng.randint(1, 20)) for _ in range(2)]
        program = lowered(outputs)
        leaves = list(program.uniform)
        split = rng.randint(0, len(leaves))
        coded = []
        for found in (native, None):
            whole = Program(**{**vars_of(program), "inputs": leaves[:split],
                               "uniform": leaves[split:]})  # fmt: skip
            monkeypatch.setattr(machinecode, "engine", lambda found=found: found)
            monkeypatch.setattr(flat, "engine", lambda found=found: found)
            varying = whole.varying
            common, constants = machinecode.read(whole, True, whole.results)
            results = {k: [n] for n, k in enumerate(whole.results) if varying[k]}
            shared = [*whole.uniform, *common, *constants]
            code = machinecode.encoded(whole, True, whole.inputs, shared, results, number)
            fixed = machinecode.read(whole, False, ())[1]
            wanted = {k: [n] for n, k in enumerate(common)}
            head = machinecode.encoded(whole, False, whole.uniform, fixed, wanted, number)
            fused = machinecode.encoded(whole, True, whole.inputs, shared, results, number, 40)
            coded.append((bytes(varying), common, constants, code, head, fused))
        assert coded[0] == coded[1]


@pytest.mark.parametrize("count", [1, 127, 128, 300])
def test_fused_steps_keep_every_bit(count):
    """Products that are added or summed as they are made give what single steps give, -0 too."""
    extension()
    native = pytest.importorskip("gatenet._native.machine", reason="the extension was not built")
    rng = random.Random(count)
    xs = [Unit(1.0, f"x{k}") for k in range(3)]
    ws = [Unit(drawn(rng), role="parameter") for _ in range(3)]
    out = dot(ws, xs) * xs[0] + ws[0] * xs[1] * xs[2] - ws[1]
    program = Circuit(out).compile(xs, wrt=[*ws, *xs], backend="python").program
    shared = [*[unit.value for unit in ws], -1.0]
    rows = [[drawn(rng) for _ in xs] for _ in range(count)]
    plain = PythonBackend(program)
    columns, sums = plain.columns(shared, rows), list(plain.block_sums(shared, rows))
    for path in native.paths:
        backend = MachineBackend(program, path=path)
        assert -3 in array("i", backend.body.code)
        assert native.multiply_add in array("i", backend.body.code)
        for found, wanted in ((backend.columns(shared, rows), columns),
                              (backend.block_sums(shared, rows), sums)):  # fmt: skip
            assert [[x.hex() for x in one] for one in found] == [
                [x.hex() for x in one] for one in wanted
            ]


def vars_of(program):
    """The fields of a program by name."""
    return {name: getattr(program, name) for name in program.__dataclass_fields__}


def test_a_square_is_five_operations_with_its_gradient():
    """The branches of a power's derivative that the constant exponent decides are not there."""
    x = Unit(1.5)
    assert lowered(x**2).stats()["operations"] <= 5
    for value in SPECIAL:
        slope = power.partials(value * value, value, 2.0)[0]
        assert slope.hex() == (2.0 * value).hex()


def test_the_program_grows_with_the_circuit_and_no_faster():
    """Ten times the gates are ten times the operations, whatever the shape of the circuit."""
    for wire in (chain, tangle, network):
        small, large = (lowered(wire(size)) for size in (100, 1000))
        assert len(large) <= 10.5 * len(small)


def chain(size):
    """One gate after the other."""
    unit = Unit(0.5)
    for _ in range(size):
        unit = (unit * 0.9).tanh()
    return unit


def tangle(size):
    """Gates of two inputs, each of any two among the last."""
    rng = random.Random(0)
    pool = [Unit(rng.gauss(0, 1)) for _ in range(8)]
    for _ in range(size):
        a, b = rng.choice(pool[-8:]), rng.choice(pool[-8:])
        pool.append(rng.choice([add, multiply])(a, b))
    return total(pool[-8:])


def network(size):
    """A network and its loss."""
    model = MLP(8, [size // 10, 1], rng=random.Random(0))
    return mse_loss(model([Unit(0.1 * k) for k in range(8)]), [0.5])


def test_a_gate_asks_for_a_bounded_number_of_nodes():
    """Forwards and backwards each gate of two inputs emits a fixed number of nodes at most."""
    counts = []
    for size in (200, 2000):
        circuit = Circuit(tangle(size))
        builder = Builder(native=False)
        emit, asked = builder.core.emit, []
        builder.core.emit = lambda *args, emit=emit, asked=asked: asked.append(1) or emit(*args)
        leaves = [unit for unit in circuit.order if unit.gate is None]
        nodes = {unit.serial: builder.leaf() for unit in leaves}
        wiring, places = wiring_of(builder, circuit.order, nodes)
        found = Lowered(builder, wiring, range(len(leaves)))
        found.reverse({places[circuit.ends[0].serial]: builder.leaf("seed")})
        counts.append(len(asked) / len(wiring.steps))
    assert counts[1] <= 1.05 * counts[0] <= 6.0


@pytest.mark.parametrize("native", [True, False])
def test_slots_are_the_numbers_held_at_once(native, monkeypatch):
    """A chain holds one number and its operand however long it is; stats says so."""
    if not native:
        monkeypatch.setattr(flat, "engine", lambda: None)
        monkeypatch.setattr(machinecode, "engine", lambda: None)
    for size in (10, 100):
        x = unit = Unit(0.5)
        for _ in range(size):
            unit = unit.sin()
        values = Circuit(unit).compile([x], backend="python").program.pruned(gradients=False)
        assert values.stats()["slots"] == values.slots == 2
        whole = Circuit(unit).compile([x], backend="python").program
        assert size < whole.slots < 2 * size + 5


def test_what_no_derivative_needs_is_not_laid_out():
    """With no derivatives wanted a program holds the values alone."""
    model = MLP(3, [4, 1], rng=random.Random(0))
    out = mse_loss(model([Unit(0.1), Unit(0.2), Unit(0.3)]), [0.5])
    whole, values = lowered(out, prune=False), lowered(out, prune=False, wanted=[])
    assert len(values) < 0.6 * len(whole)
    assert values.stats()["gradients"] == 0


def test_the_builder_in_c_is_missed_only_by_who_asks_for_it(monkeypatch):
    """Without the extension the Python builder is taken; asked for, its lack is an error."""
    monkeypatch.setenv("GATENET_PURE", "1")
    assert not Builder().native
    with pytest.raises(ToolMissing, match="the builder in C"):
        Builder(native=True)


def test_a_program_by_hand_is_still_verified():
    """Only the compiler's own programs are taken at their word."""
    with pytest.raises(WiringError, match="reads earlier nodes alone"):
        Program(gates=[None, negate], args=[(), (5,)], constants={}, inputs=[0], uniform=[],
                outputs=[1])  # fmt: skip
    whole = lowered(power(Unit(2.0), Unit(3.0)) + less(Unit(1.0), 2.0))
    again = Program(**vars_of(whole))
    assert said(again) == said(whole)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda core, engine: core.emit(add, (0,)), ValueError),
        (lambda core, engine: core.emit(add, (0, 7)), IndexError),
        (lambda core, engine: core.emit(add, (0, -1)), IndexError),
        (lambda core, engine: core.emit(add, 3), TypeError),
        (lambda core, engine: core.emit(object(), (0,)), AttributeError),
        (lambda core, engine: engine.pruned(*core.flat()[1:4], [9]), IndexError),
        (lambda core, engine: core.constant("x"), TypeError),
        (lambda core, engine: laid(core, engine, [5], []), IndexError),
        (lambda core, engine: laid(core, engine, [0], [(negate, [3])]), IndexError),
        (lambda core, engine: laid(core, engine, [0], [7]), TypeError),
        (lambda core, engine: laid(core, engine, [0], [(negate, [0])], found=((), 9, (None,))),
         IndexError),
        (lambda core, engine: laid(core, engine, [0], [(negate, [0])], found=((), 0, ())),
         ValueError),
        (lambda core, engine: laid(core, engine, [0], []).reverse({4: 0}), IndexError),
        (lambda core, engine: engine.Core([], True, True, True), ValueError),
    ],
)  # fmt: skip
def test_the_builder_in_c_refuses_what_is_not_there(call, error):
    """Nodes, places and gates that do not fit are exceptions, never a crash."""
    native = extension()
    core = Builder(native=True).core
    core.leaf()
    with pytest.raises(error):
        call(core, native)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"operands": array("i", [1])}, IndexError),
        ({"operands": array("i", [-1])}, IndexError),
        ({"operands": array("i", [])}, ValueError),
        ({"ends": array("i", [0])}, ValueError),
        ({"ends": array("i", [1, 0])}, ValueError),
        ({"ends": 3}, TypeError),
        ({"varying": b"1"}, ValueError),
        ({"columns": [9]}, IndexError),
        ({"shared": [-1]}, IndexError),
        ({"columns": []}, ValueError),
        ({"number": b""}, ValueError),
        ({"results": {1: 3}}, TypeError),
    ],
)
def test_the_encoder_refuses_a_program_that_cannot_be(change, error):
    """A wrong program or code table is an exception, never a crash."""
    native = extension()
    given = {"ops": array("i", [-1, 0]), "ends": array("i", [0, 1]), "operands": array("i", [0]),
             "varying": b"\1\1", "varies": True, "columns": [0], "shared": [],
             "results": {1: [0]}, "number": array("i", [4]), "fuse": (-1, -1, -1, -1)}  # fmt: skip
    code, rows = native.encoded(*given.values())
    assert (len(code), rows) == (4 * 15, 2)
    with pytest.raises(error):
        native.encoded(*{**given, **change}.values())


def laid(core, engine, given, steps, found=()):
    """Lay a wiring out with a template that is given as it is."""
    needed = bytearray(len(given) + len(steps))
    return engine.Laid(core, given, steps, needed, lambda gate, shape: found, None)
