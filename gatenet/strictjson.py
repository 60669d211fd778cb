"""Strict JSON: text to plain data, refusing what the standard module lets through.

Duplicate keys, NaN, numbers past float64, integers of a thousand digits, half characters and
bottomless nesting are all one FormatError that says where.  Knows only the errors.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, NoReturn

from gatenet.errors import FormatError

_NONFINITE = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}
#: The longest text, in characters, that is written or read: a unit's name, a line of source.
LABEL = 10_000


@dataclass(frozen=True)
class Limits:
    """What a text may hold at most; anything past it is refused before it takes memory.

    `bytes` of text, `rows`, `operands` of one row, `depth` of blocks in blocks, and `items`:
    numbers, texts, lists and objects altogether (about 100 bytes of memory each).
    """

    bytes: int = 1 << 28
    rows: int = 2_500_000
    operands: int = 1_000_000
    depth: int = 16
    items: int = 20_000_000


def fail(where: str, reason: str) -> NoReturn:
    """Raise the one error of this room."""
    message = f"{where}: {reason}" if where else reason
    raise FormatError(message, where=where, reason=reason) from None


def parsed(text: str | bytes, limits: Limits, what: str = "a circuit") -> dict[str, Any]:
    """Parse the text of one object; `what` says in messages what it should have been."""
    if not isinstance(text, (str, bytes)):
        fail("", f"{what} is read from text, not {type(text).__name__}")
    if len(text) > limits.bytes:
        fail("", f"the text is longer than {limits.bytes} bytes (limits.bytes)")
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError as error:
            fail("", f"not UTF-8 text: {error.reason} at byte {error.start}")
    if text.count(",") + text.count("[") + text.count("{") > limits.items:
        fail("", f"the text has more than {limits.items} items (limits.items)")
    try:
        document = json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_constant=_constant
        )
    except FormatError:
        raise
    except RecursionError:
        fail("", f"lists or objects are nested too deep for {what}")
    except ValueError as error:
        fail("", f"not JSON: {error}")
    if not isinstance(document, dict):
        fail("", f"{what} is a JSON object, not {shown(document)}")
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        fail("", f"the key {shown(twice)} stands twice in one object")
    return found


def _integer(digits: str) -> int:
    if len(digits) > 20:
        fail("", f"an integer of {len(digits)} digits is out of range")
    return int(digits)


def _constant(word: str) -> NoReturn:
    fail("", f'{word} is not JSON; infinities and nan are written as texts: "inf", "nan"')


def keys(thing: Any, needed: set[str], allowed: set[str]) -> None:
    """Check that something is an object with all the needed keys and only allowed others."""
    if not isinstance(thing, dict):
        fail("", f"must be an object, not {shown(thing)}")
    keys = thing.keys()
    if not needed <= keys:
        fail("", f"{min(needed - keys)!r} is missing")
    if len(keys) > len(needed) and not keys - needed <= allowed:
        known = ", ".join(sorted(needed | allowed)) or "none"
        fail("", f"unknown key {shown(min(keys - needed - allowed))}; known: {known}")


def shown(thing: Any) -> str:
    """Show a piece of the text in a message, however large or strange it is."""
    if isinstance(thing, (list, dict)):
        return f"a {'list' if isinstance(thing, list) else 'object'} of {len(thing)}"
    text = ascii(thing[:60] if isinstance(thing, str) else thing)
    return text if len(text) <= 60 else f"{text[:57]}..."


def real(value: Any, where: str) -> float:
    """Read a number: a float, a small int, or the text of an infinity or nan."""
    if type(value) is float:
        if math.isinf(value):
            fail(where, 'a number is too large for float64; an infinity is written "inf"')
        return value
    if type(value) is int and abs(value) <= 1 << 53:
        return float(value)
    if type(value) is str and value in _NONFINITE:
        return _NONFINITE[value]
    fail(where, f"{shown(value)} is no number that float64 holds")


def text(value: Any, where: str) -> str:
    """Read text: a name, a place."""
    if type(value) is not str:
        fail(where, f"must be text, not {shown(value)}")
    if len(value) > LABEL:
        fail(where, f"has {len(value)} characters; at most {LABEL} are read")
    try:
        value.encode()
    except UnicodeEncodeError:
        fail(where, f"{shown(value)} holds half a character (a lone surrogate)")
    return value


def flag(value: Any, where: str) -> bool:
    """Read true or false."""
    if type(value) is not bool:
        fail(where, f"must be true or false, not {shown(value)}")
    return value
