"""Explanations at depth: a million gates in a row, sixty doublings, half a million branches."""

import pytest

from gatenet import Unit, explain, genealogy

MILLION = 1_000_000


@pytest.mark.slow
def test_a_million_gates_are_explained():
    """The one path through a million gates is found, multiplied out and printed short."""
    x = y = Unit(1.0, "x")
    for _ in range(MILLION):
        y = -y
    found = explain(y, x)

    assert (found.total, found.count, found.rest) == (1.0, 1, 0.0)
    assert len(found.paths[0]) == MILLION
    assert found.paths[0].contribution == 1.0
    assert len(str(found)) < 1_000


def test_sixty_doublings():
    """Of 2**60 paths ten are listed, and the others counted and summed exactly."""
    x = y = Unit(1.0, "x")
    for _ in range(60):
        y = y + y
    found = explain(y, x)

    assert (found.count, found.total) == (2**60, 2.0**60)
    assert [path.contribution for path in found.paths] == [1.0] * 10
    assert len({path.ports for path in found.paths}) == 10
    assert found.rest == 2.0**60 - 10
    assert "2^60 paths lead" in str(found)


def test_many_branches():
    """A path can leave the largest one at any of ten thousand places; the ten best do so well."""
    x = y = Unit(1.0, "x")
    slopes = [1e-3 / (k + 1) for k in range(10_000)]
    for slope in reversed(slopes):
        y = y + y * slope
    found = explain(y, x)

    assert found.count == 2**10_000
    expected = [1.0, *slopes[:9]]
    assert [path.contribution for path in found.paths] == pytest.approx(expected)


def test_a_nan_far_away():
    """The birth of a nan is found at any distance, and the trail printed short."""
    y = named = Unit(-1.0, "x").log()
    for _ in range(20_000):
        y = y * 1.0
    found = genealogy(y)

    assert found.born is named
    assert len(found.trail) == 20_001
    assert len(str(found)) < 1_000


def test_a_bad_pull_far_away():
    """The first bad pull is found below twenty thousand gates."""
    x = Unit(0.0, "x")
    y = root = x.sqrt()
    for _ in range(20_000):
        y = y * 1.0
    found = genealogy(y)

    assert (found.phase, found.born, len(found.trail)) == ("backward", root, 20_001)
