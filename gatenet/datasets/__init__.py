"""Data to learn on: rows that ship with gatenet, points drawn from a seed, and their splitting.

Inputs are lists of rows of floats, targets a list beside them.  Knows randomness and the errors;
does not know units.
"""

from gatenet.datasets.dataset import Dataset as Dataset
from gatenet.datasets.measured import iris as iris
from gatenet.datasets.points import moons as moons
from gatenet.datasets.points import xor as xor
from gatenet.datasets.splitting import standardize as standardize
from gatenet.datasets.splitting import train_test_split as train_test_split

__all__ = ["Dataset", "iris", "moons", "standardize", "train_test_split", "xor"]
