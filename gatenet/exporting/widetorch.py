"""PyTorch's side of wide programs: its functions of tensors, whose first axes are a batch.

Knows PyTorch, which is imported when something is made; knows nothing of circuits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from gatenet.declaration import Gate
from gatenet.errors import ToolMissing
from gatenet.exporting.wide import named
from gatenet.exporting.widetables import Operand

#: PyTorch's names for functions that NumPy or C call otherwise.
WORDS = {"equal": "eq", "power": "pow"}


def torch_module() -> Any:
    """The package torch.

    Raises ToolMissing where it is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise ToolMissing("PyTorch is not installed: pip install torch", tool="torch") from error
    return torch


class TorchArrays:
    """The steps' functions by PyTorch, on one device and in one dtype.

    What parameters alone decide has no axis of the batch, and is worked out once for all rows.
    """

    def __init__(self, torch: Any, dtype: Any, device: Any) -> None:
        self.torch, self.dtype, self.device = torch, dtype, device
        self._functions: dict[Gate, Callable[..., Any]] = {}
        self._made: dict[int, tuple[Operand, Any]] = {}

    def constant(self, values: Sequence[float], shape: Sequence[int]) -> Any:
        """A tensor of constants."""
        full = self.torch.tensor([*values], dtype=self.dtype, device=self.device)
        return full.reshape(tuple(shape))

    def _kept(self, operand: Operand) -> Any:
        """The constants or the index of an operand, made once."""
        if id(operand) not in self._made:
            if operand.values is not None:
                found = self.constant(operand.values, operand.shape)
            else:
                found = self.torch.tensor(operand.index, device=self.device)
            self._made[id(operand)] = operand, found
        return self._made[id(operand)][1]

    def read(self, operand: Operand, arrays: Sequence[Any]) -> Any:
        """Cut an operand out of arrays: views, a concatenation, an index."""
        shape = operand.shape
        if operand.values is not None:
            return self._kept(operand)
        pieces = [
            arrays[part.array].narrow(-1, part.start, part.stop - part.start)
            for part in operand.parts
        ]
        flat = pieces[0]
        if len(pieces) > 1:
            lead = self.torch.broadcast_shapes(*[piece.shape[:-1] for piece in pieces])
            flat = self.torch.cat([p.expand((*lead, p.shape[-1])) for p in pieces], dim=-1)
        if operand.index is not None:
            flat = flat.index_select(-1, self._kept(operand))
        lead = flat.shape[:-1]
        if operand.layout is None:
            return flat if len(shape) == 1 else flat.reshape((*lead, *shape))
        lengths, order, spread = operand.layout
        found = flat.reshape((*lead, *lengths))
        if order != tuple(range(len(order))):
            count = len(lead)
            found = found.permute(*range(count), *[count + axis for axis in order])
        return found.reshape((*lead, *spread)).expand((*lead, *shape))

    def function(self, gate: Gate) -> Callable[..., Any]:
        """PyTorch's function of a primitive gate, made to take and give floats."""
        found = self._functions.get(gate)
        if found is None:
            made = found = named(gate, (self.torch, self.torch.special), WORDS, "PyTorch")
            assert gate.primitive is not None
            if gate.primitive.ufunc == "where":
                found = lambda asked, *rest: made(asked != 0.0, *rest)  # noqa: E731
            elif gate.primitive.condition:
                found = lambda *given: made(*given).to(self.dtype)  # noqa: E731
            self._functions[gate] = found
        return found

    def summed(self, terms: Any) -> Any:
        """The sums along the last axis but one."""
        return terms.sum(dim=-2)

    def product(self, left: Any, right: Any) -> Any:
        """The product of matrices over the last two axes."""
        return self.torch.matmul(left, right)

    def moved(self, array: Any, order: Sequence[int], size: int) -> Any:
        """Put the last axes in another order, and make them one of this size."""
        lead = array.dim() - len(order)
        found = array.permute(*range(lead), *[lead + axis for axis in order])
        assert prod(found.shape[lead:]) == size
        return found.reshape((*array.shape[:lead], size))
