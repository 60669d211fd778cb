"""Recording: running a stepper through the whole pass, and writing down what it says.

In a circuit of very many events those inside folded boxes are strode over.  Knows steppers and
foldings; does not know pages or pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from gatenet.texts import shown

from .labels import DASH, number
from .ranges import Ranges
from .strides import Stride
from .tape import Numbers, Stop, Tape
from .wording import Reading, symbol_of

if TYPE_CHECKING:
    from gatenet.stepper import Event, Stepper

    from .folding import Folding

MOST = 5000
"""The most events that are each a stop of their own; past it, folded boxes are strode over."""
SHARE = 5
"""A stride has at most five of `most` parts of all events, so that a large circuit still plays."""
LONGEST = 1500
"""The most characters of a sentence."""
PULLS = 400
"""The most pulls of one event that are written down; a sum of more says how many it left out."""


def recorded(stepper: Stepper, foldings: Sequence[Folding], most: int = MOST) -> Tape:
    """Run a stepper through the whole pass, write it down, and put the stepper back.

    Past `most` events only what a picture draws for itself has stops of its own.  However it
    ends, the stepper stands again where it stood, and every gradient is what it was.
    """
    position, stop = stepper.position, stepper.stop
    try:
        stepper.goto(0)
        return _Recorder(stepper, foldings, most).run()
    finally:
        stepper.goto(position)
        stepper.stop = stop


class _Recorder:
    """What is needed on the way from the first event to the last."""

    def __init__(self, stepper: Stepper, foldings: Sequence[Folding], most: int) -> None:
        circuit = stepper.circuit
        self.stepper = stepper
        self.circuit = Reading(circuit.rows, circuit.units, circuit.values, circuit.outputs)
        self.alone = _alone(foldings, len(circuit.rows), len(stepper) <= most)
        self.longest = max(SHARE * len(stepper) // most, 1)
        self.numbers = Numbers()
        self.stops: list[Stop] = []
        self.stride: Stride | None = None
        self.folds = [self._ranges(folding) for folding in foldings]
        self.owners = [folding.owner for folding in foldings]
        self.widest: dict[int, str] = {}
        self.gradients: list[float] = []
        self.turns: dict[int, list[int]] = {}
        self.finals: dict[int, tuple[float | None, float | None]] = {}
        self.seeds: dict[int, float | None] = {}

    def _ranges(self, folding: Folding) -> dict[int, Ranges]:
        """Start the boxes of a picture: leaves have their values before the first event."""
        found = {lead: Ranges(self.numbers) for lead in folding.groups}
        rows, owner = self.circuit.rows, folding.owner
        results = set(self.circuit.outputs)
        for head, wiring in enumerate(rows):
            results.update(one for one in wiring.operands if owner[one] != owner[head])
        for lead, group in folding.groups.items():
            if group.kind != "run":  # a box with a structure shows what leaves it
                found[lead].results = results
        for row, lead in enumerate(owner):
            if lead in found and not self.circuit.constant(row):
                leaf = rows[row].gate is None
                found[lead].member(row, float(self.circuit.values[row]) if leaf else None)
        return found

    def run(self) -> Tape:
        """Go through all events."""
        stepper = self.stepper
        for index in range(1, stepper.forwards + 1):
            self._event(stepper.goto(index), self._forward)
        self._close()
        forwards = len(self.stops)
        # Computed again, the values are those of now, also where a leaf was written since.
        units = self.circuit.units
        values = [
            old if unit is None else unit.value
            for old, unit in zip(self.circuit.values, units, strict=True)
        ]
        for index in range(stepper.forwards + 1, len(stepper) + 1):
            self._event(stepper.goto(index), self._backward)
        self._close()
        facts = {row: self._facts(row, values[row]) for row in sorted(self.alone)}
        return Tape(
            numbers=self.numbers,
            stops=self.stops,
            forwards=forwards,
            events=len(stepper),
            units=facts,
            widest=self.widest,
            gradients=self.gradients,
            seeds={row: seed for row, seed in self.seeds.items() if seed is not None},
            folds=self.folds,
        )

    def _event(self, event: Event | None, noted: Callable[[Any], None]) -> None:
        """Make an event a stop of its own, or a part of a stride."""
        assert event is not None
        row = event.row
        if row in self.alone:
            self._close()
            sentence = shown(event.sentence, LONGEST)
            stop = Stop(row, sentence, self.numbers(event.upstream), event.index)
            self.stops.append(stop)
            self.turns.setdefault(row, []).append(len(self.stops) - 1)
        else:
            if self.stride is not None and self.stride.events == self.longest:
                self._close()
            if self.stride is None:
                self.stride = Stride(event.index)
                self.stops.append(Stop(-1, "", -1, event.index))
        if self.stride is not None:
            self.stride.add(event)
        noted(event)

    def _close(self) -> None:
        """End a stride, if one is open."""
        if self.stride is not None:
            self.stops[-1].sentence = self.stride.sentence()
            self.stops[-1].through = self.stride.last
            self.stops[-1].pulls = [self._pull(*kept) for kept in self.stride.pulls.values()]
            self.stride = None

    def _forward(self, event: Any) -> None:
        """Note a value in the boxes that the gate is folded in."""
        for owner, folds in zip(self.owners, self.folds, strict=True):
            lead = owner[event.row]
            if lead in folds:
                folds[lead].computed(event.row, len(self.stops) - 1, float(event.after))

    def _backward(self, event: Any) -> None:
        """Note a gradient: the unit's own, and what its pulls make of its operands'."""
        row = event.row
        final = event.after if event.gate is None else event.upstream
        if not event.unit.requires_grad:
            final = None
        if final is not None:
            self.gradients.append(final)
        for owner, folds in zip(self.owners, self.folds, strict=True):
            lead = owner[row]
            if lead in folds:
                folds[lead].visited(row, len(self.stops) - 1, final)
        if row in self.alone:
            before = event.before if event.gate is None else None
            self.finals[row] = (before, final)
            self._wide(row, final)
            if event.is_output and not event.paths:
                self._seed(row, event.upstream)
        pulls = [pull for pull in event.pulls if pull.row in self.alone]
        for pull in pulls:
            if pull.path == 1 and any(pull.unit is end for end in self.stepper.outputs):
                self._seed(pull.row, pull.before)
            self._wide(pull.row, pull.after)
        if self.stride is not None:
            self.stride.pulled(row, pulls)
        else:
            stop = self.stops[-1]
            stop.pulls = [self._pull(row, pull) for pull in event.pulls[:PULLS]]
            stop.left_out = max(len(event.pulls) - PULLS, 0)

    def _pull(self, row: int, pull: Any) -> list[int]:
        """Write a pull down."""
        numbers = self.numbers
        partial, size = numbers(pull.partial), numbers(pull.pull)
        places = [pull.row, row, pull.port, partial, size, numbers(pull.after)]
        return [*places, pull.path, pull.paths, int(pull.blocked)]

    def _seed(self, row: int, seed: float | None) -> None:
        """Note what the pass starts an output with."""
        self.seeds[row] = seed
        self._wide(row, seed)

    def _wide(self, row: int, gradient: float | None) -> None:
        """Keep the gradient text of a row that takes the most room."""
        text = DASH if gradient is None else number(gradient)
        if len(text) > len(self.widest.get(row, "")):
            self.widest[row] = text

    def _facts(self, row: int, value: float) -> list[Any]:
        """Write down what is known of a unit from the start."""
        numbers, wiring, unit = self.numbers, self.circuit.rows[row], self.circuit.units[row]
        forward, backward = -1, -1
        for turn in self.turns.get(row, []):
            if wiring.gate is not None and forward < 0:
                forward = turn
            else:
                backward = turn
        before, final = self.finals.get(row, (None, None))
        partials: Iterable[float] = () if unit is None else unit.partials
        operands = list(wiring.operands[:PULLS])
        return [
            repr(value) if unit is None else self.circuit.label(row),
            wiring.role,
            shown(str(wiring.gate.name)) if wiring.gate is not None else "",
            symbol_of(wiring),
            numbers(value),
            operands,
            [numbers(float(partial)) for partial, _ in zip(partials, operands, strict=False)],
            forward,
            backward,
            numbers(self.seeds.get(row)),
            numbers(before),
            numbers(final),
        ]


def _alone(foldings: Sequence[Folding], rows: int, everyone: bool) -> set[int]:
    """The rows that some picture draws for themselves; all, where each event is a stop."""
    if everyone:
        return set(range(rows))
    return {row for folding in foldings for row, lead in enumerate(folding.owner)
            if row == lead and row not in folding.groups}  # fmt: skip
