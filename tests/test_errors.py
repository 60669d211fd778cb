"""Errors: one tree, each also a built-in, each keeping its facts."""

import copy
import pickle

import pytest

from gatenet import Unit, errors
from gatenet.errors import GatenetError

KINDS = {
    "CompileError": TypeError,
    "DeclarationError": TypeError,
    "OperandError": TypeError,
    "RangeError": ValueError,
    "DetachError": TypeError,
    "DomainError": ValueError,
    "StaleCircuitError": RuntimeError,
    "UnfinishedPassError": RuntimeError,
    "FlippedBranchError": errors.StaleCircuitError,
    "WiringError": ValueError,
    "FormatError": ValueError,
    "GradientMismatch": AssertionError,
    "ToolMissing": RuntimeError,
    "ClusterError": RuntimeError,
}


def test_the_table_is_complete():
    """Every error of the module is in the table of this test."""
    found = {
        name
        for name, thing in vars(errors).items()
        if isinstance(thing, type) and issubclass(thing, GatenetError)
    }

    assert found == {*KINDS, "GatenetError"}


@pytest.mark.parametrize("name", KINDS)
def test_each_error_is_a_gatenet_error_and_a_built_in(name):
    """An error is caught as GatenetError and as what people would catch anyway."""
    kind = getattr(errors, name)

    for parent in (GatenetError, KINDS[name], Exception):
        with pytest.raises(parent, match="why"):
            raise kind("why")
    assert kind.__doc__.strip()


def test_facts_are_attributes():
    """Facts given with an error can be read from it; others are AttributeErrors."""
    error = errors.DomainError("message", gate="log", inputs=(0.0,))

    assert str(error) == "message"
    assert (error.gate, error.inputs) == ("log", (0.0,))
    assert error.facts == {"gate": "log", "inputs": (0.0,)}
    with pytest.raises(AttributeError, match="unit"):
        _ = error.unit


@pytest.mark.parametrize("name", KINDS)
def test_errors_cross_processes(name):
    """Pickles and copies of an error keep its kind, message and facts."""
    error = getattr(errors, name)("message", gate="log", value=-1.0)
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is type(error)
        assert str(twin) == "message"
        assert twin.facts == error.facts


def test_an_error_with_a_unit_crosses_processes():
    """Facts may be units: they travel with their circuit."""
    x = Unit(2.0, "x")
    with pytest.raises(errors.WiringError) as caught:
        (x * x).value = 1.0
    twin = pickle.loads(pickle.dumps(caught.value))

    assert twin.unit.value == 4.0
    assert twin.unit.inputs[0].name == "x"


def test_a_half_made_error_asks_nothing_of_itself():
    """Looking at an error that was never initialised is an AttributeError, not a recursion."""
    error = GatenetError.__new__(GatenetError)

    with pytest.raises(AttributeError):
        _ = error.gate
