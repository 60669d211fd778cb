"""charts.surface: heights against known functions, and parameters left where they were."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from charting import axes, labels, line, state
from gatenet.viz.charts.planes import plane_of, random_plane
from hypothesis import given
from hypothesis import strategies as st

from gatenet import Circuit, Unit
from gatenet.errors import DomainError, OperandError, RangeError, WiringError
from gatenet.viz import charts


def contours(ax: Any) -> Any:
    """The drawn lines of equal loss."""
    from matplotlib.contour import QuadContourSet

    (found,) = [c for c in ax.collections if isinstance(c, QuadContourSet) and not c.filled]
    return found


def leaves(*values: float) -> list[Unit]:
    """Parameters of these values."""
    return [Unit(x, f"p{k}", role="parameter") for k, x in enumerate(values)]


@pytest.mark.parametrize("log", [False, True])
def test_heights_are_the_loss(log: bool) -> None:
    """Along a line of level c, 1 + a² + 4b² is c, as near as straight pieces come."""
    a, b = units = leaves(0.0, 0.0)
    ax = charts.surface(lambda: 1 + a * a + 4 * b * b, units, log=log, resolution=60, ax=axes())
    drawn = contours(ax)

    seen = 0
    for level, segments in zip(drawn.levels, drawn.allsegs, strict=True):
        for x, y in [point for segment in segments for point in segment]:
            assert 1 + x * x + 4 * y * y == pytest.approx(level, abs=3e-3)
            seen += 1
    assert seen > 100
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("p0", "p1")
    scale = next(other for other in ax.figure.axes if other is not ax)
    assert scale.get_ylabel() == ("loss (log scale)" if log else "loss")


def test_the_path_is_drawn_as_it_went() -> None:
    """Of two parameters the path's points are their values; the star stands at the present ones."""
    a, b = units = leaves(0.5, 0.25)
    path = [[2.0, 1.0], [1.0, -1.0], [0.5, 0.25]]
    ax = charts.surface(lambda: a * a + b * b, units, path=path, ax=axes())

    assert line(ax, "path") == [(2.0, 1.0), (1.0, -1.0), (0.5, 0.25)]
    assert line(ax, "start") == [(2.0, 1.0)]
    assert line(ax, "now") == [(0.5, 0.25)]
    assert labels(ax) == ["path", "start", "now"]
    low, high = ax.get_xlim()
    assert low < 0.5 < 2.0 < high


def test_many_parameters_need_a_plane() -> None:
    """Along random directions the distance from the middle is kept: a sphere stays round."""
    units = leaves(0.0, 0.0, 0.0, 0.0)
    ax = charts.surface(lambda: sum(u * u for u in units), units, rng=1, radius=2.0, ax=axes())

    for level, segments in zip(contours(ax).levels, contours(ax).allsegs, strict=True):
        for x, y in [point for segment in segments for point in segment]:
            assert x * x + y * y == pytest.approx(level, abs=2e-2)
    assert "random direction 1" in ax.get_xlabel()
    assert ax.get_xlim() == (-2.0, 2.0)
    with pytest.raises(WiringError, match=r"4 parameters.*path=.*rng="):
        charts.surface(lambda: units[0], units)


def test_a_plane_through_the_path() -> None:
    """In a plane of its own the path keeps its distances, and the losses at its points."""
    units = leaves(0.0, 0.0, 3.0)
    path = [[4.0, 0.0, 3.0], [4.0, 2.0, 3.0], [0.0, 0.0, 3.0]]
    ax = charts.surface(lambda: sum(u * u for u in units), units, path=path, ax=axes())

    assert line(ax, "path") == [(4.0, 0.0), (4.0, 2.0), (0.0, 0.0)]
    assert line(ax, "now") == [(0.0, 0.0)]


def dot(a: Any, b: Any) -> float:
    """The product of two vectors."""
    return sum(x * y for x, y in zip(a, b, strict=True))


@given(st.data(), st.integers(3, 6))
def test_both_ends_of_a_path_lie_in_its_plane(data: Any, size: int) -> None:
    """Start and end come back from their shadows, and the directions are orthonormal."""
    number = st.floats(-100, 100, allow_subnormal=False).map(lambda x: round(x, 3))
    row = st.lists(number, min_size=size, max_size=size)
    path = data.draw(st.lists(row, min_size=2, max_size=5).filter(lambda p: p[0] != p[-1]))
    plane = plane_of(path)

    assert math.hypot(*plane.first) == pytest.approx(1.0)
    assert math.hypot(*plane.second) == pytest.approx(1.0)
    assert dot(plane.first, plane.second) == pytest.approx(0.0, abs=1e-6)
    for point in (path[0], path[-1]):
        assert plane.point(*plane.shadow(point)) == pytest.approx(point, abs=1e-6)


def test_random_planes_follow_their_seed() -> None:
    """The same seed gives the same plane, another one another, of orthonormal directions."""
    one, same, other = (random_plane([0.0] * 5, random.Random(k)) for k in (1, 1, 2))

    assert one == same != other
    products = [dot(one.first, one.first), dot(one.second, one.second), dot(one.first, one.second)]
    assert products == pytest.approx([1.0, 1.0, 0.0], abs=1e-12)


def test_parameters_and_pending_passes_are_left_alone() -> None:
    """Values and gradients are as they were, and a loss wired before can still be swept."""
    a, b = units = leaves(1.5, -0.5)
    (a * b).backward()
    pending = a * b
    before = state(units)
    charts.surface(lambda: a * a + b * b, units, resolution=4, ax=axes())

    assert state(units) == before
    pending.backward()
    assert (a.grad, b.grad) == (-1.0, 3.0)


def test_a_replayed_circuit_stands_where_it_stood() -> None:
    """A loss that is replayed, not wired anew, has its old values again afterwards."""
    a, b = units = leaves(1.5, -0.5)
    y = (a * b).tanh()
    circuit = Circuit(y)
    before = [value.hex() for value in circuit.values]
    charts.surface(circuit.forward, units, resolution=4, ax=axes())

    assert [value.hex() for value in circuit.values] == before
    assert not circuit.stale
    y.backward()
    assert a.grad == pytest.approx(-0.5 / math.cosh(0.75) ** 2)


def test_after_an_error_everything_is_back_or_says_so() -> None:
    """A loss that fails leaves the parameters as they were; a replay left behind is stale."""
    a, b = units = leaves(1.5, -0.5)
    circuit = Circuit(a * b)
    calls: list[int] = []

    def fails() -> float:
        calls.append(0)
        if len(calls) > 5:
            raise KeyError("five")
        return circuit.forward()  # type: ignore[no-any-return]

    before = state(units)
    with pytest.raises(KeyError):
        charts.surface(fails, units, resolution=4, ax=axes())

    assert state(units) == before
    assert circuit.stale


def test_bare_where_the_loss_is_not_finite() -> None:
    """A loss of log(a) is drawn to the right of 0 alone, without a warning."""
    a, b = units = leaves(1.0, 0.0)
    ax = charts.surface(lambda: a.log() + b, units, radius=2.0, ax=axes())
    ax.figure.canvas.draw()
    points = [p for segments in contours(ax).allsegs for s in segments for p in s]

    assert points
    assert all(x >= 0 for x, _ in points)


@pytest.mark.parametrize(
    ("left", "right"), [(0.0, 0.0), (5.0, 5.0), (-3.0, -3.0), (1e308, 1e-308), (1e-320, 5e-324)]
)
def test_hard_losses_still_draw(left: float, right: float) -> None:
    """A loss that is the same everywhere, or huge here and tiny there, is a chart as well."""
    a, b = leaves(0.0, 0.0)
    ax = charts.surface(
        lambda: left if a.value < 0 else right, [a, b], resolution=3, ax=axes()
    )  # fmt: skip
    ax.figure.canvas.draw()

    assert ax.has_data()


@pytest.mark.parametrize(
    ("loss_fn", "units", "options", "error", "said"),
    [
        (lambda: 1.0, leaves(1.0), {}, WiringError, r"got 1 parameter\(s\)"),
        (lambda: 1.0, [Unit(1.0)] * 2, {}, WiringError, "listed twice"),
        (lambda: 1.0, [Unit(1.0), Unit(2.0) * 3], {}, WiringError, "output of a gate"),
        (lambda: 1.0, [1.0, 2.0], {}, OperandError, "item 0 is 1.0"),
        (lambda: "a", leaves(1.0, 2.0), {}, OperandError, "loss_fn gave 'a'"),
        (lambda: math.nan, leaves(1.0, 2.0), {}, DomainError, "finite, and below 1e200, nowhere"),
        (lambda: -1.0, leaves(1.0, 2.0), {"log": True}, RangeError, "nowhere above 0"),
        (lambda: 1.0, leaves(1.0, 2.0), {"path": [[1.0]]}, WiringError, "step 0 .* 1 number"),
        (lambda: 1.0, leaves(1.0, 2.0), {"path": [1.0]}, OperandError, "step 0 of the path is 1.0"),
        (lambda: 1.0, leaves(1.0, 2.0), {"path": [[1.0, math.inf]]}, RangeError, "not finite"),
        (lambda: 1.0, leaves(1.0, 2.0, 3.0), {"path": [[1.0] * 3]}, RangeError, "does not move"),
        (lambda: 1.0, leaves(1.0, 2.0), {"radius": 0.0}, RangeError, "radius is 0.0"),
        (lambda: 1.0, leaves(1.0, 2.0), {"resolution": 1}, RangeError, "resolution is 1"),
    ],
)
def test_mistakes_are_named(loss_fn: Any, units: Any, options: Any, error: Any, said: str) -> None:
    """What cannot be drawn is told with its numbers and the mend."""
    with pytest.raises(error, match=said):
        charts.surface(loss_fn, units, ax=axes(), **options)
