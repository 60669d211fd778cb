"""Every gate's value, against the textbook formula in ball arithmetic, over all of float64."""

import os

import pytest
from measuring import VALUE_BOUND, VALUE_BOUNDS, measured

from gatenet.gates import CATALOGUE, SLOPES

#: Fewer where the tests are run many times over, as when their mutants are.
NUMBER = int(os.environ.get("GATENET_POINTS", "2000"))
GATES = [*CATALOGUE.values(), *SLOPES.values()]


@pytest.mark.parametrize("gate", GATES, ids=str)
def test_the_value_is_right(gate):
    """A value is within 3 ULP of the textbook formula's (4 where the documentation says so)."""
    found = measured(gate, NUMBER)

    assert found.points > NUMBER / 2
    assert found.value <= VALUE_BOUNDS.get(gate.name, VALUE_BOUND), found.value_at


@pytest.mark.parametrize("gate", GATES, ids=str)
def test_the_oracle_answers_everywhere_and_the_gate_is_nan_outside_its_domain(gate):
    """Inside the domain the truth is known at every point; outside it all is nan."""
    found = measured(gate, NUMBER)

    assert found.unresolved == []
    assert found.wrong == []
