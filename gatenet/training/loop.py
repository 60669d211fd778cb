"""The loop: epochs of steps, each move done wholly or not at all.

A move (the start of an epoch, a step, the end of an epoch, the end of it all) changes what it
changes and then takes the trainer's new standing in one assignment.  Whatever is raised on the
way, at any line, is answered by going back to the last standing.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from gatenet.errors import WiringError
from gatenet.randomness import shuffled
from gatenet.training import checkpoints
from gatenet.training.batching import Rows
from gatenet.training.callbacks import Step
from gatenet.training.evaluation import number_of, predict
from gatenet.training.flat import FlatStepping, plain
from gatenet.training.history import Epoch, History
from gatenet.training.progress import Progress, stream_of
from gatenet.training.reports import warn_search, warn_unreached
from gatenet.training.standing import Position, Sums
from gatenet.training.steps import added

if TYPE_CHECKING:
    from gatenet.training.trainer import Trainer


class Loop:
    """One call of `fit`: a trainer, its rows, and how many epochs there are to be."""

    def __init__(self, trainer: Trainer, rows: Rows, validation: Rows | None, epochs: int) -> None:
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
        count = len(rows.inputs)
        self.whole = count - count % trainer.batch_size if trainer.drop_last else count
        if not self.whole:
            raise WiringError(
                f"drop_last leaves nothing of {count} rows in batches of {trainer.batch_size}"
            )
        if trainer.checkpoint is not None:
            self.parts.check_whole()
            checkpoints.check_folder(trainer.checkpoint)
        warn_search(trainer.optimizer, count, self._rows_a_step)

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
            if isinstance(error, KeyboardInterrupt):
                self._keep(error, progress)
            raise
        finally:
            progress.close()
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
            position = trainer.position._replace(rows=len(self.rows.inputs))
        elif position.rows != len(self.rows.inputs):
            raise WiringError(
                f"the training stands in the middle of {position.rows} rows, and these are "
                f"{len(self.rows.inputs)}: go on with the same rows, or trainer.restart() first"
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
        elif position.step * self._rows_a_step < len(position.order):
            self._step(position, progress)
        else:
            self._end_epoch(position, progress)

    @property
    def _rows_a_step(self) -> int:
        return self.trainer.batch_size * self.trainer.accumulate

    def _start_epoch(self, position: Position) -> None:
        order: Any = range(len(self.rows.inputs))
        if self.trainer.shuffle:
            order = shuffled(order, self.trainer.rng)
        self.trainer.position = position._replace(
            order=tuple(order[: self.whole]), step=0, sums=Sums(metrics=(0.0,) * len(self._names))
        )
        for callback in self.trainer.callbacks:
            callback.on_epoch_begin(self.trainer)
        self._take(self.trainer.position)

    def _step(self, position: Position, progress: Progress) -> None:
        trainer = self.trainer
        first, size = position.step * self._rows_a_step, trainer.batch_size
        chosen = position.order[first : first + self._rows_a_step]  # type: ignore[index]
        batches = [self.rows.pick(chosen[k : k + size]) for k in range(0, len(chosen), size)]
        epoch, number = len(position.epochs) + 1, position.step + 1
        step = self.stepping.step(batches, f"epoch {epoch}, step {number}")
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
        progress.epoch(epoch, self._clock() - self.seconds, trainer.position.stopped)

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

    def _keep(self, error: KeyboardInterrupt, progress: Progress) -> None:
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
