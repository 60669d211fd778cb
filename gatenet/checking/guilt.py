"""Guilt: the gate behind a wrong gradient, with a snippet that shows its mistake."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from gatenet.circuit import Circuit
from gatenet.errors import FormatError
from gatenet.source import to_python
from gatenet.texts import figure, shown
from gatenet.unit import Unit


@dataclass(frozen=True)
class Guilt:
    """The first gate of a circuit whose local derivative is wrong."""

    #: Its row, what the circuit calls it, and the gate (None: the sums of the sweep are wrong).
    row: int
    label: str
    gate: Any
    #: The operand whose derivative is wrong, by name, and the operands' values.
    port: str
    operands: tuple[float, ...]
    #: What was recorded, what is right, and the distance in ULP (nan where it is not known).
    recorded: float
    right: float
    ulps: float = math.nan
    #: How the circuit records it: the unit itself.
    unit: Any = None

    @property
    def circuit(self) -> Circuit:
        """A circuit of the guilty gate alone, on leaves of the same values."""
        leaves = [Unit(value, name) for value, name in zip(self.operands, self._names, strict=True)]
        return Circuit(_applied(self.gate, leaves)) if self.gate is not None else Circuit(leaves)

    @property
    def _names(self) -> list[str]:
        inputs = list(self.gate.inputs) if self.gate is not None else []
        return inputs if len(inputs) == len(self.operands) else [
            f"x{k}" for k in range(len(self.operands))
        ]  # fmt: skip

    @property
    def snippet(self) -> str:
        """Python that builds the gate at this point and prints its derivatives."""
        try:
            source = to_python(self.circuit)
        except FormatError as error:
            return f"# {error}\n"
        shows = [f"print([unit.grad for unit in circuit.units])  # {self.port}: "
                 f"{self.right!r} is right"]  # fmt: skip
        return "\n".join([source.rstrip(), "circuit.backward()", *shows, ""])

    def __str__(self) -> str:
        where = ", ".join(map(repr, self.operands[:6])) + (
            ", ..." if len(self.operands) > 6 else ""
        )
        by = "" if math.isnan(self.ulps) else f", {figure(self.ulps, 3)} ULP off"
        if self.gate is None:
            return (
                f"guilty: no gate; the pulls into {shown(self.label)} add up to {self.right!r}, "
                f"and the sweep gathered {self.recorded!r}"
            )
        head = (
            f"guilty: {shown(self.label)}, the gate {self.gate!r} at ({where}): its derivative in "
            f"{self.port} is given as {self.recorded!r}, and {self.right!r} is right{by}"
        )
        return "\n".join([head, *[f"    {line}" for line in self.snippet.splitlines() if line]])


def _applied(gate: Any, leaves: list[Unit]) -> Unit:
    made: Unit = gate(*gate.split(leaves)) if gate.groups > 1 else gate(*leaves)
    return made
