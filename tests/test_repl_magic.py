"""%backprop in IPython, and the debugger inside a notebook."""

from __future__ import annotations

import builtins
import io
import sys
from typing import Any

import pytest

import gatenet
from gatenet import Circuit, Stepper, Unit
from gatenet.errors import GatenetError
from gatenet.repl.magic import chosen, load_ipython_extension


def test_what_is_chosen() -> None:
    """The magic takes a variable with a unit, a circuit or a stepper, and a seed."""
    loss, circuit = Unit(1.0) * 2.0, Circuit(Unit(1.0) * 3.0)
    stepper = Stepper(circuit)
    variables = {"loss": loss, "losses": [loss], "circuit": circuit, "stepper": stepper, "n": 3}

    assert chosen("loss", variables) == (loss, 1.0)
    assert chosen(" losses[0]  -2.5 ", variables) == (loss, -2.5)
    assert chosen("circuit", variables) == (circuit, 1.0)
    assert chosen("stepper", variables) == (stepper, 1.0)
    for line in ("", "n", "nothing", "loss two", "__import__('os')"):
        with pytest.raises(GatenetError, match="backprop"):
            chosen(line, variables)


def test_in_ipython(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """%load_ext and %backprop work in a real IPython shell, which asks through its own input()."""
    shells = pytest.importorskip("IPython.core.interactiveshell")
    typed = iter(["n", "", "q"])
    prompts: list[str] = []

    def asked(prompt: str = "") -> str:
        prompts.append(prompt)
        return next(typed)

    shell = shells.InteractiveShell()
    shell.run_cell("from gatenet import Unit\nx = Unit(3.0)\nloss = x * x")
    monkeypatch.setattr(builtins, "input", asked)  # as ipykernel does
    shell.run_line_magic("load_ext", "gatenet.repl.magic")
    shell.run_line_magic("backprop", "loss 2")
    said = capsys.readouterr().out

    assert prompts == ["(gatenet) "] * 3
    assert "loss = x * x: upstream 2 (the seed)." in said
    assert "x is an input: its 2 pulls brought 12. x.grad 0 → 12." in said
    assert "The pass is complete: x.grad = 12." in said


def test_registered_without_ipython(capsys: pytest.CaptureFixture[str]) -> None:
    """The extension asks nothing of a shell but to register one line magic."""
    registered: dict[str, Any] = {}

    class Shell:
        def __init__(self) -> None:
            self.user_ns = {"loss": Unit(2.0) * 3.0}

        def register_magic_function(self, function: Any, **options: Any) -> None:
            registered[options["magic_name"]] = (function, options["magic_kind"])

    load_ipython_extension(Shell())
    function, kind = registered["backprop"]
    stdin, sys.stdin = sys.stdin, io.StringIO("n\n")
    try:
        function("loss")
    finally:
        sys.stdin = stdin

    assert kind == "line"
    assert "(gatenet) n\nloss = u0 * 3: upstream 1" in capsys.readouterr().out


def test_a_notebook_s_input_is_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where input() is the notebook's, debug() asks it, also without a terminal; Ctrl-C returns."""

    answers: list[Any] = ["n", KeyboardInterrupt(), "rn", EOFError()]

    def asked(prompt: str = "") -> str:
        answer = answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return str(answer)

    monkeypatch.setattr(builtins, "input", asked)
    gatenet.debug(Unit(2.0, "x") * 3.0, names={})
    said = capsys.readouterr().out

    assert answers == []
    assert said.index("upstream 1") < said.index("--KeyboardInterrupt--") < said.index("Taken back")
