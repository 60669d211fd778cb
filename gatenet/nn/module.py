"""Module: something with parameters.

A module finds its parameters by looking through its own attributes: units of role "parameter",
other modules, and lists, tuples and dicts of either.  Nothing is registered by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gatenet.errors import WiringError
from gatenet.real import number
from gatenet.unit import Unit


class Module:
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
        for path, unit in _parameters(value, name, set()):
            unit.name = path

    def __call__(self, *inputs: Any) -> Any:
        """Run `forward`."""
        return self.forward(*inputs)

    def forward(self, *inputs: Any) -> Any:
        """Wire the module's circuit for these inputs and give its output."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(): write one")

    def named_parameters(self) -> Iterator[tuple[str, Unit]]:
        """Give each parameter with the name of its place; one that stands twice comes once."""
        return _parameters(self, "", set())

    def parameters(self) -> list[Unit]:
        """List the parameters, in the order in which they were assigned."""
        return [unit for _, unit in self.named_parameters()]

    def modules(self) -> Iterator[Module]:
        """Give this module and every module inside it, outermost first."""
        return _modules(self, set())

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
        """The values of the parameters by name: plain numbers, to keep or to save."""
        return {name: unit.value for name, unit in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Write the values of a `state_dict` back; nothing is written when something is wrong.

        Raises WiringError that names what is missing and what is unknown, OperandError for a value
        that is no number.
        """
        units = dict(self.named_parameters())
        missing = [name for name in units if name not in state]
        unknown = [name for name in state if name not in units]
        if missing or unknown:
            parts = [
                f"{what} {len(names)}: {_listed(names)}"
                for what, names in (("missing", missing), ("unknown", unknown))
                if names
            ]
            raise WiringError(
                f"this state does not fit {type(self).__name__} with its {len(units)} parameters: "
                f"{'; '.join(parts)}. Build the module with the same sizes it was saved with",
                missing=missing,
                unknown=unknown,
            )
        values = {name: number(state[name]) for name in units}
        for name, unit in units.items():
            unit.value = values[name]

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


def _parameters(thing: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Unit]]:
    """Walk modules and containers for units of role "parameter"; `seen` holds what was met."""
    if type(thing) is Unit:
        if thing.role == "parameter" and id(thing) not in seen:
            seen.add(id(thing))
            yield path, thing
        return
    for name, part in _parts(thing, seen):
        yield from _parameters(part, f"{path}.{name}" if path else str(name), seen)


def _modules(thing: Any, seen: set[int]) -> Iterator[Module]:
    parts = _parts(thing, seen)
    if isinstance(thing, Module) and parts is not _NOTHING:
        yield thing
    for _, part in parts:
        yield from _modules(part, seen)


_NOTHING: list[tuple[Any, Any]] = []


def _parts(thing: Any, seen: set[int]) -> list[tuple[Any, Any]]:
    """What a module, list, tuple or dict holds, with names; nothing where it was met before."""
    if not isinstance(thing, (Module, list, tuple, dict)) or id(thing) in seen:
        return _NOTHING
    seen.add(id(thing))
    if isinstance(thing, Module):
        return list(vars(thing).items())
    return list(thing.items()) if isinstance(thing, dict) else list(enumerate(thing))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(repr(name) for name in names[:5]) + more
