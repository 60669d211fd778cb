"""Explanations: why a gradient is what it is, and where a nan was born.

`explain` splits a gradient into the contributions of its paths and names the causes of one that
is zero, vanishing, exploding or not finite; `genealogy` finds the first nan or infinity.  Knows
circuits, the sweep and the gates' declarations; does not know steppers or pictures.
"""

from gatenet.explaining.explanation import Explanation as Explanation
from gatenet.explaining.explanation import explain as explain
from gatenet.explaining.flatness import Cause as Cause
from gatenet.explaining.genealogies import Genealogy as Genealogy
from gatenet.explaining.genealogies import genealogy as genealogy
from gatenet.explaining.paths import Path as Path

__all__ = ["Cause", "Explanation", "Genealogy", "Path", "explain", "genealogy"]
