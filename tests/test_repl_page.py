"""docs/debugger.md: each session on the page is typed into the debugger again."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest

from gatenet import cli

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "debugger.md").read_text(encoding="utf-8")
SESSIONS = re.findall(r"^```console\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
PROMPT = "(gatenet) "


def replayed(session: str, monkeypatch: pytest.MonkeyPatch, capsys) -> str:
    """What a session prints when its commands are typed again, in the repository."""
    command, *lines = session.splitlines()
    typed = [line.removeprefix(PROMPT) for line in lines if line.startswith(PROMPT)]
    start = "$ python -m gatenet "
    assert command.startswith(start)
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(typed) + "\n"))
    code = cli.main(command.removeprefix(start).split())
    assert code == 0
    return f"{command}\n{capsys.readouterr().out}"


def alike(stated: str, said: str) -> bool:
    """Whether they are equal; a line of three dots stands for any lines."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else re.escape(line) + "\n" for line in stated.splitlines()
    )
    return re.fullmatch(pattern, said) is not None


@pytest.mark.parametrize("session", SESSIONS, ids=range(len(SESSIONS)))
def test_a_session_of_the_page(session: str, monkeypatch, capsys) -> None:
    """A session prints, character for character, what the page says."""
    said = replayed(session, monkeypatch, capsys)

    assert alike(session, said), said


def test_the_page_has_sessions() -> None:
    """The page teaches by sessions, and a session that says another thing is not alike."""
    assert len(SESSIONS) >= 6
    assert alike("a\n...\nd\n", "a\nb\nc\nd\n")
    assert not alike("a\n...\nd\n", "a\nb\nc\nd\ne\n")
