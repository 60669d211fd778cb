"""Curves: lines of numbers, and gates with their derivatives."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from viz_samples import texts

from gatenet import Unit
from gatenet.errors import FormatError, OperandError, RangeError, WiringError
from gatenet.gates import CATALOGUE, absolute, exp, log
from gatenet.texts import shown
from gatenet.viz import Picture, plot_gate, plot_lines


def _lines(picture: Picture) -> list[list[list[tuple[float, float]]]]:
    """Return each line's pieces, as points; a dot counts as a piece of one point."""
    root = ElementTree.fromstring(picture.svg)
    found: dict[str, list[list[tuple[float, float]]]] = {}
    for e in root.iter():
        kind = e.get("class", "")
        if kind.startswith("line ") and e.tag.endswith("circle"):
            point = (float(e.get("cx", "")), float(e.get("cy", "")))
            found.setdefault(kind, []).append([point])
        elif kind.startswith("line ") and len(e):
            for piece in e.get("d", "").split("M")[1:]:
                points = [tuple(map(float, pair.split())) for pair in piece.split("L")]
                found.setdefault(kind, []).append(points)  # type: ignore[arg-type]
    return [sorted(pieces) for pieces in found.values()]


def test_a_loss_curve_falls() -> None:
    """Smaller numbers are further down, later ones further right, evenly."""
    ((points,),) = _lines(plot_lines([8.0, 4.0, 2.0, 1.0]))
    xs, ys = zip(*points, strict=True)

    assert ys == tuple(sorted(ys))
    assert [xs[1] - xs[0]] * 3 == pytest.approx([b - a for a, b in pairwise(xs)], abs=0.2)
    assert (ys[1] - ys[0]) == pytest.approx(2 * (ys[2] - ys[1]), abs=0.3)


def test_under_log_equal_ratios_are_equal_steps() -> None:
    """With `log_y` a halving is the same step down wherever it happens."""
    ((points,),) = _lines(plot_lines([8.0, 4.0, 2.0, 1.0], log_y=True))
    steps = [b[1] - a[1] for a, b in pairwise(points)]

    assert [steps[0]] * 3 == pytest.approx(steps, abs=0.2)


def test_what_is_not_finite_leaves_a_gap() -> None:
    """nan, infinity and, under log, zero break the line; a lone number becomes a dot."""
    (pieces,) = _lines(plot_lines([1.0, 2.0, math.nan, 3.0, math.inf, 2.0, 1.0]))
    (logged,) = _lines(plot_lines([1.0, 0.0, 2.0, 3.0], log_y=True))

    assert [2, 1, 2] == [len(piece) for piece in pieces]
    assert [1, 2] == [len(piece) for piece in logged]


def test_several_lines_have_their_names() -> None:
    """Lines given by name are in the legend, and described in words."""
    text = plot_lines({"training": [3.0, 1.0], "held out": [4.0, 2.0]}, title="Loss").svg
    root = ElementTree.fromstring(text)
    words = [e.text for e in root.iter() if e.tag.endswith("}text")]

    assert {"training", "held out", "Loss"} <= set(words)
    assert "training: 2 points, from 3 to 1, least 1; held out" in text
    assert 2 == len(_lines(plot_lines([[1, 2], [3, 4, 5]])))


def test_a_long_line_keeps_its_spikes() -> None:
    """Of a hundred thousand points few are drawn, the highest and the lowest among them."""
    values = [math.sin(i / 5000) for i in range(100_000)]
    values[77_777] = 9.0
    ((points,),) = _lines(plot_lines(values))
    top = min(points, key=lambda p: p[1])
    width = points[-1][0] - points[0][0]

    assert len(points) <= 2500
    assert (top[0] - points[0][0]) / width == pytest.approx(0.77777, abs=0.002)


@given(st.lists(st.floats(), min_size=1, max_size=6), st.booleans(), texts, texts)
def test_any_numbers_and_any_words_make_a_picture(
    values: list[float], log_y: bool, title: str, label: str
) -> None:
    """Whatever is plotted, the picture is well-formed and every coordinate a number."""
    picture = plot_lines({label: values}, title=title, x_label=label, y_label=label, log_y=log_y)
    root = ElementTree.fromstring(picture.svg)
    drawn = [e.get(name, "") for e in root.iter() for name in ("d", "x", "y", "cx", "cy")]

    assert not re.search("nan|inf|e", "".join(drawn))
    assert (shown(title) or "Plot") == next(e.text for e in root.iter() if e.tag.endswith("title"))


@pytest.mark.parametrize("series", [["a"], [1.0, None], "12", [Unit(1.0)], 5, {"a": 3}])
def test_what_is_no_number_is_refused(series: object) -> None:
    """The error shows the thing that is not a list of numbers."""
    with pytest.raises(OperandError, match="cannot plot"):
        plot_lines(series)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_gate_has_its_plot(name: str) -> None:
    """Each declared gate draws, with every coordinate a number within the frame."""
    picture = plot_gate(CATALOGUE[name])
    points = [p for line in _lines(picture) for piece in line for p in piece]

    assert points
    assert all(0 <= x <= 640 and 61 <= y <= 347 for x, y in points)


def test_a_jump_is_not_joined() -> None:
    """The derivative of |x| is two levels and the point between them, not a steep line."""
    value, slope = _lines(plot_gate(absolute))

    assert 1 == len(value)
    assert [1, 1, 1] == [len({y for _, y in piece}) for piece in slope]
    assert 3 == len({piece[0][1] for piece in slope})


def test_a_curve_ends_at_the_edge_of_its_domain() -> None:
    """The logarithm is drawn to the right of 0 alone."""
    lines = _lines(plot_gate(log, low=-1.0, high=1.0))
    middle = 0.5 * (48 + 616)

    assert all(x >= middle - 8 for line in lines for piece in line for x, _ in piece)


def test_the_derivative_of_exp_is_exp() -> None:
    """Both curves of exp run through the same pixels."""
    value, slope = _lines(plot_gate(exp))

    assert value == slope


@pytest.mark.parametrize(
    ("series", "said"),
    [([], "an empty list"), ({}, "an empty list"), ([[]], "no number in 1"),
     ({"train": [], "test": []}, "no number in train, test"), (iter([]), "an empty list")],
)  # fmt: skip
def test_no_numbers_at_all_are_refused(series: object, said: str) -> None:
    """An empty chart would say nothing: the error says what was empty, and the mend."""
    with pytest.raises(RangeError, match=f"plot_lines got {said}.*Append to the list"):
        plot_lines(series)  # type: ignore[arg-type]


def test_one_empty_line_beside_another_is_drawn() -> None:
    """A validation loss that has not begun does not keep the training loss from being seen."""
    assert 1 == len(_lines(plot_lines({"training": [2.0, 1.0], "validation": []})))


def test_a_plot_is_saved(tmp_path: Path) -> None:
    """With a path the picture is in the file; another ending than .svg is refused."""
    picture = plot_lines([1.0, 2.0], tmp_path / "loss.svg")

    assert picture.svg == (tmp_path / "loss.svg").read_text(encoding="utf-8")
    with pytest.raises(FormatError, match=r"loss\.png"):
        plot_gate(exp, tmp_path / "loss.png")


def test_a_gate_may_be_named() -> None:
    """By its name a gate gives the same plot as itself."""
    assert plot_gate("exp").svg == plot_gate(exp).svg


@pytest.mark.parametrize(
    ("gate", "error", "said"),
    [("rleu", WiringError, "there is no gate 'rleu': did you mean relu"),
     ("nonsense?", WiringError, "gatenet gates"), (math.sin, OperandError, "it is no gate"),
     (None, OperandError, "cannot plot None")],
)  # fmt: skip
def test_what_is_no_gate_is_answered(gate: object, error: type[Exception], said: str) -> None:
    """A misspelt name, a plain function and nothing at all are errors that say the mend."""
    with pytest.raises(error, match=said):
        plot_gate(gate)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("low", "high"), [(1.0, 1.0), (2.0, 1.0), (math.nan, 1.0), (0.0, math.inf)]
)
def test_a_range_must_be_one(low: float, high: float) -> None:
    """An empty or infinite range is an error that names the gate and the numbers."""
    with pytest.raises(RangeError, match="cannot plot gate 'exp' from"):
        plot_gate(exp, low=low, high=high)
