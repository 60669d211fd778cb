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
from gatenet.errors import DomainError, RangeError, WiringError
from gatenet.losses import l1_penalty, l2_penalty
from gatenet.nn import Module
from gatenet.texts import figure, shown
from gatenet.training import Trainer, evaluate
from gatenet.unit import Unit

#: A loss so many times that of the first weights (or 1, what a scaled guess costs) has diverged.
DIVERGED = 10.0


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
    found = columns.fitted(training, names, arguments.categories, table)
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
    """Train a model in place; Ctrl-C ends the training and keeps what was learnt so far.

    Raises RangeError for a training that diverged: one whose loss ends far above where it began.
    """
    name, lr, settings = OPTIMIZERS[arguments.optimizer]
    validation = (parts.held, parts.held_targets) if parts.held else None
    done = Learnt(model, parts, "classification" if model.goal.classes else "regression")
    plain = model.goal.function
    done.losses.append(evaluate(model.network, parts.train, parts.train_targets, loss=plain))
    if validation:
        done.held_losses.append(evaluate(model.network, *validation, loss=plain))
    whole = len(parts.train) if arguments.optimizer in WHOLE_BATCH else BATCH
    kept = arguments.out / "checkpoint.json"
    trainer = Trainer(
        model.network,
        plain,
        getattr(optim, name)(model.network.parameters(), lr=arguments.lr or lr, **settings),
        rng=arguments.seed,
        batch_size=min(arguments.batch_size or whole, len(parts.train)),
        penalty=penalty(model.network, arguments.l1, arguments.l2),
        checkpoint=kept if arguments.checkpoint else None,
        progress=False if arguments.quiet else sys.stderr,
    )
    if arguments.checkpoint and kept.exists():
        trainer.resume(kept)
    try:
        trainer.fit(
            parts.train, parts.train_targets, epochs=arguments.epochs, validation=validation
        )
    except KeyboardInterrupt:  # the model stands where its last whole step left it
        done.interrupted = True
    except DomainError as error:
        born = error.facts.get("genealogy")
        if born is None or not math.isinf(born.born.value):  # an overflow alone is the steps' fault
            raise
        raise _diverged(arguments, done.losses[0], math.inf) from None
    done.losses += trainer.history.losses
    done.held_losses += trainer.history.validations
    if not done.interrupted and done.losses[-1] > DIVERGED * max(1.0, done.losses[0]):
        raise _diverged(arguments, done.losses[0], done.losses[-1])
    return done


def _diverged(arguments: argparse.Namespace, before: float, after: float) -> RangeError:
    """The error for a training whose steps were too long."""
    kept = arguments.out / "checkpoint.json"
    lr = arguments.lr or OPTIMIZERS[arguments.optimizer][1]
    said = (
        f"the loss went from {figure(before)} to {figure(after)}: it diverged: lower --lr, which "
        f"is {figure(lr)}; no model was saved"
    )
    if arguments.checkpoint and kept.exists():
        said += f"; delete {shown(str(kept))}, which holds this training"
    return RangeError(said)


def penalty(network: Module, l1: float, l2: float) -> Callable[[list[Unit]], Any] | None:
    """The penalty on a network's weights, biases left out; None where both strengths are 0."""
    weights = [unit for name, unit in network.named_parameters() if not name.endswith("bias")]
    if not (l1 or l2):
        return None

    def found(parameters: list[Unit]) -> Any:
        return sum([*([l1_penalty(weights, l1)] if l1 else []),
                    *([l2_penalty(weights, l2)] if l2 else [])])  # fmt: skip

    return found
