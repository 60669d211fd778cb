"""Strategies: what they draw is inside the domain, covers the hard places, and shrinks."""

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from gatenet import Circuit, Unit, custom_gradient, gates
from gatenet.datasets import Dataset
from gatenet.declaration import Gate, gate
from gatenet.errors import OperandError, RangeError, ToolMissing, WiringError
from gatenet.gates import CATALOGUE, SLOPES
from gatenet.nn import MLP
from gatenet.testing import (
    Tape,
    circuits,
    datasets,
    models,
    numbers,
    register,
    select_gates,
    tapes,
    units,
    values,
)
from gatenet.testing import gates as drawn_gates
from gatenet.testing.places import branch_points, inside, ordinary, places, rank, ranked

ALL = {**CATALOGUE, **SLOPES}


def many(strategy, number=120):
    """What a strategy draws in so many examples."""
    found = []

    @settings(max_examples=number)
    @given(strategy)
    def draw(item):
        found.append(item)

    draw()
    return found


@pytest.mark.parametrize("name", ["power", "log", "acosh", "atanh", "where", "dot", "maximum"])
def test_values_lie_in_the_domain(name):
    """Every point drawn fits the gate and its declared domain, and is finite."""
    one = ALL[name]
    for point in many(values(one), 80):
        assert inside(one, point)
        assert len(point) % one.groups == 0 if one.variadic else len(point) == len(one.inputs)
        assert all(map(math.isfinite, point))


@pytest.mark.parametrize(
    ("name", "marks"),
    [
        ("relu", {0.0}),
        ("log", {5e-324}),
        ("acosh", {1.0, 1.0000000000000002}),
        ("atanh", {0.9999999999999999, -0.9999999999999999}),
        ("hard_tanh", {1.0, -1.0, math.nextafter(1.0, 2.0), math.nextafter(1.0, 0.0)}),
        ("sqrt", {0.0, 5e-324}),
    ],
)
def test_values_have_a_taste_for_kinks_and_edges(name, marks):
    """Within four hundred points of a gate are its kink, its edge and the floats beside them."""
    found = {x for (x,) in many(values(CATALOGUE[name]), 400)}

    assert marks <= found
    assert any(0 < abs(x) < 2.3e-308 for x in found) or name == "acosh"


def test_values_have_ties_subnormals_and_extremes():
    """Operands of one gate are equal often enough, and every size of float comes up."""
    found = many(values(gates.maximum, size=2), 200)

    assert all(len(point) == 2 for point in found)
    assert sum(a == b for a, b in found) > 5
    for low, high in ((0.0, 2.3e-308), (1e-300, 1e-100), (1e10, 1e100), (1e300, math.inf)):
        assert any(low < abs(x) < high for point in found for x in point), (low, high)


def test_values_shrink_to_plain_numbers():
    """The smallest point of a gate's domain is one a person would choose."""
    assert find(values(gates.log), lambda point: True) == (1.0,)
    assert find(values(gates.divide), lambda point: point[1] > 1.5) == (0.0, 2.0)
    assert find(values(gates.power), lambda point: point[0] < 0) == (-1.0, 0.0)
    assert find(values(gates.total), lambda point: len(point) > 1) == (0.0, 0.0)


def test_values_anywhere_and_away_from_kinks():
    """`anywhere` leaves the domain and brings nan; `kinks=False` stands on no kink and no edge."""
    assert any(x != x for (x,) in many(values(gates.log, anywhere=True)))
    assert any(x < 0 for (x,) in many(values(gates.log, anywhere=True)))
    assert all(ordinary(gates.maximum, p) for p in many(values(gates.maximum, kinks=False)))


def test_values_of_a_narrow_domain_and_of_bound_parameters():
    """A domain nobody would hit by chance is found from its declaration."""

    @gate(
        symbol="n",
        textbook="x",
        partials=lambda z, x: 1,
        domain=lambda x: gates.absolute(x - 1234.5) < 0.25,
    )
    def narrow_testing(x):
        """Pass on a value between 1234.25 and 1234.75."""
        return x + 0.0

    found = many(values(narrow_testing), 50)

    assert all(1234.25 < x < 1234.75 for (x,) in found)
    assert len(set(found)) > 10
    assert 7.5 in places(gates.clip.bind(low=-7.5, high=7.5))[0].numbers


def test_values_of_a_domain_without_numbers():
    """A condition that nothing satisfies is an error that says so."""

    @gate(symbol="∅", textbook="x", partials=lambda z, x: 1, domain=lambda x: x < x)
    def nowhere_testing(x):
        """Be defined nowhere."""
        return x + 0.0

    with pytest.raises(RangeError, match="no number in the domain of 'nowhere_testing'"):
        values(nowhere_testing)


def test_places_are_read_off_the_declaration():
    """Branch points, kinks and stretches of a domain come from the formulas alone."""
    assert branch_points(gates.hard_tanh) == []  # its bounds are static parameters
    assert {-1.0, 1.0} <= set(places(gates.hard_tanh)[0].numbers)
    assert places(gates.atanh)[0].stretches == ((-0.9999999999999999, 0.9999999999999999),)
    assert places(gates.log)[0].stretches == ((5e-324, 1.7976931348623157e308),)
    assert 0.0 in branch_points(gates.softplus)
    with pytest.raises(OperandError, match="says nothing of its domain"):
        places(rule())


def rule():
    """A gate that is a rule given as Python."""

    @custom_gradient(partials=lambda z, x: 2.0)
    def twice(x):
        """Double a number."""
        return 2.0 * x

    return twice(Unit(1.0)).gate


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_ranks_count_floats(x):
    """The place of a float gives the float back, and the next place is the next float."""
    assert ranked(rank(x)) == x
    assert ranked(rank(x) + 1) == min(math.nextafter(x, math.inf), 1.7976931348623157e308)


def test_select_gates():
    """Filters read the declarations; what cannot be is an error that repeats the question."""
    smooth = select_gates(smooth=True)

    assert gates.tanh in smooth and gates.relu not in smooth and gates.less not in smooth
    assert select_gates(variadic=True, smooth=False) == [gates.maximum, gates.minimum]
    assert gates.log not in select_gates(everywhere=True, arity=1)
    assert select_gates(["exp", gates.log]) == [gates.exp, gates.log]
    assert select_gates() == list(CATALOGUE.values())
    with pytest.raises(RangeError, match=r"none of 1 gate\(s\) is left: smooth=True"):
        select_gates(["relu"], smooth=True)
    with pytest.raises(WiringError, match="unknown gate 'reul'"):
        select_gates(["reul"])


def test_gates_are_drawn_with_static_parameters():
    """With `static` the parameters are the defaults, half of them or twice."""
    found = {one.static["slope"] for one in many(drawn_gates(["leaky_relu"], static=True), 60)}

    assert found == {0.005, 0.01, 0.02}
    assert many(drawn_gates(["leaky_relu"]), 5)[0] is gates.leaky_relu


def test_units_are_leaves_of_both_roles():
    """Units drawn are inputs and parameters with every kind of value."""
    found = many(units(), 60)

    assert {unit.role for unit in found} == {"input", "parameter"}
    assert all(unit.gate is None for unit in found)
    assert {u.value for u in many(units(st.just(3.0)), 5)} == {3.0}


def test_numbers_reach_all_of_float64():
    """Hard numbers have both ends of every size; tame ones stay within 4; taste is drawn."""
    hard = many(numbers(nonfinite=True, taste=[1234.5]), 400)

    assert {0.0, 1.7976931348623157e308, 5e-324, math.inf, 1234.5} <= set(hard)
    assert any(x != x for x in hard)
    assert all(abs(x) <= 4.0 for x in many(numbers(hard=False)))
    assert 99.0 in many(numbers(hard=False, taste=[99.0]))


def test_models_and_datasets_are_small_and_fit():
    """Networks and data sets have the sizes asked for, and work together."""
    for model in many(models(inputs=2, outputs=1, max_layers=2), 20):
        assert len(model([1.0, 2.0])) == 1
    for data in many(datasets(features=3, classes=4), 30):
        assert 1 <= len(data.inputs) == len(data.targets) <= 8
        assert all(len(row) == 3 for row in data.inputs)
        assert set(data.targets) <= set(range(4))
    with pytest.raises(RangeError, match="outputs=0"):
        models(outputs=0)
    with pytest.raises(RangeError, match="max_rows=0"):
        datasets(max_rows=0)


def test_a_failing_model_is_printed_as_it_was_made():
    """The note gives the call, seed and all, since a network's own repr leaves weights out."""

    @given(models(inputs=1, outputs=1, max_layers=1))
    def never(model):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        never()
    assert "model = MLP(1, [1], 'relu', rng=0)" in "\n".join(caught.value.__notes__)


def test_types_are_inferred():
    """After `register`, `@given(...)` draws units, circuits, tapes, gates, models and data."""
    register()

    @settings(max_examples=5)
    @given(...)
    def check(unit: Unit, circuit: Circuit, tape: Tape, one: Gate, model: MLP, data: Dataset):
        found.append((unit, circuit, tape, one, model, data))

    found = []
    check()

    assert all(
        isinstance(item, kind)
        for drawn in found
        for item, kind in zip(drawn, (Unit, Circuit, Tape, Gate, MLP, Dataset), strict=True)
    )
    settings.get_profile("gatenet-deep")
    assert settings.get_profile("gatenet-quick").max_examples == 20
    assert settings.get_profile("gatenet-ci").derandomize


def test_strategies_without_hypothesis(monkeypatch):
    """Where hypothesis is missing a strategy says what to install, and the rest works."""
    import sys

    import gatenet.testing

    monkeypatch.setitem(sys.modules, "hypothesis", None)
    for name in ("drawing", "strategies", "modelling", "registering"):
        monkeypatch.delitem(sys.modules, f"gatenet.testing.{name}", raising=False)
    with pytest.raises(ToolMissing, match=r"gatenet-circuits\[testing\]"):
        gatenet.testing.circuits()
    with pytest.raises(AttributeError, match="no attribute 'circuit'"):
        gatenet.testing.circuit()
    assert gatenet.testing.check_laws(gates.exp, 3)


def test_what_is_drawn_from_makes_sense_or_is_an_error():
    """Numbers of gates and inputs below one are refused when the strategy is made."""
    with pytest.raises(RangeError, match="max_gates=0"):
        tapes(max_gates=0)
    with pytest.raises(RangeError, match=r"inputs=\(2, 1\)"):
        circuits(inputs=(2, 1))
    with pytest.raises(RangeError, match="inputs=0"):
        tapes(inputs=0)


@pytest.mark.parametrize("first", [
    "from gatenet.testing import circuits",
    "from gatenet.testing import values, register",
    "from gatenet.testing.drawing import tapes",
    "from gatenet.testing.registering import register; register()",
    "import hypothesis",
])  # fmt: skip
def test_a_strategy_may_be_imported_before_hypothesis_is(tmp_path, first):
    """Whatever is imported first, hypothesis' entry point finds all it needs, and registers."""
    described = tmp_path / "gatenet_circuits-0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: gatenet-circuits\n")
    (described / "entry_points.txt").write_text(
        "[hypothesis]\ngatenet = gatenet.testing.registering:register\n"
    )
    code = (
        f"{first}\nfrom hypothesis import find, settings, strategies as st\n"
        "from gatenet import Circuit\nfrom gatenet.testing import circuits, models, tapes, units\n"
        "settings.get_profile('gatenet-quick')\n"
        "calm = settings(derandomize=True, database=None, deadline=None)\n"
        "print(type(find(st.from_type(Circuit), lambda c: True, settings=calm)).__name__)"
    )
    root = str(Path(gates.__file__).parents[2])
    paths = os.pathsep.join([str(tmp_path), root])
    kept = {k: v for k, v in os.environ.items() if k != "HYPOTHESIS_NO_PLUGINS"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path,
        env={**kept, "PYTHONPATH": paths},
    )  # fmt: skip
    assert (done.stdout, done.stderr, done.returncode) == ("Circuit\n", "", 0)
