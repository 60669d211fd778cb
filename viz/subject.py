"""Subject: what `draw` was given, as a circuit that can be drawn.

A unit, units, a circuit, a stepper or a model.  A model is run once on placeholders, in
evaluation mode, and left as it was.  Names from `names=` are laid over the rows: the units keep
their own.  Knows circuits, and models and steppers where they are in use.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gatenet.circuit import Circuit
from gatenet.compiler.program import Program
from gatenet.errors import OperandError, WiringError
from gatenet.unit import Unit

from .programs import Laid

PLACEHOLDER = 1.0
"""The value that stands in for each input of a model."""


class Named:
    """A circuit whose rows go by other names; it reads like the circuit it is of."""

    def __init__(self, of: Circuit, names: Mapping[int, str]) -> None:
        self.units = of.units
        self.values = of.values
        self.outputs = of.outputs
        self.rows = [
            row if unit is None else row._replace(name=names.get(unit.serial, row.name))
            for row, unit in zip(of.rows, of.units, strict=True)
        ]


class Subject(NamedTuple):
    """What is drawn: a circuit, the stepper it belongs to, and what its model is called."""

    circuit: Circuit | Named | Laid
    stepper: Any
    model: str
    placeholders: bool

    def row(self, unit: Any, argument: str) -> int:
        """Return the row of a unit that was given, or named, in an argument.

        Raises:
            OperandError: if it is neither a unit nor a name.
            WiringError: if it is not in the circuit, or several units have the name.
        """
        if isinstance(unit, Unit):
            found = [i for i, one in enumerate(self.circuit.units) if one is unit]
            said = f"unit {unit.name!r}" if unit.name else f"a unit of value {unit.value!r}"
        elif isinstance(unit, str):
            found = [i for i, row in enumerate(self.circuit.rows) if (row.name or f"u{i}") == unit]
            said = repr(unit)
        else:
            raise OperandError(f"{argument}= got {unit!r}; give a unit or its name", given=unit)
        if len(found) != 1:
            many = f"{len(found)} units of the circuit have that name" if found else (
                "it is not in the circuit that is drawn"
            )  # fmt: skip
            raise WiringError(
                f"{argument}= got {said}: {many}. Give a unit that the drawn output depends on",
                given=unit,
            )
        return found[0]


def subject(what: Any, names: Any = None) -> Subject:
    """Return what is to be drawn.

    Raises:
        OperandError: if it is none of the things that can be drawn.
        WiringError: if it is a model whose inputs are not known.
    """
    stepper, model, circuit, runs = None, "", what, False
    if _is(what, "gatenet.stepper", "Stepper"):
        stepper, circuit = what, what.circuit
    elif _is(what, "gatenet.nn.module", "Module"):
        model, circuit, runs = type(what).__name__, Circuit(outputs_of(what)), True
    elif isinstance(what, Program):
        return Subject(Laid(what), None, "", placeholders=False)
    elif not isinstance(what, Circuit):
        circuit = Circuit(what)
    if names is None:
        return Subject(circuit, stepper, model, runs)
    if _is(names, "gatenet.nn.module", "Module"):
        model = model or type(names).__name__
    return Subject(Named(circuit, dict(named(names))), stepper, model, runs)


def _is(what: Any, module: str, name: str) -> bool:
    """Say whether something is of a class, without importing the room that has it."""
    room = sys.modules.get(module)
    return room is not None and isinstance(what, getattr(room, name))


def outputs_of(model: Any) -> list[Unit]:
    """Run a model once on placeholders and return its outputs; the model is left as it was.

    Raises:
        WiringError: if the number of its inputs is not known, or it takes something else.
    """
    width = inputs_of(model)
    inputs = [Unit(PLACEHOLDER, f"x{k}") for k in range(width)]
    modes = [(module, vars(module).get("training")) for module in model.modules()]
    try:
        model.eval()
        found = model(inputs)
    except Exception as error:  # whatever a forward() raises, the mend is the same
        raise _unknown(model, f"it did not take a list of {width} ({error})") from error
    finally:
        for module, mode in modes:
            if mode is None:
                vars(module).pop("training", None)
            else:
                module.training = mode
    outputs = list(_units(found))
    if not outputs:
        raise _unknown(model, f"it gave {found!r}, in which there is no unit")
    return outputs


def inputs_of(model: Any) -> int:
    """Return how many inputs a model takes: its `nin`, its neuron's weights, its first layer's.

    Raises:
        WiringError: if it does not say.
    """
    seen = set()
    inner = model
    while id(inner) not in seen:
        seen.add(id(inner))
        for size in (getattr(inner, "nin", None), _length(getattr(inner, "weights", None))):
            if isinstance(size, int) and not isinstance(size, bool) and size > 0:
                return size
        layers = getattr(inner, "layers", None)
        if isinstance(layers, Sequence) and layers:
            inner = layers[0]
    raise _unknown(model, "how many inputs it takes is not known")


def _length(weights: Any) -> int | None:
    """Return how many weights a neuron has, if that is what these are."""
    flat = isinstance(weights, list) and all(isinstance(one, Unit) for one in weights)
    return len(weights) if flat else None


def _unknown(model: Any, why: str) -> WiringError:
    name = type(model).__name__
    return WiringError(
        f"cannot draw this {name} by itself: {why}. Draw the circuit of one call instead: "
        "draw(model(xs))",
        model=model,
    )


def _units(found: Any) -> Iterator[Unit]:
    """Give the units in what a model returned, in order."""
    stack = [found]
    while stack:
        one = stack.pop()
        if isinstance(one, Unit):
            yield one
        elif isinstance(one, Mapping):
            stack.extend(reversed(list(one.values())))
        elif isinstance(one, list | tuple):
            stack.extend(reversed(one))


def named(names: Any, path: str = "") -> Iterator[tuple[int, str]]:
    """Give (serial number, name) for what `names=` holds.

    A model names its parameters; a mapping names units, or models and lists of units, whose
    own names then stand behind a dot.

    Raises:
        OperandError: if it is neither.
    """
    if isinstance(names, Unit):
        yield names.serial, path
    elif _is(names, "gatenet.nn.module", "Module"):
        for name, unit in names.named_parameters():
            yield unit.serial, f"{path}.{name}" if path else name
    elif isinstance(names, Mapping) or (path and isinstance(names, list | tuple)):
        items = names.items() if isinstance(names, Mapping) else enumerate(names)
        for name, one in items:
            yield from named(one, f"{path}.{name}" if path else str(name))
    else:
        raise OperandError(
            f"names= got {names!r}; give a model, or a mapping from names to units and models",
            given=names,
        )
