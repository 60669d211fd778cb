"""History: what a training did, epoch by epoch; to print, to plot, and to keep as plain data."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from gatenet.errors import FormatError
from gatenet.texts import figure

_NONE: Mapping[str, float] = MappingProxyType({})
_FIELDS = ("number", "loss", "validation", "seconds", "penalty", "metrics", "validation_metrics",
           "lr")  # fmt: skip


class Epoch(NamedTuple):
    """One pass over the rows.

    `loss` is the mean over the rows, each batch taken just before its own step, and `penalty` what
    a penalty added to it; `validation` is the loss on the validation rows after the epoch, None
    where there are none.  `seconds` is the time since the training began, `lr` the optimizer's
    stride when the epoch ended, None where it has none to show.
    """

    number: int
    loss: float
    validation: float | None
    seconds: float
    penalty: float = 0.0
    metrics: Mapping[str, float] = _NONE
    validation_metrics: Mapping[str, float] = _NONE
    lr: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give plain data, as `History.from_dict` reads it."""
        found = self._asdict()
        return {**found, "metrics": dict(self.metrics),
                "validation_metrics": dict(self.validation_metrics)}  # fmt: skip


@dataclass
class History:
    """What a training did: its epochs, and the parameters that the loss never reached, by name.

    >>> history = History([Epoch(1, 0.9, 1.1, 0.5), Epoch(2, 0.4, 0.7, 1.0)])
    >>> history.losses, history.best.number
    ([0.9, 0.4], 2)
    >>> print(history)
    epoch  loss  validation  seconds
        1   0.9         1.1      0.5
        2   0.4         0.7        1
    """

    epochs: list[Epoch] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)

    @property
    def losses(self) -> list[float]:
        """The loss of each epoch, for a curve."""
        return [epoch.loss for epoch in self.epochs]

    @property
    def validations(self) -> list[float]:
        """The validation loss after each epoch; empty where there were no validation rows."""
        return [epoch.validation for epoch in self.epochs if epoch.validation is not None]

    @property
    def best(self) -> Epoch | None:
        """The epoch of the least validation loss, or of the least loss where there is none."""
        return min(
            self.epochs,
            key=lambda epoch: epoch.loss if epoch.validation is None else epoch.validation,
            default=None,
        )

    def curves(self) -> dict[str, list[float]]:
        """The figures of all epochs by name: loss, validation, and each metric."""
        found = {"loss": self.losses}
        if self.validations:
            found["validation"] = self.validations
        for epoch in self.epochs:
            for name, value in epoch.metrics.items():
                found.setdefault(name, []).append(value)
            for name, value in epoch.validation_metrics.items():
                found.setdefault(f"validation {name}", []).append(value)
        return found

    def plot(self, path: str | os.PathLike[str] | None = None, *, log_y: bool = False) -> Any:
        """Draw the loss and the validation loss as an SVG picture, saved where a path is given.

        Raises what `gatenet.viz.plot_lines` raises: RangeError where there is no epoch.
        """
        from gatenet.viz import plot_lines

        series = {name: line for name, line in self.curves().items() if name in _LOSSES}
        return plot_lines(
            series, path, title="Loss", x_label="epoch", y_label="loss", log_y=log_y, first=1
        )

    def to_dict(self) -> dict[str, Any]:
        """Give plain data: numbers, texts, lists and dicts, ready for JSON."""
        return {
            "epochs": [epoch.to_dict() for epoch in self.epochs],
            "unreached": list(self.unreached),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> History:
        """Read what `to_dict` gave.

        Raises FormatError where it is something else.

        >>> history = History([Epoch(1, 0.9, None, 0.5)])
        >>> History.from_dict(history.to_dict()) == history
        True
        """
        try:
            epochs = [
                Epoch(**{name: epoch[name] for name in _FIELDS if name in epoch})
                for epoch in data["epochs"]
            ]
            return cls(epochs, [str(name) for name in data["unreached"]])
        except (TypeError, KeyError) as error:
            raise FormatError(f"this is no history of a training: {error!r}") from None

    def __str__(self) -> str:
        """Lay the epochs out as a table."""
        if not self.epochs:
            return "no epochs"
        columns = {"epoch": [str(epoch.number) for epoch in self.epochs]}
        columns |= {name: list(map(figure, line)) for name, line in self.curves().items()}
        columns["seconds"] = [figure(epoch.seconds, 3) for epoch in self.epochs]
        whole = {name: cells for name, cells in columns.items() if len(cells) == len(self.epochs)}
        widths = {name: max(len(name), *map(len, cells)) for name, cells in whole.items()}
        lines = ["  ".join(name.rjust(width) for name, width in widths.items())]
        for cells in zip(*whole.values(), strict=True):
            pairs = zip(cells, widths.values(), strict=True)
            lines.append("  ".join(cell.rjust(width) for cell, width in pairs))
        return "\n".join(lines)


_LOSSES = ("loss", "validation")
