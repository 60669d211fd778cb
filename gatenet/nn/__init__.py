"""Networks on top of units: modules hold parameters, layers wire them.

    from gatenet import nn
    model = nn.Sequential(nn.Linear(2, 16, rng=0), nn.ReLU(), nn.Linear(16, 1, rng=1))
    score = model([0.5, -1.0])[0]

A model works on one sample: a vector is a list of units and numbers, a sequence a list of vectors
(time first), an image a list of channels, each a list of rows; outputs are lists in the same way.
Knows units, gates and the eager engine's functions; does not know losses, optimizers or data.
"""

# ruff: noqa: F403  (the activations of the catalogue)

from gatenet.nn import initializers as initializers
from gatenet.nn.attention import Attention as Attention
from gatenet.nn.attention import MultiHeadAttention as MultiHeadAttention
from gatenet.nn.attention import scaled_dot_product_attention as scaled_dot_product_attention
from gatenet.nn.batchnorm import BatchNorm as BatchNorm
from gatenet.nn.cells import GRUCell as GRUCell
from gatenet.nn.cells import LSTMCell as LSTMCell
from gatenet.nn.cells import RNNCell as RNNCell
from gatenet.nn.convolution import Conv1d as Conv1d
from gatenet.nn.convolution import Conv2d as Conv2d
from gatenet.nn.elementwise import Activation as Activation
from gatenet.nn.embedding import Embedding as Embedding
from gatenet.nn.layers import MLP as MLP
from gatenet.nn.layers import Layer as Layer
from gatenet.nn.linear import Linear as Linear
from gatenet.nn.module import Module as Module
from gatenet.nn.named import *
from gatenet.nn.named import ACTIVATIONS as ACTIVATIONS
from gatenet.nn.neuron import Neuron as Neuron
from gatenet.nn.noise import Dropout as Dropout
from gatenet.nn.noise import GaussianNoise as GaussianNoise
from gatenet.nn.normalization import LayerNorm as LayerNorm
from gatenet.nn.normalization import RMSNorm as RMSNorm
from gatenet.nn.perceptron import Perceptron as Perceptron
from gatenet.nn.places import Buffer as Buffer
from gatenet.nn.pooling import AvgPool1d as AvgPool1d
from gatenet.nn.pooling import AvgPool2d as AvgPool2d
from gatenet.nn.pooling import MaxPool1d as MaxPool1d
from gatenet.nn.pooling import MaxPool2d as MaxPool2d
from gatenet.nn.recurrent import GRU as GRU
from gatenet.nn.recurrent import LSTM as LSTM
from gatenet.nn.recurrent import RNN as RNN
from gatenet.nn.reshaping import Flatten as Flatten
from gatenet.nn.reshaping import Last as Last
from gatenet.nn.reshaping import Reshape as Reshape
from gatenet.nn.sequential import Residual as Residual
from gatenet.nn.sequential import Sequential as Sequential
from gatenet.nn.softmax import LogSoftmax as LogSoftmax
from gatenet.nn.softmax import Softmax as Softmax
from gatenet.nn.softmax import log_softmax as log_softmax
from gatenet.nn.softmax import softmax as softmax
from gatenet.nn.summary import Summary as Summary

_CLASSES = [name for name in globals() if name[:1].isupper() and name != "ACTIVATIONS"]
globals()["__all__"] = [
    *_CLASSES,
    "ACTIVATIONS",
    "initializers",
    "log_softmax",
    "scaled_dot_product_attention",
    "softmax",
]
