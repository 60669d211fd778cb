"""Windows: which numbers of a row or an image a kernel sees at each of its places.

One or two dimensions, with stride, zero padding and dilation.  What stands in the padding is left
out: a product with 0 adds nothing.  Knows whole numbers alone; plans are kept for the sizes met.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.nn.shapes import size, text

Lengths = tuple[int, ...]


class Window(NamedTuple):
    """One place of a kernel: which inputs it sees, and by which of its own numbers."""

    inputs: tuple[int, ...]
    taps: tuple[int, ...]


@dataclass(frozen=True)
class Kernel:
    """The size of a kernel and how it moves, one number for each dimension."""

    size: Lengths
    stride: Lengths
    padding: Lengths
    dilation: Lengths

    @property
    def taps(self) -> int:
        """How many numbers of one channel a kernel sees."""
        count = 1
        for length in self.size:
            count *= length
        return count

    def options(self) -> str:
        """What is not as usual, for a repr; a stride like the size is usual for pooling."""
        said = [_one(self.size)]
        if set(self.stride) != {1}:
            said.append(f"stride={_one(self.stride)}")
        if set(self.padding) != {0}:
            said.append(f"padding={_one(self.padding)}")
        if set(self.dilation) != {1}:
            said.append(f"dilation={_one(self.dilation)}")
        return ", ".join(said)


def kernel(dims: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any = 1) -> Kernel:
    """Check a kernel's numbers: each a whole number, or one for each dimension.

    Raises OperandError for what is no whole number, RangeError for one that is too small.

    >>> kernel(2, 3, 1, (0, 1)).padding
    (0, 1)
    """
    return Kernel(
        _several(kernel_size, dims, "kernel_size", 1),
        _several(stride, dims, "stride", 1),
        _several(padding, dims, "padding", 0),
        _several(dilation, dims, "dilation", 1),
    )


def _several(given: Any, dims: int, name: str, least: int) -> Lengths:
    if not isinstance(given, (tuple, list)):
        return (size(given, name, least),) * dims
    if len(given) != dims:
        raise OperandError(f"{name} is {given!r}: give one whole number, or {dims}", value=given)
    return tuple([size(one, name, least) for one in given])


def _one(lengths: Lengths) -> str:
    return str(lengths[0]) if len(set(lengths)) == 1 else str(lengths)


@lru_cache(maxsize=256)
def windows(lengths: Lengths, moved: Kernel) -> tuple[Lengths, tuple[Window, ...]]:
    """Give the lengths of the output, and for each of its numbers the window it sees.

    Along a dimension the output has (length + 2·padding - dilation·(size - 1) - 1) // stride + 1
    numbers.

    Raises RangeError when the kernel is larger than the padded input.

    >>> windows((3,), kernel(1, 2, 1, 1))[1][:2]
    (Window(inputs=(0,), taps=(1,)), Window(inputs=(0, 1), taps=(0, 1)))
    """
    across = zip(lengths, moved.size, moved.stride, moved.padding, moved.dilation, strict=True)
    found = [_along(*numbers) for numbers in across]
    outputs = tuple([len(places) for places in found])
    if 0 in outputs:
        raise RangeError(
            f"a kernel of {text(moved.size)} does not fit into an input of {text(lengths)}"
            + (f" with padding {text(moved.padding)}" if any(moved.padding) else "")
        )
    return outputs, tuple([
        _crossed(sides, lengths, moved.size) for sides in itertools.product(*found)
    ])  # fmt: skip


def _along(
    length: int, kernel_size: int, stride: int, padding: int, dilation: int
) -> list[list[tuple[int, int]]]:
    """Give, for each place along one dimension, the pairs (input, tap) that meet."""
    last = length + 2 * padding - dilation * (kernel_size - 1) - 1
    return [
        [
            (start + tap * dilation, tap)
            for tap in range(kernel_size)
            if 0 <= start + tap * dilation < length
        ]
        for start in range(-padding, last - padding + 1, stride)
    ]


def _crossed(sides: Sequence[list[tuple[int, int]]], lengths: Lengths, sizes: Lengths) -> Window:
    """Combine what meets along each dimension into flat places."""
    inputs, taps = [], []
    for pairs in itertools.product(*sides):
        place = tap = 0
        for (x, t), length, kernel_size in zip(pairs, lengths, sizes, strict=True):
            place, tap = place * length + x, tap * kernel_size + t
        inputs.append(place)
        taps.append(tap)
    return Window(tuple(inputs), tuple(taps))


def pooled(moved: Kernel) -> Kernel:
    """Check a kernel of a pooling layer: its padding is at most half its size, as in PyTorch.

    So no window lies in the padding alone.
    """
    if any(2 * p > k for p, k in zip(moved.padding, moved.size, strict=True)):
        raise WiringError(
            f"padding is {_one(moved.padding)} with a kernel of {text(moved.size)}: the padding "
            "of a pooling layer is at most half its kernel"
        )
    return moved
