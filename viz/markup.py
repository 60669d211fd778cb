"""Markup: XML elements built from parts, so that no text can ever become markup.

`element` escapes every plain string it is given; only what it made itself passes as it is.
Knows escaping; does not know what the elements mean.
"""

from __future__ import annotations

from collections.abc import Iterable

from .labels import escape


class Markup(str):
    """Text that is finished markup."""

    __slots__ = ()


def element(name: str, *children: str, **attributes: str | float) -> Markup:
    """Write one element; a trailing underscore in an attribute's name is dropped.

    >>> element("text", "a<b", x=1.25, class_="name")
    '<text x="1.3" class="name">a&lt;b</text>'
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
    )
    if not children:
        return Markup(f"<{name}{said}/>")
    inside = "".join(child if isinstance(child, Markup) else escape(child) for child in children)
    return Markup(f"<{name}{said}>{inside}</{name}>")


def lines(parts: Iterable[Markup]) -> Markup:
    """Join elements, one on a line."""
    return Markup("\n".join(parts))


def comment(text: str) -> Markup:
    """Write a comment; what could end it is taken out of the text."""
    return Markup(f"<!-- {text.replace('--', '- ').replace('>', ' ').rstrip('-')} -->")


def pixels(x: float) -> str:
    """Write a coordinate to a tenth of a pixel, the same on every machine.

    >>> [pixels(x) for x in (3.0, 0.25, -0.01)]
    ['3', '0.3', '0']
    """
    tenths = int(x * 10 + (0.5 if x >= 0 else -0.5))
    whole, part = divmod(abs(tenths), 10)
    return ("-" if tenths < 0 else "") + (f"{whole}.{part}" if part else str(whole))


def _value(value: str | float) -> str:
    """Write the value of an attribute."""
    return escape(value) if isinstance(value, str) else pixels(value)
