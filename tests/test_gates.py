"""The catalogue: its order, its names, its docstrings and their examples."""

import builtins
import doctest
import importlib
import pkgutil

import pytest

from gatenet import gates
from gatenet.declaration import Gate, registry
from gatenet.gates import CATALOGUE, SLOPES

GATES = [*CATALOGUE.values(), *SLOPES.values()]

#: Every gate the project promises.
PROMISED = """
add subtract multiply divide negate power exp expm1 log log1p log2 log10 sqrt square reciprocal
absolute sign heaviside sigmoid log_sigmoid softplus tanh relu leaky_relu elu selu silu gelu mish
softsign hard_tanh gaussian symmetric_sigmoid sin cos tan asin acos atan sinh cosh asinh acosh
atanh erf erfc atan2 hypot maximum minimum clip less less_equal greater greater_equal equal
not_equal where total mean product dot logsumexp identity
"""


def test_every_promised_gate_is_there_and_no_other():
    """The catalogue holds exactly the gates that were promised."""
    assert sorted(PROMISED.split()) == sorted(CATALOGUE)


def test_the_catalogue_knows_all_gates_of_its_rooms():
    """No gate is declared in a room of gatenet.gates and then left out."""
    declared = {n for n, g in registry().items() if g.__module__.startswith("gatenet.gates.")}

    assert declared == {*CATALOGUE, *SLOPES}
    for name, gate in {**CATALOGUE, **SLOPES}.items():
        assert name == gate.name
        assert getattr(gates, name) is gate


def test_the_catalogue_is_ordered_by_family():
    """Gates of one room stand together."""
    rooms = [gate.__module__ for gate in CATALOGUE.values()]
    changes = [here for here, before in zip(rooms, [None, *rooms], strict=False) if here != before]

    assert len(changes) == len(set(changes))


def test_a_star_import_shadows_no_builtin():
    """`from gatenet.gates import *` takes no name that Python has."""
    public = list(gates.__all__)

    assert [name for name in public if hasattr(builtins, name)] == []


def test_no_room_is_named_like_a_gate():
    """gatenet.gates.X is the gate X, never a module."""
    rooms = [room.name for room in pkgutil.iter_modules(gates.__path__)]

    assert len(rooms) >= 10
    assert [name for name in rooms if name in registry()] == []


@pytest.mark.parametrize("gate", GATES, ids=str)
def test_the_examples_in_a_gates_docstring_are_true(gate):
    """Every gate's docstring has an example, and it gives what it says."""
    room = importlib.import_module(gate.__module__)
    example = doctest.DocTestParser().get_doctest(
        gate.__doc__, dict(vars(room)), gate.name, room.__file__, 0
    )
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(example)

    assert example.examples
    assert runner.summarize(verbose=False).failed == 0


@pytest.mark.parametrize("gate", GATES, ids=str)
def test_a_gate_is_documented(gate):
    """A docstring says what flows and where the kinks are; the record has a symbol, a textbook."""
    first = gate.__doc__.splitlines()[0]

    assert isinstance(gate, Gate)
    assert first.endswith(".")
    assert "Kinks:" in gate.__doc__
    assert gate.symbol
    assert gate.textbook
    assert len(gate.partial_formulas) == len(gate.inputs)


@pytest.mark.parametrize("gate", GATES, ids=str)
def test_static_parameters_have_defaults_that_work(gate):
    """A gate can be called without its static parameters, and binding the defaults is no change."""
    assert gate.bind(**gate.static) is gate


def test_what_the_module_lists():
    """The names of the module, for completion and for `import *`, are the gates and both tables."""
    import gatenet.gates

    names = {"CATALOGUE", "SLOPES", *CATALOGUE, *SLOPES}
    assert set(dir(gatenet.gates)) == set(gatenet.gates.__all__) == names
