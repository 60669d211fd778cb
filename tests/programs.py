"""Small programs that several tests differentiate."""

from gatenet.gates import exp, sigmoid, tanh, total


def mix(a, b):
    """A function of two inputs and two outputs, smooth everywhere."""
    h = tanh(a * b) + sigmoid(a - b)
    return [h * exp(-a * a) + b, h * h * a]


def one(f):
    """The sum of both outputs of such a function, as a function of one list."""
    return lambda x: total(f(x[0], x[1]))
