"""Every gate's local derivatives, against those of the textbook formula, over all of float64."""

import pytest
from measuring import PARTIAL_BOUND, measured

from gatenet.gates import CATALOGUE

NUMBER = 2000


@pytest.mark.parametrize("gate", CATALOGUE.values(), ids=str)
def test_the_partials_are_right(gate):
    """Each partial is within 4 ULP of the derivative of the textbook formula."""
    found = measured(gate, NUMBER)

    for name, worst, at in zip(gate.inputs, found.partials, found.partials_at, strict=True):
        assert worst <= PARTIAL_BOUND, (name, at)
