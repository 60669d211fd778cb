"""Pictures of circuits: gatenet.viz.

`draw(unit)` gives the circuit that ends in a unit as an SVG, with values and gradients, and
`draw(stepper)` a step of its pass; `frames` and `animate` draw every step, `player` writes a page
that plays them, `compare` shows what changed between two passes; `plot_lines` and `plot_gate` draw
curves, `plot_images` small grey pictures, `charts` draws with matplotlib.  All but `charts` need
nothing that is not installed: the `dot` program is used where it is found.  Imports gatenet; the
core never imports this room.
"""

from . import charts as charts
from .animation import animate as animate
from .comparing import compare as compare
from .curves import plot_gate as plot_gate
from .curves import plot_lines as plot_lines
from .drawing import Drawing as Drawing
from .drawing import draw as draw
from .frames import frames as frames
from .images import plot_images as plot_images
from .notebook import bundle as bundle
from .picture import Picture as Picture
from .player import Player as Player
from .player import player as player
from .snapshot import Snapshot as Snapshot
from .snapshot import snapshot as snapshot

__all__ = [
    "Drawing",
    "Picture",
    "Player",
    "Snapshot",
    "animate",
    "bundle",
    "charts",
    "compare",
    "draw",
    "frames",
    "player",
    "plot_gate",
    "plot_images",
    "plot_lines",
    "snapshot",
]
