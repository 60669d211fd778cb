"""The screen: lines and tables for a terminal, a pipe or a string, in colour where it is wanted.

Plain text by default.  On a terminal where rich is installed, numbers are coloured by their sign,
heads are bold and the gate at work stands out; NO_COLOR and TERM=dumb are honoured.  Colour never
says anything that the text does not.  What reaches the stream was made harmless first: no name and
no typed line can send a control character to the terminal.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from functools import cached_property
from typing import Any, TextIO

from gatenet.repl.columns import GAP, Column, cells, cut, fitted, padded, reflowed, wrapped
from gatenet.texts import ELLIPSIS, shown

NARROWEST, WIDEST, PIPED = 40, 200, 80
"""The least and the most columns that are used, and how many where there is no terminal."""

_STYLES = {
    "title": "bold",
    "quiet": "dim",
    "here": "bold color(35)",
    "fault": "bold color(167)",
    "plus": "color(33)",
    "minus": "color(166)",
    "broken": "bold color(163)",
}  # each is legible on black and on white
_NUMBER = re.compile(r"(?<![\w.'\"])-?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|inf|nan)(?![\w'\"]|\.\w)")
#: What stands before a number that is a value or a gradient, and not a count or a place.
_BEFORE = re.compile(r"(?:[=×→·:]|upstream|gathered|value|gradient|brings|brought|grad|^ )\s$")
_ASCII = str.maketrans({"×": "*", "→": "->", "–": "-", "−": "-", "∂": "d", "·": "*", ELLIPSIS: "~"})


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

    def say(self, text: str = "", style: str = "", hang: int = 2) -> None:
        """Write a text, each of its lines made harmless; on a terminal wrapped between words.

        What is left of an indented line is indented a little more, by `hang`.
        """
        for line in text.split("\n"):
            line = shown(line, max(len(line), 1) * 10)
            blanks = len(line) - len(line.lstrip())
            indent = " " * (blanks + hang if blanks else 0)
            for part in wrapped(line, self.width, indent) if self.terminal else [line]:
                self._line(part, style)

    def tell(self, text: str) -> None:
        """Write a text that was laid out for 80 columns; in a narrower place its prose anew."""
        self.say(reflowed(text) if self.width < PIPED else text)

    def raw(self, text: str) -> None:
        """Write one line as it is, not wrapped: program text, whose blanks mean something."""
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
        spans, line = [], ""
        texts = "here" if row[0].endswith("->") else style
        for k, (cell, width, column) in enumerate(zip(row, widths, columns, strict=True)):
            start = len(line) + len(GAP if k else "")
            line += (GAP if k else "") + padded(cut(cell, width), width, column.number)
            spans.append((style or _sign(cell) if column.number else texts, start, len(line)))
        self._line(line.rstrip(), "", spans)

    def _stacked(self, columns: Sequence[Column], row: Sequence[str]) -> None:
        """One row of a table on lines of its own: the texts, then the numbers with their titles."""
        texts = [cell for cell, column in zip(row, columns, strict=True) if not column.number]
        self._line(cut(" ".join(cell for cell in texts if cell), self.width))
        line = ""
        for cell, column in zip(row, columns, strict=True):
            item = f"{column.title} {cell}".strip() if column.number and cell else ""
            if line and item and cells(line + GAP + item) > self.width:
                self._line(line)
                line = ""
            line = line + GAP + item if line else "    " + item if item else ""
        if line:
            self._line(line)

    def _line(
        self, text: str, style: str = "", spans: Sequence[tuple[str, int, int]] | None = None
    ) -> None:
        """Write one line that is harmless and fits."""
        if not text.isprintable():  # the last gate of all: nothing else writes here
            text = shown(text, len(text) * 10)
        if self._encoding:
            text = text.translate(_ASCII).encode(self._encoding, "replace").decode(self._encoding)
        if self._paint is None:
            self.stream.write(text + "\n")
            return
        from rich.text import Text

        line = Text(text, style=_STYLES.get(style, ""))
        for name, start, end in _marked(text) if spans is None and not style else spans or ():
            line.stylize(_STYLES.get(name, ""), start, end)
        self._paint.print(line, soft_wrap=True)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # something that only has write(), or is closed
        return False


def _sign(text: str) -> str:
    """The style of a number by its sign; 0 has none, and what is not finite is broken."""
    number = text.partition(" ")[0]
    if number.lstrip("-") in ("inf", "nan"):
        return "broken"
    if not number.strip("-–0.") or not number[-1:].isdigit():
        return ""
    return "minus" if number.startswith("-") else "plus"


def _marked(text: str) -> list[tuple[str, int, int]]:
    """The values and gradients in a sentence: (style, start, end)."""
    return [
        (_sign(match[0]), *match.span())
        for match in _NUMBER.finditer(text)
        if match[0][0] in "-in" or _BEFORE.search(text[: match.start()][-12:])
    ]
