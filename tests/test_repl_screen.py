"""What reaches the terminal: whole numbers, harmless text, lines that fit, colour where due."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from gatenet.repl.columns import Column, cells, cut, fitted, wrapped
from gatenet.repl.screen import Screen


class Terminal(io.StringIO):
    """A string that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def screen(
    monkeypatch: pytest.MonkeyPatch, columns: int, **environment: str
) -> tuple[Screen, Terminal]:
    """A screen on a terminal of so many columns."""
    for name in ("NO_COLOR", "COLORTERM", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm-256color")
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    stream = Terminal()
    return Screen(stream), stream


UNITS = [Column(""), Column("row"), Column("unit", least=10), Column("value", True)]
ROWS = [
    ["", "u1", "weight = layers.0.neurons.1.weights.0 * 12.5", "-0.00123457"],
    ["B->", "u22", "損失 = tanh(weight)", "-1.23457e-308"],
    ["", "u3", "x (input)", "nan"],
]


@pytest.mark.parametrize("width", [40, 47, 60, 80, 160, 200])
def test_tables_fit_and_cut_no_number(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """At any width from 40 to 200 no line is too long and every number is whole."""
    made, stream = screen(monkeypatch, width, NO_COLOR="1")
    made.table(UNITS, ROWS)
    text = stream.getvalue()

    assert max(cells(line) for line in text.splitlines()) <= width
    for row in ROWS:
        assert row[-1] in text
    assert re.findall(r"\bu\d+\b", text) == ["u1", "u22", "u3"]


def test_a_table_that_cannot_fit_is_stacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the numbers alone are too wide, each row takes several lines with its titles."""
    made, stream = screen(monkeypatch, 40, NO_COLOR="1")
    columns = [Column("unit", least=8), *(Column(f"n{k}", True) for k in range(5))]
    made.table(columns, [["loss", *["-1.23457e-308"] * 5]])

    assert stream.getvalue() == (
        "loss\n"
        "    n0 -1.23457e-308  n1 -1.23457e-308\n"
        "    n2 -1.23457e-308  n3 -1.23457e-308\n"
        "    n4 -1.23457e-308\n"
    )


def test_plain_tables_are_byte_stable() -> None:
    """On no terminal a table is laid out for 80 columns, whatever the environment says."""
    stream = io.StringIO()
    Screen(stream).table(
        [Column(""), Column("unit"), Column("value", True)], [["->", "x", "2"], ["", "long", "-1"]]
    )

    assert stream.getvalue() == "    unit  value\n->  x         2\n    long     -1\n"


def test_long_lines_are_wrapped_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe gets each line whole; a terminal gets it broken between words."""
    line = "    To u1: " + "-0.123456 × 12345.6 = -1524.14, " * 4
    piped = io.StringIO()
    Screen(piped).say(line)
    made, stream = screen(monkeypatch, 40, NO_COLOR="1")
    made.say(line)
    parts = stream.getvalue().splitlines()

    assert piped.getvalue() == line + "\n"
    assert len(parts) > 3
    assert all(cells(part) <= 40 for part in parts)
    assert all(part.startswith("      ") for part in parts[1:])
    assert " ".join("".join(parts).split()) != ""
    assert [w for p in parts for w in p.split()] == line.split()


def test_no_control_character_reaches_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """Escapes, bells, backspaces and turns of direction are written as text."""
    wild = "a\x1b]0;title\x07\x08\x9b2J\u202e\u2028b\r\x00\ud800"
    for stream in (io.StringIO(), Terminal()):
        made = Screen(stream)
        made.say(wild)
        made.raw(wild.replace("\n", ""))
        made.table([Column(wild), Column("n", True)], [[wild, wild]])
        text = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())

        assert not set(text) & set("\x1b\x07\x08\x9b\r\x00\u202e\u2028\ud800")


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}])
def test_colour_is_left_out_where_it_is_not_wanted(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_COLOR and a dumb terminal get plain text."""
    made, stream = screen(monkeypatch, 80, **environment)
    made.say("x.grad = -1", "title")

    assert stream.getvalue() == "x.grad = -1\n"


def test_colour_says_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """With rich a terminal gets colour by sign, and the same text; markup in names is just text."""
    pytest.importorskip("rich")
    made, stream = screen(monkeypatch, 80)
    plain, plain_stream = screen(monkeypatch, 80)
    plain.__dict__["_paint"] = None
    for one in (made, plain):
        one.say("To [red]x[/red] :smile: 1 × -2 = -2, gathered 0 → nan (path 1 of 2).")
        one.table(UNITS, ROWS)
    coloured = stream.getvalue()

    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain_stream.getvalue()
    assert "\x1b[" in coloured
    colour = {number: re.search(rf"\x1b\[([0-9;]*)m{number}\x1b", coloured) for number in
              ("1", "-2", "nan", "0")}  # fmt: skip
    codes = [match[1] for match in colour.values() if match]
    assert len(codes) == len(set(codes)) == 3  # the 0 has no sign


def test_without_rich_a_terminal_gets_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rich is not installed everything is said all the same."""
    import sys

    made, stream = screen(monkeypatch, 80)
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    made.say("x.grad = -1")

    assert stream.getvalue() == "x.grad = -1\n"


def test_a_terminal_without_unicode(tmp_path: Any) -> None:
    """Where the encoding has no × or arrow, ASCII stands for them, and ? for the rest."""
    with open(tmp_path / "out", "w", encoding="ascii") as file:
        Screen(file).say("1 × 2 → – ∂x … 損")

    assert (tmp_path / "out").read_text() == "1 * 2 -> - dx ~ ?\n"


def test_widths() -> None:
    """Wide letters take two columns, marks none."""
    assert [cells(text) for text in ("abc", "損失", "e\u0301", "→", "👍🏽")] == [3, 4, 1, 1, 4]


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("loss = w * 12.5", 15, "loss = w * 12.5"),
        ("loss = w * 12.5", 14, "loss = w * …"),
        ("loss = w * -1e-05", 16, "loss = w * …"),
        ("layers.10.weight", 9, "layers…"),
        ("損失損失", 5, "損失…"),
    ],
)
def test_cutting(text: str, width: int, expected: str) -> None:
    """A text is cut between letters; a number that would be cut is left out whole."""
    assert cut(text, width) == expected


def test_fitting() -> None:
    """Only columns that may be are made narrower, the widest first; None where it is not enough."""
    columns = [Column("a", least=5), Column("b", True), Column("c", least=5)]

    assert fitted(columns, [["x" * 30, "1" * 10, "y" * 10]], 60) == [30, 10, 10]
    assert fitted(columns, [["x" * 30, "1" * 10, "y" * 10]], 40) == [16, 10, 10]
    assert fitted(columns, [["x" * 30, "1" * 10, "y" * 10]], 23) is None


def test_wrapping_breaks_long_words() -> None:
    """A word longer than a line is broken; nothing is lost."""
    assert wrapped("  abcdefghij", 5, "    ") == ["  abc", "    d", "    e", "    f", "    g",
                                                  "    h", "    i", "    j"]  # fmt: skip
    assert wrapped("a b", 5, "") == ["a b"]
