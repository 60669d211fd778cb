"""Testing: what tests of circuits, of gates and of other libraries are made of.

    from hypothesis import given
    from gatenet.testing import assert_gradients, circuits

    @given(circuits(smooth=True, domain_safe=True))
    def test_gradients(circuit):
        assert_gradients(circuit)

Tapes, assertions, the law suite and the export to other frameworks need nothing installed;
strategies need hypothesis (the extra `testing`) and are imported when they are first asked for;
`gatenet.testing.plugin` is the plugin for pytest.  Only this room imports hypothesis or pytest.
"""

from typing import TYPE_CHECKING, Any

from gatenet.errors import ToolMissing
from gatenet.testing.assertions import assert_gradients as assert_gradients
from gatenet.testing.assertions import assert_same_gradients as assert_same_gradients
from gatenet.testing.claims import LawBroken as LawBroken
from gatenet.testing.claims import LawReport as LawReport
from gatenet.testing.claims import all_bits as all_bits
from gatenet.testing.claims import bits as bits
from gatenet.testing.exporting import Exported as Exported
from gatenet.testing.exporting import as_function as as_function
from gatenet.testing.exporting import to_source as to_source
from gatenet.testing.languages import LANGUAGES as LANGUAGES
from gatenet.testing.languages import Language as Language
from gatenet.testing.selecting import select_gates as select_gates
from gatenet.testing.showing import snippet as snippet
from gatenet.testing.suite import Law as Law
from gatenet.testing.suite import check_laws as check_laws
from gatenet.testing.suite import laws as laws
from gatenet.testing.suite import samples as samples
from gatenet.testing.tape import Step as Step
from gatenet.testing.tape import Tape as Tape
from gatenet.testing.tape import origin as origin
from gatenet.testing.tape import wire as wire

if TYPE_CHECKING:
    from gatenet.testing.drawing import circuits as circuits
    from gatenet.testing.drawing import tapes as tapes
    from gatenet.testing.modelling import datasets as datasets
    from gatenet.testing.modelling import models as models
    from gatenet.testing.registering import register as register
    from gatenet.testing.strategies import gates as gates
    from gatenet.testing.strategies import numbers as numbers
    from gatenet.testing.strategies import units as units
    from gatenet.testing.strategies import values as values

#: Where each strategy is.
_STRATEGIES = {
    "circuits": "drawing", "tapes": "drawing", "datasets": "modelling", "models": "modelling",
    "gates": "strategies", "numbers": "strategies", "units": "strategies",
    "values": "strategies", "register": "registering",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a strategy when it is first asked for."""
    if name not in _STRATEGIES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    try:
        import_module("hypothesis")
        module = import_module(f"{__name__}.{_STRATEGIES[name]}")
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise ToolMissing(
            f"gatenet.testing.{name} draws with hypothesis, which is not installed: "
            "pip install 'gatenet-circuits[testing]' brings it",
            tool="hypothesis",
        ) from None
    return getattr(module, name)
