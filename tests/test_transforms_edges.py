"""The edge rule (no pull through a gate on its edge when its upstream is 0) at higher orders."""

import math

import pytest

import gatenet as gn
from gatenet.gates import log, maximum


def test_blocked_edge_stays_blocked_at_the_second_order() -> None:
    """max(x, log y) at y = 0 with x the winner has every second derivative 0, none of them nan."""
    x, y = gn.Unit(1.0), gn.Unit(0.0)

    first = gn.gradients([maximum(x, log(y))], [1.0], [x, y], create_graph=True)
    second = [gn.gradients([g], [1.0], [x, y]) for g in first if isinstance(g, gn.Unit)]

    assert [0.0, 0.0] in second
    assert all(row == [0.0, 0.0] for row in second)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_both_modes_block_the_same_edge(mode: str) -> None:
    """Forward and reverse mode agree where a gate on its edge is not the winner."""

    def f(p: list[gn.Unit]) -> list[gn.Unit]:
        return [maximum(p[0], log(p[1]))]

    assert [[1.0, 0.0]] == gn.jacobian(f, mode=mode)([1.0, 0.0])


def test_forward_over_forward_blocks_the_edge_too() -> None:
    """The wired push chooses before it multiplies, so its own derivative is not nan."""

    def inner(x: gn.Unit, y: gn.Unit) -> gn.Unit:
        return gn.jvp(lambda a, b: maximum(a, log(b)), (x, y), (1.0, 1.0))[1]

    assert gn.jvp(inner, (1.0, 0.0), (1.0, 1.0)) == (1.0, 0.0)


def test_an_edge_that_matters_is_infinite_in_both_modes() -> None:
    """Blocking hides nothing: where log is the winner its derivative at 0 is inf."""

    def f(p: list[gn.Unit]) -> list[gn.Unit]:
        return [maximum(p[0], log(p[1]))]

    for mode in ("forward", "reverse"):
        row = gn.jacobian(f, mode=mode)([-math.inf, 0.0])[0]

        assert math.inf == row[1]


def test_a_zero_tangent_is_an_argument_that_does_not_move() -> None:
    """sqrt's infinite slope at 0 does not spoil the derivative in another argument."""

    def f(x: gn.Unit, y: gn.Unit) -> gn.Unit:
        return log(x) + y

    assert 1.0 == gn.jvp(f, (0.0, 2.0), (0.0, 1.0))[1]
    assert (math.inf, 1.0) == gn.vjp(f, 0.0, 2.0)[1](1.0)
