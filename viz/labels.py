"""Labels: how numbers and names are written in a picture, and why no name can harm one.

`gatenet.texts.shown` makes a name one legal line; `escape` puts it into markup, `quote` into
DOT; nothing else may do either.  Widths are estimates made for the widest of the common fonts,
since no font can be asked.  Does not know circuits, colours or markup.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence

from gatenet.texts import ELLIPSIS, shortened

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"

_NARROW = frozenset("ijlIft.,:;'|!()[]`/\\ r-")
_WIDE = frozenset("mwMW@%&\N{EM DASH}\N{HORIZONTAL ELLIPSIS}")
_SIGNS = frozenset("#+<=>^~_")
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


def fitted(text: str, room: float, size: float) -> str:
    """Cut a shown text with an ellipsis so that it fits into `room` pixels."""
    if width(text, size) <= room:
        return text
    room -= width(ELLIPSIS, size)
    end = 0
    while end < len(text) and (room := room - width(text[end], size)) >= 0:
        end += 1
    return shortened(text, end + 1)


def fitted_name(text: str, room: float, size: float) -> str:
    """Fit a name into `room` pixels; a dotted path keeps what tells it from its siblings.

    Words give way to their initials, from the front, and as few of them as it takes; numbers
    stay.  Where that is not enough the path loses parts in front.

    >>> fitted_name("layers.0.neurons.3.weights.1", 150, 12)
    'l0.n3.weights.1'
    >>> fitted_name("layers.0.neurons.3.weights.1", 100, 12)
    'l0.n3.w1'
    """
    parts = text.split(".")
    if len(parts) < 3 or not text.isascii() or width(text, size) <= room:
        return fitted(text, room, size)
    for short in (least := list(_initialled(parts))):
        if width(short, size) <= room:
            return short
    least = least or [text]
    parts = least[-1].split(".")
    for first in range(1, len(parts)):
        shorter = ".".join([ELLIPSIS, *parts[first:]])
        if width(shorter, size) <= room:
            return shorter
    return fitted(least[-1], room, size)


def _initialled(parts: Sequence[str]) -> Iterator[str]:
    """Give a path with ever more of its words as initials; the last part stays a whole word."""
    done = ""
    for at, word in enumerate(parts[:-1]):
        if not word.isdigit():
            number = parts[at + 1] if parts[at + 1].isdigit() else ""
            done += (
                "." * bool(done) + ("".join(x[0] for x in word.split("_") if x) or word) + number
            )
            yield ".".join([done, *parts[at + 1 + bool(number) :]])
        elif not at or parts[at - 1].isdigit():
            done += "." * bool(done) + word


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
