r"""LaTeX: how names, numbers and gates are written in mathematics.

Knows the declarations: a gate that is an infix operator in Python is one here.  A name of a unit
is data: whatever means something to TeX in it is escaped, letter by letter.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

#: How strongly a text holds together: a sum, a product, something that needs no brackets.
SUM, PRODUCT, ATOM = 0, 1, 2

#: Functions that amsmath sets upright by a command of their own.
_COMMANDS = frozenset(["exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh"])
_RELATIONS = {"<=": r"\le", ">=": r"\ge", "==": "=", "!=": r"\ne"}
_SPECIAL = {
    "\\": r"\backslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "_": r"\_", "%": r"\%", "^": r"{\hat{\ }}", "~": r"{\sim}", " ": r"\ ", "`": "{`}",
    '"': r"{''}",
}  # fmt: skip


class Written(NamedTuple):
    """A text, and how strongly it holds together."""

    text: str
    holds: int


def name(label: str) -> Written:
    r"""A unit's name: a letter with its number below, or upright text with TeX's signs escaped.

    >>> name("x12").text, name("rate_0").text, name("50%}").text
    ('x_{12}', '\\mathrm{rate\\_0}', '\\mathrm{50\\%\\}}')
    """
    short = re.fullmatch("([A-Za-z])(?:_?([0-9]+))?", label)
    if short:
        return Written(short[1] + (f"_{{{short[2]}}}" if short[2] else ""), ATOM)
    return Written(f"\\mathrm{{{''.join(map(_letter, label[:60]))}}}", ATOM)


def _letter(letter: str) -> str:
    if letter in _SPECIAL:
        return _SPECIAL[letter]
    if " " < letter <= "~" or letter.isalnum():
        return letter
    return f"[{ord(letter):x}]"


def leaf(value: float) -> Written:
    r"""A number in six digits.

    >>> leaf(2.5e-9).text, leaf(float("-inf")).text
    ('2.5 \\cdot 10^{-9}', '-\\infty')
    """
    if value != value:
        return Written(r"\mathrm{nan}", ATOM)
    if math.isinf(value):
        return Written(r"\infty" if value > 0 else r"-\infty", ATOM if value > 0 else SUM)
    digits, _, power = f"{value:.6g}".partition("e")
    if power:
        return Written(f"{digits} \\cdot 10^{{{int(power)}}}", SUM if value < 0 else PRODUCT)
    return Written(digits, SUM if digits.startswith("-") else ATOM)


def written(gate: Any, operands: Sequence[Written], static: Mapping[str, float]) -> Written:
    """A gate applied to texts."""
    sign = _sign(gate)
    if sign is not None and len(operands) == 2:
        return _infix(sign, *operands)
    if sign is not None:
        return Written(f"-{_bracketed(operands[0], PRODUCT)}", SUM)
    primitive = getattr(gate, "primitive", None)
    if primitive is not None and primitive.c.startswith("sqrt("):
        return Written(f"\\sqrt{{{operands[0].text}}}", ATOM)
    if primitive is not None and primitive.c.startswith("fabs("):
        return Written(f"\\left|{operands[0].text}\\right|", ATOM)
    spoken = name(gate.name).text.removeprefix("\\mathrm{").removesuffix("}")
    called = f"\\{gate.name}" if gate.name in _COMMANDS else f"\\operatorname{{{spoken}}}"
    inside = [one.text for one in operands]
    inside += [f"{name(key).text} = {leaf(value).text}" for key, value in static.items()]
    return Written(f"{called}\\left({', '.join(inside)}\\right)", ATOM)


def _sign(gate: Any) -> str | None:
    """The sign between or before operands, where Python writes the gate with one."""
    if getattr(gate, "primitive", None) is None:
        return None
    text = gate.primitive.python.removeprefix("(1.0 if ").removesuffix(" else 0.0)")
    found = re.fullmatch(r"\(?(?:\{\} )?([-+*/<>=!]+) ?\{\}\)?", text)
    if found:
        return found[1]
    return "**" if gate.primitive.c.startswith("pow(") else None


def _infix(sign: str, a: Written, b: Written) -> Written:
    if sign == "/":
        return Written(f"\\frac{{{a.text}}}{{{b.text}}}", PRODUCT)
    if sign == "**":
        base = f"\\left({a.text}\\right)" if a.holds < ATOM or "^" in a.text else a.text
        return Written(f"{{{base}}}^{{{b.text}}}", PRODUCT)
    if sign == "*":
        left, right = _bracketed(a, PRODUCT), _bracketed(b, PRODUCT)
        dot = "\\cdot" if right[:1].isdigit() or right.startswith("\\frac") else "\\,"
        return Written(f"{left} {dot} {right}", PRODUCT)
    if sign in "+-":
        return Written(f"{a.text} {sign} {_bracketed(b, PRODUCT)}", SUM)
    return Written(f"\\left[{a.text} {_RELATIONS.get(sign, sign)} {b.text}\\right]", ATOM)


def _bracketed(one: Written, least: int) -> str:
    """A text in brackets unless it holds together at least so strongly."""
    return one.text if one.holds >= least else f"\\left({one.text}\\right)"
