"""Networks on top of units: modules hold parameters, layers wire them.

    from gatenet.nn import MLP
    model = MLP(2, [16, 16, 1], rng=0)
    score = model([0.5, -1.0])[0]

Knows units, gates and the eager engine's functions; does not know losses, optimizers or data.
"""

from gatenet.nn import initializers as initializers
from gatenet.nn.layers import MLP as MLP
from gatenet.nn.layers import Layer as Layer
from gatenet.nn.module import Module as Module
from gatenet.nn.neuron import Neuron as Neuron

__all__ = ["MLP", "Layer", "Module", "Neuron", "initializers"]
