"""Saved models: what `train` leaves and `predict` reads: plain JSON, nothing of it executed.

A model is its columns, its goal, a multilayer perceptron and the values of its parameters; with
these a row of a table becomes a prediction.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from gatenet import io
from gatenet.cli import columns, goals
from gatenet.cli.columns import Column
from gatenet.cli.goals import Goal
from gatenet.cli.tables import Table
from gatenet.errors import FormatError, GatenetError
from gatenet.gates import exp, logsumexp, sigmoid
from gatenet.nn import MLP
from gatenet.nn.activations import wiring
from gatenet.strictjson import Limits, fail, keys, parsed, real, text
from gatenet.unit import Unit

FORMAT = "gatenet.model"
VERSION = 1
LIMITS = Limits(bytes=1 << 26)
_KEYS = {"format", "version", "columns", "target", "hidden", "activation", "parameters"}


@dataclass
class Saved:
    """A model with what it needs to know of the tables it reads."""

    columns: list[Column]
    goal: Goal
    hidden: tuple[int, ...]
    activation: str
    network: MLP

    @property
    def inputs(self) -> list[str]:
        """What the network's inputs are called."""
        return [name for column in self.columns for name in column.inputs]

    def predicted(self, table: Table) -> list[tuple[str, float | None]]:
        """Predict each row: a class and its probability (None under a hinge loss), or a number.

        Raises what `columns.encoded` raises, and FormatError for a row far outside of what the
        model can answer.
        """
        from gatenet.training import predict

        rows = columns.encoded(table, self.columns)
        answers = predict(self.network, rows)
        for row, scores in enumerate(answers):
            if not all(map(math.isfinite, scores)):
                raise FormatError(
                    f"{table.path}, line {table.lines[row]}: the model answers {scores[0]!r}: the "
                    "row lies too far from those it was trained on"
                )
        return [self.answer(scores) for scores in answers]

    def answer(self, scores: list[float]) -> tuple[str, float | None]:
        """Turn the network's outputs for a row into what is written for it."""
        goal = self.goal
        if not goal.classes:
            return repr(scores[0] * goal.deviation + goal.mean), None
        if len(scores) == 1:
            score = scores[0]
            certain = None if "hinge" in goal.loss else sigmoid(abs(score))
            return goal.classes[score > 0.0], certain
        best = max(range(len(scores)), key=scores.__getitem__)
        return goal.classes[best], exp(scores[best] - logsumexp(scores))

    def wired(self, cells: dict[str, float] | None = None) -> list[Unit]:
        """Wire the model as a circuit of raw cells: its outputs, named.

        Numbers enter as they stand in a table and are scaled inside; outputs are probabilities
        (a score, under a hinge loss), or the number predicted.  `cells` are the inputs' values;
        by default those of an average row.
        """
        cells = cells or {}
        signals: list[Any] = []
        for column in self.columns:
            if isinstance(column, columns.Number):
                cell = Unit(cells.get(column.name, column.mean), column.name)
                signals.append((cell - column.mean) / column.deviation)
            else:
                signals += [Unit(cells.get(name, 0.0), name) for name in column.inputs]
        scores, goal = self.network(signals), self.goal
        if not goal.classes:
            found = [scores[0] * goal.deviation + goal.mean]
            names = [goal.column]
        elif len(scores) == 1:
            plain = "hinge" in goal.loss
            found = [scores[0] if plain else sigmoid(scores[0])]
            names = [f"{'score' if plain else 'probability'} of {goal.classes[1]}"]
        else:
            whole = logsumexp(scores)
            found = [exp(score - whole) for score in scores]
            names = [f"probability of {name}" for name in goal.classes]
        for unit, name in zip(found, names, strict=True):
            unit.name = name
        return found

    def document(self) -> dict[str, Any]:
        """Plain data to save."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "columns": [column.document() for column in self.columns],
            "target": self.goal.document(),
            "hidden": list(self.hidden),
            "activation": self.activation,
            "parameters": self.network.state_dict(),
        }

    def save(self, path: Path) -> None:
        """Write the model to a file, whole or not at all."""
        io.write(json.dumps(self.document(), indent=1, allow_nan=False).encode() + b"\n", path)


def built(
    found: list[Column], goal: Goal, hidden: tuple[int, ...], activation: str, seed: int
) -> Saved:
    """Put a model together with first weights drawn from a seed."""
    inputs = sum(len(column.inputs) for column in found)
    network = MLP(inputs, [*hidden, goal.outputs], activation, rng=seed)
    return Saved(found, goal, hidden, activation, network)


def load(path: Path) -> Saved:
    """Read a model that `train` saved.

    Raises FormatError that says where in the file something is wrong.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LIMITS.bytes + 1)
    except FileNotFoundError:
        raise FormatError(
            f"there is no file {path}: `train` leaves one called model.json"
        ) from None
    except OSError as error:
        raise FormatError(f"cannot read {path}: {error.strerror}") from None
    try:
        return loads(data)
    except GatenetError as error:
        raise FormatError(f"{path} is no model that `train` saved: {error}") from None


def loads(data: bytes) -> Saved:
    """Read a model from JSON text.

    Raises FormatError that says where it is wrong; what does not fit the network is a WiringError.
    """
    thing = parsed(data, LIMITS)
    if thing.get("format") != FORMAT:
        fail("format", f"must be {FORMAT!r}")
    keys(thing, _KEYS, set())
    if type(thing["version"]) is not int or thing["version"] < 1:
        fail("version", "is no version number")
    if thing["version"] > VERSION:
        fail("version", f"{thing['version']} is newer than this gatenet reads: update gatenet")
    for name in ("columns", "hidden"):
        if not isinstance(thing[name], list):
            fail(name, "must be a list")
    found = [columns.loaded(one, f"columns[{k}]") for k, one in enumerate(thing["columns"])]
    if not found:
        fail("columns", "a model has at least one")
    if not all(type(size) is int and size >= 1 for size in thing["hidden"]):
        fail("hidden", "sizes of layers are whole numbers from 1")
    goal = goals.loaded(thing["target"], "target")
    values = thing["parameters"]
    if not isinstance(values, dict):
        fail("parameters", "must be an object of names and numbers")
    hidden = tuple(thing["hidden"])
    sizes = [sum(len(column.inputs) for column in found), *hidden, goal.outputs]
    wanted = sum((nin + 1) * nout for nin, nout in pairwise(sizes))
    if len(values) != wanted:  # before anything of that size is built
        fail("parameters", f"there are {len(values)}; layers of {sizes} have {wanted}")
    activation = text(thing["activation"], "activation")
    wiring(activation)  # unknown is an error also where no layer has it
    model = built(found, goal, hidden, activation, 0)
    state = {name: real(value, f"parameters.{name}") for name, value in values.items()}
    if not all(map(math.isfinite, state.values())):
        fail("parameters", "a weight is not finite")
    model.network.load_state_dict(state)
    return model


def is_model(data: bytes) -> bool:
    """Whether a file's first bytes are those of a model, not of a circuit."""
    return f'"{FORMAT}"'.encode() in data[:200]
