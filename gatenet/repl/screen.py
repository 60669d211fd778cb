"""The screen: lines and tables for a terminal, a pipe or a string, in colour where it is wanted.

Plain text by default.  On a terminal where rich is installed, numbers are coloured by their sign
and tables have a rule under their head; NO_COLOR and TERM=dumb are honoured.  Colour never says
anything that the text does not.  What reaches the stream was made harmless first: no name and no
typed line can send a control character to the terminal.
"""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple, TextIO

from gatenet.texts import ELLIPSIS, shortened, shown

NARROWEST, WIDEST, PIPED = 40, 200, 80
"""The least and the most columns that are used, and how many where there is no terminal."""
GAP = "  "

_STYLES = {
    "title": "bold",
    "quiet": "dim",
    "here": "bold green",
    "fault": "bold red",
    "plus": "color(33)",
    "minus": "color(208)",
    "broken": "bold magenta",
}
_NUMBER = re.compile(r"(?<![\w.'\"])-?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|inf|nan)(?![\w'\"]|\.\w)")
_ASCII = str.maketrans({"×": "*", "→": "->", "–": "-", "−": "-", "∂": "d", "·": "*", ELLIPSIS: "~"})


class Column(NamedTuple):
    """A column: its title, whether it holds numbers, and how far its texts may be shortened.

    `least` 0 says not at all: what is a number is shown whole or on a line of its own.
    """

    title: str
    number: bool = False
    least: int = 0


class Screen:
    """Where the debugger writes.

    >>> import sys
    >>> screen = Screen(sys.stdout)
    >>> screen.table([Column("unit"), Column("value", True)], [["x", "2"], ["loss", "0.25"]])
    unit  value
    x         2
    loss   0.25
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.terminal = _is_terminal(stream)
        encoding = getattr(stream, "encoding", None) or "utf-8"
        self._encoding = "" if encoding.lower().replace("-", "") == "utf8" else encoding

    @property
    def width(self) -> int:
        """How many columns there are now; always 80 where there is no terminal."""
        if not self.terminal:
            return PIPED
        return min(max(shutil.get_terminal_size((PIPED, 24)).columns, NARROWEST), WIDEST)

    @cached_property
    def _paint(self) -> Any:
        """Rich's console, where colour is wanted and can be had."""
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "") in ("dumb", "unknown", "")
        if plain or not self.terminal:
            return None
        try:
            from rich.console import Console
        except ImportError:
            return None
        return Console(file=self.stream, highlight=False, markup=False, emoji=False)

    def say(self, text: str = "", style: str = "", indent: str = "") -> None:
        """Write a text, each of its lines made harmless; on a terminal wrapped between words."""
        for line in text.split("\n"):
            line = shown(line, max(len(line), 1) * 10)
            for part in wrapped(line, self.width, indent) if self.terminal else [line]:
                self._line(part, style)

    def raw(self, text: str) -> None:
        """Write one harmless line as it is: program text, whose blanks mean something."""
        self._line(text, "quiet")

    def flush(self) -> None:
        """Let whatever was written be seen."""
        self.stream.flush()

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
        """Write rows under their titles; where they do not fit, names are shortened.

        Where even that is too wide each row takes several lines, and its numbers stand whole.
        """
        cells = [[shown(cell, 2000) for cell in row] for row in rows]
        widths = fitted(columns, cells, self.width)
        if widths is None:
            for row in cells:
                self._stacked(columns, row)
            return
        head = [column.title for column in columns]
        if any(head):
            self._row(columns, head, widths, "title")
        for row in cells:
            self._row(columns, row, widths, "")

    def _row(
        self, columns: Sequence[Column], row: Sequence[str], widths: Sequence[int], style: str
    ) -> None:
        line = GAP.join(
            padded(cut(cell, width), width, column.number)
            for cell, width, column in zip(row, widths, columns, strict=True)
        )
        self._line(line.rstrip(), style or ("here" if row[0].endswith("->") else ""))

    def _stacked(self, columns: Sequence[Column], row: Sequence[str]) -> None:
        """One row of a table on lines of its own: the texts, then the numbers with their titles."""
        texts = [cell for cell, column in zip(row, columns, strict=True) if not column.number]
        self._line(cut(" ".join(cell for cell in texts if cell), self.width))
        numbers = [
            f"{column.title} {cell}".strip()
            for cell, column in zip(row, columns, strict=True)
            if column.number and cell
        ]
        for part in wrapped(GAP.join(numbers), self.width - 4, ""):
            self._line("    " + part.strip())

    def _line(self, text: str, style: str = "") -> None:
        """Write one line that is harmless and fits."""
        if self._encoding:
            text = text.translate(_ASCII).encode(self._encoding, "replace").decode(self._encoding)
        if self._paint is None:
            self.stream.write(text + "\n")
            return
        from rich.text import Text

        line = Text(text, style=_STYLES.get(style, ""))
        if style in ("", "here"):
            for match in _NUMBER.finditer(text):
                line.stylize(_STYLES[_sign(match[0])], *match.span())
        self._paint.print(line, soft_wrap=True)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # something that only has write(), or is closed
        return False


def _sign(number: str) -> str:
    """The style of a number: by its sign, or that it is none."""
    if number.lstrip("-") in ("inf", "nan"):
        return "broken"
    return "minus" if number.startswith("-") else "plus"


def cells(text: str) -> int:
    """How many columns of a terminal a text takes.

    >>> cells("loss"), cells("損失"), cells("e\N{COMBINING ACUTE ACCENT}")
    (4, 4, 1)
    """
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Me", "Cf")
        else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )


def padded(text: str, width: int, right: bool) -> str:
    """Fill a text up to a width with blanks."""
    blanks = " " * (width - cells(text))
    return blanks + text if right else text + blanks


def cut(text: str, width: int) -> str:
    """Shorten a text to a width, between whole letters and never inside a number.

    >>> cut("loss = w * 12.5", 14)
    'loss = w * …'
    """
    if cells(text) <= width:
        return text
    end = width
    while end > 1 and cells(shortened(text, end)) > width:
        end -= 1
    short = shortened(text, end)
    kept = short[:-1]
    if re.search(r"(?:^|[^\w.])-?[\d.]+(?:e[-+]?\d*)?$", kept) and re.match(
        r"[\d.e]", text[len(kept) :]
    ):
        return re.sub(r"-?[\d.]+(?:e[-+]?\d*)?$", "", kept) + ELLIPSIS
    return short


def fitted(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int
) -> list[int] | None:
    """The widths of the columns so that a table fits, or None where it cannot."""
    widths = [
        max([cells(column.title), *(cells(row[k]) for row in rows)])
        for k, column in enumerate(columns)
    ]
    over = sum(widths) + len(GAP) * (len(widths) - 1) - width
    while over > 0:
        spare = [(widths[k] - c.least, k) for k, c in enumerate(columns) if c.least]
        room, k = max(spare, default=(0, 0))
        if room <= 0:
            return None
        step = min(over, max(1, room // 4))  # a little from the one with most to give, again
        widths[k] -= step
        over -= step
    return widths


def wrapped(line: str, width: int, indent: str) -> list[str]:
    """Break a line between words so that each part fits; later parts are indented.

    A word that is longer than a line is broken where it must.
    """
    if cells(line) <= width:
        return [line]
    parts, now = [], ""
    for word in re.findall(r"\s*\S+", line):
        if now.strip() and cells(now + word) > width:
            parts.append(now)
            now = indent + word.lstrip()
        else:
            now += word
        while cells(now) > width:
            end = width
            while cells(now[:end]) > width:
                end -= 1
            parts.append(now[:end])
            now = indent + now[end:]
    return [*parts, now] if now.strip() else parts
