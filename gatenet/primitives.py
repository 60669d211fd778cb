"""Primitives: how the gates that are no formulas over others are written in Python and in C."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Primitive:
    """How a gate that is not a formula over others is written in Python and in C.

    `total` is the Python that never raises; `ufunc` the name of NumPy's function of whole arrays,
    empty where it has none.
    """

    python: str
    c: str
    total: str = ""
    condition: bool = False
    ufunc: str = ""

    def __post_init__(self) -> None:
        if not self.total:
            object.__setattr__(self, "total", self.python)


#: NumPy's names for Python's operators, and for those of libm's functions it calls otherwise.
_UFUNCS = {
    "+": "add", "-": "subtract", "*": "multiply",
    "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal",
    "==": "equal", "!=": "not_equal",
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2",
    "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
    "pow": "power", "erf": "", "erfc": "",
}  # fmt: skip


def operator(sign: str) -> Primitive:
    """A primitive gate that Python and C write as an infix operator that never raises."""
    return Primitive(f"({{}} {sign} {{}})", f"({{}} {sign} {{}})", ufunc=_UFUNCS[sign])


def comparison(sign: str) -> Primitive:
    """A primitive gate that is 1.0 where a comparison holds and 0.0 elsewhere."""
    return Primitive(
        f"(1.0 if {{}} {sign} {{}} else 0.0)",
        f"({{}} {sign} {{}} ? 1.0 : 0.0)",
        condition=True,
        ufunc=_UFUNCS[sign],
    )


def libm(name: str, *, python: str = "", raises: bool = True) -> Primitive:
    """A primitive gate that is a function of the C library, by the same name in `math`."""
    arguments = "{}, {}" if name in ("pow", "atan2") else "{}"
    total = f"ieee.{python or name}({arguments})" if raises else ""
    ufunc = _UFUNCS.get(name, name)
    return Primitive(f"{name}({arguments})", f"{name}({arguments})", total, ufunc=ufunc)
