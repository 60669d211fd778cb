"""Optimizers: from gradients to new values of the parameters, with PyTorch's names and defaults.

Knows units; does not know modules, losses or data.
"""

from gatenet.optim.adam import Adam as Adam
from gatenet.optim.optimizer import Optimizer as Optimizer
from gatenet.optim.sgd import SGD as SGD

__all__ = ["SGD", "Adam", "Optimizer"]
