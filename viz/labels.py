"""Labels: how numbers and names are written in a picture, and why no name can harm one.

A name is any text somebody typed.  `shown` makes it one line that is legal in XML and reads
as typed; `escape` puts it into markup, `quote` into DOT; nothing else may do either.  Widths
are estimates made for the widest of the common fonts, since no font can be asked.
Knows the standard library; does not know circuits, colours or markup.
"""

from __future__ import annotations

import math
import unicodedata

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
LONGEST = 200
"""The most characters of one name that are ever written, hover text included."""

_JOINER = "\N{ZERO WIDTH JOINER}"
_NARROW = frozenset("ijlIft.,:;'|!()[]`/\\ r-")
_WIDE = frozenset("mwMW@%&\N{EM DASH}\N{HORIZONTAL ELLIPSIS}")
_SIGNS = frozenset("#+<=>^~_")
_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_DOT = str.maketrans({"\\": r"\\", '"': r"\"", "&": "&amp;"})


def number(x: float, digits: int = 4) -> str:
    """Write a number in at most four (or so many) significant digits, with a true minus sign.

    >>> [number(x) for x in (3.0, -0.10499358, 123456.0, 1e-9, float("-inf"))]
    ['3', '−0.105', '1.235e5', '1e−9', '−∞']
    """
    if math.isnan(x):
        return "nan"
    if math.isinf(x):
        return "∞" if x > 0 else MINUS + "∞"
    mantissa, mark, exponent = f"{x:.{digits}g}".partition("e")
    text = mantissa + mark + (str(int(exponent)) if mark else "")
    return text.replace("-", MINUS)


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
    return line if len(text) <= longest and len(line) <= longest else _cut(line, longest)


def fitted(text: str, room: float, size: float) -> str:
    """Cut a shown text with an ellipsis so that it fits into `room` pixels."""
    if width(text, size) <= room:
        return text
    room -= width(ELLIPSIS, size)
    end = 0
    while end < len(text) and (room := room - width(text[end], size)) >= 0:
        end += 1
    return _cut(text, end + 1)


def fitted_name(text: str, room: float, size: float) -> str:
    """Fit a name into `room` pixels; a dotted path loses parts in front, where paths are alike.

    >>> fitted_name("layers.0.neurons.3.weights.1", 100, 12)
    '….weights.1'
    """
    parts = text.split(".")
    if len(parts) < 3 or not text.isascii():
        return fitted(text, room, size)
    for first in range(len(parts)):
        shorter = text if not first else ".".join([ELLIPSIS, *parts[first:]])
        if width(shorter, size) <= room:
            return shorter
    return fitted(text, room, size)


def width(text: str, size: float) -> float:
    """Estimate, from above, how many pixels a text takes in a proportional font."""
    return size * math.fsum(_advance(c) for c in text)


def mono(text: str, size: float) -> float:
    """Return how many pixels a text takes in a font of fixed pitch."""
    return size * 0.615 * len(text)


def escape(text: str) -> str:
    """Escape a shown text for XML, in elements and in attributes alike."""
    return text.translate(_XML)


def quote(text: str) -> str:
    r"""Quote a shown text as a DOT string: never HTML, never an escape of Graphviz.

    >>> print(quote('<b>"\\N"</b> &amp;'))
    "<b>\"\\N\"</b> &amp;amp;"
    """
    return f'"{text.translate(_DOT)}"'


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


def _cut(text: str, longest: int) -> str:
    """End a text with an ellipsis within `longest` characters, between whole letters."""
    end = max(longest - 1, 0)
    while 0 < end < len(text) and (_joins(text[end]) or text[end - 1] == _JOINER):
        end -= 1
    return text[:end] + ELLIPSIS


def _joins(c: str) -> bool:
    """Say whether a character belongs to the one before it."""
    return c == _JOINER or unicodedata.category(c).startswith("M")


def _advance(c: str) -> float:
    """Estimate the width of one character as a part of the size of the font."""
    if c in _WIDE:
        return 1.11
    if " " <= c <= "~":
        return 0.5 if c in _NARROW else 0.86 if c.isupper() or c in _SIGNS else 0.73
    if unicodedata.category(c) in ("Mn", "Me", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(c) in "WF" or ord(c) > 0xFFFF:
        return 1.3
    return 1.2 if c.isupper() else 0.9
