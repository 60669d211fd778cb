"""charts.boundary: lines against boundaries worked by hand, and a model left alone."""

from __future__ import annotations

import math
from typing import Any

import pytest
from charting import axes, labels, state

from gatenet import Unit, sigmoid
from gatenet.errors import DomainError, OperandError, RangeError, WiringError
from gatenet.losses import mse_loss
from gatenet.nn import MLP, Module
from gatenet.viz import charts

ROWS = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]


def lines(ax: Any) -> list[list[tuple[float, float]]]:
    """The drawn boundaries, as points."""
    from matplotlib.contour import QuadContourSet

    found = [c for c in ax.collections if isinstance(c, QuadContourSet) and not c.filled]
    return [[tuple(p) for p in segment] for c in found for segment in c.allsegs[0]]


def test_the_line_of_a_linear_model() -> None:
    """2x - y - 0.5 is 0 along y = 2x - 0.5: there the line stands, exactly, being straight."""
    ax = charts.boundary(lambda p: 2.0 * p[0] - p[1] - 0.5, ROWS, [0, 1, 0, 1], ax=axes())
    (points,) = lines(ax)

    assert len(points) > 30
    assert [y for _, y in points] == pytest.approx([2 * x - 0.5 for x, _ in points], abs=1e-9)


def test_the_threshold_of_a_probability() -> None:
    """A sigmoid's output is cut at 0.5 where its input is cut at 0."""
    weights = Unit(1.0), Unit(1.0)
    ax = charts.boundary(
        lambda p: [sigmoid(weights[0] * p[0] + weights[1] * p[1] - 1.0)],
        ROWS, [0, 0, 0, 1], threshold=0.5, ax=axes(),
    )  # fmt: skip
    (points,) = lines(ax)

    assert [x + y for x, y in points] == pytest.approx([1.0] * len(points), abs=1e-3)


def test_three_classes_meet_in_a_point() -> None:
    """Scores x, y and -x - y tie pairwise along three half lines from the origin."""
    rows = [[2.0, 0.0], [0.0, 2.0], [-2.0, -2.0]]
    ax = charts.boundary(
        lambda p: [p[0], p[1], -p[0] - p[1]], rows, [0, 1, 2], names=["east", "north"],
        resolution=59, ax=axes(),
    )  # fmt: skip

    for x, y in [point for segment in lines(ax) for point in segment]:
        scores = sorted([x, y, -x - y])
        assert scores[2] - scores[1] == pytest.approx(0.0, abs=0.06)
    assert len(lines(ax)) >= 3
    assert labels(ax) == ["east", "north", "class 2"]


def test_the_data_stand_where_they_are() -> None:
    """Each class has its points, in its own colour and shape."""
    ax = charts.boundary(lambda p: p[0], ROWS, [-1, 1, -1, 1], ax=axes())
    below, above = ax.collections[-2:]

    assert below.get_offsets().tolist() == [[0.0, 0.0], [0.0, 1.0]]
    assert above.get_offsets().tolist() == [[1.0, 0.0], [1.0, 1.0]]
    assert below.get_facecolor().tolist() != above.get_facecolor().tolist()
    assert labels(ax) == ["class -1", "class 1"]


def test_a_model_that_knows_one_class_has_no_line() -> None:
    """Where nothing changes, no line is drawn, and nothing warns."""
    ax = charts.boundary(lambda p: 1.0, ROWS, [1, 1, 1, 1], ax=axes())
    ax.figure.draw_without_rendering()

    assert lines(ax) == []
    assert labels(ax) == ["class 0", "class 1"]


def test_a_model_may_be_very_sure() -> None:
    """Infinite and huge scores count by their sign; where the score is nan, the plane is bare."""
    scores = {0: -math.inf, 1: 1e308, 2: math.nan}
    ax = charts.boundary(
        lambda p: scores[2 if p[1] > 0.9 else int(p[0] > 0.5)],
        ROWS,
        [0, 1, 0, 1],
        resolution=20,
        ax=axes(),
    )
    ax.figure.draw_without_rendering()

    assert [x for segment in lines(ax) for x, _ in segment] == pytest.approx(
        [0.5] * sum(map(len, lines(ax))), abs=0.04
    )
    assert lines(ax)


class Moody(Module):
    """A model whose parts are in modes of their own, and that notes the mode it runs in."""

    def __init__(self) -> None:
        self.first = MLP(2, [3, 1], "tanh", rng=0)
        self.seen: set[bool] = set()

    def forward(self, row: Any) -> Any:
        """Run the network."""
        self.seen.add(self.first.layers[0].training)
        return self.first(row)


def test_the_model_is_left_alone() -> None:
    """Values, gradients, modes and a pass that has not been swept yet: all as they were."""
    model = Moody()
    mse_loss([model(row)[0] for row in ROWS], [0.0, 1.0, 1.0, 0.0]).backward()
    pending = mse_loss([model(row)[0] for row in ROWS], [0.0, 1.0, 1.0, 0.0])
    model.first.layers[1].training = False
    model.seen.clear()
    before = state(model.parameters())
    modes = [vars(part).get("training") for part in model.modules()]
    charts.boundary(model, ROWS, [0, 1, 1, 0], resolution=5, ax=axes())

    assert model.seen == {False}
    assert state(model.parameters()) == before
    assert [vars(part).get("training") for part in model.modules()] == modes
    once = [unit.grad for unit in model.parameters()]
    pending.backward()
    assert [unit.grad for unit in model.parameters()] == [2 * g for g in once]


def test_modes_come_back_after_an_error() -> None:
    """A model that fails half way is in its own mode again."""
    model = Moody()
    model.first.layers.append(lambda signals: 1 / 0)  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        charts.boundary(model, ROWS, [0, 1, 1, 0], ax=axes())

    assert all("training" not in vars(part) for part in model.modules())


@pytest.mark.parametrize(
    ("model", "rows", "ys", "error", "said"),
    [
        (lambda p: p[0], [[1.0]], [0], WiringError, "row 0 has 1 number"),
        (lambda p: p[0], [1.0], [0], OperandError, "row 0 is 1.0"),
        (lambda p: p[0], [["a", "b"]], [0], OperandError, "row 0 is"),
        (lambda p: p[0], [[math.nan, 1.0]], [0], RangeError, "no place"),
        (lambda p: p[0], [], [], RangeError, "no rows"),
        (lambda p: p[0], ROWS, [0, 1], WiringError, "4 rows and 2 classes"),
        (lambda p: p[0], ROWS, [0, 1, 2, 3], WiringError, "tells two classes apart.*4"),
        (lambda p: p, ROWS, [0, 1, 2, 1], WiringError, r"0 to 1; the data have \[2\]"),
        (lambda p: [], ROWS, [0, 1, 1, 0], WiringError, "no output"),
        (lambda p: "a", ROWS, [0, 1, 1, 0], OperandError, "the model gave 'a'"),
        (lambda p: math.nan, ROWS, [0, 1, 1, 0], DomainError, "detect_anomaly"),
    ],
)
def test_mistakes_are_named(model: Any, rows: Any, ys: Any, error: Any, said: str) -> None:
    """Rows, classes and outputs that do not fit are told with their numbers."""
    with pytest.raises(error, match=said):
        charts.boundary(model, rows, ys, ax=axes())


def test_a_resolution_is_a_whole_number() -> None:
    """A grid of 1 or of 2.5 steps is refused."""
    for wrong in (1, 2.5, "9"):
        with pytest.raises(RangeError, match="resolution"):
            charts.boundary(lambda p: p[0], ROWS, [0, 1, 0, 1], resolution=wrong, ax=axes())  # type: ignore[arg-type]
