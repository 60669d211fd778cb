"""A gate standing in a circuit, driven by hand.  Knows units only by their `.grad`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gatenet.errors import WiringError

if TYPE_CHECKING:
    from gatenet.record import Gate


class PlacedGate:
    """A gate standing in a circuit, driven by hand as in the Hacker's guide.

    `forward` wires it to its operands and gives the output unit; `backward` reads the output's
    `.grad` and adds one pull to the `.grad` of each operand.
    """

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.output: Any = None

    def forward(self, *operands: Any) -> Any:
        """Compute the output from these operands and remember it for `backward`."""
        self.output = self.gate(*operands)
        return self.output

    def backward(self) -> None:
        """Add upstream times local derivative to each operand's gradient.

        Raises WiringError before the first `forward`, or when that made no unit.
        """
        if not hasattr(type(self.output), "__gate__"):
            raise WiringError(
                f"this {self.gate.name!r} gate has no output unit to pull from: call forward() "
                "with at least one unit first",
                gate=self.gate,
            )
        upstream = self.output.grad
        if upstream == 0 and self.gate.guarded:
            return
        for operand, partial in zip(self.output.inputs, self.output.partials, strict=True):
            if hasattr(type(operand), "__gate__"):
                operand.grad = operand.grad + upstream * partial

    def __repr__(self) -> str:
        return f"<placed {self.gate!r} gate>"
