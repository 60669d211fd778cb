"""Data to learn on: rows that ship, points drawn from a seed, splitting and augmentation.

Inputs are lists of rows of floats, targets a list beside them.  Knows randomness and the errors;
does not know units.
"""

from gatenet.datasets.augmenting import chaining as chaining
from gatenet.datasets.augmenting import flipping as flipping
from gatenet.datasets.augmenting import noising as noising
from gatenet.datasets.augmenting import shifting as shifting
from gatenet.datasets.curves import linear as linear
from gatenet.datasets.curves import sine as sine
from gatenet.datasets.dataset import Dataset as Dataset
from gatenet.datasets.measured import breast_cancer as breast_cancer
from gatenet.datasets.measured import diabetes as diabetes
from gatenet.datasets.measured import digits as digits
from gatenet.datasets.measured import iris as iris
from gatenet.datasets.measured import wine as wine
from gatenet.datasets.playground import playground_circle as playground_circle
from gatenet.datasets.playground import playground_gauss as playground_gauss
from gatenet.datasets.playground import playground_spiral as playground_spiral
from gatenet.datasets.playground import playground_xor as playground_xor
from gatenet.datasets.points import circles as circles
from gatenet.datasets.points import moons as moons
from gatenet.datasets.points import spirals as spirals
from gatenet.datasets.points import xor as xor
from gatenet.datasets.splitting import standardize as standardize
from gatenet.datasets.splitting import train_test_split as train_test_split
from gatenet.datasets.tables import advertising as advertising
from gatenet.datasets.tables import exams as exams
from gatenet.datasets.tables import radio as radio
from gatenet.datasets.words import names as names

__all__ = [
    "Dataset", "advertising", "breast_cancer", "chaining", "circles", "diabetes", "digits",
    "exams", "flipping", "iris", "linear", "moons", "names", "noising", "playground_circle",
    "playground_gauss", "playground_spiral", "playground_xor", "radio", "shifting", "sine",
    "spirals", "standardize", "train_test_split", "wine", "xor",
]  # fmt: skip
