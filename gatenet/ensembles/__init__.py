"""Ensembles: several models that answer together.

`Averaging` gives the mean of its members' outputs, `Bagging` trains members on rows drawn with
replacement, `Snapshots` keeps a model as it was at the end of each cycle of its learning rate.
Members are modules or plain functions of one sample.  Knows modules and training; does not know
losses or data.
"""

from gatenet.ensembles.averaging import Averaging as Averaging
from gatenet.ensembles.bagging import Bagging as Bagging
from gatenet.ensembles.bagging import bootstrap as bootstrap
from gatenet.ensembles.snapshots import Snapshots as Snapshots
from gatenet.ensembles.snapshots import cosine_cycles as cosine_cycles

__all__ = ["Averaging", "Bagging", "Snapshots", "bootstrap", "cosine_cycles"]
