"""Standing: everything that a training changes, taken down between two steps.

A step is done wholly or not at all: the trainer takes its standing after each, and whatever
interrupts the next one, an error or Ctrl-C at any line, is answered by going back to it.  The same
standing, written to a file, is a checkpoint.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, NamedTuple

from gatenet.errors import OperandError, WiringError
from gatenet.nn import places
from gatenet.nn.module import Module
from gatenet.training.callbacks import Callback
from gatenet.training.history import Epoch
from gatenet.unit import Unit


class Sums(NamedTuple):
    """What an epoch has gathered so far; each figure is weighted by the rows it came from."""

    weight: float = 0.0
    loss: float = 0.0
    penalty: float = 0.0
    metrics: tuple[float, ...] = ()
    rows: int = 0


class Position(NamedTuple):
    """Where a training stands: whole epochs, steps of the next one, and what was found so far.

    `order` is the order of the rows in the epoch under way, None between two epochs.
    """

    epochs: tuple[Epoch, ...] = ()
    step: int = 0
    order: tuple[int, ...] | None = None
    sums: Sums = Sums()
    unreached: tuple[str, ...] | None = None
    rows: int = 0
    seconds: float = 0.0
    begun: bool = False
    stopped: bool = False
    finished: bool = False


class Standing(NamedTuple):
    """The position, and the state of everything that a step changes."""

    position: Position
    values: list[float]
    buffers: list[list[float]]
    generators: list[Any]
    optimizer: Any
    schedule: Any
    callbacks: list[Any]


class Parts:
    """The things that a step changes, with names: what a standing is taken of.

    Raises OperandError for a generator whose state cannot be kept (`random.SystemRandom`).
    """

    def __init__(
        self,
        model: Module,
        optimizer: Any,
        schedule: Any,
        rng: random.Random,
        callbacks: Sequence[Callback],
    ) -> None:
        named = list(model.named_parameters())
        self.names = [name for name, _ in named]
        self.parameters: list[Unit] = [unit for _, unit in named]
        self.buffers: dict[str, list[float]] = {}
        for name, buffer, k in places.buffers(model, "", set()):
            if k == 0:
                self.buffers[name.rpartition(".")[0]] = buffer
        self.generators = {"trainer": rng}
        for name, generator in model.named_generators():
            if generator is not rng:
                self.generators[f"model.{name}"] = generator
        self.optimizer = optimizer
        self.schedule = schedule
        self.callbacks: dict[str, Callback] = {}
        for callback in callbacks:
            if type(callback).state_dict is not Callback.state_dict:  # it remembers something
                kind = type(callback).__name__
                count = sum(type(other).__name__ == kind for other in self.callbacks.values())
                self.callbacks[f"{kind}.{count}" if count else kind] = callback
        for name, generator in self.generators.items():
            if isinstance(generator, random.SystemRandom):
                raise OperandError(
                    f"the generator {name!r} is a SystemRandom, which cannot be asked for its "
                    "state: pass a seed or a random.Random, so that a training can be resumed"
                )

    def take(self, position: Position) -> Standing:
        """Take the standing of this moment."""
        return Standing(
            position,
            [unit._value for unit in self.parameters],
            [list(buffer) for buffer in self.buffers.values()],
            [generator.getstate() for generator in self.generators.values()],
            state_of(self.optimizer),
            state_of(self.schedule),
            [callback.state_dict() for callback in self.callbacks.values()],
        )

    def give_back(self, standing: Standing) -> None:
        """Set everything back to a standing; calling it again does no harm."""
        for unit, value in zip(self.parameters, standing.values, strict=True):
            unit.value = value
            unit.zero_grad()
        for buffer, values in zip(self.buffers.values(), standing.buffers, strict=True):
            buffer[:] = values
        for generator, state in zip(self.generators.values(), standing.generators, strict=True):
            generator.setstate(state)
        for thing, state in (
            (self.optimizer, standing.optimizer),
            (self.schedule, standing.schedule),
        ):
            if state is not None:
                thing.load_state_dict(state)
        for callback, state in zip(self.callbacks.values(), standing.callbacks, strict=True):
            callback.load_state_dict(state)

    def check_whole(self) -> None:
        """Raise WiringError where something has no `state_dict`, so that no file could hold it."""
        for what, thing in (("optimizer", self.optimizer), ("schedule", self.schedule)):
            if thing is not None and not hasattr(thing, "state_dict"):
                raise WiringError(
                    f"the {what} {type(thing).__name__} has no state_dict(): write it and "
                    "load_state_dict(), or train without a checkpoint"
                )


def state_of(thing: Any) -> Any:
    """The state of an optimizer or a schedule; None where it keeps none that can be asked for."""
    return thing.state_dict() if hasattr(thing, "state_dict") else None
