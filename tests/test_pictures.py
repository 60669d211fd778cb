"""The pictures of the pages: made by scripts, small, each shown and described, and harmless."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))
FOLDER = ROOT / "docs" / "pictures"
FILES = sorted(FOLDER.iterdir())
NAMESPACE = "{http://www.w3.org/2000/svg}"


def script(name: str) -> ModuleType:
    """A module of the folder docs."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


terminal = script("terminal")


def shown() -> dict[str, str]:
    """Every picture of the folder that a page shows, with the words beside it."""
    found = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for words, name in re.findall(r"!\[([^\]]*)\]\(pictures/([^)]+)\)", text):
            found[name] = " ".join(words.split())
    return found


def test_every_picture_is_shown_and_described() -> None:
    """The folder holds what the pages show, and each has words for those who do not see it."""
    assert {path.name for path in FILES} == set(shown())
    assert [name for name, words in shown().items() if len(words) < 25] == []


def test_scripts_make_them_all() -> None:
    """`docs/pictures.py --list` names every file of the folder that no other script writes."""
    others = [(ROOT / "docs" / f"{name}.py").read_text() for name in ("points", "schedules")]
    theirs = {path.name for path in FILES if any(path.name in text for text in others)}
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "pictures.py"), "--list"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert len(theirs) == 3
    assert set(done.stdout.split()) | theirs == {path.name for path in FILES}


def test_a_name_that_no_picture_has_is_answered() -> None:
    """An unknown name makes nothing, lists what there is, and fails."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "pictures.py"), "nothing"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert "mlp.svg" in done.stdout


def test_they_are_small() -> None:
    """All together stay under 1.5 MB, so that a clone stays quick."""
    assert sum(path.stat().st_size for path in FILES) < 1_500_000


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix == ".svg"], ids=lambda p: p.name)
def test_an_svg_is_well_formed_and_harmless(path: Path) -> None:
    """No script, no handler, nothing from outside; a title says what it is."""
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))

    assert root.tag == NAMESPACE + "svg"
    assert root.find(NAMESPACE + "title") is not None
    for element in root.iter():
        assert not element.tag.endswith(("script", "foreignObject", "image", "}a"))
        for key, value in element.attrib.items():
            assert not key.lower().startswith("on")
            assert "://" not in value
        if element.tag.endswith("style"):
            assert not re.search(r"@import|url\s*\(", element.text or "")


def test_a_screen_is_read_as_a_terminal_shows_it() -> None:
    """Returns and backspaces overwrite, colours begin and end, other codes vanish."""
    sent = "\x1b[?2004hab\rc\x1b[32md\x1b[0me\r\n"
    sent += "\x1b]0;title\x07x\by\x1b[1;91mz\x1b[39m!\x1b[K\r\n\r\n"
    lines = [[tuple(run) for run in line] for line in terminal.screen(sent)]

    assert lines == [
        [(0, "c", ""), (1, "d", "green"), (2, "e", "")],
        [(0, "y", ""), (1, "z", "bold red"), (2, "!", "bold")],
    ]


def test_colours_past_the_sixteen_are_left_out() -> None:
    """Codes of 256 and of true colours are skipped with their numbers, and only they."""
    (line,) = terminal.screen("\x1b[38;5;196;1ma\x1b[0;48;2;1;2;3;3mb")

    assert [tuple(run) for run in line] == [(0, "a", "bold"), (1, "b", "italic")]


def test_a_painted_session_reads_as_it_was() -> None:
    """Every letter that was shown stands in the SVG, markup as text, each run in its column."""
    said = "a < b & c\r\n    \x1b[1mbold\x1b[0m  \x1b[31m</svg><script>\x1b[0m\r\n"
    root = ElementTree.fromstring(terminal.painted(said, title='one "two" <three>'))
    texts = [e for e in root.iter(NAMESPACE + "text") if e.get("class") != "title"]

    assert [e.text for e in texts] == ["a < b & c", "bold", "</svg><script>"]
    columns = [(float(e.get("x", "")) - terminal.PAD) / terminal.CELL for e in texts]
    assert columns == pytest.approx([0, 4, 10], abs=0.02)
    assert root.find(NAMESPACE + "title").text == 'one "two" <three>'  # type: ignore[union-attr]


ECHO = """
import sys
print(sys.stdin.isatty(), flush=True)
while True:
    word = input("> ")
    print("got", word, flush=True)
    if word == "end":
        break
"""


def test_a_conversation_through_a_terminal() -> None:
    """Each line is typed when its prompt stands, and all that was shown comes back."""
    pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    said = terminal.conversed([sys.executable, "-c", ECHO], ["one", "end"], prompt="> ")
    lines = ["".join(run.text for run in line) for line in terminal.screen(said)]

    assert lines == ["True", "> one", "got one", "> end", "got end"]


def test_a_program_that_ends_too_soon_is_told() -> None:
    """What it had shown stands in the error."""
    pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    with pytest.raises(RuntimeError, match=r"ended before its prompt.*oh dear"):
        terminal.conversed([sys.executable, "-c", "print('oh dear')"], ["x"], prompt="> ")
