"""Snapshot: the numbers of a pass, kept to be compared with those of a later one.

Units go on changing; a snapshot has copies of their values and gradients, by row.  Knows
circuits and overlays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gatenet.circuit import Circuit
from gatenet.errors import WiringError
from gatenet.real import number
from gatenet.stepper import Stepper
from gatenet.texts import shown
from gatenet.unit import Unit
from gatenet.walk import check_fresh

from .overlay import overlay_of, plain
from .wording import Reading

if TYPE_CHECKING:
    from gatenet.circuit import Row


@dataclass(frozen=True, slots=True, repr=False)
class Snapshot:
    """A circuit's rows with the values and gradients they had; None: not visited, or no value.

    It holds no unit, so it keeps nothing else alive.
    """

    rows: tuple[Row, ...]
    values: tuple[float, ...]
    gradients: tuple[float | None, ...]
    outputs: tuple[int, ...]
    serials: tuple[int, ...] = field(default=())

    @property
    def units(self) -> tuple[None, ...]:
        """Nothing for each row: the units have gone on."""
        return (None,) * len(self.rows)

    def with_gradients(self, gradients: Mapping[Any, float]) -> Snapshot:
        """Return the same pass with other gradients, given by unit, name or row number.

        Rows that are not given have no gradient.

        Raises:
            WiringError: if a key is not one row of the circuit.
        """
        found: list[float | None] = [None] * len(self.rows)
        for key, gradient in gradients.items():
            found[self.row(key)] = number(gradient)
        return replace(self, gradients=tuple(found))

    def row(self, key: Unit | str | int) -> int:
        """Return the row that a unit, a name or a row number stands for.

        Raises:
            WiringError: if there is none, or a name stands for several.
        """
        if isinstance(key, Unit):
            rows = [row for row, serial in enumerate(self.serials) if serial == key.serial]
        elif isinstance(key, str):
            rows = [row for row, wiring in enumerate(self.rows) if wiring.name == key]
            if not rows:
                rows = [row for row in range(len(self.rows)) if key == f"u{row}"]
        else:
            rows = [key] if key in range(len(self.rows)) else []
        if len(rows) != 1:
            said = shown(key) if isinstance(key, str) else repr(key)
            raise WiringError(
                f"{len(rows)} units of this circuit are called {said}: give the gradient of one "
                "by the unit itself, its name, or the number of its row",
                key=key,
            )
        return rows[0]

    def __repr__(self) -> str:
        visited = sum(gradient is not None for gradient in self.gradients)
        return f"<Snapshot of {len(self.rows):,} rows, {visited:,} with a gradient>"


def snapshot(what: Unit | Sequence[Unit] | Circuit | Stepper | Snapshot) -> Snapshot:
    """Keep the values and gradients of a circuit, or of a stepper where it stands.

    Gradients are taken as a picture shows them: those that a pass from these outputs gave.
    What is stale is refused, since its numbers belong to no pass: take the snapshot before the
    optimizer's step, or replay with `Circuit(loss).forward()`.

    >>> x = Unit(3.0, "x")
    >>> y = x * x
    >>> y.backward()
    >>> snapshot(y)
    <Snapshot of 2 rows, 2 with a gradient>

    Raises:
        WiringError: if it is no circuit.
        StaleCircuitError: if a value is older than a write to something it depends on.
    """
    if isinstance(what, Snapshot):
        return what
    if isinstance(what, Stepper):
        circuit, overlay = what.circuit, overlay_of(what)
    else:
        circuit = what if isinstance(what, Circuit) else Circuit(what)
        overlay = plain(Reading(circuit.rows, circuit.units, circuit.values, circuit.outputs))
    if overlay.kind != "forward":  # a forward half replays
        units = {unit.serial: unit for unit in circuit.units if unit is not None}
        check_fresh(units, sorted(units))
    rows = range(len(circuit.rows))
    return Snapshot(
        rows=tuple(circuit.rows),
        values=tuple(circuit.values),
        gradients=tuple(overlay.gradients.get(row) for row in rows),
        outputs=tuple(circuit.outputs),
        serials=tuple(-1 if unit is None else unit.serial for unit in circuit.units),
    )
