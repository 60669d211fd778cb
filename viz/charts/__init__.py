"""Charts: the pictures people expect around training, drawn with matplotlib.

    gate        a gate's value and derivative, with its kinks, edges and domain
    loss        the losses of one run or several
    boundary    how a model of two inputs divides the plane, with the data
    histograms  the gradients or values of the parameters, layer by layer
    surface     the loss over two parameters or in a plane, with the optimizer's path

Each takes an axes as `ax=`, or makes a figure of its own, and returns the Axes, so charts can be
put together; none calls `show()`.  Colours follow the axes' own ground, light or dark.  A model
and its parameters are as they were afterwards, to the bit, and a pass that was under way can go
on.  Knows models by what they do.  matplotlib (extra `plots`) is imported when a chart is drawn
and never before.
"""

from .boundaries import boundary as boundary
from .curves import gate as gate
from .layers import histograms as histograms
from .losses import loss as loss
from .surfaces import surface as surface

__all__ = ["boundary", "gate", "histograms", "loss", "surface"]
