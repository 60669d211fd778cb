"""What the checkers are tried on: gates, points, special points, circuits with a wrong gate."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from gatenet import Circuit, Unit, gates
from gatenet.checking import points
from gatenet.checking.exact import Exact, Limits
from gatenet.checking.kinds import NoFormula
from gatenet.checking.ports import FACTOR
from gatenet.declaration import Gate, gate
from gatenet.gates import CATALOGUE
from gatenet.sweep import gradients

#: Twenty gates, by name.
GATES = [CATALOGUE[name] for name in
         ("exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "softplus", "log_sigmoid", "silu",
          "gelu", "erf", "atan", "asin", "log1p", "expm1", "reciprocal", "divide", "power",
          "hypot")]  # fmt: skip

#: Gates that random circuits are made of: all that leave ordinary numbers ordinary.
_MADE_OF = ["add", "subtract", "multiply", "divide", "negate", "absolute", "square", "sqrt", "exp",
            "log", "log1p", "expm1", "sin", "cos", "tanh", "atan", "sigmoid", "softplus", "silu",
            "relu", "leaky_relu", "elu", "gelu", "maximum", "minimum", "hypot", "erf", "softsign",
            "total", "product", "mean", "dot", "logsumexp"]  # fmt: skip


def points_of(one: Gate, number: int) -> list[tuple[float, ...]]:
    """Points of a gate's domain, the same in every run."""
    return points(one, number, Random(zlib.crc32(one.name.encode())))


def declared(name: str, text: str, body: Any, kinks: Any = None) -> Gate:
    """A gate with a textbook, to be classified; its partials are of no interest."""
    body.__name__ = name
    body.__doc__ = "A special point."
    return gate(symbol="?", textbook=text, partials=lambda z, x: 0, kinks=kinks)(body)


def _special() -> list[tuple[str, Gate, Sequence[float], str]]:
    g = gates
    cbrt = declared("special_cbrt", "(x if x > 0 else -x) ** (1 / 3) * (1 if x > 0 else -1)",
                    lambda x: x)  # fmt: skip
    xabs = declared("special_xabs", "x * abs(x)", lambda x: x * abs(x))
    wave = declared("special_wave", "x * sin(1 / x) if x != 0 else 0", lambda x: x)
    ramp = declared("special_ramp", "max(0, x) - max(0, -x)", lambda x: x)
    cusp = declared("special_cusp", "sqrt(abs(x))", lambda x: x)
    cubed = declared("special_cubed", "abs(x) ** 3", lambda x: x)
    return [
        ("relu at 0", g.relu, [0.0], "kink"),
        ("relu at 5e-324", g.relu, [5e-324], "smooth"),
        ("relu at -5e-324", g.relu, [-5e-324], "smooth"),
        ("abs at 0", g.absolute, [0.0], "kink"),
        ("abs at 1e-300", g.absolute, [1e-300], "smooth"),
        ("sqrt at 0", g.sqrt, [0.0], "boundary"),
        ("sqrt at 5e-324", g.sqrt, [5e-324], "smooth"),
        ("heaviside at 0", g.heaviside, [0.0], "jump"),
        ("sign at 0", g.sign, [0.0], "jump"),
        ("cube root at 0", cbrt, [0.0], "vertical"),
        ("x |x| at 0", xabs, [0.0], "smooth"),
        ("|x|^3 at 0", cubed, [0.0], "smooth"),
        ("sqrt |x| at 0", cusp, [0.0], "vertical"),
        ("relu(x) - relu(-x) at 0", ramp, [0.0], "smooth"),
        ("x sin(1/x) at 0", wave, [0.0], "unstable"),
        ("1/x at 0", g.reciprocal, [0.0], "undefined"),
        ("log at 0", g.log, [0.0], "undefined"),
        ("asin at 1", g.asin, [1.0], "boundary"),
        ("x ** 1.5 at 0", g.power, [0.0, 1.5], "boundary"),
        ("x ** 0 at 0", g.power, [0.0, 0.0], "smooth"),
        ("max at a tie", g.maximum, [1.0, 1.0], "kink"),
        ("max of three at a tie", g.maximum, [2.0, 1.0, 2.0], "kink"),
        ("hypot at 0", g.hypot, [0.0, 0.0], "kink"),
        ("elu of alpha 1 at 0", g.elu, [0.0], "smooth"),
        ("less at equal operands", g.less, [1.0, 1.0], "jump"),
    ]


#: (what it is called, gate, point, what kind of point it is in the first input)
SPECIAL = _special()


@cache
def twin(one: Gate, port: int, error: float) -> Gate:
    """A gate of the same value whose derivative in one input (all, for any number) is wrong."""
    name = f"twin_of_{one.name}_{port}_{error!r}".replace(".", "_").replace("-", "m")

    def rules() -> Any:
        found, domain = one._rules()
        return tuple(p * (1 + error) if k == port else p for k, p in enumerate(found)), domain

    return Gate(
        name, inputs=one.inputs, static=one.static, variadic=one.variadic, symbol="!",
        textbook=one.textbook, formula=one.formula, primitive=None, rules=cache(rules),
        doc="Wrong on purpose.", module=__name__,
    )  # fmt: skip


@dataclass
class Pair:
    """One circuit twice: right, and with one gate whose partial is wrong."""

    right: Circuit
    wrong: Circuit
    row: int

    def moves(self, least: float) -> bool:
        """Whether the wrong partial moves some gradient by so many ULP beyond conditioning."""
        exact = Exact(self.right, [], list(self.right.outputs), Limits())
        units = [self.right.units[k] for k in self.right.inputs]
        others = [self.wrong.units[k] for k in self.wrong.inputs]
        right = gradients([self.right.units[self.right.outputs[0]]], [1.0], units)
        wrong = gradients([self.wrong.units[self.wrong.outputs[0]]], [1.0], others)
        for k, a, b in zip(self.right.inputs, right, wrong, strict=True):
            beyond = FACTOR * exact.ball(0, {k: 1.0}).radius + least * math.ulp(a)
            if abs(a - b) > beyond:
                return True
        return False


def circuit_with(rng: Random) -> Pair | None:
    """Draw a circuit of 5 to 60 gates, and its twin with one wrong partial where it matters."""
    size = rng.randint(5, 60)
    leaves = [rng.uniform(-3.0, 3.0) for _ in range(rng.randint(1, 5))]
    steps: list[tuple[Gate, list[int | float]]] = []
    values = list(leaves)
    while len(steps) < size:
        one = CATALOGUE[rng.choice(_MADE_OF)]
        count = one.groups * rng.randint(1, 3) if one.variadic else len(one.inputs)
        picks: list[int | float] = []
        for _ in range(count):
            recent = rng.random() < 0.5
            low = max(0, len(values) - 8) if recent else 0
            constant = rng.random() < 0.1
            picks.append(rng.uniform(-2, 2) if constant else rng.randrange(low, len(values)))
        if all(isinstance(pick, float) for pick in picks):
            picks[0] = len(values) - 1
        value = one.value(*[p if isinstance(p, float) else values[p] for p in picks])
        if math.isfinite(value) and 1e-6 < abs(value) < 1e4:
            steps.append((one, picks))
            values.append(value)
    return _pair(leaves, steps, rng)


def _pair(leaves: list[float], steps: list[Any], rng: Random) -> Pair | None:
    right, made = _played(leaves, steps)
    reach = gradients([made[-1]], [1.0], made)
    able = []
    for k, (one, picks) in enumerate(steps):
        unit = made[len(leaves) + k]
        slopes = [p * reach[len(leaves) + k] for p in unit.partials]
        ports = [j for j, pick in enumerate(picks)
                 if isinstance(pick, int) and slopes[j] and math.isfinite(slopes[j])]  # fmt: skip
        if ports and not one.opaque:
            able.append((k, rng.choice(ports)))
    if not able:
        return None
    place, operand = rng.choice(able)
    one, picks = steps[place]
    port = operand * one.groups // len(picks) if one.variadic else operand
    error = rng.choice((-2.0, -1.0, 0.1, 1e-2, 1e-3, 1e-4))
    steps = [*steps[:place], (twin(one, port, error), picks), *steps[place + 1 :]]
    wrong, others = _played(leaves, steps)
    try:
        return Pair(right, wrong, wrong.index(others[len(leaves) + place]))
    except NoFormula:
        return None


def _played(leaves: list[float], steps: list[Any]) -> tuple[Circuit, list[Unit]]:
    made = [Unit(value, f"x{k}") for k, value in enumerate(leaves)]
    for one, picks in steps:
        operands = [made[pick] if isinstance(pick, int) else pick for pick in picks]
        made.append(one(*one.split(operands)) if one.groups > 1 else one(*operands))
    return Circuit(made[-1]), made
