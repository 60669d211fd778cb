"""Optimizers: from gradients to new values of the parameters, with PyTorch's names and defaults.

Knows units; does not know modules, losses or data.
"""

from gatenet.optim.adam import Adam as Adam
from gatenet.optim.adam import AdamW as AdamW
from gatenet.optim.gradients import add_grad_noise_ as add_grad_noise_
from gatenet.optim.gradients import clip_grad_norm_ as clip_grad_norm_
from gatenet.optim.gradients import clip_grad_value_ as clip_grad_value_
from gatenet.optim.optimizer import Optimizer as Optimizer
from gatenet.optim.sgd import SGD as SGD

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "Optimizer",
    "add_grad_noise_",
    "clip_grad_norm_",
    "clip_grad_value_",
]
