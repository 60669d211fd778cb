"""What the tests of clusters let workers do: small things that a worker can import."""

import os
import random
import signal


def rows_of(number, count=200, width=3):
    """The rows of a shard: the same wherever they are made."""
    draw = random.Random(number)
    return [[draw.gauss(0, 1) for _ in range(width)] for _ in range(count)]


class Rows:
    """A source of rows that are made where they are read."""

    def __init__(self, rows):
        self.rows = rows

    def part(self, first, last):
        """The rows of a range."""
        return [rows_of(row, 1)[0] for row in range(first, last)]


class Dies:
    """Loads shards; the process that loads shard `at` first is killed, or each that does."""

    def __init__(self, folder, at, always=False):
        self.folder, self.at, self.always = str(folder), at, always

    def __call__(self, number):
        """The shard's rows, where this process lives on."""
        marker = os.path.join(self.folder, f"died-{number}")
        if number == self.at and (self.always or not os.path.exists(marker)):
            open(marker, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return rows_of(number)


class Hangs:
    """Loads shards; shard `at` waits until somebody writes to a pipe with a name."""

    def __init__(self, path, at):
        self.path, self.at = str(path), at

    def __call__(self, number):
        """The shard's rows, when they may be had."""
        if number == self.at:
            open(self.path, "rb").close()
        return rows_of(number)


def fails(number):
    """Loads shards, but for shard 2."""
    if number == 2:
        raise OSError("no such disk")
    return rows_of(number)


def nothing(number):
    """Loads no rows."""
    return [] if number == 1 else rows_of(number)


def spoils(number):
    """Loads shards; row 5 of shard 1 holds a nan."""
    rows = rows_of(number)
    if number == 1:
        rows[5][0] = float("nan")
    return rows


class Unreadable:
    """Goes out of this process, and cannot be read in another."""

    def __call__(self, number):
        """The shard's rows, never asked for."""
        return rows_of(number)

    def __reduce__(self):
        return _only_here, (os.getpid(),)


class Nowhere(Unreadable):
    """Goes out of this process, and cannot be read anywhere, not even here."""

    def __reduce__(self):
        return _only_here, (0,)


def _only_here(pid):
    if pid != os.getpid():
        raise ImportError("this module is not installed here")
    return Unreadable()
