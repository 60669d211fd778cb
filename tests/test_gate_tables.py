"""The catalogue against tables: signs and words, places of kinks and edges, text in Python and C.

The tables are written by hand from the conventions, in numbers: nothing here reads a formula.
"""

import math

import pytest

from gatenet import grad
from gatenet.gates import CATALOGUE, SLOPES

GATES = {**CATALOGUE, **SLOPES}
NAMES = list(GATES)

VARIADIC = ("total", "mean", "product", "dot", "logsumexp", "maximum", "minimum")

#: What a gate is drawn with.
_SYMBOLS = """
add + subtract − multiply × divide ÷ negate − identity id absolute |·| sign sgn square x²
reciprocal 1/x power ^ sqrt √ hypot hypot exp exp expm1 expm1 gaussian gauss log log log1p log1p
log2 log₂ log10 log₁₀ sin sin cos cos tan tan asin asin acos acos atan atan atan2 atan2 tanh tanh
sinh sinh cosh cosh asinh asinh acosh acosh atanh atanh erf erf erfc erfc sigmoid σ
log_sigmoid log_σ softplus softplus softsign softsign symmetric_sigmoid sym_σ relu relu
leaky_relu leaky_relu elu elu selu selu hard_tanh hard_tanh silu silu mish mish gelu gelu
heaviside step clip clip maximum max minimum min less < less_equal ≤ greater > greater_equal ≥
equal = not_equal ≠ where ? total Σ mean mean product Π dot · logsumexp logsumexp
divide_slope −a/b² power_slope b·a^(b−1) power_log a^b·log_a direction a/hypot
inversion a/(a²+b²) gaussian_slope gauss′ sech_squared sech² symmetric_sigmoid_slope sym_σ′
silu_slope silu′ mish_slope mish′ gelu_slope gelu′
"""
SYMBOLS = _SYMBOLS.split()

#: What is said where the derivative is about 0.
FLAT = {
    "sign": "a step", "exp": "close to 0", "gaussian": "far from its bell", "atan": "saturated",
    "tanh": "saturated", "erf": "saturated", "erfc": "saturated", "sigmoid": "saturated",
    "log_sigmoid": "saturated", "softplus": "saturated", "softsign": "saturated",
    "symmetric_sigmoid": "saturated", "relu": "dead", "elu": "saturated", "selu": "saturated",
    "hard_tanh": "clipped", "heaviside": "a step", "clip": "clipped",
    "maximum": "not the largest", "minimum": "not the smallest", "where": "masked",
    "product": "multiplied by 0", "logsumexp": "outweighed", "sech_squared": "far from its bell",
}  # fmt: skip

SLOPE_OF = {
    "divide_slope": "divide", "power_slope": "power", "power_log": "power", "direction": "hypot",
    "inversion": "atan2", "gaussian_slope": "gaussian", "sech_squared": "tanh",
    "symmetric_sigmoid_slope": "symmetric_sigmoid", "silu_slope": "silu", "mish_slope": "mish",
    "gelu_slope": "gelu",
}  # fmt: skip

STATIC = {
    "gaussian": {"alpha": 1.0, "beta": 1.0}, "gaussian_slope": {"alpha": 1.0, "beta": 1.0},
    "symmetric_sigmoid": {"alpha": 2 / 3, "beta": 1.7159},
    "symmetric_sigmoid_slope": {"alpha": 2 / 3, "beta": 1.7159},
    "leaky_relu": {"slope": 0.01}, "elu": {"alpha": 1.0},
    "hard_tanh": {"low": -1.0, "high": 1.0}, "clip": {"low": -math.inf, "high": math.inf},
}  # fmt: skip

ORIGIN = ((0.0, 0.0), (-0.0, 0.0))
TIES = ((2.0, 2.0), (-1.0, -1.0), (0.0, -0.0))

#: Where a derivative is not unique.
KINKS = {
    "absolute": ((0.0,),), "sign": ((0.0,),), "relu": ((0.0,),), "leaky_relu": ((0.0,),),
    "selu": ((0.0,),), "heaviside": ((0.0,),), "hard_tanh": ((-1.0,), (1.0,)),
    "hypot": ORIGIN, "direction": ORIGIN, "inversion": ORIGIN,
    "atan2": (*ORIGIN, (0.0, -1.0), (0.0, -5.0)),
    "less": TIES, "less_equal": TIES, "greater": TIES, "greater_equal": TIES, "equal": TIES,
    "not_equal": TIES, "where": ((0.0, 1.0, 2.0),),
    "maximum": ((1.0, 3.0, 3.0), (2.0, 2.0)), "minimum": ((1.0, 1.0, 3.0), (2.0, 2.0)),
}  # fmt: skip

MOST = 1.7976931348623157e308
ENDS = ((-1.0,), (1.0,))

#: Where a derivative may run to infinity.
EDGES = {
    "divide": ((1.0, 0.0),), "divide_slope": ((1.0, 0.0),), "reciprocal": ((0.0,),),
    "square": ((8.98846567431158e307,), (-8.98846567431158e307,)),
    "power": ((0.0, 2.0),), "power_slope": ((0.0, 2.0),), "power_log": ((0.0, 2.0),),
    "sqrt": ((0.0,),), "exp": ((709.782712893384,),), "expm1": ((709.782712893384,),),
    "log": ((0.0,),), "log2": ((0.0,),), "log10": ((0.0,),), "log1p": ((-1.0,),),
    "asin": ENDS, "acos": ENDS, "atanh": ENDS, "acosh": ((1.0,),),
    "sinh": ((710.4758600739439,), (-710.4758600739439,)),
    "cosh": ((710.4758600739439,), (-710.4758600739439,)),
    "atan2": ORIGIN, "direction": ORIGIN, "inversion": ORIGIN,
    "product": ((MOST, 1.0), (-MOST, -1.0)),
}  # fmt: skip

#: Where each gate is defined and has neither kink nor edge, for as many inputs as it takes.
PLAIN = {1: [(0.3,), (-0.3,), (0.7,)], 2: [(0.3, 0.7), (0.7, 0.3), (0.5, 2.0), (0.25, -3.0)],
         3: [(1.0, 0.3, 0.7), (-2.0, 0.7, 0.3)]}  # fmt: skip
PLAIN_OF = {
    "acosh": [(1.3,), (2.0,), (5.0,)], "log": [(0.3,), (1.0,), (2.0,)],
    "log2": [(0.3,), (1.0,), (2.0,)], "log10": [(0.3,), (1.0,), (2.0,)],
    "sqrt": [(0.3,), (1.0,), (2.0,)], "log1p": [(-0.3,), (0.0,), (1.0,), (2.0,)],
    "atan2": [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (0.0, 1.0), (1.0, 0.0), (0.5, -3.0)],
    "hypot": [(1.0, 1.0), (1.0, -1.0), (0.0, 1.0), (1.0, 0.0)],
    "direction": [(1.0, 1.0), (1.0, -1.0), (0.0, 1.0), (1.0, 0.0)],
    "inversion": [(1.0, 1.0), (1.0, -1.0), (0.0, 1.0), (1.0, 0.0)],
    "power": [(2.0, 0.5), (-2.0, 3.0), (1.0, 1.0)],
    "power_slope": [(2.0, 0.5), (-2.0, 3.0), (1.0, 1.0)],
    "power_log": [(2.0, 0.5), (1.0, 1.0), (3.0, 3.0)],
    "dot": [(1.0, 2.0, 3.0, 4.0), (1.0, 1.0)], "maximum": [(1.0, 3.0, 2.0), (1.0, 1.0, 2.0)],
    "minimum": [(1.0, 3.0, 2.0), (3.0, 3.0, 2.0)], "elu": [(0.0,), (1.0,), (-1.0,)],
    "less": [(1.0, 2.0), (2.0, 1.0), (1.0, -1.0), (3.0, 0.0)],
    "exp": [(0.0,), (709.0,), (-709.782712893384,)], "square": [(0.0,), (1e307,)],
    "expm1": [(0.0,), (709.0,), (-709.782712893384,)], "sinh": [(0.0,), (710.0,), (1.0,)],
    "cosh": [(0.0,), (710.0,), (1.0,)], "product": [(2.0, 3.0), (0.0, 5.0), (1e200, 1e200)],
}  # fmt: skip

#: Where a gate is not defined.
OUTSIDE = {
    "power": [(-2.0, 0.5), (-1.0, 1.5)], "power_slope": [(-2.0, 0.5)],
    "power_log": [(-2.0, 3.0), (-1e-300, 0.0)], "sqrt": [(-1e-300,), (-1.0,)],
    "log": [(-1.0,), (0.0,)], "log2": [(-1.0,), (0.0,)], "log10": [(-1.0,), (0.0,)],
    "log1p": [(-1.0,), (-2.0,)], "asin": [(1.1,), (-1.1,)], "acos": [(1.1,), (-1.1,)],
    "acosh": [(0.9,), (-2.0,)], "atanh": [(1.0,), (-1.0,), (1.5,)],
}  # fmt: skip

INSIDE = {"sqrt": [(0.0,)], "power_log": [(0.0, 1.0)], "asin": ENDS, "acos": ENDS,
          "acosh": [(1.0,)]}  # fmt: skip

#: Gates that are no formulas: Python that may raise, C, Python that never raises, where it differs.
SIGNS = {"add": "+", "subtract": "-", "multiply": "*"}
ASKED = {"less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==",
         "not_equal": "!="}  # fmt: skip
_RAISING = "exp expm1 log log1p log2 log10 sqrt sin cos tan asin acos acosh atanh sinh cosh"
QUIET = ("atan", "tanh", "asinh", "erf", "erfc")
PRINTED = {
    "divide": ("({} / {})", "({} / {})", "ieee.divide({}, {})"),
    "negate": ("(-{})", "(-{})", "(-{})"),
    "absolute": ("abs({})", "fabs({})", "abs({})"),
    "power": ("pow({}, {})", "pow({}, {})", "ieee.power({}, {})"),
    "atan2": ("atan2({}, {})",) * 3,
    "where": ("({1} if {0} != 0.0 else {2})", "({0} != 0.0 ? {1} : {2})",
              "({1} if {0} != 0.0 else {2})"),
    **{name: (f"({{}} {sign} {{}})",) * 3 for name, sign in SIGNS.items()},
    **{name: (f"(1.0 if {{}} {sign} {{}} else 0.0)", f"({{}} {sign} {{}} ? 1.0 : 0.0)",
              f"(1.0 if {{}} {sign} {{}} else 0.0)") for name, sign in ASKED.items()},
    **{name: (f"{name}({{}})", f"{name}({{}})", f"ieee.{name}({{}})") for name in _RAISING.split()},
    **{name: (f"{name}({{}})",) * 3 for name in QUIET},
}  # fmt: skip


def bound(gate, operands):
    """Operands by name, as a domain asks for them."""
    return {**gate.static, **dict(zip(gate.inputs, gate.split(operands), strict=True))}


def plain(gate):
    """Points of the middle of the domain."""
    count = 2 if gate.variadic else len(gate.inputs)
    return PLAIN_OF.get(gate.name, PLAIN[count])


def test_every_gate_has_a_sign():
    """The table of signs is complete."""
    assert sorted(SYMBOLS[::2]) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_signs_words_and_parameters(name):
    """Symbol, word for flatness, what it is a derivative of, and static parameters."""
    gate = GATES[name]
    symbol = SYMBOLS[SYMBOLS[::2].index(name) * 2 + 1]

    assert gate.symbol == symbol.replace("_", " ")
    assert gate.flat == FLAT.get(name, "")
    assert gate.slope_of == SLOPE_OF.get(name, "")
    assert dict(gate.static) == STATIC.get(name, {})
    assert gate.variadic == (name in VARIADIC)


@pytest.mark.parametrize("name", NAMES)
def test_kinks_and_edges_are_where_the_conventions_say(name):
    """At the points of the tables there is a kink or an edge, at plain points neither."""
    gate = GATES[name]
    domain = gate.domain
    for operands in KINKS.get(name, ()):
        assert domain.at_kink(bound(gate, operands)), operands
    for operands in EDGES.get(name, ()):
        assert domain.at_edge(bound(gate, operands)), operands
    for operands in plain(gate):
        assert not domain.at_kink(bound(gate, operands)), operands
        assert not domain.at_edge(bound(gate, operands)), operands
        assert domain.contains(bound(gate, operands)), operands
    if name not in ("elu", "clip"):
        assert bool(domain.kinks) == (name in KINKS)
    assert bool(domain.edges) == gate.guarded == (name in EDGES)


@pytest.mark.parametrize("name", NAMES)
def test_domains_end_where_the_conventions_say(name):
    """Outside its domain a gate is not defined; on a closed end it is."""
    gate = GATES[name]
    for operands in OUTSIDE.get(name, ()):
        assert not gate.domain.contains(bound(gate, operands)), operands
    for operands in INSIDE.get(name, ()):
        assert gate.domain.contains(bound(gate, operands)), operands
    assert (gate.domain.condition is not None) == (name in OUTSIDE)


@pytest.mark.parametrize(("name", "static", "kinks", "smooth"), [
    ("clip", {"low": -2.0, "high": 3.0}, [-2.0, 3.0], [2.0, -3.0, 0.0]),
    ("hard_tanh", {"low": -2.0, "high": 3.0}, [-2.0, 3.0], [2.0, -3.0, 0.0]),
    ("elu", {"alpha": 0.5}, [0.0], [1.0, -1.0, 0.5]),
    ("elu", {"alpha": 1.0}, [], [0.0, 1.0, -1.0]),
])  # fmt: skip
def test_kinks_follow_the_static_parameters(name, static, kinks, smooth):
    """Where a parameter moves a kink, or makes one, the domain knows."""
    gate = GATES[name].bind(**static)
    found = [x for x in [*kinks, *smooth] if gate.domain.at_kink({**gate.static, "x": x})]

    assert found == kinks


@pytest.mark.parametrize("name", NAMES)
def test_primitives_are_printed_as_the_languages_write_them(name):
    """Python, C and the Python that never raises; every other gate is a formula."""
    primitive = GATES[name].primitive

    if name not in PRINTED:
        assert primitive is None
    else:
        assert (primitive.python, primitive.c, primitive.total) == PRINTED[name]
        assert primitive.condition == (name in ASKED)


@pytest.mark.parametrize("name", ["clip", "hard_tanh"])
def test_a_clipped_value_has_no_slope_at_either_edge(name):
    """At an edge the derivative is 0, as beyond it; inside it is 1, and nan stays nan."""
    gate = GATES[name].bind(low=-2.0, high=3.0)

    assert [gate.partials(gate.value(x), x) for x in (-2.0, 3.0)] == [(0.0,), (0.0,)]
    inside = math.nextafter(3.0, 0.0)
    assert gate.partials(inside, inside) == (1.0,)
    assert gate.partials(math.nan, math.nan)[0] != 0.0


def test_the_third_derivative_of_a_gaussian_keeps_its_parameters():
    """beta e^(-alpha x²) three times differentiated, against the closed form."""
    a, b, x = 3.0, 2.0, 0.4
    third = grad(grad(grad(lambda u: GATES["gaussian"](u, alpha=a, beta=b))))(x)

    assert third == pytest.approx(
        b * math.exp(-a * x * x) * (12 * a * a * x - 8 * a**3 * x**3), rel=1e-13
    )


def test_shares_of_an_infinite_logsumexp_go_to_the_infinite():
    """Where one operand is inf it has the whole slope; where two are, half each."""
    inf = math.inf

    assert GATES["logsumexp"].partials(inf, inf, 1.0) == (1.0, 0.0)
    assert GATES["logsumexp"].partials(inf, inf, inf) == (0.5, 0.5)


def test_a_bound_gate_is_the_gate_in_every_word():
    """Fixing a parameter keeps the textbook line, the symbol and the documentation."""
    bound_one, gate = GATES["leaky_relu"].bind(slope=0.3), GATES["leaky_relu"]

    assert bound_one is not gate
    assert (bound_one.textbook, bound_one.symbol) == (gate.textbook, gate.symbol)
    assert (bound_one.__doc__, bound_one.__module__) == (gate.__doc__, gate.__module__)
