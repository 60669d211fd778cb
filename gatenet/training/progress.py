"""Progress: how far the training is, how well it does and how fast it goes.

A bar where tqdm is installed and somebody looks on (a terminal); there without tqdm a line that
is rewritten; elsewhere, in a file or a log, about ten whole lines.
"""

from __future__ import annotations

import sys
from typing import Any, TextIO

from gatenet.texts import figure
from gatenet.training.history import Epoch

#: From this size on a figure is written as a power of ten.
MOST_PLAIN = 1e6


class Progress:
    """Shows steps and epochs on a stream; `stream` None shows nothing.

    `total` is how many rows there will be in all epochs together, `done` how many a resumed
    training has behind it.
    """

    def __init__(self, stream: TextIO | None, epochs: int, total: int, done: int = 0) -> None:
        self.stream = stream
        self.epochs = epochs
        self.done = self.first = done
        self.rewrites = stream is not None and stream.isatty()
        self.bar: Any = _bar(stream, total, done) if self.rewrites else None
        self.text = ""

    def step(self, epoch: int, loss: float, rows: int) -> None:
        """Show that rows were learnt from, in an epoch that is under way."""
        self.done += rows
        if self.bar is not None:
            self.bar.set_description(self._counted(epoch), refresh=False)
            if not self.text:
                self.bar.set_postfix_str(f"loss {_figure(loss)}", refresh=False)
            self.bar.update(rows)

    def epoch(self, epoch: Epoch, seconds: float, last: bool = False, again: int = 0) -> None:
        """Show an epoch's figures; `seconds` is how long this call of fit has been at work.

        `last` says that the training stops there, so that the epoch is shown in any case; `again`
        how many shards were done again, because a worker was lost.
        """
        if self.stream is None:
            return
        self.text = f"loss {_figure(epoch.loss)}"
        if epoch.validation is not None:
            self.text += f"  validation {_figure(epoch.validation)}"
        of = "validation " if epoch.validation_metrics else ""
        for name, value in (epoch.validation_metrics or epoch.metrics).items():
            self.text += f"  {of}{name} {_figure(value)}"
        lost = f"  {again} shards done again" if again else ""
        if self.bar is not None:
            self.bar.set_postfix_str(f"{self.text}{lost}")
            return
        every = max(1, self.epochs // 10)
        last = last or epoch.number == self.epochs
        if not (self.rewrites or last or epoch.number % every == 0):
            return
        speed = (self.done - self.first) / max(seconds, 1e-9)
        line = f"{self._counted(epoch.number)}  {self.text}  {speed:,.0f} rows/s{lost}"
        self.stream.write(f"\r\x1b[K{line}" if self.rewrites else f"{line}\n")
        self.stream.flush()

    def say(self, text: str) -> None:
        """Write a line of its own, after what is being rewritten."""
        self.close()
        if self.stream is not None:
            self.stream.write(f"{text}\n")
            self.stream.flush()

    def close(self) -> None:
        """End a bar, or a line that was being rewritten."""
        bar, self.bar = self.bar, None
        if bar is not None:
            bar.close()
        elif self.stream is not None and self.rewrites:
            self.stream.write("\n")
            self.stream.flush()
        self.rewrites = False

    def _counted(self, epoch: int) -> str:
        return f"epoch {epoch:>{len(str(self.epochs))}}/{self.epochs}"


def _figure(x: float) -> str:
    """Write a figure with four decimals, a large one in few digits."""
    return f"{x:.4f}" if abs(x) < MOST_PLAIN else figure(x)


def stream_of(progress: TextIO | bool) -> TextIO | None:
    """Where progress goes: the standard error for True, nowhere for False, or a stream."""
    if isinstance(progress, bool):
        return sys.stderr if progress else None
    return progress


def _bar(stream: TextIO | None, total: int, done: int) -> Any:
    """Open tqdm's bar; None where tqdm is not installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm(
        total=total, initial=done, file=stream, unit=" rows", unit_scale=True, dynamic_ncols=True
    )
