"""Every gate's local derivatives, against those of the textbook formula, over all of float64."""

import os

import pytest
from measuring import PARTIAL_BOUND, measured

from gatenet.gates import CATALOGUE

#: Fewer where the tests are run many times over, as when their mutants are.
NUMBER = int(os.environ.get("GATENET_POINTS", "2000"))


@pytest.mark.parametrize("gate", CATALOGUE.values(), ids=str)
def test_the_partials_are_right(gate):
    """Each partial is within 4 ULP of the derivative of the textbook formula."""
    found = measured(gate, NUMBER)

    for name, worst, at in zip(gate.inputs, found.partials, found.partials_at, strict=True):
        assert worst <= PARTIAL_BOUND, (name, at)
