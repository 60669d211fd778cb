"""First weights: Nguyen and Widrow's, drawn as OpenCV draws them.

OpenCV's generator is a multiply-with-carry of 64 bits that starts from the same state in every
network; with its stream a network here starts from the weights it has there.
"""

from __future__ import annotations

from collections.abc import Sequence

_MULTIPLIER = 4164903690
_LOW = 0xFFFFFFFF


class Stream:
    """OpenCV's random numbers: G. Marsaglia's multiply-with-carry, low word times 4164903690.

    >>> stream = Stream()
    >>> [round(stream.uniform(), 6) for _ in range(2)]
    [0.030283, 0.600319]
    """

    def __init__(self, state: int = 0xFFFFFFFFFFFFFFFF) -> None:
        self.state = state

    def word(self) -> int:
        """Draw 32 bits."""
        self.state = (self.state & _LOW) * _MULTIPLIER + (self.state >> 32)
        return self.state & _LOW

    def uniform(self) -> float:
        """Draw a number from 0 up to 1, of 64 bits."""
        high = self.word()
        return float(high << 32 | self.word()) * 2.0**-64

    def below(self, n: int) -> int:
        """Draw a whole number from 0 up to, not including, n."""
        return self.word() % n


def nguyen_widrow(stream: Stream, sizes: Sequence[int]) -> list[list[list[float]]]:
    """The first weights of each layer: a row for each input and a last one for the biases.

    Weights are uniform between -1 and 1.  In hidden layers those of a neuron are divided by the sum
    of their sizes, and its bias is moreover spread over -G to G by the neuron's place, where G is
    0.7 · inputs^(1 / (neurons - 1)), or 1 for two neurons; so its slope crosses 0 in another part
    of the inputs' range than those of its neighbours.

    Source: D. Nguyen and B. Widrow, "Improving the learning speed of 2-layer neural networks by
    choosing initial values of the adaptive weights", 1990, as OpenCV varies it.
    """
    found = []
    for layer in range(1, len(sizes)):
        nin, nout = sizes[layer - 1], sizes[layer]
        rows = [[0.0] * nout for _ in range(nin + 1)]
        spread = 0.7 * float(nin) ** (1.0 / (nout - 1)) if nout > 2 else 1.0
        for neuron in range(nout):
            drawn = [stream.uniform() * 2.0 - 1.0 for _ in range(nin + 1)]
            if layer < len(sizes) - 1:
                scale = 1.0 / sum(abs(weight) for weight in drawn[:-1])
                drawn = [weight * scale for weight in drawn]
                drawn[-1] *= spread * (2.0 * neuron / nout - 1.0)
            for row, weight in zip(rows, drawn, strict=True):
                row[neuron] = weight
        found.append(rows)
    return found
