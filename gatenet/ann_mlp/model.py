"""ANN_MLP: a network with OpenCV's methods, made of neurons and trained by the sweep."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Self

from gatenet.ann_mlp import methods, reading, saving, scaling
from gatenet.ann_mlp.scaling import Scale
from gatenet.ann_mlp.settings import COUNT, EPS, RPROP, Settings
from gatenet.ann_mlp.stream import Stream, nguyen_widrow
from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.nn import MLP, Neuron
from gatenet.tabular import numbers, rows
from gatenet.training import predict
from gatenet.unit import Unit

Table = list[list[float]]


class ANN_MLP(Settings):
    """A multilayer perceptron with the interface of `cv2.ml.ANN_MLP`.

    Sizes, activation, method and criteria are set, then `train` is called, as often as wanted.
    Layers are numbered as there: 0 is the inputs' scale, 1 to n - 1 the weights, n the scale of the
    outputs and n + 1 its inverse, n being how many sizes there are.  Arrays, frames and lists go
    in, lists come out.

    >>> model = ANN_MLP.create()
    >>> model.setLayerSizes([2, 3, 1])
    >>> model.setTermCriteria((ANN_MLP.COUNT, 100, 0.0))
    >>> xor = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> model.train(xor, ANN_MLP.ROW_SAMPLE, [[0], [1], [1], [0]])
    True
    >>> _, outputs = model.predict(xor)
    >>> [y > 0.5 for (y,) in outputs]
    [False, True, True, False]
    """

    IDENTITY, SIGMOID_SYM, GAUSSIAN, RELU, LEAKYRELU = range(5)
    BACKPROP, RPROP = range(2)
    UPDATE_WEIGHTS, NO_INPUT_SCALE, NO_OUTPUT_SCALE = 1, 2, 4
    ROW_SAMPLE, COL_SAMPLE = 0, 1
    COUNT, EPS = COUNT, EPS

    def __init__(self) -> None:
        super().__init__()
        self.clear()

    @classmethod
    def create(cls) -> Self:
        """Make an empty network."""
        return cls()

    def clear(self) -> None:
        """Forget the weights, and begin the stream of random numbers again."""
        self._weights: list[Table] = []
        self._scales: tuple[Scale, Scale] | None = None
        self._stream = Stream()
        self._trained = False

    def setLayerSizes(self, layer_sizes: Any) -> None:
        """Choose the sizes, of inputs, hidden layers and outputs, and forget the weights.

        Raises RangeError for a size below 1 (below 2 for a hidden layer), or fewer than two sizes.
        """
        try:
            found = [int(size) for size in numbers(layer_sizes, name="layer_sizes")]
        except WiringError:  # a column, as OpenCV's getLayerSizes gives
            found = [int(row[0]) for row in rows(layer_sizes, name="layer_sizes", columns=1)]
        if len(found) < 2 or min(found) < 1 or min(found[1:-1], default=2) < 2:
            raise RangeError(
                f"layer_sizes is {found}: there are two or more, each at least 1, those of hidden "
                "layers at least 2",
                sizes=found,
            )
        self.clear()
        self._sizes = found

    def train(
        self,
        samples: Any,
        layout: int,
        responses: Any,
        flags: int = 0,
        *,
        sampleWeights: Any = None,
        sampleIdx: Any = None,
    ) -> bool:
        """Train on samples (rows, or columns by `layout`) and responses; True when it is done.

        `flags` add up UPDATE_WEIGHTS (go on from the weights there are, with the scales there
        are), NO_INPUT_SCALE and NO_OUTPUT_SCALE.  `sampleWeights` say how much each row counts,
        `sampleIdx` which rows are used.

        Raises WiringError for shapes that do not fit the sizes or weights to update that are not
        there, RangeError for wrong weights, an unknown layout, or responses far outside of the
        range of the first training.
        """
        inputs, targets = reading.tables(self._sizes, samples, layout, responses)
        weights = reading.row_weights(sampleWeights, len(inputs))
        if sampleIdx is not None:
            inputs, targets, weights = reading.chosen(sampleIdx, inputs, targets, weights)
        whole = sum(weights)
        update = bool(flags & self.UPDATE_WEIGHTS)
        scales = self._scaled(inputs, targets, flags)
        stream = Stream(self._stream.state)
        start = self._weights if update else nguyen_widrow(stream, self._sizes)
        network = self._network(start)
        data = methods.Data(
            [scaling.applied(scales[0], row) for row in inputs],
            [scaling.applied(scales[1], row) for row in targets],
            [weight / whole for weight in weights],
        )
        if update and not flags & self.NO_OUTPUT_SCALE:
            scaling.check(data.targets, self._activation.limits)
        self._run(network, data, stream)
        self._weights = _read(network)
        self._scales, self._stream, self._trained = scales, stream, True
        return True

    def _run(self, network: MLP, data: methods.Data, stream: Stream) -> int:
        passes, epsilon = self._limits()
        if self._method == RPROP:
            return methods.rprop(network, data, self._constants, passes, epsilon)
        return methods.backprop(network, data, self._constants, passes, epsilon, stream)

    def predict(self, samples: Any) -> tuple[float, Table]:
        """Give OpenCV's pair: the place of the largest output (0.0 for several rows), the outputs.

        Raises WiringError where nothing was trained or set, or rows have another width.
        """
        if self._scales is None or not self._weights:
            raise WiringError("this network has no weights yet: call train, load or setWeights")
        inputs = rows(samples, name="samples", columns=self._sizes[0])
        back = scaling.inverse(self._scales[1])
        network = self._network(self._weights)
        found = [
            scaling.applied(back, output)
            for output in predict(network, [scaling.applied(self._scales[0], r) for r in inputs])
        ]
        best = float(found[0].index(max(found[0]))) if len(found) == 1 else 0.0
        return best, found

    def isTrained(self) -> bool:
        """Whether there are weights to predict with."""
        return self._trained

    def getVarCount(self) -> int:
        """How many inputs there are; 0 before the sizes are set."""
        return self._sizes[0] if self._sizes else 0

    def getWeights(self, layerIdx: int) -> Table:
        """Give a layer as OpenCV does: (inputs + 1) rows, the last the biases, a column a neuron.

        Layers 0, n and n + 1 are the scales: one row of a factor and a shift for each column.

        Raises RangeError for another layer, WiringError where there are none yet.
        """
        if self._scales is None or not self._weights:
            raise WiringError("this network has no weights yet: call train, load or setWeights")
        n = len(self._sizes)
        if layerIdx not in range(n + 2):
            raise RangeError(f"layerIdx is {layerIdx!r}: layers are 0 to {n + 1}")
        if 0 < layerIdx < n:
            return [list(row) for row in self._weights[layerIdx - 1]]
        inputs, responses = self._scales
        scale = {0: inputs, n: scaling.inverse(responses), n + 1: responses}[layerIdx]
        return [[x for pair in scale for x in pair]]

    def setWeights(self, layers: Sequence[Any]) -> None:
        """Take the weights of every layer, as `getWeights` of 0 to n + 1 gives them.

        OpenCV has no such method.  The scale of the outputs is read from layer n + 1.

        Raises WiringError for another number of layers or a shape that does not fit.
        """
        tables, scales = reading.layers(self._sizes, layers)
        self._weights, self._scales, self._trained = tables, scales, True

    def save(self, filename: str | os.PathLike[str]) -> None:
        """Write the network as plain JSON (a form of gatenet's own, not OpenCV's)."""
        saving.save(self, filename)

    @classmethod
    def load(cls, filename: str | os.PathLike[str]) -> Self:
        """Read a network that `save` wrote.

        Raises FormatError for a file that holds none, OSError as `open` does.
        """
        return saving.load(cls, filename)

    def _scaled(self, inputs: Table, targets: Table, flags: int) -> tuple[Scale, Scale]:
        if not isinstance(flags, int) or not 0 <= flags < 8:
            raise OperandError(f"flags are sums of 1, 2 and 4, not {flags!r}")
        if flags & self.UPDATE_WEIGHTS:
            if self._scales is None:
                raise WiringError("UPDATE_WEIGHTS goes on from weights, and there are none: train")
            return self._scales
        first = scaling.unscaled(len(inputs[0]))
        last = scaling.unscaled(len(targets[0]))
        if not flags & self.NO_INPUT_SCALE:
            first = scaling.of_inputs(inputs)
        if not flags & self.NO_OUTPUT_SCALE:
            last = scaling.of_responses(targets, self._activation.range)
        return first, last

    def _network(self, weights: Sequence[Table]) -> MLP:
        """The network of units with these weights."""
        function = self._activation.function
        first, *others = self._sizes
        network = MLP(first, others, function, output_activation=function, rng=0)
        for layer, table in zip(network.layers, weights, strict=True):
            for k, neuron in enumerate(layer.neurons):
                for unit, row in zip(_units(neuron), table, strict=True):
                    unit.value = row[k]
        return network


def _units(neuron: Neuron) -> list[Unit]:
    """A neuron's weights and its bias."""
    return [*neuron.weights, *([] if neuron.bias is None else [neuron.bias])]


def _read(network: MLP) -> list[Table]:
    """The weights of a network of units, as tables."""
    return [
        [
            [unit.value for unit in row]
            for row in zip(*[_units(neuron) for neuron in layer.neurons], strict=True)
        ]
        for layer in network.layers
    ]
