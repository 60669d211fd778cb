"""Trainer: what is trained on what, with which habits; `fit` does it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from os import PathLike
from typing import Any, TextIO

from gatenet.cluster import SHARD_SIZE, team_of
from gatenet.cluster.opening import WAIT
from gatenet.cluster.sourcesbase import Source
from gatenet.cluster.teams import TIMEOUT
from gatenet.errors import RangeError, WiringError
from gatenet.nn.module import Module
from gatenet.randomness import generator
from gatenet.tabular import samples
from gatenet.training import batching, checkpoints, checks
from gatenet.training.batching import Rows
from gatenet.training.callbacks import Callback
from gatenet.training.clusterengine import ClusterEngine
from gatenet.training.compiledengine import CompiledEngine
from gatenet.training.engines import EagerEngine, Engine
from gatenet.training.evaluation import Loss, Metric, number_of, predict
from gatenet.training.flat import Snapshot, plain
from gatenet.training.history import History
from gatenet.training.loop import Loop
from gatenet.training.reports import DeadUnit, dead_units
from gatenet.training.standing import Parts, Position, Standing
from gatenet.training.steps import Penalty, Stepping
from gatenet.training.streams import Stream

#: Seconds for the workers of a local cluster to start, on a machine that has much to do.
LOCAL = 120.0


class Trainer:
    """Train a model: mini-batches, validation, metrics, callbacks, checkpoints.

    `loss(outputs, targets)` gets lists, one output and one target for each sample, and gives a
    unit; `metrics` are functions of the same, of plain numbers, by name.  `rng`, a seed or a
    generator, is where the order of the rows and all noise come from.

    Batches: `batch_size` rows each, in a new random order each epoch (in the order given with
    `shuffle=False`), the last one shorter or left out (`drop_last`); `accumulate` batches make one
    step, whose gradient is the mean over their rows.
    Regularization: `penalty(parameters)` is a unit that is added to the loss; `augment(sample,
    rng)` gives a changed sample each time a row is learnt from; `clip_value` and `clip_norm` bound
    the gradients; `weight_noise` and `grad_noise` are standard deviations.
    `schedule.step()` is called after each epoch, or each step with `schedule_every="batch"`.
    `checkpoint` names a file that holds the whole training after every epoch, and after every
    `checkpoint_every` steps where that is given.  `progress` is where progress goes: True for the
    standard error, False for nowhere, or an open stream.
    `compiled=True` runs each batch on a compiled circuit, or the name of a backend on that one;
    its sums over a batch have another order than the eager engine's (see docs/compile.md).

    Workers: `client` (a `distributed.Client`, the address of a Dask scheduler, or a team of
    `gatenet.cluster`), `cluster` ("local", "processes" or "serial") or a number of `workers` (which
    alone means processes of the standard library) let others sum each batch, in shards of
    `shard_size` rows, a whole number of blocks of 128 (1,024 by default); the optimizer moves
    here.  Such a training is compiled.  Its losses, parameters and history depend on `shard_size`,
    and on nothing else: they are to the bit those of `compiled=True` with the same `shard_size`
    in one process, for any number of workers, and whoever of them dies on the way.  After
    `timeout` seconds without an answer it ends.  What was opened for `fit` is closed with it; a
    client or team that was given stays open.

    Raises RangeError, OperandError or WiringError for settings that cannot work.

    >>> from gatenet.losses import mse_loss
    >>> from gatenet.nn import MLP
    >>> from gatenet.optim import SGD
    >>> line = MLP(1, [1], rng=0)
    >>> trainer = Trainer(line, mse_loss, SGD(line.parameters(), lr=0.2), rng=0, progress=False)
    >>> history = trainer.fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], epochs=100)
    >>> [round(unit.value, 3) for unit in line.parameters()]
    [2.0, 1.0]
    """

    def __init__(
        self,
        model: Module,
        loss: Loss,
        optimizer: Any,
        *,
        rng: random.Random | int,
        batch_size: int = 32,
        shuffle: bool = True,
        drop_last: bool = False,
        accumulate: int = 1,
        schedule: Any = None,
        schedule_every: str = "epoch",
        metrics: Mapping[str, Metric] | None = None,
        callbacks: Iterable[Callback] | Callback = (),
        penalty: Penalty | None = None,
        augment: Callable[[Any, random.Random], Any] | None = None,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        weight_noise: float = 0.0,
        grad_noise: float = 0.0,
        checkpoint: str | PathLike[str] | None = None,
        checkpoint_every: int | None = None,
        progress: TextIO | bool = True,
        compiled: bool | str | None = None,
        client: Any = None,
        cluster: str | None = None,
        workers: int | None = None,
        shard_size: int | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        for name, size in (("batch_size", batch_size), ("accumulate", accumulate),
                           ("checkpoint_every", checkpoint_every)):  # fmt: skip
            if size is not None and (not isinstance(size, int) or size < 1):
                raise RangeError(f"{name} is {size!r}: it is a whole number from 1")
        for name, bound in (("clip_norm", clip_norm), ("clip_value", clip_value)):
            if bound is not None and not bound > 0.0:
                raise RangeError(f"{name} is {bound!r}: a bound is more than 0, or None for none")
        for name, deviation in (("weight_noise", weight_noise), ("grad_noise", grad_noise)):
            if not deviation >= 0.0:
                raise RangeError(f"{name} is {deviation!r}: a standard deviation is 0 or more")
        if schedule_every not in ("epoch", "batch"):
            raise RangeError(f"schedule_every is {schedule_every!r}: 'epoch' or 'batch'")
        checks.check_function("loss", loss, "(outputs, targets)")
        checks.check_function("penalty", penalty, "(parameters), which gives a unit", needed=False)
        checks.check_function("augment", augment, "(sample, rng)", needed=False)
        checks.check_optimizer(optimizer, model)
        checks.check_schedule(schedule)
        if checkpoint_every is not None and checkpoint is None:
            raise WiringError("checkpoint_every needs a file to write: checkpoint='run.json'")
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.rng = generator(rng)
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.accumulate = accumulate
        self.schedule = schedule
        self.schedule_every = schedule_every
        self.metrics = checks.metrics_of(metrics)
        self.callbacks = checks.callbacks_of(callbacks)
        self.penalty = penalty
        self.augment = augment
        self.clip_norm = clip_norm
        self.clip_value = clip_value
        self.weight_noise = weight_noise
        self.grad_noise = grad_noise
        self.checkpoint = checkpoint
        self.checkpoint_every = checkpoint_every
        self.progress = progress
        shared = checks.check_sharing(compiled, client, cluster, workers, shard_size, timeout)
        self.compiled = checks.backend_of(True if shared and compiled is None else compiled)
        self.shared = shared
        self.client = client
        self.cluster = cluster
        self.workers = workers
        self.shard_size = SHARD_SIZE if shared and shard_size is None else shard_size
        self.timeout = timeout
        self.position = Position()
        self._standing: Standing | Snapshot | None = None

    def fit(
        self,
        inputs: Any,
        targets: Any,
        *,
        epochs: int,
        validation: Any = None,
        sample_weight: Any = None,
    ) -> History:
        """Train until `epochs` epochs are done, and give their history.

        Rows are lists, arrays or frames; or `inputs` is a source of `gatenet.cluster.sources`,
        which may be larger than memory, and `targets` names its columns of targets: one, and a
        target is a number, or a list of them.  A batch then is a run of rows as they stand in the
        source, and what is shuffled is the order of the batches.  `validation` is a pair of
        inputs and targets.  A training that was interrupted, or resumed from a checkpoint, goes on
        where it stands and ends in the same bits as one that ran through, given the same rows;
        otherwise a new one of `epochs` epochs begins.  Parameters that the loss does not reach are
        named in a warning and in the history.

        Whatever interrupts a step, the trainer then stands where the last whole step left it.
        Ctrl-C moreover writes the checkpoint, where there is one, and says how to go on.

        Raises WiringError when the lengths differ or the loss gives no unit, RangeError for no
        rows, no epochs or wrong weights, DomainError when the loss or a gradient is not finite,
        CompileError where compiling was asked for and cannot be, ClusterError for workers that
        cannot be reached or cannot go on; that as well writes the checkpoint and says how to.
        """
        if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 1:
            raise RangeError(f"epochs is {epochs!r}: training takes at least 1", epochs=epochs)
        rows: Rows | Stream
        if isinstance(inputs, Source):
            if sample_weight is not None:
                raise WiringError("the rows of a source count alike: leave sample_weight out")
            rows = Stream(inputs, targets, self.batch_size)
        else:
            rows = batching.read(inputs, targets, sample_weight, self.loss)
        checked = None if validation is None else batching.pair_of(validation)
        return Loop(self, rows, checked, epochs).run()

    def predict(self, inputs: Any) -> list[Any]:
        """Give the model's outputs for rows, as plain numbers, in evaluation mode."""
        return predict(self.model, samples(inputs, name="inputs"))

    def evaluate(self, inputs: Any, targets: Any) -> dict[str, float]:
        """Give the loss and the metrics of rows, by name, in evaluation mode."""
        rows = batching.pair(inputs, targets)
        outputs = predict(self.model, rows.inputs)
        found = {"loss": number_of(self.loss(outputs, rows.targets))}
        for name, metric in self.metrics.items():
            found[name] = number_of(metric(outputs, rows.targets))
        return found

    def dead_units(self, inputs: Any, *, faint: float = 0.0) -> list[DeadUnit]:
        """Find the units that are flat for every row: see `gatenet.training.dead_units`."""
        rows = samples(inputs, name="inputs")
        return dead_units(self.model, rows, faint=faint)

    def stop(self) -> None:
        """End the training after this epoch: for callbacks."""
        self.position = self.position._replace(stopped=True)

    @property
    def history(self) -> History:
        """What the training has done so far."""
        return History(list(self.position.epochs), list(self.position.unreached or ()))

    def save(self, path: str | PathLike[str]) -> None:
        """Write a checkpoint of the last whole step.

        Raises WiringError where something has a state that is no plain data, or none.
        """
        parts = self.parts()
        standing = plain(self._standing or parts.take(self.position))
        checkpoints.save(path, parts, standing, self.settings())

    def resume(self, path: str | PathLike[str]) -> Trainer:
        """Go back to a checkpoint: the next `fit` goes on from there.  Give the trainer.

        The trainer is made as the one that wrote the file: the same model, optimizer, schedule,
        callbacks and batches; the file brings their state.

        Raises FormatError, and changes nothing, for a file that is no checkpoint, is damaged, or
        was written by another trainer or a later gatenet; OSError as `open` does.
        """
        parts = self.parts()
        standing = checkpoints.load(path, parts, self.settings())
        before = parts.take(self.position)
        try:
            parts.give_back(standing)
        except Exception as error:
            parts.give_back(before)
            raise checkpoints.unfit(path, error) from error
        self._standing, self.position = standing, standing.position
        return self

    def restart(self) -> Trainer:
        """Forget where an interrupted training stands: the next `fit` begins a new one."""
        self._standing = None
        return self

    def parts(self) -> Parts:
        """The things that a step changes."""
        return Parts(self.model, self.optimizer, self.schedule, self.rng, self.callbacks)

    def settings(self) -> dict[str, Any]:
        """What must be the same when a training is resumed."""
        names = ("batch_size", "shuffle", "drop_last", "accumulate", "schedule_every", "shard_size")
        return {**{name: getattr(self, name) for name in names}, "metrics": list(self.metrics)}

    def stepping(self, parts: Parts) -> Stepping:
        """What every step has in common."""
        engine: Engine
        settings = self.model, self.loss, parts.parameters
        more = self.compiled, bool(self.metrics), self.shard_size
        if self.shared:
            wait = LOCAL if self.cluster == "local" else WAIT
            team = partial(
                team_of,
                self.client,
                self.cluster,
                self.workers,
                timeout=self.timeout,
                worker_timeout=wait,
            )
            engine = ClusterEngine(*settings, *more, opening=team)
        elif self.compiled:
            engine = CompiledEngine(*settings, *more)
        else:
            engine = EagerEngine(*settings)
        return Stepping(
            engine, self.optimizer, parts.parameters,
            parts.names, self.rng, self.metrics, self.penalty, self.augment, self.clip_norm,
            self.clip_value, self.weight_noise, self.grad_noise,
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"<Trainer of {type(self.model).__name__} with {self.optimizer!r}>"
