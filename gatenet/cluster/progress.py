"""Progress: how many shards are done, how fast, and how many were done again.

Knows streams and clocks; does not know who does the work.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple

from gatenet.errors import OperandError

#: Seconds between two lines on a stream.
EVERY = 1.0


class Progress(NamedTuple):
    """What has been done: shards and rows, in so many seconds; `retries` were done again.

    >>> print(Progress(3, 384, 2.0, 1))
    3 shards, 384 rows, 192 rows/s, 1 done again
    """

    shards: int
    rows: int
    seconds: float
    retries: int

    @property
    def rate(self) -> float:
        """Rows in a second."""
        return self.rows / self.seconds if self.seconds > 0 else 0.0

    def __str__(self) -> str:
        again = f", {self.retries} done again" if self.retries else ""
        return f"{self.shards} shards, {self.rows} rows, {self.rate:.0f} rows/s{again}"


class Shown:
    """Counts what is done, and tells who wants to know: a stream, or a function of `Progress`.

    `to` is True for the standard error, False or None for nobody.
    """

    def __init__(self, to: Any) -> None:
        self.tell: Callable[[Progress], Any] | None = None
        self.stream: Any = None
        if to is True:
            self.stream = sys.stderr
        elif hasattr(to, "write"):
            self.stream = to
        elif callable(to):
            self.tell = to
        elif to is not None and to is not False:
            raise OperandError(
                f"progress is {to!r:.80}: give True, False, a stream or a function of Progress"
            )
        self.start = self.written = perf_counter()
        self.shards = self.rows = 0

    def done(self, rows: int, team: Any) -> None:
        """One shard more."""
        self.shards += 1
        self.rows += rows
        now = perf_counter()
        if self.tell is not None:
            self.tell(Progress(self.shards, self.rows, now - self.start, team.retries))
        elif self.stream is not None and now - self.written >= EVERY:
            self.written = now
            self._line(team.retries)

    def end(self, team: Any) -> None:
        """The last line of a stream."""
        if self.stream is not None and self.shards:
            self._line(team.retries)

    def _line(self, retries: int) -> None:
        now = perf_counter()
        self.stream.write(f"{Progress(self.shards, self.rows, now - self.start, retries)}\n")
        self.stream.flush()
