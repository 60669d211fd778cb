"""`python -m gatenet debug FILE`: the program runs as it would, its loss is found and debugged."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from gatenet import cli
from gatenet.errors import WiringError
from gatenet.modes import place_of
from gatenet.repl import program

ROOT = Path(__file__).parent.parent
NEURON = """
from gatenet import Unit
x = Unit(2.0)
weights = [Unit(3.0), Unit(4.0)]
loss = (x * weights[0] + weights[1]).tanh()
print("built")
"""


def written(folder: Path, text: str, name: str = "mine.py") -> Path:
    """A program in a file of its own."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def debugged(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *arguments: object,
    stdin: str = "",
) -> tuple[int, str, str]:
    """Exit code, output and errors of the command with these arguments."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
    code = cli.main(["debug", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_session(tmp_path, capsys, monkeypatch) -> None:
    """The program's prints come first, then what was chosen, then the prompt, to the byte."""
    path = written(tmp_path, NEURON)
    code, out, err = debugged(capsys, monkeypatch, path, stdin="n\nl\nq\n")

    assert (code, err) == (0, "")
    assert out == textwrap.dedent(f"""\
        built
        {path} ran. Debugging loss.
        loss = 1, from 3 gates and 3 leaves.
        n does the next gate, rn takes it back, c runs to the end, h helps, q leaves.
        (3 of 9, before the backward pass)
        (gatenet) n
        loss = tanh(u4): upstream 1 (the seed).
            To u4: 1 × 8.24461e-09 = 8.24461e-09, gathered 0 → 8.24461e-09 (pull 1 of 1).
        (4 of 9, backward)
        (gatenet) l
            row  unit                  value     gradient
            u0   x (input)                 2            –
            u1   weights[0] (input)        3            –
            u2   weights[1] (input)        4            –
            u3   u3 = x * weights[0]       6            –
            u4   u4 = u3 + weights[1]     10  8.24461e-09
        ->  u5   loss = tanh(u4)           1            1
        (gatenet) q
        Left at 4 of 9: the pass is taken back, every gradient is what it was before.
        """)


def test_commands_and_scripts(tmp_path, capsys, monkeypatch) -> None:
    """-c is obeyed before the prompt, --script instead of it; both are echoed."""
    path = written(tmp_path, NEURON)
    script = written(tmp_path, "# two steps\nn 2\np x\n", "steps")
    _, both, _ = debugged(capsys, monkeypatch, "-c", "n", "-c", "p x", path, stdin="q\n")
    _, alone, _ = debugged(capsys, monkeypatch, "--script", script, path, stdin="n\nn\nn\n")

    assert both.count("(gatenet) ") == 3
    assert alone.count("(gatenet) ") == 2
    assert "(gatenet) p x\nx (input): value 2, gradient –\n" in alone
    assert "Left at 5 of 9" in alone


def test_a_script_that_cannot_be_read(tmp_path, capsys, monkeypatch) -> None:
    """A missing script, or one that is no text, is one line before the program runs."""
    path = written(tmp_path, NEURON)
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for name in ("missing", "bytes"):
        code, out, err = debugged(capsys, monkeypatch, "--script", tmp_path / name, path)

        assert (code, out) == (1, "")
        assert err.startswith("gatenet debug: cannot read the script ")
        assert err.count("\n") == 1


def test_the_program_sees_its_own_world(tmp_path, capsys, monkeypatch) -> None:
    """__name__, sys.argv, sys.path[0], __file__ and imports beside it are as Python makes them."""
    written(tmp_path, "factor = 3.0", "beside_repl.py")
    path = written(
        tmp_path,
        """
        import sys
        import beside_repl
        from gatenet import Unit
        import __main__
        print(__name__, sys.argv[1:], sys.path[0], __file__, __main__.__file__)
        if __name__ == "__main__":
            loss = Unit(2.0) * beside_repl.factor
        """,
    )
    before = sys.argv, sys.path[:], sys.modules["__main__"]
    code, out, _ = debugged(capsys, monkeypatch, path, "--epochs", "3", "-c", "x")
    sys.modules.pop("beside_repl")

    assert code == 0
    assert out.startswith(
        f"__main__ ['--epochs', '3', '-c', 'x'] {tmp_path.resolve()} {path} {path}\n"
    )
    assert before == (sys.argv, sys.path[:], sys.modules["__main__"])
    assert list(tmp_path.glob("__pycache__/mine*")) == []


def test_modules_run_by_name(tmp_path, monkeypatch) -> None:
    """-m runs a module, or a package's __main__, with imports relative to it."""
    written(tmp_path, "size = 2.0", "repl_package/sizes.py")
    written(tmp_path, "", "repl_package/__init__.py")
    written(
        tmp_path,
        "from gatenet import Unit\nfrom .sizes import size\nloss = Unit(size) * 3\n",
        "repl_package/__main__.py",
    )
    monkeypatch.chdir(tmp_path)
    for name in ("repl_package", "repl_package.__main__"):
        ran = program.run(name, ["a"], module=True)
        for loaded in [key for key in sys.modules if key.startswith("repl_package")]:
            del sys.modules[loaded]

        assert ran.error is None
        assert program.loss_of(ran).unit.value == 6.0


@pytest.mark.parametrize(
    ("target", "module", "message"),
    [
        ("no/such/file.py", False, "there is no file 'no/such/file.py'; -m runs a module"),
        ("no_such_module", True, "there is no module 'no_such_module' to run"),
        ("no_such.module", True, "there is no module 'no_such.module' to run"),
        ("math", True, "there is no module 'math' to run, written in Python"),
        ("..x", True, "there is no module '..x' to run"),
    ],
)
def test_nothing_to_run(target: str, module: bool, message: str) -> None:
    """What cannot be found is named, with the mend."""
    with pytest.raises(WiringError, match="there is no") as caught:
        program.run(target, module=module)

    assert message in str(caught.value)


def test_lines_are_noted(tmp_path) -> None:
    """Every unit knows the line of the program that built it, as long as the program is held."""
    path = written(tmp_path, NEURON)
    ran = program.run(str(path))
    loss = ran.variables["loss"]

    assert place_of(loss) == f"{path}:5: loss = (x * weights[0] + weights[1]).tanh()"
    assert place_of(loss.inputs[0].inputs[0]) == place_of(loss)


# The choice of the loss.


@pytest.mark.parametrize(
    ("text", "why", "others"),
    [
        ("loss = x * 2", "loss", ()),
        ("loss = x * 2; extra = x * 3", "loss", ("extra",)),
        ("y = x * 2; z = y * 2", "z, which no other variable depends on", ()),
        ("y = x * 2; z = x * 2", "z, made last of what no other variable depends on",
         ("y",)),
        ("y = x * 2; z = x * 2; y.backward()", "y, which backward() was last called on", ("z",)),
        ("losses = [x * 2, x * 3]", "losses[1], made last of what no other variable depends on",
         ("losses[0]",)),
    ],
)  # fmt: skip
def test_choices(tmp_path, text: str, why: str, others: tuple[str, ...]) -> None:
    """The loss is the variable of that name, else what was swept, else the last output."""
    ran = program.run(str(written(tmp_path, f"from gatenet import Unit\nx = Unit(3.0)\n{text}\n")))
    choice = program.loss_of(ran)

    assert (choice.why, choice.others) == (why, others)


def test_a_loss_inside_a_function_is_found_by_its_backward(tmp_path) -> None:
    """A program whose units are no variables of the file is debugged where it called backward()."""
    text = """
    import gatenet
    from gatenet import Unit
    def main():
        first = Unit(2.0, "x") * 3.0
        gatenet.backward([first, first * 2.0])
    main()
    """
    ran = program.run(str(written(tmp_path, text)))

    assert [unit.value for unit in ran.swept] == [6.0, 12.0]
    assert program.loss_of(ran).unit.value == 12.0
    assert program.loss_of(ran).why == "the unit, which backward() was last called on"


def test_a_name_chooses(tmp_path) -> None:
    """--name takes a variable, an item of a list or a unit's own name."""
    text = """
    from gatenet import Unit
    x = Unit(2.0)
    losses = [x * 2, x * 3]
    table = {"train": x * 5}
    y = x * 7
    y.name = "seven"
    loss = losses[0] + losses[1]
    """
    ran = program.run(str(written(tmp_path, text)))

    def chosen(name: str) -> float:
        return program.loss_of(ran, name).unit.value

    assert [chosen(n) for n in ("y", "losses[0]", "losses[-1]", "table['train']", "seven")] == [
        14.0, 4.0, 6.0, 10.0, 14.0,
    ]  # fmt: skip
    for name in ("nothing", "losses", "losses[9]", "losses[x]"):
        with pytest.raises(WiringError, match="its units are: x, losses"):
            chosen(name)


def test_no_loss_at_all(tmp_path, capsys, monkeypatch) -> None:
    """A program that made no output says so in one line, with the mend."""
    code, _, err = debugged(capsys, monkeypatch, written(tmp_path, "x = 1"))

    assert code == 1
    assert "left no output of a gate in a variable" in err
    assert "gatenet.debug(loss)" in err


def test_gradients_of_the_program_are_not_doubled(tmp_path, capsys, monkeypatch) -> None:
    """Where the program called backward(), the gradients begin from zero and that is said."""
    path = written(tmp_path, NEURON + "loss.backward()\n")
    _, zeroed, _ = debugged(capsys, monkeypatch, "-c", "finish", "-c", "p x.grad", path)
    _, kept, _ = debugged(
        capsys, monkeypatch, "--keep-grads", "-c", "finish", "-c", "p x.grad", path
    )

    def gradient(out: str) -> float:
        return float(out.partition("(gatenet) p x.grad\n")[2].partition("\n")[0])

    assert "the gradients of 3 units begin from zero again here (--keep-grads" in zeroed
    assert "There is a gradient already, and this pass adds to it" in kept
    assert gradient(kept) == 2 * gradient(zeroed) != 0.0


def test_a_loss_that_went_stale_is_replayed(tmp_path, capsys, monkeypatch) -> None:
    """After an optimizer's step the circuit is replayed with the new values, and that is said."""
    text = """
    from gatenet import Unit
    w = Unit(3.0, role="parameter")
    loss = w * w
    loss.backward()
    w.value = 2.0
    """
    code, out, _ = debugged(capsys, monkeypatch, "-c", "n", written(tmp_path, text))

    assert code == 0
    assert "so it was replayed: 9 → 4.\n" in out
    assert "loss = w * w: upstream 1" in out


def test_the_seed(tmp_path, capsys, monkeypatch) -> None:
    """--seed is the loss's own gradient."""
    _, out, _ = debugged(capsys, monkeypatch, "--seed", "2.5", "-c", "n", written(tmp_path, NEURON))

    assert "loss = tanh(u4): upstream 2.5 (the seed)." in out


# Errors of the program.


def test_a_program_that_fails_shows_its_own_lines(tmp_path, capsys, monkeypatch) -> None:
    """The traceback holds the program's lines alone, with the message; the exit code is 1."""
    text = """
    from gatenet import Unit, detect_anomaly
    def inner(x):
        return x.log()
    with detect_anomaly():
        y = inner(Unit(-1.0, "x"))
    """
    path = written(tmp_path, text)
    code, out, err = debugged(capsys, monkeypatch, path)

    assert (code, out) == (1, "")
    assert err.startswith(f'Traceback (most recent call last):\n  File "{path}", line 6, in <mod')
    assert "log gave nan at x=-1.0 (unit 'x'): its domain is x > 0" in err
    assert str(ROOT / "gatenet") not in err
    assert "importlib" not in err
    assert err.count("  File ") == 2


def test_errors_under_errors(tmp_path) -> None:
    """The causes of an error are shown as Python shows them."""
    text = """
    try:
        1 / 0
    except ZeroDivisionError as error:
        raise ValueError("wrong") from error
    """
    trouble = program.run(str(written(tmp_path, text))).trouble

    assert "ZeroDivisionError: division by zero" in trouble
    assert "direct cause" in trouble
    assert trouble.endswith("ValueError: wrong")
    assert trouble.count("  File ") == 2


def test_a_syntax_error(tmp_path, capsys, monkeypatch) -> None:
    """A program that cannot be read is shown with its line."""
    code, _, err = debugged(capsys, monkeypatch, written(tmp_path, "x = = 1"))

    assert code == 1
    assert "SyntaxError: invalid syntax" in err
    assert "x = = 1" in err
    assert "frozen" not in err


def test_a_program_that_fails_after_its_loss_can_be_looked_at(
    tmp_path, capsys, monkeypatch
) -> None:
    """As after a crash in pdb: the traceback, then the debugger on what had been made."""
    path = written(tmp_path, NEURON + "raise RuntimeError('too late')\n")
    code, out, err = debugged(capsys, monkeypatch, "-c", "n", path)

    assert code == 1
    assert err.rstrip().endswith("RuntimeError: too late")
    assert f"{path} failed; what it had made is here. Debugging loss." in out
    assert "loss = tanh(u4): upstream 1" in out


@pytest.mark.parametrize(("status", "code"), [("", 0), ("0", 0), ("3", 1), ("'no'", 1)])
def test_sys_exit(tmp_path, capsys, monkeypatch, status: str, code: int) -> None:
    """sys.exit() is an end like another, unless it tells of an error."""
    path = written(tmp_path, NEURON + f"import sys; sys.exit({status})\n")

    assert debugged(capsys, monkeypatch, "-c", "q", path)[0] == code


def test_hostile_variables(tmp_path, capsys, monkeypatch) -> None:
    """Whatever a program has in its variables, what is printed is harmless lines."""
    text = r"""
    from gatenet import Unit
    class Odd:
        __class__ = property(lambda self: 1 / 0)
        def __eq__(self, other): raise RuntimeError
        def __getattr__(self, name): raise RuntimeError(name)
    odd = Odd()
    table = {"\x1b[2J": Unit(2.0), odd.__hash__ and 3: odd, (1, 2): Unit(3.0)}
    recursive = []
    recursive.append(recursive)
    loss = table["\x1b[2J"] * 2.0
    """
    code, out, _ = debugged(capsys, monkeypatch, "-c", "l", written(tmp_path, text))

    assert code == 0
    assert "table['\\\\x1b[2J'] * 2" in out or "table['\\x1b[2J'] * 2" in out
    assert all(line.isprintable() for line in out.splitlines())


def test_over_a_pipe(tmp_path) -> None:
    """In a process of its own, commands come over a pipe and the transcript is byte-stable."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "50"}
    commands = "b nan\nc\ngenealogy\nq\n"
    runs = [
        subprocess.run(
            [sys.executable, "-W", "error", "-m", "gatenet", "debug", "examples/nan_hunt.py"],
            cwd=ROOT,
            env={**environment, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            input=commands,
            capture_output=True,
            encoding="utf-8",
        )
        for seed in ("1", "2")
    ]

    assert [run.returncode for run in runs] == [0, 0]
    assert runs[0].stderr == runs[1].stderr == ""
    assert runs[0].stdout == runs[1].stdout
    assert "Breakpoint 1: nan is born\nu20 = u18 ** 2: upstream -inf.\n" in runs[0].stdout
    assert "It was built at examples/nan_hunt.py:" in runs[0].stdout


def test_the_help_of_the_command(capsys) -> None:
    """`debug --help` tells of every option; without FILE it is error 2."""
    with pytest.raises(SystemExit) as caught:
        cli.main(["debug", "--help"])
    text = capsys.readouterr().out
    with pytest.raises(SystemExit) as missing:
        cli.main(["debug"])
    said = capsys.readouterr().err

    assert (caught.value.code, missing.value.code) == (0, 2)
    assert said.endswith("error: the following arguments are required: FILE\n")
    for option in ("-m", "-c COMMAND", "--script", "--name", "--seed", "--keep-grads", "--history"):
        assert option in text
