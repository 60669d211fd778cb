"""`export --to`: the command line writes what the functions of `gatenet.exporting` write."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from exportable import run

from gatenet import Circuit, Unit, io
from gatenet.cli import main
from gatenet.exporting import c_source, load_compiled, to_latex


@pytest.fixture
def circuit(tmp_path: Path) -> Path:
    """A saved circuit of two inputs and a parameter."""
    x, y = Unit(2.0, "x"), Unit(3.0, "y")
    path = tmp_path / "circuit.json"
    io.save(Circuit((x * Unit(0.5, "w", role="parameter") - y).tanh()), path)
    return path


def exported(circuit: Path, name: str, *options: str) -> str:
    """What the command writes into a file of a name."""
    out = circuit.parent / name
    assert main(["export", str(circuit), str(out), *options]) == 0
    return out.read_text(encoding="utf-8")


def value(x: float, y: float) -> float:
    """What the circuit gives."""
    return (Unit(x) * 0.5 - y).tanh().value


def test_python_and_numpy_stand_alone(circuit: Path, capsys) -> None:
    """With values alone, or with the gradients in every leaf; under a name of one's own."""
    pytest.importorskip("numpy")
    module = run(exported(circuit, "a.py", "--to", "python", "--name", "score"))
    assert module["score"]([[1.0, -0.5]]) == [[value(1.0, -0.5)]]
    assert "score_and_gradients" not in module
    assert "3 rows" not in capsys.readouterr().out
    found = run(exported(circuit, "b.py", "--to", "numpy", "--gradients"))
    assert found["f_and_gradients"]([[1.0, -0.5]])[1].shape == (1, 3)


def test_c_is_told_by_the_ending(circuit: Path) -> None:
    """The same text as the function's; with --main it is a program."""
    loaded = io.load(circuit)
    inputs = [unit for unit in loaded.order if unit.role == "input" and unit.gate is None]
    compiled = loaded.compile(inputs, wrt=[])
    text = exported(circuit, "f.c", "--main")

    assert text == c_source(compiled, main=True, gradients=False)
    cc = shutil.which("cc")
    if cc is not None:
        command = str(circuit.parent / "f")
        subprocess.run([cc, str(circuit.parent / "f.c"), "-o", command, "-lm"], check=True)
        done = subprocess.run([command], input="1 -0.5", capture_output=True, text=True)
        assert float(done.stdout) == value(1.0, -0.5)


def test_latex_onnx_and_a_compiled_circuit(circuit: Path) -> None:
    """Each form by its ending, or by --to."""
    assert exported(circuit, "f.tex") == to_latex(io.load(circuit)) + "\n"
    exported(circuit, "g.json", "--to", "compiled", "--gradients")
    found = load_compiled(circuit.parent / "g.json", backend="python")
    assert found([[1.0, -0.5]]) == [value(1.0, -0.5)]
    pytest.importorskip("onnx")
    assert main(["export", str(circuit), str(circuit.parent / "f.onnx")]) == 0
    assert (circuit.parent / "f.onnx").stat().st_size > 100


def test_a_wrong_name_is_one_line(circuit: Path, capsys) -> None:
    """Nothing is written, and the standard error says why."""
    assert main(["export", str(circuit), str(circuit.parent / "f.c"), "--name", "a b"]) == 1
    assert "name is 'a b'" in capsys.readouterr().err
    assert not (circuit.parent / "f.c").exists()
