"""Reshaping: layers that wire nothing and lay out their inputs anew."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gatenet.errors import RangeError
from gatenet.nn.module import Module
from gatenet.nn.shapes import flat, folded, listed, shape, size, text, wrong_shape


class Flatten(Module):
    """Lay an image or a sequence out as one vector, the last dimension fastest.

    >>> Flatten()([[[1.0, 2.0], [3.0, 4.0]]])
    [1.0, 2.0, 3.0, 4.0]
    """

    def forward(self, inputs: Sequence[Any]) -> list[Any]:
        """Give the numbers and units of a nested list in order."""
        return _flattened(self, inputs)


class Reshape(Module):
    """Lay inputs out in a shape, the last dimension fastest: a vector as an image, for one.

    Raises RangeError when the inputs are not as many as the shape holds.

    >>> Reshape(1, 2, 2)([1.0, 2.0, 3.0, 4.0])
    [[[1.0, 2.0], [3.0, 4.0]]]
    """

    def __init__(self, *lengths: int) -> None:
        if not lengths:
            raise RangeError("Reshape got no lengths: name one for each dimension")
        self.lengths = tuple([size(length, "a length") for length in lengths])

    def forward(self, inputs: Sequence[Any]) -> list[Any]:
        """Give the numbers and units of a nested list in the new shape."""
        found = _flattened(self, inputs)
        if len(found) != math.prod(self.lengths):
            raise RangeError(
                f"{self!r} got a list of shape {text(shape(inputs))}, {len(found)} in all; it "
                f"takes {math.prod(self.lengths)}",
                module=self,
            )
        return folded(found, self.lengths)

    def __repr__(self) -> str:
        return f"Reshape({', '.join(map(str, self.lengths))})"


class Last(Module):
    """Give the last vector of a sequence: what a recurrent layer has read up to the end.

    >>> Last()([[1.0, 2.0], [3.0, 4.0]])
    [3.0, 4.0]
    """

    def forward(self, inputs: Sequence[Any]) -> Any:
        """Give the last of a list."""
        if not isinstance(inputs, (list, tuple)) or not inputs:
            raise wrong_shape(self, inputs, "a sequence of one vector or more")
        return inputs[-1]


def _flattened(module: Module, inputs: Any) -> list[Any]:
    """Give the numbers and units of a nested list that is not ragged."""
    inputs = listed(inputs)
    if not isinstance(inputs, (list, tuple)):
        raise wrong_shape(module, inputs, "a list, or lists of lists")
    shape(inputs)  # refuses a ragged one
    return list(flat(inputs))
