"""Pictures of circuits: gatenet.viz.

`draw(unit)` gives the circuit that ends in a unit as an SVG, with values and gradients;
`plot_lines` and `plot_gate` draw curves; `charts` draws with matplotlib.  All but `charts` needs
nothing that is not installed: the `dot` program is used where it is found.  Imports gatenet; the
core never imports this room.
"""

from . import charts as charts
from .curves import plot_gate as plot_gate
from .curves import plot_lines as plot_lines
from .drawing import Drawing as Drawing
from .drawing import draw as draw
from .picture import Picture as Picture

__all__ = ["Drawing", "Picture", "charts", "draw", "plot_gate", "plot_lines"]
