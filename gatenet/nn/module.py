"""Module: something with parameters.

A module finds its parameters by looking through its own attributes: units of role "parameter",
other modules, and lists, tuples and dicts of either.  Nothing is registered by hand.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gatenet.errors import WiringError
from gatenet.nn import places
from gatenet.nn.summary import Summary, summarized
from gatenet.real import number
from gatenet.unit import Unit


class Module(places.Holder):
    """The base of everything that holds parameters: assign them in `__init__`, write `forward`.

    A parameter is named by the place where it stands ("layers.0.neurons.3.weights.1"), and the
    unit carries that name into pictures, messages and state dicts.

    >>> class Scale(Module):
    ...     def __init__(self):
    ...         self.factor = Unit(2.0, role="parameter")
    ...     def forward(self, x):
    ...         return self.factor * x
    >>> scale = Scale()
    >>> scale(3.0).value, scale.state_dict()
    (6.0, {'factor': 2.0})
    """

    #: Whether the module is being trained: `train()` and `eval()` set it, dropout and such read it.
    training = True

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        for path, unit in places.parameters(value, name, set()):
            unit.name = path

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Run `forward`."""
        return self.forward(*inputs, **options)

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """Wire the module's circuit for these inputs and give its output."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(): write one")

    def batch(self, samples: Sequence[Any]) -> list[Any]:
        """Give the outputs of several samples: one call each, unless a module says otherwise.

        What looks at a whole batch at once (`BatchNorm`) does it here, and containers hand
        batches on, so trainers call this.
        """
        return [self(sample) for sample in samples]

    def named_parameters(self) -> Iterator[tuple[str, Unit]]:
        """Give each parameter with the name of its place; one that stands twice comes once."""
        return places.parameters(self, "", set())

    def parameters(self) -> list[Unit]:
        """List the parameters, in the order in which they were assigned."""
        return [unit for _, unit in self.named_parameters()]

    def modules(self) -> Iterator[Module]:
        """Give this module and every module inside it, outermost first."""
        return (module for _, module in self.named_modules())

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """Give this module, named "", and every module inside it with the name of its place."""
        return places.holders(self, "", set())

    def named_buffers(self) -> Iterator[tuple[str, float]]:
        """Give each number of state that is no parameter, such as a running mean, by name."""
        return ((name, buffer[k]) for name, buffer, k in places.buffers(self, "", set()))

    def named_generators(self) -> Iterator[tuple[str, random.Random]]:
        """Give each random generator that modules draw from, one that stands twice once."""
        return places.generators(self, "", set())

    def apply(self, function: Callable[[Module], object]) -> Module:
        """Call a function on every module inside, innermost first, and on this one; give it."""
        for module in reversed(list(self.modules())):
            function(module)
        return self

    def requires_grad_(self, wanted: bool = True) -> Module:
        """Let every parameter be trained, or freeze it with False; give the module."""
        for unit in self.parameters():
            unit.requires_grad = wanted
        return self

    def summary(self, *inputs: Any) -> Summary:
        """Run the module once on a sample and give a table of its layers.

        Each layer that was called has a row: its place, its type, the shape of its output, how
        many parameters it holds and how many gates it wired.  The run is in evaluation mode and
        records nothing; the module is left as it was.

        >>> from gatenet.nn import MLP
        >>> MLP(2, [3, 1], rng=0).summary([0.0, 0.0])
        layer     type   output  parameters  gates
                  MLP    1               13      7
        layers.0  Layer  3                9      6
        layers.1  Layer  1                4      1
        """
        return summarized(self, inputs)

    def zero_grad(self) -> None:
        """Forget the gradient of every parameter."""
        for unit in self.parameters():
            unit.zero_grad()

    def train(self, mode: bool = True) -> Module:
        """Set this module and every one inside it to training; give the module."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """Set this module and every one inside it to evaluation; give the module."""
        return self.train(False)

    def state_dict(self) -> dict[str, float]:
        """The values of the parameters, then of the buffers, by name: plain numbers to keep."""
        state = {name: unit.value for name, unit in self.named_parameters()}
        return {**state, **dict(self.named_buffers())}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Write the values of a `state_dict` back; nothing is written when something is wrong.

        Raises WiringError that names what is missing and what is unknown, OperandError for a value
        that is no number.
        """
        units = dict(self.named_parameters())
        buffers = {name: (buffer, k) for name, buffer, k in places.buffers(self, "", set())}
        _check_names(self, [*units, *buffers], state, len(units))
        values = {name: number(state[name]) for name in (*units, *buffers)}
        for name, unit in units.items():
            unit.value = values[name]
        for name, (buffer, k) in buffers.items():
            buffer[k] = values[name]

    def __repr__(self) -> str:
        lines = [
            f"  ({name}): " + repr(value).replace("\n", "\n  ")
            for name, value in vars(self).items()
            if isinstance(value, Module)
        ]
        return "\n".join([f"{type(self).__name__}(", *lines, ")"]) if lines else (
            f"{type(self).__name__}()"
        )  # fmt: skip

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from gatenet.viz import draw

        try:
            drawing = draw(self, max_units=60)
        except WiringError:  # the number of its inputs is not known
            return {"text/plain": repr(self)}
        bundle = drawing._repr_mimebundle_(include, exclude)
        return {**bundle, "text/plain": repr(self)}


def _check_names(
    module: Module, names: list[str], state: Mapping[str, Any], parameters: int
) -> None:
    """Raise WiringError when a state has other names than the module."""
    known = set(names)
    missing = [name for name in names if name not in state]
    unknown = [name for name in state if name not in known]
    if not missing and not unknown:
        return
    parts = [
        f"{what} {len(found)}: {_listed(found)}"
        for what, found in (("missing", missing), ("unknown", unknown))
        if found
    ]
    buffers = f" and {len(names) - parameters} buffers" if len(names) > parameters else ""
    raise WiringError(
        f"this state does not fit {type(module).__name__} with its {parameters} parameters"
        f"{buffers}: {'; '.join(parts)}. Build the module with the same sizes it was saved with",
        missing=missing,
        unknown=unknown,
    )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(repr(name) for name in names[:5]) + more
