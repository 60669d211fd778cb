"""Bagging: members that learn from rows drawn with replacement, and are tested on the others."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

from gatenet.ensembles.averaging import Averaging, Member, member, mixed
from gatenet.errors import RangeError, WiringError
from gatenet.randomness import generator
from gatenet.training.evaluation import predict


class Bagging(Averaging):
    """Bootstrap aggregating: each member learns from rows drawn with replacement.

    `train(inputs, targets, rng)` makes a model, trains it on these rows and gives it; `fit` calls
    it once for each of `members`, with as many drawn rows as there are (or that `share` of them).
    Rows that a member has not seen are its own test: `out_of_bag` asks only those members.

    Raises RangeError for a number of members below 1 or a share that is not above 0, WiringError
    when it is asked before `fit`.

    Source: L. Breiman, Bagging predictors, 1996.

    >>> def train(inputs, targets, rng):      # a model that knows the mean of its rows alone
    ...     level = sum(targets) / len(targets)
    ...     return lambda x: [level]
    >>> bag = Bagging(train, members=200, rng=0).fit([[0.0]] * 4, [1.0, 2.0, 3.0, 6.0])
    >>> abs(bag([0.0])[0] - 3.0) < 0.2
    True
    """

    def __init__(
        self,
        train: Callable[[list[Any], list[Any], random.Random], Member],
        *,
        members: int = 10,
        share: float = 1.0,
        through: Callable[[Any], Any] | None = None,
        rng: random.Random | int,
    ) -> None:
        if members < 1 or not 0.0 < share < math.inf:
            raise RangeError(
                f"Bagging got members={members!r} and share={share!r}: at least 1, and above 0",
                members=members,
            )
        self.train_one = train
        self.members = members
        self.share = share
        self.through = through
        self.shares = None
        self.rng = generator(rng)
        self.models: list[Member] = []
        self.drawn: list[list[int]] = []

    def fit(self, inputs: Sequence[Any], targets: Sequence[Any]) -> Bagging:
        """Train the members, each on rows of its own drawing; give the ensemble.

        Raises WiringError when the lengths differ, RangeError when there are no rows.
        """
        if len(inputs) != len(targets):
            raise WiringError(
                f"got {len(inputs)} rows of inputs and {len(targets)} targets: each row needs one"
            )
        count = max(round(self.share * len(inputs)), 1)
        models, drawn = [], []
        for k in range(self.members):
            rows = bootstrap(len(inputs), self.rng, count=count)
            model = self.train_one(
                [inputs[row] for row in rows], [targets[row] for row in rows], self.rng
            )
            models.append(member(model, k))
            drawn.append(rows)
        self.models, self.drawn = models, drawn
        return self

    def out_of_bag(self, inputs: Sequence[Any]) -> list[Any]:
        """Give each training row's output by the members that have not seen it, as plain numbers.

        None stands where every member has seen the row: with ten members one row in a hundred.

        Raises WiringError when these are not as many rows as `fit` got, or before `fit`.
        """
        self._fitted()
        if max(map(max, self.drawn)) >= len(inputs):
            raise WiringError(
                f"got {len(inputs)} rows, and fit drew row {max(map(max, self.drawn))}: pass the "
                "rows that the ensemble was trained on"
            )
        found: list[list[Any]] = [[] for _ in inputs]
        for model, rows in zip(self.models, self.drawn, strict=True):
            seen = set(rows)
            unseen = [k for k in range(len(inputs)) if k not in seen]
            one = Averaging([model], through=self.through)
            for k, output in zip(unseen, predict(one, [inputs[k] for k in unseen]), strict=True):
                found[k].append(output)
        return [mixed(outputs, None) if outputs else None for outputs in found]

    def forward(self, inputs: Any) -> Any:
        """Ask every member about one sample, and give the mean."""
        self._fitted()
        return super().forward(inputs)

    def batch(self, samples: Sequence[Any]) -> list[Any]:
        """Ask every member about a whole batch."""
        self._fitted()
        return super().batch(samples)

    def _fitted(self) -> None:
        if not self.models:
            raise WiringError("this Bagging has no members yet: call fit(inputs, targets) first")


def bootstrap(n: int, rng: random.Random | int, *, count: int | None = None) -> list[int]:
    """Draw `count` numbers of rows (else `n`) from 0 to n - 1, with replacement.

    Raises RangeError when there are no rows to draw from.

    >>> len(set(bootstrap(1000, 0))) / 1000      # 1 - 1/e of them, in the long run
    0.639
    """
    if n < 1:
        raise RangeError(f"bootstrap got n={n!r}: there must be rows to draw from", n=n)
    rng = generator(rng)
    return [int(rng.random() * n) for _ in range(n if count is None else count)]
