"""Methods: RPROP over the whole table, and back-propagation row by row with momentum.

The error of a pass is the sum over the rows of weight · |target - output|², where the weights sum
to 1 (RPROP) or are 1 on average (back-propagation); a training ends when it changes by less than
epsilon.  Gradients are those of half of it, from the sweep.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gatenet.ann_mlp.stream import Stream
from gatenet.errors import DomainError
from gatenet.losses import half_squared_error
from gatenet.nn import MLP, Neuron
from gatenet.optim import Rprop
from gatenet.sweep import backward
from gatenet.unit import Unit

Rows = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Data:
    """Scaled inputs, scaled targets, and a weight for each row; the weights sum to 1."""

    inputs: Rows
    targets: Rows
    weights: Sequence[float]


def rprop(
    network: MLP, data: Data, constants: Mapping[str, float], passes: int, epsilon: float
) -> int:
    """Move every parameter by a step of its own, by the sign of its gradient; give the passes done.

    The steps are those of `gatenet.optim.Rprop.opencv`.

    Raises DomainError where the error is not finite.
    """
    optimizer = Rprop.opencv(
        network.parameters(), dw0=constants["dw0"], dw_plus=constants["plus"],
        dw_minus=constants["minus"], dw_min=constants["least"], dw_max=constants["most"],
    )  # fmt: skip
    last = math.inf
    for done in range(1, passes + 1):
        error = 0.0
        optimizer.zero_grad()
        for row, target, weight in zip(data.inputs, data.targets, data.weights, strict=True):
            loss = half_squared_error(network(row), target) * weight
            error += 2.0 * finite(loss.value)
            loss.backward()
        optimizer.step()
        if abs(last - error) < epsilon:
            return done
        last = error
    return passes


def backprop(
    network: MLP,
    data: Data,
    constants: Mapping[str, float],
    passes: int,
    epsilon: float,
    stream: Stream,
) -> int:
    """Move by each row in turn, in an order that is mixed before each pass; give the passes done.

    A change is momentum_scale · the last change - weight_scale · gradient.  As in OpenCV, what a
    layer tells the one below goes through weights that this row has moved already; the gradient is
    then not quite that of the error before the row, and it leaves plateaus sooner.

    Raises DomainError where the error is not finite.
    """
    count = len(data.inputs)
    order = list(range(count))
    changes = {unit.serial: 0.0 for unit in network.parameters()}
    scale, momentum = constants["weight_scale"], constants["momentum_scale"]
    last = math.inf
    for done in range(1, passes + 1):
        for _ in range(count):
            j, k = stream.below(count), stream.below(count)
            order[j], order[k] = order[k], order[j]
        error = 0.0
        for at in order:
            outputs = layered(network, data.inputs[at])
            weight = count * data.weights[at]
            pairs = list(zip(outputs[-1], data.targets[at], strict=True))
            error += finite(weight * sum((y.value - t) ** 2 for y, t in pairs))
            seeds = [weight * (y.value - t) for y, t in pairs]
            for layer, ends in zip(reversed(network.layers), reversed(outputs), strict=True):
                layer.zero_grad()
                backward(ends, seeds)
                for unit in layer.parameters():
                    key = unit.serial
                    changes[key] = momentum * changes[key] - scale * unit.grad
                    unit.value += changes[key]
                seeds = sent(layer.neurons)
        if abs(last - error) < epsilon * count:
            return done
        last = error
    return passes


def layered(network: MLP, row: Sequence[float]) -> list[list[Unit]]:
    """The outputs of each layer, each wired to the plain numbers that the one below gave."""
    found: list[list[Unit]] = []
    signals = list(row)
    for layer in network.layers:
        found.append(layer(signals))
        signals = [unit.value for unit in found[-1]]
    return found


def sent(neurons: Sequence[Neuron]) -> list[float]:
    """What a layer's neurons send down to each input: weights times what arrived at the sums.

    What arrived at a sum is the gradient of its bias.
    """
    arrived = [0.0 if neuron.bias is None else neuron.bias.grad for neuron in neurons]
    columns = zip(*[neuron.weights for neuron in neurons], strict=True)
    return [
        math.fsum(w.value * delta for w, delta in zip(column, arrived, strict=True))
        for column in columns
    ]


def finite(error: float) -> float:
    """Check that an error is a finite number.

    Raises DomainError where it is not.
    """
    if not math.isfinite(error):
        raise DomainError(
            f"the error of a row is {error!r}: choose smaller steps (setTrainMethod), or let "
            "inputs and responses be scaled"
        )
    return error
