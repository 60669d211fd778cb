"""The loop: epochs of steps, each move done wholly or not at all.

A move (the start of an epoch, a step, the end of an epoch, the end of it all) changes what it
changes and then takes the trainer's new standing in one assignment.  Whatever is raised on the
way, at any line, is answered by going back to the last standing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gatenet.errors import ClusterError, WiringError
from gatenet.randomness import shuffled
from gatenet.training import checkpoints
from gatenet.training.batching import Rows
from gatenet.training.callbacks import Step
from gatenet.training.compiledengine import CompiledEngine
from gatenet.training.evaluation import number_of, predict
from gatenet.training.flat import FlatStepping, plain
from gatenet.training.history import Epoch, History
from gatenet.training.progress import Progress, stream_of
from gatenet.training.reports import warn_search, warn_unreached
from gatenet.training.standing import Position, Sums
from gatenet.training.steps import added
from gatenet.training.streams import Run, Stream

if TYPE_CHECKING:
    from gatenet.training.trainer import Trainer


class Loop:
    """One call of `fit`: a trainer, its rows, and how many epochs there are to be."""

    def __init__(
        self, trainer: Trainer, rows: Rows | Stream, validation: Rows | None, epochs: int
    ) -> None:
        self.trainer = trainer
        self.rows = rows
        self.validation = validation
        self.epochs = epochs
        self.parts = trainer.parts()
        self.stepping = FlatStepping(
            trainer.stepping(self.parts), trainer.schedule, trainer.callbacks
        )
        self.started = time.perf_counter()
        self.seconds = 0.0
        count = rows.length
        self.whole = count - count % trainer.batch_size if trainer.drop_last else count
        if not self.whole:
            raise WiringError(
                f"drop_last leaves nothing of {count} rows in batches of {trainer.batch_size}"
            )
        if trainer.checkpoint is not None:
            self.parts.check_whole()
            checkpoints.check_folder(trainer.checkpoint)
        warn_search(trainer.optimizer, count, trainer.batch_size * trainer.accumulate)

    def run(self) -> History:
        """Go through the epochs; put things right when that is interrupted."""
        trainer = self.trainer
        self._begin()
        position = trainer.position
        done = len(position.epochs) * self.whole + position.sums.rows
        progress = Progress(
            stream_of(trainer.progress), self.epochs, self.epochs * self.whole, done
        )
        try:
            self.stepping.prepare(self.rows)
            while not trainer.position.finished:
                self._move(progress)
            history = trainer.history
        except BaseException as error:
            self._give_back()
            position = trainer.position
            trained = position.epochs or position.step
            if isinstance(error, KeyboardInterrupt) or (
                trained and isinstance(error, ClusterError)
            ):
                self._keep(error, progress)
            raise
        finally:
            progress.close()
            self._close()
        trainer.restart()
        return history

    def _begin(self) -> None:
        """Take the first standing, or go on from the one there is."""
        trainer = self.trainer
        position = trainer.position
        if trainer._standing is None:
            trainer.position = Position()
            trainer.model.train()
            for callback in trainer.callbacks:
                callback.on_train_begin(trainer)
            position = trainer.position._replace(rows=self.rows.length)
        elif position.rows != self.rows.length:
            raise WiringError(
                f"the training stands in the middle of {position.rows} rows, and these are "
                f"{self.rows.length}: go on with the same rows, or trainer.restart() first"
            )
        elif position.order is not None and len(position.order) != self._items:
            raise WiringError(
                f"the training stands in an epoch of {len(position.order)} items, and these "
                f"rows have {self._items}: go on with the same rows, or trainer.restart() first"
            )
        elif not position.stopped and len(position.epochs) < self.epochs:
            position = position._replace(finished=False)
        trainer.model.train()
        self.seconds = position.seconds
        self._take(position)

    def _move(self, progress: Progress) -> None:
        """Make the next move, whichever it is."""
        position = self.trainer.position
        if position.order is None:
            if position.stopped or len(position.epochs) >= self.epochs:
                self._finish(progress)
            else:
                self._start_epoch(position)
        elif position.step * self._items_a_step < len(position.order):
            self._step(position, progress)
        else:
            self._end_epoch(position, progress)

    @property
    def _items_a_step(self) -> int:
        """How many of an epoch's items make a step: rows, or batches of a stream."""
        rows = 1 if isinstance(self.rows, Stream) else self.trainer.batch_size
        return rows * self.trainer.accumulate

    @property
    def _items(self) -> int:
        """How many items there are in an epoch."""
        return -(-self.whole // (self.rows.size if isinstance(self.rows, Stream) else 1))

    def _batches(self, items: Sequence[int]) -> list[Rows | Run]:
        if isinstance(self.rows, Stream):
            return [self.rows.run(number) for number in items]
        size = self.trainer.batch_size
        return [self.rows.pick(items[k : k + size]) for k in range(0, len(items), size)]

    def _start_epoch(self, position: Position) -> None:
        streamed = isinstance(self.rows, Stream)
        order: Any = range(self._items if streamed else self.rows.length)
        if self.trainer.shuffle:
            order = shuffled(order, self.trainer.rng)
        self.trainer.position = position._replace(
            order=tuple(order[: self._items]),
            step=0,
            sums=Sums(metrics=(0.0,) * len(self._names)),
        )
        for callback in self.trainer.callbacks:
            callback.on_epoch_begin(self.trainer)
        self._take(self.trainer.position)

    def _step(self, position: Position, progress: Progress) -> None:
        trainer = self.trainer
        first = position.step * self._items_a_step
        chosen = position.order[first : first + self._items_a_step]  # type: ignore[index]
        epoch, number = len(position.epochs) + 1, position.step + 1
        where = f"epoch {epoch}, step {number}"
        if isinstance(self.stepping.engine, CompiledEngine):
            self.stepping.engine.where = where
        step = self.stepping.step(self._batches(chosen), where)
        found, unreached = step.sums, step.unreached
        if trainer.schedule is not None and trainer.schedule_every == "batch":
            _advance(trainer.schedule, found.loss / found.weight)
        if position.unreached is None:
            warn_unreached(unreached)
            position = position._replace(unreached=tuple(unreached))
        trainer.position = position._replace(step=number, sums=added(position.sums, found))
        loss, penalty = found.loss / found.weight, found.penalty / found.weight
        for callback in trainer.callbacks:
            callback.on_batch_end(trainer, Step(epoch, number, found.rows, loss, penalty))
        self._take(trainer.position)
        if trainer.checkpoint_every and number % trainer.checkpoint_every == 0:
            self.stepping.settle()
            self._save()
        progress.step(epoch, loss, found.rows)

    def _end_epoch(self, position: Position, progress: Progress) -> None:
        trainer, sums = self.trainer, position.sums
        self.stepping.settle()
        validation, checked = self._validated()
        epoch = Epoch(
            len(position.epochs) + 1,
            sums.loss / sums.weight,
            validation,
            self._clock(),
            sums.penalty / sums.weight,
            dict(zip(self._names, (value / sums.rows for value in sums.metrics), strict=True)),
            checked,
            stride(trainer.optimizer),
        )
        trainer.position = position._replace(
            epochs=(*position.epochs, epoch), order=None, step=0, sums=Sums()
        )
        for callback in trainer.callbacks:
            callback.on_epoch_end(trainer, epoch)
        if trainer.schedule is not None and trainer.schedule_every == "epoch":
            _advance(trainer.schedule, epoch.loss if validation is None else validation)
        self._take(trainer.position)
        self._save()
        again = getattr(self.stepping.engine, "retries", 0)
        progress.epoch(epoch, self._clock() - self.seconds, trainer.position.stopped, again)

    def _finish(self, progress: Progress) -> None:
        for callback in self.trainer.callbacks:
            callback.on_train_end(self.trainer)
        self._take(self.trainer.position._replace(finished=True))
        self._save()
        if self.trainer.position.stopped:
            said = [callback.ending() for callback in self.trainer.callbacks]
            which = f"stopped after epoch {len(self.trainer.position.epochs)}"
            progress.say("; ".join([which, *filter(None, said)]))

    def _validated(self) -> tuple[float | None, dict[str, float]]:
        """The loss and the metrics of the validation rows."""
        if self.validation is None:
            return None, {}
        trainer, targets = self.trainer, self.validation.targets
        outputs = predict(trainer.model, self.validation.inputs)
        found = {
            name: number_of(metric(outputs, targets)) for name, metric in trainer.metrics.items()
        }
        return number_of(trainer.loss(outputs, targets)), found

    @property
    def _names(self) -> list[str]:
        return list(self.trainer.metrics)

    def _clock(self) -> float:
        """Seconds since the training began, the time between two calls left out."""
        return self.seconds + time.perf_counter() - self.started

    def _take(self, position: Position) -> None:
        """Make this moment the one to go back to."""
        position = position._replace(seconds=self._clock())
        standing = self.stepping.take(self.parts, position)
        self.trainer._standing = standing  # the move is done here, in one assignment
        self.trainer.position = position

    def _give_back(self) -> None:
        """Go back to the last standing; another Ctrl-C waits until that is done."""
        while self.trainer._standing is not None:
            try:
                self.stepping.drop()
                standing = self.trainer._standing = plain(self.trainer._standing)
                self.parts.give_back(standing)
                self.trainer.position = standing.position
                self.trainer.model.train()
                return
            except KeyboardInterrupt:
                continue

    def _save(self) -> None:
        if self.trainer.checkpoint is not None:
            self.trainer.save(self.trainer.checkpoint)

    def _close(self) -> None:
        """Let go of the workers, where there are any."""
        if isinstance(self.stepping.engine, CompiledEngine):
            self.stepping.engine.close()

    def _keep(self, error: BaseException, progress: Progress) -> None:
        """Write the checkpoint, and say how to go on."""
        path = self.trainer.checkpoint
        try:
            self._save()
        except OSError as fault:
            error.add_note(f"the checkpoint could not be written: {fault}")
            path = None
        hint = checkpoints.resume_hint(path, self.trainer.position)
        error.add_note(hint)
        progress.say(hint)


def stride(optimizer: Any) -> float | None:
    """The lr of an optimizer, of its first group where it has groups; None where it has none."""
    groups = getattr(optimizer, "param_groups", None)
    lr = groups[0].get("lr") if groups else getattr(optimizer, "lr", None)
    return None if lr is None else float(lr)


def _advance(schedule: Any, figure: float) -> None:
    """Move a schedule on; one that watches a figure gets it."""
    if getattr(schedule, "needs_metric", False):
        schedule.step(figure)
    else:
        schedule.step()
