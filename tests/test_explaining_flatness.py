"""Flatness: every gate of the catalogue can say why it lets nothing through, wherever it does."""

import math

import pytest
from sampling import points

from gatenet import Unit, explain
from gatenet.explaining.flatness import FAINT, STEP
from gatenet.gates import CATALOGUE

GATES = sorted(CATALOGUE.values(), key=lambda gate: gate.name)


def wired(gate, values):
    """Apply a gate to units of these values; give its output and the units."""
    units = [Unit(value, f"x{k}") for k, value in enumerate(values)]
    return gate(*gate.split(units)) if gate.groups > 1 else gate(*units), units


@pytest.mark.parametrize("gate", GATES, ids=str)
def test_every_gate_says_why_it_stops_a_gradient(gate):
    """Wherever a local derivative is 0 the cause names the gate's output, operand and value."""
    seen = 0
    for values in points(gate, 120):
        output, units = wired(gate, values)
        for unit, partial in zip(units, output.partials, strict=True):
            if partial != 0.0 or seen == 12:
                continue
            seen += 1
            (one, *_) = explain(output, unit).causes
            assert (one.unit, one.gate) == (output, gate)
            assert unit.name in one.text
            assert one.kind


@pytest.mark.parametrize("gate", [gate for gate in GATES if gate.flat], ids=str)
def test_a_gate_is_flat_somewhere(gate):
    """A gate that has a word for being flat has a derivative of about 0 at ordinary numbers."""
    bounds = {key: math.copysign(1.0, x) for key, x in gate.static.items() if math.isinf(x)}
    gate = gate.bind(**bounds)
    found = [
        partial
        for values in points(gate, 400)
        for partial in gate.partials(gate.value(*values), *values)
        if abs(partial) <= FAINT
    ]

    assert found


@pytest.mark.parametrize("gate", GATES, ids=str)
def test_steps_are_told_apart(gate):
    """What is called a step has a derivative of 0 at every number, and nothing else has."""
    slopes = [
        partial
        for values in points(gate, 60)
        if all(map(math.isfinite, values))
        for partial in gate.partials(gate.value(*values), *values)
    ]
    step = gate.flat == STEP or all(str(formula) == "0" for formula in gate.partial_formulas)

    assert step == (not any(slopes))
