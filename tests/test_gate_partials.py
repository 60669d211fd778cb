"""Every gate's local derivatives, against those of the textbook formula, over all of float64."""

import os

import pytest
from balls import derivatives
from measuring import PARTIAL_BOUND, measured
from sampling import points

from gatenet.gates import CATALOGUE, SLOPES

#: Fewer where the tests are run many times over, as when their mutants are.
NUMBER = int(os.environ.get("GATENET_POINTS", "2000"))


@pytest.mark.parametrize("gate", CATALOGUE.values(), ids=str)
def test_the_partials_are_right(gate):
    """Each partial is within 4 ULP of the derivative of the textbook formula."""
    found = measured(gate, NUMBER)

    for name, worst, at in zip(gate.inputs, found.partials, found.partials_at, strict=True):
        assert worst <= PARTIAL_BOUND, (name, at)


@pytest.mark.parametrize("gate", SLOPES.values(), ids=str)
def test_the_partials_of_slopes_are_right(gate):
    """A slope's own derivatives agree with the textbook's to 8 digits where no sum cancels."""
    tried = 0
    for operands in points(gate, 600):
        bindings = {**gate.static, **dict(zip(gate.inputs, operands, strict=True))}
        tame = all(0.01 < abs(x) < 6 for x in operands)
        if not tame or not gate.domain.contains(bindings) or gate.domain.at_kink(bindings):
            continue
        for k, partial in enumerate(gate.partials(gate.value(*operands), *operands)):
            exact = derivatives(gate, operands, k)
            if exact is not None and abs(float(exact[1].mid())) > 1e-4:
                tried += 1
                assert partial == pytest.approx(float(exact[1].mid()), rel=1e-8), (k, operands)

    assert tried > 10
