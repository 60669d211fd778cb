"""What hypothesis learns about gatenet when it is imported: types, and profiles.

An entry point in the group `hypothesis` calls `register`, so that `@given(...)` infers what to
draw for an argument of type Unit, Circuit, Tape, Gate, MLP or Dataset, and
`--hypothesis-profile=gatenet-deep` is known, with no import in a test.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from gatenet.circuit import Circuit
from gatenet.datasets import Dataset
from gatenet.declaration import Gate
from gatenet.nn import MLP
from gatenet.testing.tape import Tape
from gatenet.unit import Unit

#: How many examples each profile runs.  All but the deep one draw the same examples every time.
PROFILES = {"gatenet-quick": 20, "gatenet": 100, "gatenet-ci": 500, "gatenet-deep": 10_000}
#: What to draw for each type: the module of this room and the strategy in it.
_TYPES: dict[type, tuple[str, str]] = {
    Unit: ("strategies", "units"), Circuit: ("drawing", "circuits"), Tape: ("drawing", "tapes"),
    Gate: ("strategies", "gates"), MLP: ("modelling", "models"), Dataset: ("modelling", "datasets"),
}  # fmt: skip


def register() -> None:
    """Tell hypothesis the types of gatenet, and the profiles; calling it again changes nothing.

    >>> register()
    >>> from hypothesis import find, settings, strategies as st
    >>> calm = settings(deadline=None, derandomize=True, database=None)
    >>> find(st.from_type(Unit), lambda unit: unit.value > 1.0, settings=calm)
    Unit(2.0)
    """
    from hypothesis import HealthCheck, settings
    from hypothesis import strategies as st

    for kind, (module, name) in _TYPES.items():
        st.register_type_strategy(kind, st.deferred(_later(module, name)))
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    for name, examples in PROFILES.items():
        deep = name == "gatenet-deep"
        settings.register_profile(
            name,
            max_examples=examples,
            deadline=None,
            derandomize=not deep,
            database=settings.get_profile("default").database if deep else None,
            suppress_health_check=slow,
        )


def _later(module: str, name: str) -> Callable[[], Any]:
    """A strategy that is imported when it is first drawn from.

    Importing a strategy imports hypothesis, which calls `register` while that first import is
    still under way: nothing here may need it finished.
    """
    return lambda: getattr(import_module(f"gatenet.testing.{module}"), name)()
