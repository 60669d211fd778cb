"""`export` and `draw`: circuits, source and pictures out of models, circuits and programs."""

from __future__ import annotations

import ast
import json
import math
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from gatenet import Circuit, Unit, io
from gatenet.cli import main, saved

#: A column's name that would do harm in generated code, a page, a picture or a terminal.
EVIL = 'x\'); import os; os.abort() #""" <script>|`\x1b[31m'


def model_text(name: str = "width", classes: tuple[str, ...] = ("small", "large")) -> str:
    """A model of one column and two classes."""
    return json.dumps(
        {
            "format": "gatenet.model",
            "version": 1,
            "columns": [
                {"column": name, "mean": 3.0, "deviation": 2.0},
                {"column": "colour", "categories": ["red", "blue"]},
            ],
            "target": {"column": "size", "loss": "cross-entropy", "classes": list(classes)},
            "hidden": [],
            "activation": "tanh",
            "parameters": {
                **{f"layers.0.neurons.{k}.bias": 0.25 * k for k in (0, 1)},
                **{
                    f"layers.0.neurons.{k}.weights.{i}": k + i / 2 for k in (0, 1) for i in range(3)
                },
            },
        }
    )


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A saved model."""
    path = tmp_path / "model.json"
    path.write_text(model_text(), encoding="utf-8")
    return path


def rebuilt(path: Path) -> Circuit:
    """Run exported Python source and give its circuit."""
    names: dict[str, object] = {}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
    circuit = names["circuit"]
    assert isinstance(circuit, Circuit)
    return circuit


def test_a_model_s_circuit_takes_raw_cells(model: Path, tmp_path: Path, capsys) -> None:
    """The exported circuit scales inside and ends in the probabilities of the classes."""
    out = tmp_path / "new" / "circuit.json"

    assert main(["export", str(model), str(out), "--at", "5,0,1"]) == 0
    assert f"wrote {out}: " in capsys.readouterr().out
    circuit = io.load(out)
    # Inputs (5 - 3) / 2 = 1, 0 and 1; scores 0·1 + 1·1 + 0 and 1·1 + 2·1 + 0.25.
    scores = (1.0, 1.0 + 2.0 + 0.25)
    wanted = [math.exp(s) / sum(map(math.exp, scores)) for s in scores]
    assert [circuit.values[k] for k in circuit.outputs] == pytest.approx(wanted, rel=1e-14)
    names = [circuit.rows[k].name for k in circuit.outputs]
    assert names == ["probability of small", "probability of large"]


def test_source_rebuilds_the_circuit(model: Path, tmp_path: Path) -> None:
    """Exported Python gives the same values, to the bit, for other cells as well."""
    assert main(["export", str(model), str(tmp_path / "c.py")]) == 0
    circuit = rebuilt(tmp_path / "c.py")
    twin = Circuit(saved.load(model).wired())

    for cells in ({"width": 3.0}, {"width": -1.5, "colour=red": 1.0}):
        assert circuit.forward(cells) == twin.forward(cells)


def test_names_of_a_table_are_text_in_generated_code(tmp_path: Path) -> None:
    """A name made to break out of a string reaches the source as a literal and nothing else."""
    path = tmp_path / "model.json"
    path.write_text(model_text(EVIL, (f"a{EVIL}", "b")), encoding="utf-8")
    out = tmp_path / "c.py"
    assert main(["export", str(path), str(out)]) == 0
    tree = ast.parse(out.read_text(encoding="utf-8"))

    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imported] == ["from gatenet import Circuit, Unit, gates"]
    assert {node.func.attr for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)} == {
        "subtract", "divide", "dot", "logsumexp", "exp"}  # fmt: skip
    assert EVIL in [row.name for row in rebuilt(out).rows]


def test_names_of_a_table_are_text_in_pages_and_pictures(tmp_path: Path, capsys) -> None:
    """In the report, the pictures and on the terminal such a name is text as well."""
    data = tmp_path / "d.csv"
    head = EVIL.replace('"', '""')
    rows = "".join(f"{k},{'<b>' if k % 2 else '|x|'}\n" for k in range(20))
    data.write_text(f'"{head}","t|`<i>"\n{rows}', encoding="utf-8")
    command = ["train", str(data), "--target", "t|`<i>", "--layers", "2", "--epochs", "1"]
    assert main([*command, "--out", str(tmp_path)]) == 0

    said = capsys.readouterr()
    assert "\x1b" not in said.out
    report = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "\x1b" not in report
    for row in report.splitlines():
        if row.startswith("| target"):
            assert row == r"| target | t\|\`\<i\> (classification) |"
    assert "\\<script\\>" in report
    assert "<b>" not in report
    drawn = ET.fromstring((tmp_path / "circuit.svg").read_text(encoding="utf-8"))
    assert not [one for one in drawn.iter() if one.tag.endswith("script")]


def test_a_picture_of_a_model(model: Path, tmp_path: Path) -> None:
    """`export` to SVG draws the circuit with the columns' names."""
    assert main(["export", str(model), str(tmp_path / "m.svg")]) == 0
    text = (tmp_path / "m.svg").read_text(encoding="utf-8")

    assert ET.fromstring(text).tag.endswith("svg")
    assert "colour=red" in text
    assert "probability of large" in text


def test_drawing_a_saved_circuit(tmp_path: Path, monkeypatch, capsys) -> None:
    """`draw` names the picture after the file; --at and --backward fill values and gradients."""
    monkeypatch.chdir(tmp_path)
    a, b = Unit(2.0, "a"), Unit(3.0, "b")
    io.save(Circuit(a * b), "product.json")

    assert main(["draw", "product.json", "--at", "5,7", "--backward"]) == 0
    said = capsys.readouterr().out
    assert "wrote product.svg: <Drawing: 3 boxes, 2 wires" in said
    drawn = ET.fromstring(Path("product.svg").read_text(encoding="utf-8"))
    texts = [one.text for one in drawn.iter() if one.tag.endswith("}text")]
    assert texts[:9] == ["a", "5", "7", "b", "7", "5", "×", "u2", "35"]


def test_drawing_a_program_s_loss(tmp_path: Path, capsys) -> None:
    """`draw` runs a Python file and draws its loss, or the variable asked for, folded or not."""
    file = tmp_path / "program.py"
    file.write_text(
        "import sys\n"
        "from gatenet import Unit\n"
        "from gatenet.nn import MLP\n"
        "print('ran with', sys.argv[1:])\n"
        "score = MLP(2, [4, 1], 'tanh', rng=0)([Unit(1.0, 'x'), 2.0])[0]\n"
        "loss = (score - 1.0) ** 2\n",
        encoding="utf-8",
    )
    out = tmp_path / "p.dot"

    assert main(["draw", str(file), "one", "--out", str(out), "--depth", "2"]) == 0
    said = capsys.readouterr().out
    assert "ran with ['one']" in said
    few = int(said.partition("<Drawing: ")[2].split()[0])
    assert out.read_text(encoding="utf-8").lstrip().startswith("digraph")
    assert main(["draw", str(file), "--name", "score", "--out", str(out)]) == 0
    many = int(capsys.readouterr().out.partition("<Drawing: ")[2].split()[0])
    assert few < many


def test_a_program_that_fails_is_not_drawn(tmp_path: Path, capsys) -> None:
    """The program's own traceback is shown, then the line that says so, and the exit code is 1."""
    file = tmp_path / "bad.py"
    file.write_text("1 / 0\n", encoding="utf-8")

    assert main(["draw", str(file), "--out", str(tmp_path / "p.svg")]) == 1
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert said.splitlines()[-1].endswith("bad.py failed: nothing was drawn")
    assert not (tmp_path / "p.svg").exists()
