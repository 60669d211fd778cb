"""Choices: a target that is a class's number and differs from row to row of a compiled circuit.

Knows units; the losses of classes know what to do with one.
"""

from __future__ import annotations

from typing import NoReturn

from gatenet.errors import DetachError, WiringError
from gatenet.unit import Unit


class Choice:
    """A class's number as columns: 1.0 in the place of its class, 0.0 in the others.

    A recorded circuit is one for all rows, and a plain class number would be fixed in it.  How
    many columns there are is known when a loss asks.

    >>> [unit.value for unit in Choice(1).among(3)]
    [0.0, 1.0, 0.0]
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.units: list[Unit] = []

    def among(self, count: int) -> list[Unit]:
        """The columns, one for each of `count` classes.

        Raises WiringError where they were asked for before, among another number of classes.
        """
        if not self.units:
            self.units = [Unit(1.0 if k == self.number else 0.0) for k in range(count)]
        if len(self.units) != count:
            raise WiringError(f"class {self.number} is one of {len(self.units)} and of {count}")
        return self.units

    def __index__(self) -> NoReturn:
        raise DetachError(
            f"class {self.number} differs from row to row here: as a plain number it would be "
            "fixed in the circuit"
        )

    __float__ = __int__ = __index__


class Shares(list[tuple[int, Unit]]):
    """The shares of the classes where all of a row's is one class's, whichever that is."""
