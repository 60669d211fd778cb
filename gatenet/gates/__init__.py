"""Which gates there are, by family: the public `gatenet.gates`.

`CATALOGUE` holds them by name, family by family.  `SLOPES` holds the gates that are derivatives
of others and need a form of their own: they appear in the circuits of second derivatives and can
be used like any gate.  Both are read off the declarations: a gate declared in one of the families
below is listed here, is a method of units and stands in the documentation without another word.
"""

# ruff: noqa: F403  (the families' gates are what this module is for)

from gatenet.declaration import Gate as _Gate
from gatenet.declaration import registry as _registry
from gatenet.gates.arithmetic import *
from gatenet.gates.comparisons import *
from gatenet.gates.exponentials import *
from gatenet.gates.gated import *
from gatenet.gates.hyperbolic import *
from gatenet.gates.lengths import *
from gatenet.gates.logarithms import *
from gatenet.gates.piecewise import *
from gatenet.gates.powers import *
from gatenet.gates.rectifiers import *
from gatenet.gates.reductions import *
from gatenet.gates.sigmoids import *
from gatenet.gates.special import *
from gatenet.gates.trigonometric import *

_FAMILIES = [
    "arithmetic",
    "powers",
    "lengths",
    "exponentials",
    "logarithms",
    "trigonometric",
    "hyperbolic",
    "special",
    "sigmoids",
    "rectifiers",
    "gated",
    "piecewise",
    "comparisons",
    "reductions",
]
_DECLARED = sorted(
    (gate for gate in _registry().values() if gate.__module__.startswith(f"{__name__}.")),
    key=lambda gate: _FAMILIES.index(gate.__module__.rsplit(".", 1)[-1]),
)

#: Every gate by name, family by family.
CATALOGUE: dict[str, _Gate] = {gate.name: gate for gate in _DECLARED if not gate.slope_of}

#: Derivatives of some of them that are gates themselves.
SLOPES: dict[str, _Gate] = {gate.name: gate for gate in _DECLARED if gate.slope_of}

# Not as a plain assignment: type checkers would read it as a list of two names.
globals()["__all__"] = ["CATALOGUE", "SLOPES", *CATALOGUE, *SLOPES]


def __dir__() -> list[str]:
    return ["CATALOGUE", "SLOPES", *CATALOGUE, *SLOPES]
