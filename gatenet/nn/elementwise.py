"""Activations as modules: any function of one unit, and one class for each gate.

`ReLU()` maps the gate over a vector, a sequence or an image and keeps its shape.  A class is named
as PyTorch names it where it has one, and takes the gate's static parameters.  Knows the gates by
their records; does not know any of them.
"""

from __future__ import annotations

from typing import Any, ClassVar

from gatenet.declaration import Gate, registry
from gatenet.errors import OperandError, WiringError
from gatenet.nn.activations import ActivationLike, activation_name, wiring
from gatenet.nn.module import Module
from gatenet.nn.shapes import mapped
from gatenet.unit import Unit


class Activation(Module):
    """Map a gate of one input, or any function of one unit, over whatever is given.

    `gate` is a gate's name, a gate or a function; `static` are the gate's static parameters.
    Numbers among the inputs stay numbers where the gate takes them.

    Raises WiringError for an unknown name or static parameter.

    >>> [unit.value for unit in Activation("leaky_relu", slope=0.1)([Unit(-2.0), Unit(3.0)])]
    [-0.2, 3.0]
    """

    def __init__(self, gate: ActivationLike, /, **static: float) -> None:
        if gate is None:
            raise OperandError("an activation is a name, a gate or a function, not None")
        function = wiring(gate)  # checks the name
        if isinstance(gate, str):
            gate = registry()[gate]
        if static:
            if not isinstance(gate, Gate):
                raise WiringError(
                    f"{activation_name(gate)} is a function: static parameters are a gate's"
                )
            gate = gate.bind(**static)
            function = wiring(gate)
        self._gate, self._function = gate, function

    def forward(self, inputs: Any) -> Any:
        """Apply the activation to every unit and number of a nested list."""
        return self._applied(inputs)

    def _applied(self, inputs: Any) -> Any:
        if type(inputs) is list:
            kinds = set(map(type, inputs))
            if kinds == _UNITS:
                function: Any = self._function
                return [function(unit) for unit in inputs]
            if kinds == _LISTS:
                return [self._applied(part) for part in inputs]
        return mapped(self._one, inputs)

    def _one(self, signal: Unit | float) -> Any:
        function: Any = self._gate if type(signal) is float else self._function
        return function(signal)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_function"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _function=wiring(state["_gate"]))

    def __repr__(self) -> str:
        return f"Activation({activation_name(self._gate)!r}{_options(self._gate)})"


class GateActivation(Activation):
    """The base of the classes in `named`: the gate stands in the class, its numbers in the call."""

    gate: ClassVar[Gate]

    def __init__(self, *values: float, **static: float) -> None:
        names = list(self.gate.static)
        if len(values) > len(names):
            raise WiringError(
                f"{type(self).__name__} got {len(values)} numbers; it takes {len(names)}"
                + (f": {', '.join(names)}" if names else "")
            )
        super().__init__(self.gate, **dict(zip(names, values, strict=False)), **static)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({_options(self._gate).removeprefix(', ')})"


def _options(gate: Any) -> str:
    """The static parameters that are not the gate's own defaults, for a repr."""
    if not isinstance(gate, Gate):
        return ""
    own = gate.base.static
    return "".join(f", {name}={value!r}" for name, value in gate.static.items()
                   if value != own[name])  # fmt: skip


#: Parts of names that are not written as words are: relu is ReLU, as in PyTorch.
_SPELLINGS = {"relu": "ReLU", "elu": "ELU", "selu": "SELU", "silu": "SiLU", "gelu": "GELU"}
_UNITS, _LISTS = {Unit}, {list}


def class_name(name: str) -> str:
    """Name the class of a gate's activation.

    >>> class_name("leaky_relu"), class_name("hard_tanh"), class_name("gelu")
    ('LeakyReLU', 'HardTanh', 'GELU')
    """
    return "".join(_SPELLINGS.get(part, part.capitalize()) for part in name.split("_"))


def made(gate: Gate, module: str) -> type[GateActivation]:
    """Make the class of a gate's activation, as if it stood in a module."""
    numbers = ", ".join(f"{name}={value:.6g}" for name, value in gate.static.items())
    doc = f"Apply the gate `{gate.name}` to every unit. {(gate.__doc__ or '').splitlines()[0]}"
    if numbers:
        doc += f"\n\nIts static parameters, in this order: {numbers}."
    body = {"gate": gate, "__doc__": doc, "__module__": module}
    return type(class_name(gate.name), (GateActivation,), body)
