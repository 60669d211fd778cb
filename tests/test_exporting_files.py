"""Programs and compiled circuits in files: what is loaded is what was saved, or an error."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from exportable import ODD, bits, case, drawn, flat

from gatenet import Circuit, Unit, gate, gates, record
from gatenet.compiler import Compiled
from gatenet.compiler.arrays import ArrayBackend
from gatenet.compiler.program import Program
from gatenet.compiler.python import PythonBackend
from gatenet.errors import CompileError, FlippedBranchError, FormatError, OperandError, RangeError
from gatenet.exporting import load_compiled, load_program, python_source, save_compiled
from gatenet.exporting.reading import compiled_loads, program_loads
from gatenet.exporting.writing import compiled_dumps, program_dumps
from gatenet.losses import mse_loss
from gatenet.nn import MLP
from gatenet.optim import SGD
from gatenet.strictjson import Limits

ROOT = Path(__file__).resolve().parent.parent


def example():
    """A small compiled circuit of every kind of row."""
    x, w = Unit(0.5, "x"), Unit(2.0, "w", role="parameter")
    return Circuit([gates.tanh(w * x) + 1.5, x - w]).compile([x], backend="python")


def test_a_program_comes_back_as_it_was():
    """Every node, list and label, and the text of what is read is the text that was read."""
    for seed in range(40):
        program = case(seed, 8).compiled.program
        text = program_dumps(program)
        found = program_loads(text)

        assert program_dumps(found) == text
        assert list(found.gates) == list(program.gates)
        assert [tuple(row) for row in found.args] == [tuple(row) for row in program.args]
        assert bits(found.constants.values()) == bits(
            [program.constants[k] for k in found.constants]
        )
        assert found.stats() == program.stats()
        assert [found.labels.get(k) for k in found.inputs] == [
            program.labels.get(k) for k in program.inputs
        ]


def test_a_loaded_program_runs_on_every_backend(tmp_path):
    """Saved with save, read with load, it gives the same bits."""
    pytest.importorskip("numpy")
    rng = random.Random(0)
    for seed in range(6):
        program = case(seed, 8).compiled.program
        program.save(tmp_path / "program.json")
        found = Program.load(tmp_path / "program.json")
        uniform = [drawn(rng) for _ in program.uniform]
        rows = [[drawn(rng) for _ in program.inputs] for _ in range(3)]
        for backend in (PythonBackend, ArrayBackend):
            expected = [bits(column) for column in backend(program).columns(uniform, rows)]
            assert [bits(c) for c in backend(found).columns(uniform, rows)] == expected


def test_a_process_that_never_saw_the_gates_runs_a_saved_program(tmp_path):
    """A gate of one's own stands in the file as the primitive gates it is made of."""

    @gate(symbol="t", textbook="3 * x", partials=lambda z, x: 3)
    def saved_triple(x):
        """Three times the input."""
        return 3 * x

    x = Unit(2.0, "x")
    path = tmp_path / "program.json"
    Circuit(saved_triple(x)).compile([x]).program.save(path)
    code = (
        "import sys; from gatenet.exporting import load_program, python_source; "
        f"found = {{}}; exec(python_source(load_program({str(path)!r}), parameters=[1.0]), found); "
        "print(found['f_and_gradients']([[5.0]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "[([15.0], [3.0])]\n"


def test_a_compiled_model_predicts_and_trains_on_without_its_code(tmp_path):
    """Values, gradients, names and roles come back; an optimizer goes on where it was."""
    model = MLP(2, [3, 1], "tanh", rng=0)
    x = [Unit(0.0, "x0"), Unit(0.0, "x1")]
    target = Unit(0.0, "target")
    compiled = Circuit(mse_loss(model(x), [target])).compile([*x, target], backend="python")
    rows = [[0.5, 1.0, 1.0], [-1.0, 0.25, 0.0]]
    compiled.save(tmp_path / "model.json")
    found = Compiled.load(tmp_path / "model.json", backend="python")

    assert isinstance(found, Compiled)
    assert found.value_and_grad(rows) == compiled.value_and_grad(rows)
    assert [unit.name for unit in found.inputs] == ["x0", "x1", "target"]
    assert [unit.value for unit in found.wrt] == [unit.value for unit in compiled.wrt]
    assert {unit.role for unit in found.wrt} == {"parameter"}
    for one in (compiled, found):
        optimizer = SGD(list(one.wrt), lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            one.backward(rows, seed=0.5)
            optimizer.step()
    assert found(rows) == compiled(rows)
    assert compiled_dumps(found) == compiled_dumps(compiled)
    assert python_source(found) == python_source(compiled)


def test_a_loaded_model_says_what_it_cannot_do(tmp_path):
    """Second derivatives need the circuit; the backends are those of plain programs."""
    path = tmp_path / "model.json"
    save_compiled(example(), path)
    found = load_compiled(path)

    with pytest.raises(CompileError, match="loaded from a file"):
        found.circuit  # noqa: B018
    with pytest.raises(RangeError, match="backend is 'fast'"):
        load_compiled(path, backend="fast")
    assert [unit.name for unit in found.outputs] == [None, None]
    assert flat(found([[0.25]])) == flat(example()([[0.25]]))


def test_odd_names_come_back_letter_by_letter(tmp_path):
    """Quotes, newlines, control characters and every alphabet."""
    units = [Unit(1.0, name) for name in ODD]
    save_compiled(Circuit(gates.total(units)).compile(units), tmp_path / "odd.json")

    assert [unit.name for unit in load_compiled(tmp_path / "odd.json").inputs] == list(ODD)


def test_recorded_comparisons_are_saved():
    """A loaded program refuses the rows that the saved one refused, with the same words."""
    x = Unit(1.0, "x")
    with record() as recording:
        y = x * 2 if x > 0 else x * 3
    compiled = Circuit(y, recording=recording).compile([x], backend="python")
    text = program_dumps(compiled.program)

    assert list(program_loads(text).checks) == list(compiled.program.checks)
    with pytest.raises(FlippedBranchError):
        compiled([[-1.0]])


def changed(**facts):
    """The document of a small program with some of its facts changed."""
    document = {
        "format": "gatenet.program",
        "version": 1,
        "nodes": [{"leaf": "x"}, {"leaf": "w"}, 2.0, ["multiply", 0, 1], ["add", 3, 2]],
        "inputs": [0],
        "uniform": [1],
        "outputs": [4],
        "gradients": [1],
        "recorded": 2,
    }
    return json.dumps({**document, **facts})


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"format": "gatenet.circuit"}, "format: 'gatenet.circuit' is not 'gatenet.program'"),
        ({"version": 2}, "version: 2 is newer"),
        ({"version": True}, "version: True is no version"),
        ({"more": 1}, "unknown key 'more'"),
        ({"nodes": {}}, "nodes: must be a list"),
        ({"nodes": [{"leaf": 3}]}, r"nodes\[0\].leaf: must be text"),
        ({"nodes": [{"gate": "add"}]}, r"nodes\[0\]: a leaf is"),
        ({"nodes": [True]}, r"nodes\[0\]: True is no number"),
        ({"nodes": ["infinity"]}, r"nodes\[0\]: 'infinity' is no number"),
        ({"nodes": [[]]}, r"nodes\[0\]: must begin with the name of a gate"),
        ({"nodes": [1.0, ["nosuch", 0]]}, r"nodes\[1\]: no gate 'nosuch' is declared"),
        ({"nodes": [1.0, ["relu", 0]]}, r"nodes\[1\]: relu is no primitive gate"),
        ({"nodes": [1.0, ["exp", 0, 0]]}, r"nodes\[1\]: exp takes 1 node\(s\), not 2"),
        ({"nodes": [1.0, ["exp", 1]]}, r"nodes\[1\]: 1 is not the number of an earlier"),
        ({"nodes": [1.0, ["exp", -1]]}, r"nodes\[1\]: -1 is not the number of an earlier"),
        ({"nodes": [1.0, ["exp", False]]}, r"nodes\[1\]: False is not the number"),
        ({"inputs": [0, 0]}, "inputs: node 0 stands there twice"),
        ({"inputs": [2]}, "inputs: node 2 is no leaf"),
        ({"inputs": []}, r"nodes\[0\]: a leaf is one of the inputs or uniform"),
        ({"outputs": [5]}, "outputs: 5 is not the number of one of 5"),
        ({"gradients": [0.0]}, "gradients: 0.0 is not the number"),
        ({"recorded": -1}, "recorded: -1 is no number of gates"),
        ({"checks": [{"node": 9, "text": ""}]}, r"checks\[0\]: 9 is not the number"),
        ({"checks": [3]}, r"checks\[0\]: must be an object"),
        ({"gates": 3}, "gates: must be an object"),
    ],
)
def test_a_text_that_is_no_program_says_where_it_is_wrong(facts, message):
    """Each part is checked before anything is built, and the error names the place."""
    assert len(program_loads(changed())) == 5
    with pytest.raises(FormatError, match=message):
        program_loads(changed(**facts))


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_text_is_an_error_or_a_program(seed):
    """Whatever happens to a file, reading it ends in a program or in a FormatError."""
    rng = random.Random(seed)
    text = compiled_dumps(example())
    pieces = ["0", "-1", "99", '"', "[", "]", "{", "}", ",", "null", "true", "1e999", '"exp"', ""]
    for _ in range(150):
        start = rng.randrange(len(text))
        damaged = text[:start] + rng.choice(pieces) + text[start + rng.randint(0, 8) :]
        try:
            read = compiled_loads(damaged)
        except FormatError:
            continue
        assert isinstance(read.program, Program)


def test_sizes_are_bounded_before_anything_is_built():
    """A text of too many nodes, or too long, is refused."""
    many = changed(nodes=[1.0] * 50, inputs=[], uniform=[], outputs=[0], gradients=[])

    with pytest.raises(FormatError, match="has 50 nodes; at most 49"):
        program_loads(many, limits=Limits(rows=49))
    with pytest.raises(FormatError, match="longer than 100 bytes"):
        program_loads(many, limits=Limits(bytes=100))


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"single": True}, "single: is true of one output"),
        ({"wrt": [1, 1]}, "wrt: goes with 2 of its program's nodes, which has 1"),
        ({"wrt": [7]}, "wrt: 7 is not the number of one of 2"),
        ({"wrt": []}, "wrt: goes with 0 of its program's nodes, which has 1"),
        ({"inputs": [], "wrt": [0]}, "inputs: goes with 0"),
        ({"outputs": [None]}, "outputs: goes with 1"),
        ({"shared": [{"role": "inner", "value": 1.0}]}, r"shared\[0\]: 'inner' is neither"),
        ({"shared": [{"value": 1.0}]}, r"shared\[0\]: 'role' is missing"),
        ({"program": 3}, "must be an object, not 3"),
    ],
)
def test_a_text_that_is_no_compiled_circuit_says_where_it_is_wrong(facts, message):
    """The leaves must go with the program."""
    document = json.loads(compiled_dumps(example()))
    with pytest.raises(FormatError, match=message):
        compiled_loads(json.dumps({**document, **facts}))


def test_errors_name_the_file_and_the_place(tmp_path):
    """A file that holds something else, or a program that is damaged inside a model."""
    path = tmp_path / "model.json"
    path.write_text("[]", encoding="utf-8")
    document = json.loads(compiled_dumps(example()))
    document["program"]["nodes"][0] = ["exp", 3]

    with pytest.raises(FormatError, match=r"model\.json: a program is a JSON object") as found:
        load_program(path)
    assert found.value.path == str(path)
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(FormatError, match=r"model\.json: program\.nodes\[0\]: 3 is not") as found:
        load_compiled(path)
    assert found.value.where == "program.nodes[0]"


def test_only_programs_and_compiled_circuits_are_saved():
    """Anything else is refused before a file is touched."""
    x = Unit(1.0, "x")
    with pytest.raises(OperandError, match="only a Program is saved"):
        program_dumps(Circuit(x * x))
    with pytest.raises(OperandError, match=r"circuit\.compile"):
        compiled_dumps(Circuit(x * x))
    with pytest.raises(FormatError, match="lone surrogate"):
        y = Unit(1.0, "\ud800")
        compiled_dumps(Circuit(y * y).compile([y]))
