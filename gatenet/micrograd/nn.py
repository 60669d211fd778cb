"""micrograd.nn: `from gatenet.micrograd.nn import MLP`."""

from gatenet.micrograd import MLP as MLP
from gatenet.micrograd import Layer as Layer
from gatenet.micrograd import Module as Module
from gatenet.micrograd import Neuron as Neuron
