"""Optimizers: from gradients to new values of the parameters, with PyTorch's names and defaults.

Knows units; does not know modules, losses or data.
"""

from gatenet.optim import schedules as schedules
from gatenet.optim.adam import Adam as Adam
from gatenet.optim.adam import AdamW as AdamW
from gatenet.optim.adamkin import Adamax as Adamax
from gatenet.optim.adamkin import NAdam as NAdam
from gatenet.optim.adamkin import RAdam as RAdam
from gatenet.optim.adaptive import Adadelta as Adadelta
from gatenet.optim.adaptive import Adagrad as Adagrad
from gatenet.optim.adaptive import RMSprop as RMSprop
from gatenet.optim.bfgs import BFGS as BFGS
from gatenet.optim.conjugate import ConjugateGradient as ConjugateGradient
from gatenet.optim.gradients import add_grad_noise_ as add_grad_noise_
from gatenet.optim.gradients import clip_grad_norm_ as clip_grad_norm_
from gatenet.optim.gradients import clip_grad_value_ as clip_grad_value_
from gatenet.optim.lbfgs import LBFGS as LBFGS
from gatenet.optim.lion import Lion as Lion
from gatenet.optim.newton import Newton as Newton
from gatenet.optim.optimizer import Optimizer as Optimizer
from gatenet.optim.randomsearch import RandomSearch as RandomSearch
from gatenet.optim.rprop import Rprop as Rprop
from gatenet.optim.sgd import SGD as SGD

__all__ = [
    "BFGS",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "ConjugateGradient",
    "Lion",
    "NAdam",
    "Newton",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "RandomSearch",
    "Rprop",
    "add_grad_noise_",
    "clip_grad_norm_",
    "clip_grad_value_",
    "schedules",
]
