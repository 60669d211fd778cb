"""Exported Python and NumPy: modules that stand alone and give what the eager engine gives."""

import ast
import math

import pytest
from exportable import ODD, bits, case, flat, run

import gatenet
from gatenet import Circuit, Unit, block, gate, gates, ifelse, record, scan
from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.exporting import c_source, numpy_source, python_source
from gatenet.exporting.naming import comment
from gatenet.exporting.plan import Plan
from gatenet.exporting.subject import folded
from gatenet.nn import MLP


def imported(source):
    """The modules that a module's text imports."""
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import)]
    assert not [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ImportFrom)]
    return {alias.name for node in found for alias in node.names}


@pytest.mark.parametrize("start", range(0, 60, 30))
def test_exported_python_is_the_eager_engine_to_the_bit(start):
    """Values and gradients of random circuits of every gate agree in every bit."""
    for seed in range(start, start + 30):
        compiled, rows, values, gradients = case(seed)
        source = python_source(compiled)
        module = run(source)
        found = module["f_and_gradients"](rows)

        assert imported(source) == {"math"}
        assert bits(flat(values)) == bits(flat(one for one, _ in found)), seed
        assert bits(flat(gradients)) == bits(flat(one for _, one in found)), seed
        assert bits(flat(values)) == bits(flat(module["f"](rows))), seed


def test_exported_numpy_is_the_eager_engine_to_rounding():
    """A batch at once: NumPy's own exp and the like may differ in the last places alone."""
    np = pytest.importorskip("numpy")
    for seed in range(40):
        compiled, rows, values, gradients = case(seed, 6)
        source = numpy_source(compiled)
        module = run(source)
        found, slopes = module["f_and_gradients"](rows)

        assert imported(source) == {"math", "numpy"}
        np.testing.assert_allclose(found, values, rtol=1e-12)
        np.testing.assert_allclose(slopes, gradients, rtol=1e-9)
        np.testing.assert_array_equal(module["f"](rows), found)


def test_exported_numpy_of_arithmetic_is_the_eager_engine_to_the_bit():
    """Where NumPy's functions are rounded correctly nothing differs."""
    pytest.importorskip("numpy")
    x, w = Unit(0.0, "x"), Unit(0.3, "w", role="parameter")
    y = gates.where(gates.less(x, 1), (x * w).relu() / 3 - x, -gates.sqrt(abs(x * x)))
    compiled = Circuit(y).compile([x], backend="python")
    rows = [[0.1], [1.5], [-7.0], [math.inf], [0.0]]
    values, slopes = compiled.value_and_grad(rows)
    found, gradients = run(numpy_source(compiled, "g"))["g_and_gradients"](rows)

    assert bits(values) == bits(found[:, 0].tolist())
    assert bits(flat(slopes)) == bits(flat(gradients.tolist()))


def test_parameters_may_be_given_anew():
    """The table of the module is what the parameters were; other values may be passed."""
    x, w = Unit(0.0, "x"), Unit(0.5, "w", role="parameter")
    module = run(python_source(Circuit(x * w).compile([x])))

    assert module["PARAMETERS"] == [0.5, 1.0]
    assert module["f"]([[4.0]]) == [[2.0]]
    assert module["f_and_gradients"]([[4.0]], [3.0, 10.0]) == [([12.0], [40.0])]


@pytest.mark.parametrize("source", [python_source, numpy_source])
def test_a_row_of_another_width_is_refused(source):
    """Exported modules check what they are given."""
    pytest.importorskip("numpy")
    x = Unit(0.0, "x")
    f = run(source(Circuit(x * x).compile([x])))["f"]

    with pytest.raises(ValueError, match="rows of 1 and 1 parameters"):
        f([[1.0, 2.0]])
    with pytest.raises(ValueError, match="rows of 1 and 1 parameters"):
        f([[1.0]], [1.0, 1.0])


@pytest.mark.parametrize("source", [python_source, numpy_source])
def test_a_recorded_comparison_is_checked(source):
    """A row that a recorded circuit was not made for is an error in exported code as well."""
    pytest.importorskip("numpy")
    x = Unit(1.0, "x")
    with record() as recording:
        y = x * 2 if x > 0 else x * 3
    f = run(source(Circuit(y, recording=recording).compile([x])))["f"]

    assert [list(row) for row in f([[2.0], [1.0]])] == [[4.0], [2.0]]
    with pytest.raises(ValueError, match="comparison"):
        f([[2.0], [-1.0]])


@pytest.mark.parametrize("source", [python_source, numpy_source, c_source])
def test_gradients_may_be_left_out(source):
    """Then the module has values alone."""
    pytest.importorskip("numpy")
    x, w = Unit(2.0, "x"), Unit(3.0, "w", role="parameter")
    compiled = Circuit(w * x).compile([x])
    text = source(compiled, "only", gradients=False)

    assert "gradients[" not in text
    assert len(text) < len(source(compiled, "only"))
    if source is not c_source:
        assert [list(row) for row in run(text)["only"]([[2.0]])] == [[6.0]]


def test_long_programs_are_cut_into_short_functions():
    """No function is longer than its bound, and what crosses them arrives."""
    x = Unit(0.3, "x")
    y = x
    for _ in range(200):
        y = gates.tanh(y * 1.01 + x)
    compiled = Circuit(y).compile([x], backend="python")
    source = python_source(compiled)
    sizes = [len(node.body) for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    values, slopes = compiled.value_and_grad([[0.3]])

    assert max(sizes) < 1000 < sum(sizes)
    assert run(source)["f_and_gradients"]([[0.3]]) == [(values, slopes[0])]


def test_a_workspace_is_used_again():
    """A chain of a thousand operations needs few places to hand values on."""
    x = Unit(0.3, "x")
    y = x
    for _ in range(1000):
        y = gates.tanh(y)
    program = folded(Circuit(y).compile([x]).program.pruned(gradients=False))

    assert Plan(program, 10).row.size <= 2


@pytest.mark.parametrize("name", ODD)
def test_names_of_units_are_data_everywhere(name):
    """No name ends a comment or a string, and none changes what is worked out."""
    x, w = Unit(2.0, name), Unit(3.0, name, role="parameter")
    y = w * x
    y.name = name
    compiled = Circuit(y).compile([x])
    plain = c_source(Circuit(Unit(3.0, "w", role="parameter") * (a := Unit(2.0, "x"))).compile([a]))
    module = run(python_source(compiled))

    assert module["INPUTS"] == module["OUTPUTS"] == [name]
    assert module["f"]([[2.0]]) == [[6.0]]
    text = c_source(compiled)
    assert text.isascii()
    assert len(text.splitlines()) - len(plain.splitlines()) in (0, 1)  # its output has a name
    code = [line.split("/*")[0] for line in text.splitlines() if not line.startswith(" *")]
    expected = [line.split("/*")[0] for line in plain.splitlines() if not line.startswith(" *")]
    assert code == expected


@pytest.mark.parametrize("name", ODD)
def test_a_comment_holds_no_letter_that_could_end_it(name):
    """What stands in a comment is short and from a short list of letters."""
    assert set(comment(name)) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _.,:;=+-()[]<>'"
    )
    assert len(comment(name)) <= 60


@pytest.mark.parametrize("source", [python_source, numpy_source, c_source])
@pytest.mark.parametrize("name", ["", "2f", "f g", "for", "x", "v12", "exp", "f();", "ü", "f\n", 3])
def test_a_name_that_a_function_cannot_have_is_refused(source, name):
    """The name asked for is the only text of a caller's that becomes code, so it is checked."""
    x = Unit(2.0, "x")
    with pytest.raises(RangeError, match="name is"):
        source(Circuit(x * x).compile([x]), name)


def test_what_cannot_be_exported_is_said():
    """A circuit that was not compiled, a program without values, too few values."""
    x = Unit(2.0, "x")
    program = Circuit(x * x).compile([x]).program

    with pytest.raises(OperandError, match=r"circuit\.compile"):
        python_source(Circuit(x * x))
    with pytest.raises(WiringError, match="give parameters="):
        python_source(program)
    with pytest.raises(WiringError, match=r"2 value\(s\) for the 1"):
        python_source(program, parameters=[1.0, 2.0])
    with pytest.raises(WiringError, match="main=True"):
        c_source(program, main=True)
    assert run(python_source(program, parameters=[1.0]))["f"]([[3.0]]) == [[9.0]]


def test_a_gate_of_ones_own_is_exported_by_what_it_is_made_of():
    """Whoever runs the module needs neither gatenet nor the file that declares the gate."""

    @gate(symbol="sq", textbook="x ** 2 + 1", partials=lambda z, x: 2 * x)
    def exported_square(x):
        """Square, and one more."""
        return x * x + 1

    x = Unit(2.0, "x")
    module = run(python_source(Circuit(exported_square(x)).compile([x])))

    assert module["f_and_gradients"]([[3.0]]) == [([10.0], [6.0])]


def test_gates_of_constants_alone_are_worked_out_by_their_declaration():
    """No other compiler gets to fold exp(2) in its own way."""
    x = Unit(2.0, "x")
    compiled = gatenet.compiler.Compiled(
        Circuit(x * gates.exp(Unit(2.0, "c", role="parameter"))), [x], None, "python", fold=False
    )
    program = compiled.program
    node = next(k for k, gate in enumerate(program.gates) if gate is gates.exp)
    leaf = program.args[node][0]
    program.constants[leaf] = 2.0
    program.uniform.remove(leaf)

    found = folded(program)
    assert gates.exp not in found.gates
    assert math.exp(2.0) in found.constants.values()


def test_a_network_stands_alone():
    """A trained model predicts without the code that built it."""
    model = MLP(2, [4, 3], "tanh", rng=0)
    x = [Unit(0.0, f"x{k}") for k in range(2)]
    compiled = Circuit(model(x)).compile(x, backend="python")
    rows = [[0.5, -1.0], [2.0, 0.25]]

    assert run(python_source(compiled, "predict"))["predict"](rows) == compiled(rows)


def test_blocks_choices_and_scans_are_exported_inside_out():
    """What is a circuit of its own is written out where it stands, with its gradients."""

    @block
    def exported_cell(a, h):
        return (a + h).tanh() * a

    def step(carry, k):
        made = exported_cell(carry, carry * k)
        return made, made - carry

    x, w = Unit(0.7, "x"), Unit(-0.4, "w", role="parameter")
    last, found = scan(step, x, [0.5, w, -1.5])
    chosen = ifelse(gates.less(x, w), lambda s, t: s * t, lambda s, t: s.sin() - t, last, w)
    circuit = Circuit(chosen + found[1])
    compiled = circuit.compile([x], wrt=[w, x], backend="python")
    rows = [[0.7], [-2.0]]
    module = run(python_source(compiled))

    for row, (outputs, slopes) in zip(rows, module["f_and_gradients"](rows), strict=True):
        assert bits(outputs) == bits([circuit.forward({x: row[0]})])
        for unit in (w, x):
            unit.zero_grad()
        circuit.backward()
        assert bits(slopes) == bits([w.grad, x.grad])


def test_what_was_compiled_wide_is_exported_operation_by_operation():
    """A wide program has another form; its export is that of the plain program."""
    pytest.importorskip("numpy")
    x = [Unit(0.0, f"x{k}") for k in range(3)]
    circuit = Circuit(MLP(3, [4, 2], "relu", rng=0)(x))
    wide, plain = circuit.compile(x, backend="wide"), circuit.compile(x, backend="python")

    assert python_source(wide) == python_source(plain)


def test_functions_of_c_are_short():
    """At most a hundred operations each, whatever the size of the program."""
    x = Unit(0.3, "x")
    y = x
    for _ in range(200):
        y = gates.tanh(y * 1.01 + x)
    source = c_source(Circuit(y).compile([x], backend="python"))
    sizes = [part.count("const double v") for part in source.split("_APART void ")[1:]]

    assert max(sizes) == 100
    assert len(sizes) == pytest.approx(sum(sizes) / 100, abs=3)


def test_an_output_may_be_a_leaf_a_constant_or_what_rows_share():
    """Such results are copied into every row."""
    x, w = Unit(0.0, "x"), Unit(3.0, "w", role="parameter")
    compiled = Circuit([x, w, w * w, x * 0 + 2]).compile([x], wrt=[w, x], backend="python")
    module = run(python_source(compiled))
    values, gradients = compiled.value_and_grad([[1.5], [-4.0]])

    assert module["f_and_gradients"]([[1.5], [-4.0]]) == list(zip(values, gradients, strict=True))


def test_the_methods_of_programs_and_compiled_circuits_are_these_functions(tmp_path):
    """What a method writes is what the function writes, options included."""
    x, w = Unit(0.0, "x"), Unit(0.5, "w", role="parameter")
    compiled = Circuit(w * x).compile([x])
    program, values = compiled.program, {"parameters": [0.5, 1.0]}

    assert compiled.to_c("g", main=True) == c_source(compiled, "g", main=True)
    assert compiled.to_python("g") == python_source(compiled, "g")
    assert compiled.to_numpy("g", gradients=False) == numpy_source(compiled, "g", gradients=False)
    assert program.to_python(**values) == python_source(program, **values)
    pytest.importorskip("onnx")
    compiled.to_onnx(tmp_path / "a.onnx")
    program.to_onnx(tmp_path / "b.onnx", **values, matrices=False)
    assert (tmp_path / "a.onnx").stat().st_size > 100 < (tmp_path / "b.onnx").stat().st_size
