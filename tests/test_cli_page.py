"""docs/cli.md: each command on the page is run again, on the tables of the page."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from gatenet.cli import main
from gatenet.cli.commandline import COMMANDS, build_parser

PAGE = (Path(__file__).parent.parent / "docs" / "cli.md").read_text(encoding="utf-8")
TABLES = re.findall(r"^```csv\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
SESSIONS = re.findall(r"^```console\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
START = "$ python -m gatenet "


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """Every transcript of the page is what its commands print, in the page's order."""
    monkeypatch.chdir(tmp_path)
    for name, text in zip(("exams.csv", "new.csv"), TABLES, strict=True):
        Path(name).write_text(text, encoding="utf-8")
    seen = 0
    for session in SESSIONS:
        for stated in session.removeprefix(START).split(START):
            command, _, wanted = stated.partition("\n")
            code = main(shlex.split(command))
            said = capsys.readouterr()
            found = said.out if code == 0 else said.err
            assert (code, f"{command}\n{found}") == (int("gatenet " in wanted), stated)
            seen += 1
    assert seen == 11


def test_the_page_lists_every_command() -> None:
    """The table of the page has a row for each command, and no other."""
    listed = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    text = build_parser().format_help()

    assert len(listed) == len(COMMANDS)
    assert all(f"\n    {name} " in text for name in listed)
