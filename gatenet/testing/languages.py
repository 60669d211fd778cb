"""Languages: how other frameworks write the primitive gates, and how they differentiate.

A language says nothing of derived gates: those are printed from their declarations.  Knows no
framework by import; what is printed here is imported by whoever runs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_OPERATORS = {
    "add": "{} + {}", "subtract": "{} - {}", "multiply": "{} * {}", "divide": "{} / {}",
    "power": "{} ** {}", "negate": "-{}",
}  # fmt: skip
_SIGNS = {"less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=",
          "equal": "==", "not_equal": "!="}  # fmt: skip
_ALIKE = ("exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "sin", "cos", "tan", "tanh",
          "sinh", "cosh")  # fmt: skip
_ARCS = ("asin", "acos", "atan", "asinh", "acosh", "atanh")


@dataclass(frozen=True)
class Language:
    """How a framework is written: `words` has a template for each primitive gate.

    `head` is what a module in it begins with; `number` makes a constant and `leaf` takes an
    argument; `gradients` is the body of a function of `values` that calls `f`.  `exact` says that
    its numbers are no floats.  A word may be added for a gate that is no primitive: then the
    framework's own function is used for it.
    """

    name: str
    head: str
    words: Mapping[str, str]
    number: str = "{}"
    leaf: str = "{}"
    gradients: str = ""
    exact: bool = False
    #: A line above the function.
    decorator: str = ""
    #: The modules in which `native` looks for the framework's own functions, first to last.
    modules: tuple[str, ...] = ()


def _comparisons(template: str) -> dict[str, str]:
    return {name: template.replace("<>", f"{{}} {sign} {{}}") for name, sign in _SIGNS.items()}


def _called(prefix: str, names: tuple[str, ...], rename: str = "") -> dict[str, str]:
    return {name: f"{prefix}{rename.format(name[1:]) or name}({{}})" for name in names}


_TORCH = Language(
    "torch",
    "import torch\n\n\ndef number(value):\n    return torch.tensor(value, dtype=torch.float64)",
    {
        **_OPERATORS,
        **_comparisons("(<>).to(torch.float64)"),
        **_called("torch.", (*_ALIKE, *_ARCS, "erf", "erfc")),
        "absolute": "torch.abs({})",
        "atan2": "torch.atan2({}, {})",
        "where": "torch.where({} != 0.0, {}, {})",
        "maximum": "torch.maximum({}, {})",
        "minimum": "torch.minimum({}, {})",
    },
    number="number({})",
    leaf="torch.as_tensor({}, dtype=torch.float64)",
    gradients="""
leaves = [number(value).requires_grad_() for value in values]
output = f(*leaves)
if not output.requires_grad:
    return [0.0 for _ in leaves]
output.backward()
return [0.0 if leaf.grad is None else leaf.grad.item() for leaf in leaves]
""",
    modules=("torch", "torch.nn.functional", "torch.special"),
)

_JAX = Language(
    "jax",
    "import jax\nimport jax.numpy as jnp\nimport jax.scipy.special\n\n"
    'jax.config.update("jax_enable_x64", True)  # floats of 64 bits, as everywhere in gatenet\n\n\n'
    "def number(value):\n    return jnp.asarray(value, dtype=jnp.float64)",
    {
        **_OPERATORS,
        **_comparisons("jnp.where(<>, 1.0, 0.0)"),
        **_called("jnp.", _ALIKE),
        **_called("jnp.", _ARCS, "arc{}"),
        "erf": "jax.scipy.special.erf({})",
        "erfc": "jax.scipy.special.erfc({})",
        "absolute": "jnp.abs({})",
        "atan2": "jnp.arctan2({}, {})",
        "where": "jnp.where({} != 0.0, {}, {})",
        "maximum": "jnp.maximum({}, {})",
        "minimum": "jnp.minimum({}, {})",
    },
    number="number({})",
    leaf="number({})",
    gradients="""
found = jax.grad(f, argnums=tuple(range(len(values))))(*[number(value) for value in values])
return [float(gradient) for gradient in found]
""",
    modules=("jax.nn", "jax.numpy", "jax.scipy.special"),
)

_NUMPY = Language(
    "numpy",
    "import math\n\nimport numpy as np\n\n"
    "erf = np.vectorize(math.erf, otypes=[float])\nerfc = np.vectorize(math.erfc, otypes=[float])",
    {
        **_OPERATORS,
        **_comparisons("np.where(<>, 1.0, 0.0)"),
        **_called("np.", _ALIKE),
        **_called("np.", _ARCS, "arc{}"),
        "erf": "erf({})",
        "erfc": "erfc({})",
        "absolute": "np.abs({})",
        "atan2": "np.arctan2({}, {})",
        "where": "np.where({} != 0.0, {}, {})",
        "maximum": "np.maximum({}, {})",
        "minimum": "np.minimum({}, {})",
    },
    number="np.float64({})",
    leaf="np.asarray({}, dtype=np.float64)",
    decorator='@np.errstate(all="ignore")  # inf and nan without a warning, as in gatenet',
    modules=("numpy",),
)

_SYMPY = Language(
    "sympy",
    "import sympy\n\n\ndef number(value):\n    if value - value == 0:\n"
    "        return sympy.Rational(*value.as_integer_ratio())\n    return sympy.sympify(value)",
    {
        **_OPERATORS,
        **_comparisons("sympy.Piecewise((1, sympy.sympify(<>)), (0, True))"),
        **_called("sympy.", ("exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "sinh", "cosh",
                             "erf", "erfc", *_ARCS)),
        "equal": "sympy.Piecewise((1, sympy.Eq({}, {})), (0, True))",
        "not_equal": "sympy.Piecewise((1, sympy.Ne({}, {})), (0, True))",
        "expm1": "sympy.exp({}) - 1",
        "log1p": "sympy.log(1 + {})",
        "log2": "sympy.log({}, 2)",
        "log10": "sympy.log({}, 10)",
        "absolute": "sympy.Abs({})",
        "atan2": "sympy.atan2({}, {})",
        "where": "sympy.Piecewise(({1}, sympy.Ne({0}, 0)), ({2}, True))",
        "maximum": "sympy.Max({}, {})",
        "minimum": "sympy.Min({}, {})",
    },
    number="number({})",
    leaf="sympy.sympify({})",
    gradients="""
symbols = sympy.symbols(f"x:{len(values)}", real=True)
output = f(*symbols)
at = {symbol: number(float(value)) for symbol, value in zip(symbols, values)}
return [sympy.diff(output, symbol).subs(at) for symbol in symbols]
""",
    exact=True,
    modules=("sympy",),
)  # fmt: skip

_MPMATH = Language(
    "mpmath",
    "from mpmath import mp",
    {
        **_OPERATORS,
        **_comparisons("mp.mpf(<>)"),
        **_called("mp.", ("exp", "expm1", "log", "log1p", "log10", "sqrt", "sin", "cos", "tan",
                          "tanh", "sinh", "cosh", "erf", "erfc", *_ARCS)),
        "log2": "mp.log({}, 2)",
        "absolute": "abs({})",
        "atan2": "mp.atan2({}, {})",
        "where": "({1} if {0} != 0 else {2})",
        "maximum": "max({}, {})",
        "minimum": "min({}, {})",
    },
    number="mp.mpf({})",
    leaf="mp.mpf({})",
    exact=True,
)  # fmt: skip

#: The languages by name.
LANGUAGES: dict[str, Language] = {one.name: one for one in (_TORCH, _JAX, _NUMPY, _SYMPY, _MPMATH)}
