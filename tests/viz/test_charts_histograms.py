"""charts.histograms: counts against NumPy's, layer by layer, and what is not drawn is said."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from charting import axes, pyplot, state

from gatenet import Unit
from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.nn import MLP
from gatenet.viz import charts

numpy = pytest.importorskip("numpy", reason="counts are held against NumPy, which is missing")


def rows(ax: Any) -> list[Any]:
    """The outlines of the layers, from the first on top down: values over their base, edges."""
    outlines = [one.get_data() for one in ax.patches if not one.get_fill()]
    return [(numpy.asarray(d.values) - d.baseline, d.edges, d.baseline) for d in outlines]


def trained() -> MLP:
    """A network after one backward pass."""
    model = MLP(2, [16, 16, 1], "tanh", rng=0)
    model([0.5, -1.0])[0].backward()
    return model


@pytest.mark.parametrize("what", ["grad", "value"])
def test_the_counts_of_each_layer(what: str) -> None:
    """Heights are NumPy's counts over the same bins, scaled to the row's largest."""
    model = trained()
    ax = charts.histograms(model, what, bins=12, ax=axes())

    assert len(rows(ax)) == 3
    for layer, (heights, edges, base) in zip(model.layers, rows(ax), strict=True):
        numbers = [getattr(unit, what) for unit in layer.parameters()]
        counts, _ = numpy.histogram(numbers, bins=edges)
        assert counts.sum() == len(numbers)
        assert heights == pytest.approx(0.85 * counts / counts.max(), abs=1e-12), base
    assert [base for _, _, base in rows(ax)] == [2.0, 1.0, 0.0]
    assert ax.get_xlabel() == {"grad": "gradient", "value": "value"}[what]


def test_layers_are_named_and_counted() -> None:
    """MLP(2, [16, 16, 1]) has 48, 272 and 17 parameters in layers 0, 1 and 2."""
    ax = charts.histograms(trained(), "value", ax=axes())
    said = [text.get_text() for text in ax.get_yticklabels()]

    assert [text.split("\n")[:2] for text in said] == [
        ["layers.0", "48 parameters"], ["layers.1", "272 parameters"], ["layers.2", "17 parameters"]
    ]  # fmt: skip
    assert "16 exactly 0" in said[0]  # the biases, as they start


def test_sizes_on_a_logarithmic_axis() -> None:
    """Under log_x the bins hold |x|, evenly in its logarithm; zeros are counted, not drawn."""
    layers = {"one": [Unit(x) for x in (1e-6, -1e-3, 1.0, 0.0, 1e-3)]}
    ax = charts.histograms(layers, "value", bins=6, log_x=True, ax=axes())
    ((heights, edges, _),) = rows(ax)
    steps = [math.log10(b / a) for a, b in pairwise(edges)]

    assert steps == pytest.approx([steps[0]] * 6)
    assert heights == pytest.approx([0.425, 0, 0, 0.85, 0, 0.425])
    assert "1 exactly 0" in ax.get_yticklabels()[0].get_text()
    assert ax.get_xscale() == "log"


def test_what_is_not_drawn_is_said() -> None:
    """Units that no pass reached, and gradients that are not finite, are counted in words."""
    units = [Unit(float(k)) for k in range(5)]
    units[0].grad, units[1].grad, units[2].grad = 1.0, math.nan, math.inf
    said = charts.histograms({"a": units}, ax=axes()).get_yticklabels()[0].get_text()

    huge = charts.histograms({"a": [Unit(1e300), Unit(1.0)]}, "value", ax=axes())

    assert "1 too large or small" in huge.get_yticklabels()[0].get_text()
    assert said.split("\n") == ["a", "5 parameters", "2 not reached", "2 not finite"]


def test_the_model_is_only_read() -> None:
    """Every value and gradient is as it was."""
    model = trained()
    before = state(model.parameters())
    charts.histograms(model, ax=axes())
    charts.histograms(model, "value", log_x=True, ax=axes())

    assert state(model.parameters()) == before


@pytest.mark.parametrize(
    "numbers", [[0.0], [1.7e308, -1e300, 1e200], [5e-324, 1.0], [3.0, 3.0], []]
)
def test_hard_numbers_still_draw(numbers: list[float]) -> None:
    """One number, huge and tiny ones, equal ones and none at all: no warning, no error."""
    layers = {"a": [Unit(x) for x in numbers], "b": [Unit(1.0)]}
    for log_x in (False, True):
        with pyplot.style.context("default"):
            charts.histograms(layers, "value", log_x=log_x, ax=axes()).figure.canvas.draw()

    assert len(rows(charts.histograms(layers, "value", ax=axes()))) == 2


@pytest.mark.parametrize(
    ("model", "options", "error", "said"),
    [
        (MLP(2, [1], rng=0), {}, WiringError, r"no parameter has a gradient yet.*backward\(\)"),
        (MLP(2, [1], rng=0), {"what": "weights"}, RangeError, "'weights'.*'grad', 'value'"),
        (MLP(2, [1], rng=0), {"bins": 0}, RangeError, "bins is 0"),
        ({}, {"what": "value"}, WiringError, "no parameters"),
        ([1, 2], {"what": "value"}, OperandError, "give a module"),
        ({"a": [1.0]}, {"what": "value"}, OperandError, "item 0 is 1.0"),
    ],
)
def test_mistakes_are_named(model: Any, options: Any, error: Any, said: str) -> None:
    """What cannot be drawn is told with the mend."""
    with pytest.raises(error, match=said):
        charts.histograms(model, **options)
