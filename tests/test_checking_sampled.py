"""Numeric slopes and drawn points, figure for figure as they were read and recorded.

`check_gate` promises the same points in every run, and a report prints the error, the step and the
side of each numeric slope: what they are for given functions stands in `recorded/sampled.txt`.
Run as a program this file prints the record.
"""

import math
import random
from pathlib import Path

import pytest

from gatenet import gates
from gatenet.checking.differences import slope
from gatenet.checking.sampling import points
from gatenet.declaration import gate

RECORD = Path(__file__).parent / "recorded" / "sampled.txt"
NAN = math.nan


def stairs(t):
    """Flat between whole multiples of 2**-30."""
    return math.floor(t * 2.0**30) / 2.0**30


def ragged(t):
    """A line with noise of a millionth."""
    return t + 1e-6 * random.Random(t).random()


#: By name: function, point and options.  Arithmetic and square roots alone, the same everywhere.
SLOPES = {
    "a line": (lambda t: 3 * t + 1, 1.5, {}),
    "a cube": (lambda t: t * t * t, 2.0, {}),
    "a cube with noise": (lambda t: t * t * t, 2.0, {"noise": 2.0**-49}),
    "a cube with a step": (lambda t: t * t * t, 2.0, {"eps": 2.0**-10}),
    "a reciprocal": (lambda t: 1 / t, 0.1, {"noise": 2.0**-49}),
    "a reciprocal near 0": (lambda t: 1 / t, 1e-9, {"noise": 2.0**-22}),
    "a square at 0": (lambda t: t * t + t, 0.0, {}),
    "a large square": (lambda t: t * t, 1e150, {"noise": 2.0**-52 * 1e300}),
    "a tiny square": (lambda t: t * t, 1e-150, {}),
    "a line from 1e300": (lambda t: t / 4, 1e300, {"noise": 1e284}),
    "a fast ripple": (lambda t: math.fmod(t * 1e6, 1.0) ** 2, 0.3000003, {"noise": 2.0**-30}),
    "a kink": (lambda t: abs(t - 1) + t * t, 1.0, {"kink": True}),
    "a kink at 0": (lambda t: max(t, -3 * t), 0.0, {"kink": True}),
    "a kink beside": (lambda t: abs(t - 1.25), 1.0, {"crossed": lambda there: there >= 1.25}),
    "a kink close by": (lambda t: abs(t - 1 - 2.0**-20), 1.0,
                        {"crossed": lambda there: there >= 1 + 2.0**-20}),
    "a kink closer by": (lambda t: abs(t - 1 - 2.0**-40) + t * t, 1.0,
                         {"crossed": lambda there: there >= 1 + 2.0**-40}),
    "a kink at arm's length": (lambda t: abs(t - 1 - 2.0**-45) + t * t, 1.0,
                               {"crossed": lambda there: there >= 1 + 2.0**-45}),
    "a kink to the left": (lambda t: abs(t - 1 + 2.0**-20) + t * t, 1.0,
                           {"crossed": lambda there: there <= 1 - 2.0**-20}),
    "a kink far out": (lambda t: abs(t - 1e6 - 100), 1e6,
                       {"crossed": lambda there: there >= 1e6 + 100}),
    "a root at its edge": (lambda t: math.sqrt(t) if t >= 0 else NAN, 0.0, {}),
    "a root beside its edge": (lambda t: math.sqrt(t) if t >= 0 else NAN, 1e-12, {}),
    "an edge": (lambda t: t * math.sqrt(t) if t >= 0 else NAN, 0.0, {}),
    "an edge at 1": (lambda t: (1 - t) * t if t <= 1 else NAN, 1.0, {}),
    "an edge and a step": (lambda t: t * t if t <= 1 else NAN, 1.0, {"eps": 2.0**-8}),
    "a jump": (lambda t: float(t > 1), 1.0, {}),
    "a jump that is known": (lambda t: float(t > 1), 1.0, {"kink": True}),
    "a hidden kink": (lambda t: abs(t - 1 - 2.0**-12), 1.0, {}),
    "a hidden jump": (lambda t: t + (t > 1 + 2.0**-12), 1.0, {}),
    "stairs": (stairs, 0.3, {}),
    "stairs, said": (stairs, 0.3, {"noise": 2.0**-30}),
    "noise": (ragged, 0.7, {"noise": 1e-6}),
    "noise that is not said": (ragged, 0.7, {}),
    "nothing finite": (lambda t: NAN, 1.0, {}),
    "closed on both sides": (lambda t: 1.0 if t == 1.0 else NAN, 1.0, {}),
    "flat": (lambda t: 7.0, 3.0, {"noise": 2.0**-50}),
    "a subnormal line": (lambda t: t * 1e-310, 3.0, {}),
    "large and flat": (lambda t: 1e16 + t, 1.0, {"noise": 2.0}),
}  # fmt: skip


@gate(symbol="?", partials=lambda z, x, y: (1, 1), domain=lambda x, y: x + y > -30,
      kinks=lambda x, y: x - 5.25, edges=lambda x, y: y + 100.5)  # fmt: skip
def sampled_edges(x, y):
    """A gate with a condition, a kink and an edge that are not at 0."""
    return x + y


#: By name: a gate and how many points of it are drawn.
DRAWN = {
    "relu": (gates.relu, 60), "clip": (gates.clip.bind(low=-1.5, high=0.25), 50),
    "maximum": (gates.maximum, 40), "dot": (gates.dot, 20), "log": (gates.log, 40),
    "multiply": (gates.multiply, 60), "sampled_edges": (sampled_edges, 80),
}  # fmt: skip


def described(name):
    """One line for a numeric slope, or one for each point that is drawn."""
    if name in SLOPES:
        f, x, options = SLOPES[name]
        found = slope(f, x, **options)
        near = f"{found.near[0]:.6g} ± {found.near[1]:.1e}"
        return [f"{found.value:.7g} ± {found.error:.2e} {found.side} {found.left:.7g} "
                f"{found.right:.7g} {found.infinite!r} near {near} {found.closed!r} "
                f"{found.step:.4g}"]  # fmt: skip
    one, count = DRAWN[name]
    drawn = points(one, count, random.Random(3))
    return [", ".join(f"{x:.9g}" for x in point) for point in drawn]


def record():
    """The whole record, a heading for each name."""
    return "".join("\n".join([f"== {name}", *described(name), ""]) for name in (*SLOPES, *DRAWN))


@pytest.fixture(scope="module")
def said():
    """The lines of the record by name."""
    parts = RECORD.read_text(encoding="utf-8").split("== ")[1:]
    return {part.split("\n")[0]: part.split("\n")[1:-1] for part in parts}


@pytest.mark.parametrize("name", SLOPES)
def test_a_slope_has_the_figures_that_were_recorded(name, said):
    """Value, error, side, the slopes of both sides, flags and step are those recorded."""
    assert described(name) == said[name]


@pytest.mark.parametrize("name", DRAWN)
def test_the_same_points_are_drawn_as_ever(name, said):
    """For one seed the points of a gate are the same in every run."""
    assert described(name) == said[name]


if __name__ == "__main__":
    print(record(), end="")
