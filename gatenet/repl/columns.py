"""Columns: how wide a text is on a terminal, and how tables and lines are made to fit.

Numbers are never cut.  Knows texts; writes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from gatenet.texts import ELLIPSIS, shortened

GAP = "  "
"""What stands between two columns."""


class Column(NamedTuple):
    """A column: its title, whether it holds numbers, and how far its texts may be shortened.

    `least` 0 says not at all: what is a number is shown whole or on a line of its own.
    """

    title: str
    number: bool = False
    least: int = 0


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
    kept = shortened(text, end)[:-1]
    # Digits right before the ellipsis would read as the beginning of a longer number.
    return re.sub(r"(?:(?<![\w.])-)?[\d.]+(?:e[-+]?\d*)?$", "", kept) + ELLIPSIS


def reflowed(text: str) -> str:
    """Join the lines of prose that was laid out for a certain width, to be wrapped anew.

    Indented lines, and lists after a dash, keep their lines.

    >>> reflowed("one\\ntwo\\n\\n- three\\n  four\\n  0 = 1 (+) ·\\n      2\\nfive")
    'one two\\n\\n- three four\\n  0 = 1 (+) · 2\\nfive'
    """
    lines: list[str] = []
    for line in text.split("\n"):
        before = lines[-1] if lines else ""
        blanks = len(line) - len(line.lstrip())
        prose = before.strip() != "" and line.strip() != ""
        goes_on = before.endswith(("·", "←")) or (
            blanks == 2 and before.startswith("- ")
            if blanks
            else not before.startswith((" ", "- ")) and not line.startswith("- ")
        )
        if prose and goes_on and not (blanks == 2 and "=" in line):
            lines[-1] = f"{before} {line.strip()}"
        else:
            lines.append(line)
    return "\n".join(lines)


def fitted(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int
) -> list[int] | None:
    """The widths of the columns so that a table fits, or None where it cannot."""
    widths = [natural(k, columns, rows) for k in range(len(columns))]
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


def natural(k: int, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> int:
    """How wide a column would like to be."""
    return max([cells(columns[k].title), *(cells(row[k]) for row in rows)])


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
