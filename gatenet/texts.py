"""Texts: how names, counts and numbers are written for people, in a line that harms nothing.

A name is any text somebody typed.  `shown` makes it one line that is legal in XML and in a
terminal and reads as typed.  Knows the standard library alone.
"""

from __future__ import annotations

import math
import unicodedata

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
LONGEST = 200
"""The most characters of one name that are ever written, hover text included."""

_JOINER = "\N{ZERO WIDTH JOINER}"
_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def figure(x: float, digits: int = 6) -> str:
    """Write a number in at most six (or so many) significant digits, for a sentence.

    >>> [figure(x) for x in (3.0, -0.10499358, 1e-9, float("-inf"))]
    ['3', '-0.104994', '1e-09', '-inf']
    """
    if not math.isfinite(x):
        return repr(x)
    return f"{x:.{digits}g}"


def count(n: int) -> str:
    """Write a count with commas: 12345 as 12,345."""
    return f"{n:,}"


def counted(n: int, noun: str) -> str:
    """Write a count with its noun, in the plural unless it is one: `3 gates`, `1 gate`."""
    return f"{count(n)} {noun}{'' if n == 1 else 's'}"


def shown(text: str, longest: int = LONGEST) -> str:
    r"""Make any text one legal line that reads as typed.

    Line breaks, other controls and the invisible marks that turn the direction of text are
    written as escapes; what XML cannot hold becomes U+FFFD; past `longest` characters the
    rest is an ellipsis.  A text so made goes through unchanged a second time.

    >>> shown("a\nb"), shown("x\x00"), shown("pay \u202e001")
    ('a\\nb', 'x�', 'pay \\u202e001')
    """
    line = "".join(_show(c) for c in text[: longest + 1])
    return line if len(text) <= longest and len(line) <= longest else shortened(line, longest)


def _show(c: str) -> str:
    """Return one character as it is shown."""
    if " " <= c <= "~":
        return c
    if c in _ESCAPES:
        return _ESCAPES[c]
    code, kind = ord(c), unicodedata.category(c)
    if c < " " or kind == "Cs" or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return REPLACEMENT
    if kind in ("Cc", "Zl", "Zp") or unicodedata.bidirectional(c) in _TURNING or c in _MARKS:
        return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    return c


_TURNING = frozenset(("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"))
_MARKS = frozenset("\u200e\u200f\u061c\ufeff")


def shortened(text: str, longest: int) -> str:
    """End a text with an ellipsis within `longest` characters, between whole letters."""
    end = max(longest - 1, 0)
    while 0 < end < len(text) and (_joins(text[end]) or text[end - 1] == _JOINER):
        end -= 1
    return text[:end] + ELLIPSIS


def _joins(c: str) -> bool:
    """Say whether a character belongs to the one before it."""
    return c == _JOINER or unicodedata.category(c).startswith("M")
