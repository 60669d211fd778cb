"""Units and arrays: a function's numbers written back to the units that it was made from.

Knows units; takes the arrays of any framework for lists of numbers.
"""

from __future__ import annotations

from typing import Any

from gatenet.errors import OperandError, WiringError
from gatenet.exporting.wide import Wide
from gatenet.real import number
from gatenet.sweep import check_finished


class Held:
    """The units of a function of arrays, in the order of its numbers."""

    def __init__(self, wide: Wide) -> None:
        self.single = wide.single
        self.inputs, self.parameters, self.outputs = wide.inputs, wide.parameters, wide.outputs

    def write(self, values: Any) -> None:
        """Write the parameters' values to their units, from an array of shape (p,).

        Raises WiringError for another number of them; then nothing is written.
        """
        numbers = self._numbers(values)
        for unit, value in zip(self.parameters, numbers, strict=True):
            unit.value = value

    def write_gradients(self, gradients: Any) -> None:
        """Add the gradients in the parameters to each unit's `.grad`, as `backward` does.

        Raises WiringError for another number of them; then nothing is added.
        """
        numbers = self._numbers(gradients)
        check_finished(self.parameters)
        for unit, more in zip(self.parameters, numbers, strict=True):
            if unit.requires_grad:
                before = unit._grad
                unit._grad = more if before is None else before + more

    def __copy__(self) -> Held:
        return self

    def __deepcopy__(self, memo: Any) -> Held:
        """A copy is this function: nothing in it changes, and its units are the circuit's."""
        return self

    def __reduce__(self) -> Any:
        raise OperandError(
            f"{self!r} is made of functions of a framework, which cannot be pickled: pickle the "
            "circuit, and make it again from that"
        )

    def _numbers(self, array: Any) -> list[float]:
        found = array.tolist() if hasattr(array, "tolist") else [*array]
        if not isinstance(found, list) or len(found) != len(self.parameters):
            count = len(found) if isinstance(found, list) else "one number"
            raise WiringError(f"got {count} for {len(self.parameters)} parameter(s), in order")
        return [number(value) for value in found]

    def _said(self) -> str:
        return (
            f"{len(self.inputs)} inputs, {len(self.parameters)} parameters, "
            f"{len(self.outputs)} outputs"
        )
