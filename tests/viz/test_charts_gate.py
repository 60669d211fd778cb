"""charts.gate: curves against `math`, and marks against what is known of each gate."""

from __future__ import annotations

import math
from typing import Any

import pytest
from charting import axes, labels, line

from gatenet import Unit, checkpoint, custom_gradient
from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.gates import CATALOGUE, absolute, leaky_relu, maximum
from gatenet.viz import charts


def test_curves_are_the_gate_and_its_derivative() -> None:
    """tanh is math.tanh, and its derivative 1/cosh², over the range that was asked for."""
    ax = charts.gate("tanh", -2.0, 4.0, ax=axes())
    value, slope = line(ax, "value"), line(ax, "derivative")

    assert [value[0][0], value[-1][0]] == [-2.0, 4.0]
    assert [y for _, y in value] == pytest.approx([math.tanh(x) for x, _ in value], rel=1e-14)
    assert [y for _, y in slope] == pytest.approx(
        [1 / math.cosh(x) ** 2 for x, _ in slope], rel=1e-12
    )
    assert ax.get_xlabel() == "x"


@pytest.mark.parametrize(
    ("name", "low", "high", "kinks"),
    [("relu", -3.0, 3.0, [0.0]), ("relu", -1.0, 2 / 3, [0.0]), ("hard_tanh", -2.1, 3.3, [-1, 1]),
     ("absolute", 1.0, 2.0, []), ("maximum", -3.0, 3.7, [2.0])],
)  # fmt: skip
def test_kinks_are_marked_on_the_curve(
    name: str, low: float, high: float, kinks: list[float]
) -> None:
    """Each kink has its mark, on a sample or between two, and on the value's curve."""
    ax = charts.gate(name, low, high, ax=axes())
    marks = [one for one in ax.get_lines() if one.get_marker() == "D"]
    points = [(x, y) for one in marks for x, y in zip(*one.get_data(), strict=True)]

    assert [x for x, _ in points] == pytest.approx(kinks, abs=1e-14)
    gate = CATALOGUE[name]
    assert [y for _, y in points] == [
        gate.value(x, 2.0) if gate.variadic else gate.value(x) for x, _ in points
    ]


def test_edge_and_domain_are_marked() -> None:
    """log has an edge at 0 and is not defined to the left of it, and no further."""
    ax = charts.gate("log", -1.0, 2.0, ax=axes())
    (span,) = ax.patches
    edge = line(ax, "edge at 0")

    assert [x for x, _ in edge] == pytest.approx([0.0, 0.0], abs=1e-15)
    corners = span.get_patch_transform().transform(span.get_path().vertices)
    assert {round(float(x), 15) for x, _ in corners} == {-1.0, 0.0}
    assert "not defined" in labels(ax)
    assert all(math.isnan(y) for x, y in line(ax, "value") if x < 0)


def test_another_input_may_run() -> None:
    """Along b, a/b at a = 6 has the slope -6/b²; the title says what is held."""
    ax = charts.gate("divide", 0.5, 3.0, along="b", at=[6.0], ax=axes())
    slope = line(ax, "derivative in b")

    assert [y for _, y in slope] == pytest.approx([-6 / x**2 for x, _ in slope], rel=1e-14)
    assert ax.get_title(loc="left") == "divide, a = 6"
    assert ax.get_xlabel() == "b"


def test_static_parameters_are_bound_and_said() -> None:
    """A bound slope is the curve's and stands in the title."""
    ax = charts.gate(leaky_relu.bind(slope=0.25), -1.0, 1.0, ax=axes())

    assert line(ax, "value")[0] == (-1.0, -0.25)
    assert ax.get_title(loc="left") == "leaky_relu, slope = 0.25"


def test_a_jump_is_a_gap() -> None:
    """The derivative of |x| goes from -1 to 1 with nothing drawn between."""
    slope = line(charts.gate(absolute, ax=axes()), "derivative")

    assert {y for _, y in slope if y == y} == {-1.0, 0.0, 1.0}
    assert any(y != y for _, y in slope)


def test_any_number_of_inputs() -> None:
    """The largest of x, 2 and 0.5 is 2 until x passes it."""
    value = line(charts.gate(maximum, at=[2.0, 0.5], ax=axes()), "value")

    assert [y for _, y in value if y == y] == [max(x, 2.0) for x, y in value if y == y]


def test_every_gate_has_its_chart() -> None:
    """Each gate of the catalogue draws without a warning; some, to the last pixel."""
    ax = axes()
    for i, gate in enumerate(CATALOGUE.values()):
        ax.clear()
        charts.gate(gate, ax=ax)
        low, high = ax.get_ylim()
        assert -1e6 < low < high < 1e6, gate.name
        if i % 12 == 0:
            ax.figure.draw_without_rendering()


def test_a_rule_in_python_has_its_chart() -> None:
    """A gate whose value and derivative are Python functions is drawn like any other."""

    @custom_gradient(partials=lambda z, a: 3.0 * a * a)
    def cubed(a: float) -> float:
        return a**3

    ax = charts.gate(cubed, -2.0, 2.0, ax=axes())

    assert line(ax, "value")[0] == (-2.0, -8.0)
    assert line(ax, "derivative")[-1] == (2.0, 12.0)


def test_a_block_without_derivatives_says_so() -> None:
    """A checkpoint has values and works its derivatives out in a pass: that is told."""
    inner = checkpoint(lambda x: x * x)(Unit(2.0)).gate

    with pytest.raises(WiringError, match="no formula for its derivatives"):
        charts.gate(inner, ax=axes())


@pytest.mark.parametrize(
    ("arguments", "options", "error", "said"),
    [
        (("rleu",), {}, WiringError, "there is no gate 'rleu': did you mean relu"),
        (("",), {}, WiringError, "gatenet gates"),
        ((math.sin,), {}, OperandError, "it is no gate.*'tanh'"),
        ((None,), {}, OperandError, "cannot plot None"),
        (("relu", 1.0, 1.0), {}, RangeError, "'relu' from 1.0 to 1.0"),
        (("relu", "a"), {}, OperandError, "'a'"),
        (("add",), {"along": "q"}, WiringError, "no input 'q': it has a, b"),
        (("add",), {"at": [1.0, 2.0]}, WiringError, "at= holds 2 number"),
    ],
)
def test_mistakes_are_named(arguments: Any, options: Any, error: Any, said: str) -> None:
    """A wrong gate, range, input or number of held inputs is told with the mend."""
    with pytest.raises(error, match=said):
        charts.gate(*arguments, **options)
