"""What hypothesis learns about gatenet when it is imported: types, and profiles.

An entry point in the group `hypothesis` calls `register`, so that `@given(...)` infers what to
draw for an argument of type Unit, Circuit, Tape, Gate, MLP or Dataset, and
`--hypothesis-profile=gatenet-deep` is known, with no import in a test.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from gatenet.circuit import Circuit
from gatenet.datasets import Dataset
from gatenet.declaration import Gate
from gatenet.nn import MLP
from gatenet.testing.drawing import circuits, tapes
from gatenet.testing.modelling import datasets, models
from gatenet.testing.strategies import gates, units
from gatenet.testing.tape import Tape
from gatenet.unit import Unit

#: How many examples each profile runs.  All but the deep one draw the same examples every time.
PROFILES = {"gatenet-quick": 20, "gatenet": 100, "gatenet-ci": 500, "gatenet-deep": 10_000}
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def register() -> None:
    """Tell hypothesis the types of gatenet, and the profiles; calling it again changes nothing.

    >>> register()
    >>> from hypothesis import find, settings
    >>> calm = settings(deadline=None, derandomize=True, database=None)
    >>> find(st.from_type(Unit), lambda unit: unit.value > 1.0, settings=calm)
    Unit(2.0)
    """
    st.register_type_strategy(Unit, st.deferred(units))
    st.register_type_strategy(Circuit, st.deferred(circuits))
    st.register_type_strategy(Tape, st.deferred(tapes))
    st.register_type_strategy(Gate, st.deferred(gates))
    st.register_type_strategy(MLP, st.deferred(models))
    st.register_type_strategy(Dataset, st.deferred(datasets))
    for name, examples in PROFILES.items():
        deep = name == "gatenet-deep"
        settings.register_profile(
            name,
            max_examples=examples,
            deadline=None,
            derandomize=not deep,
            database=settings.get_profile("default").database if deep else None,
            suppress_health_check=_SLOW,
        )
