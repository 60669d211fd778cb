"""The command line: what each command prints and writes, and what a mistake costs."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from gatenet import __version__, gates
from gatenet.cli import main
from gatenet.storage import NATIVE

ROOT = Path(__file__).parent.parent


def errors(capsys: pytest.CaptureFixture[str]) -> str:
    """What went to the standard error; it must be one line."""
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    return text


def test_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The main job learns the irises, says how well, and leaves two pictures."""
    out = tmp_path / "deep" / "out"

    assert main(["demo", "--out", str(out)]) == 0
    captured = capsys.readouterr()
    accuracy = captured.out.partition("accuracy on held-out flowers: ")[2].partition("%")[0]
    assert float(accuracy) >= 90.0
    assert "epoch 60/60  loss 0.0" in captured.out
    assert captured.err == ""
    for name in ("iris-circuit.svg", "iris-loss.svg"):
        assert f"wrote {out / name}" in captured.out
        root = ET.fromstring((out / name).read_text(encoding="utf-8"))
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
    drawn = (out / "iris-circuit.svg").read_text(encoding="utf-8")
    assert "petal_width" in drawn
    assert "layers.0.neurons.0" in drawn


def test_demo_is_reproducible(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same seed prints the same losses; another seed prints others."""

    def losses(seed: str) -> list[str]:
        main(["demo", "--epochs", "2", "--seed", seed, "--out", str(tmp_path)])
        lines = capsys.readouterr().out.splitlines()
        return [line.split()[3] for line in lines if line.startswith("epoch")]

    assert losses("1") == losses("1") != losses("2")


def test_demo_that_cannot_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A place that cannot be written is one line that says the mend, before any training."""
    blocked = tmp_path / "file"
    blocked.write_text("")

    assert main(["demo", "--out", str(blocked / "out")]) == 1
    text = errors(capsys)
    assert text.startswith("gatenet demo: ")
    assert "choose a place that can be written, with --out" in text


@pytest.mark.parametrize("epochs", ["0", "-3", "many"])
def test_wrong_number(epochs: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A number that makes no sense is argparse's error 2 and says what it takes."""
    with pytest.raises(SystemExit) as caught:
        main(["demo", "--epochs", epochs])

    assert caught.value.code == 2
    assert f"'{epochs}' is not a whole number from 1" in capsys.readouterr().err


def test_gates(capsys: pytest.CaptureFixture[str]) -> None:
    """`gates` lists every gate of the catalogue once, with its symbol and first sentence."""
    assert main(["gates"]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert [line.split()[0] for line in lines] == list(gates.CATALOGUE)
    for line, gate in zip(lines, gates.CATALOGUE.values(), strict=True):
        assert gate.symbol in line
        assert line.endswith((gate.__doc__ or "").splitlines()[0])


def test_one_gate(capsys: pytest.CaptureFixture[str]) -> None:
    """`gates NAME` gives value, derivatives, domain and the documentation."""
    assert main(["gates", "log"]) == 0
    text = capsys.readouterr().out

    assert text.startswith("log  (log)\n")
    assert "1 / x" in text
    assert "x > 0" in text
    assert (gates.log.__doc__ or "").splitlines()[0] in text


def test_unknown_gate(capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown gate is one line that says which names come near."""
    assert main(["gates", "sigmod"]) == 1
    assert "there is no gate 'sigmod': did you mean sigmoid" in errors(capsys)
    assert main(["gates", "qqqqqq"]) == 1
    assert "see `python -m gatenet gates`" in errors(capsys)


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command the help is printed; every command says what it is for."""
    assert main([]) == 0
    text = capsys.readouterr().out

    for command in ("demo", "gates"):
        assert f"\n    {command} " in text
        with pytest.raises(SystemExit) as caught:
            main([command, "--help"])
        assert caught.value.code == 0
        assert f"python -m gatenet {command}" in capsys.readouterr().out


def test_unknown_command(capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown command is error 2 and lists the commands."""
    with pytest.raises(SystemExit) as caught:
        main(["demonstrate"])

    assert caught.value.code == 2
    assert "'demo'" in capsys.readouterr().err


def test_interrupted(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends a command with 130 and without a traceback."""
    from gatenet import demo

    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "run", interrupted)

    assert main(["demo"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_as_a_module() -> None:
    """`python -m gatenet --version` names the versions and the engine."""
    done = subprocess.run(
        [sys.executable, "-m", "gatenet", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    python = sys.version.split()[0]
    built = importlib.util.find_spec("gatenet._native.machine") is not None
    machine = "built" if built else "missing"
    if os.environ.get("GATENET_PURE", "0") not in ("", "0"):
        machine = "refused"
    engine = "pure Python" if NATIVE is None else "native"
    assert done.stdout == (
        f"gatenet {__version__} (Python {python}, engine: {engine}, machine: {machine})\n"
    )


def test_reader_that_left() -> None:
    """A reader that closes the pipe early ends the command without a traceback."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "gatenet", "gates"],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    os.close(write)

    assert (done.returncode, done.stderr) == (1, "")


def test_terminal_without_symbols() -> None:
    """A terminal that knows only ASCII gets a question mark for a symbol, not a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "gatenet", "gates"],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert ["sigmoid", "?"] in [line.split()[:2] for line in done.stdout.splitlines()]


def test_check_names_the_gates_it_tried_and_passes(capsys):
    """`check NAME` prints the verdict on one gate and exits with 0."""
    assert main(["check", "tanh", "--points", "20"]) == 0

    out = capsys.readouterr().out
    assert "tanh" in out
    assert out.endswith("1 of 1 gates pass\n")


def test_check_fails_on_a_gate_with_a_wrong_derivative(capsys):
    """A user's wrong gate is reported with both numbers, and the exit code is 1."""
    from gatenet import declaration

    @declaration.gate(symbol="w", textbook="2 * x", partials=lambda z, x: 3)
    def cli_wrong(x):
        """Double, with a derivative that is wrong on purpose."""
        return 2 * x

    try:
        assert main(["check", "cli_wrong", "--points", "20"]) == 1
    finally:
        declaration._REGISTRY.pop("cli_wrong")
    out = capsys.readouterr().out
    assert "0 of 1 gates pass" in out
    assert "3.0" in out


def test_a_file_of_one_s_own_gates_is_described_and_checked(capsys, tmp_path):
    """`gates --file` and `check --file` take the gates that a user's file declares."""
    file = tmp_path / "mine.py"
    file.write_text(
        "from gatenet import gate\n"
        "@gate(symbol='c', textbook='x ** 3', partials=lambda z, x: 3 * x * x)\n"
        "def cli_cube(x):\n"
        "    'Raise to the third power.'\n"
        "    return x * x * x\n"
    )
    try:
        assert main(["gates", "--file", str(file)]) == 0
        assert "3 * x * x" in capsys.readouterr().out

        assert main(["check", "--file", str(file), "--points", "20"]) == 0
        assert capsys.readouterr().out.endswith("1 of 1 gates pass\n")
    finally:
        from gatenet import declaration

        declaration._REGISTRY.pop("cli_cube")


def test_a_file_without_gates_is_an_error_that_says_the_mend(capsys, tmp_path):
    """A file that declares nothing is named."""
    file = tmp_path / "empty.py"
    file.write_text("")

    assert main(["check", "--file", str(file)]) == 1
    assert "declares no gate; decorate one with @gate" in capsys.readouterr().err


def test_check_takes_a_module_and_a_function_of_it(capsys, tmp_path, monkeypatch):
    """`check MODULE:FUNCTION` judges a function of units, at a point or at random ones."""
    (tmp_path / "my_losses.py").write_text(
        "from gatenet import Unit\n\n"
        "def square(x: Unit) -> Unit:\n    return x * x\n\n"
        "def bent(x: Unit) -> Unit:\n    return x.relu()\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))

    assert main(["check", "my_losses:square"]) == 0
    assert capsys.readouterr().out.endswith("1 of 1 function pass\n")
    assert main(["check", "my_losses:bent", "--at", "0"]) == 1
    assert "inconclusive" in capsys.readouterr().out
    assert main(["check", "my_losses:square", "--at", "2.5"]) == 0
    assert "inputs[0] = 2.5: analytic 5.0" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["check", "my_losses:square", "--at", "two"])


def test_check_says_what_is_near_a_name_that_is_nothing(capsys):
    """A misspelt gate, which is no module either, is answered with what comes near."""
    assert main(["check", "sigmod"]) == 1
    assert "did you mean sigmoid" in capsys.readouterr().err
    assert main(["check", "no_such_module:f"]) == 1
    assert "cannot import 'no_such_module'" in capsys.readouterr().err
