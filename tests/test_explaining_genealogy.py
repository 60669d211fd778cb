"""Genealogies: the first nan or infinity, against a look at every value and a pass by hand."""

import math
import operator

import pytest
from hypothesis import assume, given
from tapes import leaves_of, play, tapes

from gatenet import Unit, block, checkpoint, detect_anomaly, gates, genealogy, gradients
from gatenet.errors import OperandError, StaleCircuitError
from gatenet.modes import place_of
from gatenet.walk import topological


def values_of(unit):
    """The values of a gate's operands."""
    return [op.value if isinstance(op, Unit) else op for op in unit.inputs]


def named(unit, name):
    """Name a unit and give it."""
    unit.name = name
    return unit


def pulls_by_hand(output):
    """A reverse pass by dictionary: the first gate that makes a gradient that is not finite."""
    gathered = dict.fromkeys(topological([output]), 0.0)
    gathered[output] = 1.0
    for unit in sorted(gathered, key=operator.attrgetter("serial"), reverse=True):
        upstream = gathered[unit]
        if unit.gate is None or (upstream == 0.0 and unit.gate.guarded):
            continue
        bad = None
        for port, operand in enumerate(unit.inputs):
            if isinstance(operand, Unit):
                gathered[operand] += upstream * unit.partials[port]
        for port, operand in enumerate(unit.inputs):
            if bad is None and isinstance(operand, Unit) and not math.isfinite(gathered[operand]):
                bad = port
        if bad is not None:
            return unit, bad
    return None


@given(tapes(hard=True))
def test_the_birth_of_a_value(tape):
    """A value that is not finite is traced to a unit that went so with all units before finite."""
    made = play(tape, leaves_of(tape))
    last = made[-1]
    found = genealogy(last)
    odd = [unit for unit in topological([last]) if not math.isfinite(unit.value)]
    if math.isfinite(last.value):
        assert found is None or found.harmless or found.phase == "backward"
        assert (found is not None) or not odd
        return
    assert (found.phase, found.unit) == ("forward", last)
    assert found.born in odd
    assert not [op for op in found.operands if isinstance(op, Unit) and op in odd]
    assert found.gate is found.born.gate


@given(tapes(hard=True))
def test_the_trail_is_wired(tape):
    """From the birth to the unit that was asked about each unit is an operand of the next."""
    made = play(tape, leaves_of(tape))
    found = genealogy(made[-1])
    assume(found is not None)

    assert (found.trail[0], found.trail[-1]) == (found.born, made[-1])
    for lower, upper in zip(found.trail, found.trail[1:], strict=False):
        assert any(op is lower for op in upper.inputs)
    if found.phase == "forward" and not found.harmless:
        assert not any(math.isfinite(unit.value) for unit in found.trail)


@given(tapes(hard=True))
def test_the_birth_of_a_gradient(tape):
    """The first pull that is not finite is the one that a pass by hand meets first."""
    made = play(tape, leaves_of(tape))
    last = made[-1]
    assume(math.isfinite(last.value))
    found, expected = genealogy(last), pulls_by_hand(last)

    if expected is None:
        assert found is None or found.harmless
    else:
        assert (found.phase, found.born, found.port) == ("backward", *expected)
    assert not any(unit.visited for unit in topological([last]))


@given(tapes(hard=True))
def test_a_genealogy_is_read_in_a_terminal(tape):
    """The story has lines of at most 80 columns, and says what helps."""
    found = genealogy(play(tape, leaves_of(tape))[-1])
    assume(found is not None)

    assert max(map(len, str(found).splitlines())) <= 80
    assert found.harmless or "What helps: " in str(found)


def test_everything_finite():
    """Where nothing is nan or infinite there is no story."""
    x = Unit(2.0)

    assert genealogy(x * x) is None
    assert genealogy(x) is None


def test_outside_the_domain():
    """A logarithm of a negative number: its domain, its operand, what helps, where it was built."""
    with detect_anomaly(check_nan=False) as lines:
        p = Unit(-1.0, "p")
        loss = named(p.log() * 2.0, "loss")
    found = genealogy(loss)

    assert (found.gate, found.operands, found.upstream) == (gates.log, (p,), None)
    assert found.trail == (loss.inputs[0], loss)
    assert found.what == "p is outside of where log is defined (x > 0)."
    assert found.place == lines.places[found.born.serial] == place_of(found.born)
    assert "test_explaining_genealogy.py" in found.place
    assert "It was built at" in str(found)
    assert str(found).startswith("The first value that is not finite is u1 = log(p): nan.")


def test_on_an_edge():
    """A division by 0 stands on an edge that the declaration names."""
    found = genealogy(Unit(1.0, "a") / Unit(0.0, "b"))

    assert "on the edge of where divide is defined, b = 0" in found.what
    assert found.place == ""


def test_overflow():
    """A value past the largest float with operands in the domain is an overflow."""
    x = Unit(800.0, "x")
    found = genealogy(named(x.exp() / x.exp(), "loss"))

    assert "past the largest float" in found.what
    assert found.born.value == math.inf
    assert math.isnan(found.trail[-1].value)


def test_given_from_outside():
    """A leaf that was given nan, as data or as a parameter, and a constant that is infinite."""
    data, w = Unit(math.nan, "data"), Unit(math.nan, "w", role="parameter")
    assert genealogy(data * 2.0).born is data
    assert "it was given the value nan" in genealogy(data * 2.0).what
    assert "the data" in genealogy(data * 2.0).mend
    assert "optimizer" in genealogy(w * 2.0).mend
    assert genealogy(data).trail == (data,)
    assert "the constant inf" in genealogy(Unit(2.0) * math.inf).what


def test_a_mask_is_not_blamed():
    """An infinity that is there on purpose is not taken for the cause of a nan elsewhere."""
    mask, low = Unit(-math.inf, "mask"), Unit(-1.0, "low")
    y = gates.maximum(mask, 3.0) + low.log()
    assert genealogy(y).operands == (low,)
    harmless = genealogy(gates.maximum(mask, Unit(3.0)) * 2.0)
    assert harmless.harmless
    assert harmless.born is mask
    assert "which does no harm" in str(harmless)


def test_the_first_of_several():
    """Of two values that went wrong, the one that was computed first is the birth."""
    a, b = Unit(-1.0, "a"), Unit(-2.0, "b")
    first = a.log()
    second = b.sqrt()

    assert genealogy(second + first).born is first


def test_an_infinite_derivative():
    """sqrt(0) is 0: the value is in order and the pull is not; nothing is left in `.grad`."""
    p = Unit(0.0, "p")
    loss = p.sqrt() * 3.0
    found = genealogy(loss)

    assert (found.phase, found.born, found.port) == ("backward", loss.inputs[0], 0)
    assert (found.upstream, found.pull, found.partials) == (3.0, math.inf, (math.inf,))
    assert found.trail == (loss.inputs[0], loss)
    assert "on the edge x = 0 the local derivative is inf" in found.what
    assert not p.visited
    assert not loss.visited


def test_pulls_that_overflow():
    """A product past the largest float, and a sum of pulls that is."""
    x = Unit(1e-300, "x")
    assert "their product is past" in genealogy(x * 1e200 * 1e200).what
    assert "add up to more than" in genealogy(x * 1.5e308 + x * 1.5e308).what


@pytest.mark.parametrize("wrap", [block, checkpoint])
def test_inside_a_block(wrap):
    """What happens inside one row is found by running it again under watch."""
    x = Unit(1.0, "x")
    forward = genealogy(wrap(lambda v: (v - 2.0).log())(x) * 2.0)
    assert "log gave nan at x=-1.0" in forward.what
    backward = genealogy(wrap(lambda v: (v - 1.0).sqrt())(x) * 2.0)
    assert backward.phase == "backward"
    assert "the gradient is not finite at sqrt" in backward.what


def test_a_long_trail_is_cut():
    """Of a long trail the ends are shown, and where an infinity became nan."""
    y = Unit(800.0, "x").exp()
    for k in range(40):
        y = y - y if k == 20 else y * 1.0
    text = str(genealogy(y))

    trail = text.split("From there")[1].splitlines()
    assert [line.strip() for line in trail if "…" in line] == ["… 18 more", "… 16 more"]
    assert "  is  nan" in trail[5]
    assert " - " in trail[5]


def test_explaining_agrees():
    """Where a genealogy finds a bad pull, some gradient of the sweep is not finite."""
    p = Unit(0.0, "p")
    loss = (p * p).sqrt()

    assert genealogy(loss) is not None
    assert math.isnan(gradients([loss], [1.0], [p])[0])


def test_what_is_asked_is_checked():
    """Not a unit and stale values raise."""
    x = Unit(2.0, "x")
    y = x * x
    with pytest.raises(OperandError, match="genealogy takes the unit"):
        genealogy([y])
    x.value = 3.0
    with pytest.raises(StaleCircuitError):
        genealogy(y)
