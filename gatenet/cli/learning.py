"""Learning: from a table and the options of `train` to a trained model and its history."""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gatenet import optim
from gatenet.cli import columns, goals, saved
from gatenet.cli.goals import Goal
from gatenet.cli.saved import Saved
from gatenet.cli.tables import Table
from gatenet.cli.training import BATCH, OPTIMIZERS, WHOLE_BATCH
from gatenet.datasets import train_test_split
from gatenet.errors import RangeError, WiringError
from gatenet.gates import absolute, square, total
from gatenet.nn import Module
from gatenet.texts import shown
from gatenet.training import evaluate, fit
from gatenet.unit import Unit


@dataclass(frozen=True)
class Parts:
    """The rows to train on and those held out: as tables, inputs and targets."""

    train: list[list[float]]
    train_targets: list[Any]
    held: list[list[float]]
    held_targets: list[Any]
    train_table: Table
    held_table: Table


@dataclass
class Learnt:
    """A trained model with how it went."""

    model: Saved
    parts: Parts
    task: str
    losses: list[float] = field(default_factory=list)
    held_losses: list[float] = field(default_factory=list)
    interrupted: bool = False

    @cached_property
    def judged(self) -> list[tuple[str, Table, list[str]]]:
        """The rows trained on and those held out, with what the trained model answers to each."""
        found = [("rows trained on", self.parts.train_table)]
        if self.parts.held:
            found.append(("rows held out", self.parts.held_table))
        return [
            (name, table, [answer for answer, _ in self.model.predicted(table)])
            for name, table in found
        ]


def prepared(
    table: Table, names: Sequence[str], goal: Goal, arguments: argparse.Namespace
) -> tuple[Saved, Parts]:
    """Split a table, measure the columns on the rows to train on, and build the first model.

    Raises WiringError where a class has too few rows to be on both sides.
    """
    train, held = _split(table, goal, arguments.validation, arguments.seed)
    training, testing = table.without(held), table.without(train)
    found = columns.fitted(training, names, arguments.categories)
    goal = goals.scaled(goal, training)
    model = saved.built(found, goal, arguments.layers, arguments.activation, arguments.seed)
    return model, Parts(
        columns.encoded(training, found),
        goal.encoded(training),
        columns.encoded(testing, found) if held else [],
        goal.encoded(testing) if held else [],
        training,
        testing,
    )


def _split(table: Table, goal: Goal, share: float, seed: int) -> tuple[list[int], list[int]]:
    """The numbers of the rows to train on, and of those held out."""
    rows = list(range(len(table.rows)))
    if not share:
        return rows, []
    cells = table.column(goal.column)
    if goal.classes:
        rarest, count = min(Counter(cells).items(), key=lambda pair: (pair[1], pair[0]))
        if math.ceil(share * count - 1e-9) >= count:
            raise WiringError(
                f"{table.path}: class '{shown(rarest, 60)}' has {count} row"
                f"{'s' if count > 1 else ''}, too few to train on and to hold out {share:g} of: "
                "add rows, or use --validation 0"
            )
    try:
        train, held, _, _ = train_test_split(
            rows, cells, test_size=share, stratify=bool(goal.classes), rng=seed
        )
    except RangeError:
        raise WiringError(
            f"{table.path}: {len(rows)} rows are too few to hold out {share:g} of them: add rows, "
            "or use --validation 0"
        ) from None
    return train, held


def learnt(model: Saved, parts: Parts, arguments: argparse.Namespace) -> Learnt:
    """Train a model in place; Ctrl-C ends the training and keeps what was learnt so far."""
    name, lr, settings = OPTIMIZERS[arguments.optimizer]
    loss = penalized(model.goal.function, model.network, arguments.l1, arguments.l2)
    validation = (parts.held, parts.held_targets) if parts.held else None
    done = Learnt(model, parts, "classification" if model.goal.classes else "regression")
    plain = model.goal.function
    done.losses.append(evaluate(model.network, parts.train, parts.train_targets, loss=plain))
    if validation:
        done.held_losses.append(evaluate(model.network, *validation, loss=plain))
    whole = len(parts.train) if arguments.optimizer in WHOLE_BATCH else BATCH
    history = fit(
        model.network,
        parts.train,
        parts.train_targets,
        loss=loss,
        optimizer=getattr(optim, name)(
            model.network.parameters(), lr=arguments.lr or lr, **settings
        ),
        epochs=arguments.epochs,
        batch_size=min(arguments.batch_size or whole, len(parts.train)),
        validation=validation,
        progress=False if arguments.quiet else sys.stderr,
        rng=arguments.seed,
    )
    done.losses += history.losses
    done.held_losses += history.validations
    return done


def penalized(
    loss: Callable[[list[Any], list[Any]], Any], network: Module, l1: float, l2: float
) -> Callable[[list[Any], list[Any]], Any]:
    """A loss with l1 times the sum of the weights' sizes and l2 times that of their squares.

    Biases are left out, and so is everything where nothing is trained.
    """
    weights = [unit for name, unit in network.named_parameters() if not name.endswith("bias")]

    def penalty(value: Any) -> Any:
        if l1:
            value = value + l1 * total([absolute(weight) for weight in weights])
        if l2:
            value = value + l2 * total([square(weight) for weight in weights])
        return value

    def whole(outputs: list[Any], targets: list[Any]) -> Any:
        value = loss(outputs, targets)
        return penalty(value) if type(value) is Unit else value

    return whole if l1 or l2 else loss
