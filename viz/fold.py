"""Fold: which rows of a large circuit share a box, so that a picture stays legible.

Starts from all rows at one level: the finest that fits, or the one that was asked for.  What
has too many boxes there is folded in runs; what was asked to be opened is shown by its parts,
again and again.  Knows hierarchies and runs; no recursion.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from gatenet.errors import WiringError
from gatenet.texts import counted, shown

from .contract import Parts, contracted
from .folding import Folding, Group, whole
from .hierarchy import CONES, GATES, LAYERS, MODULES, NEURONS, SUMS, Hierarchy
from .runs import KINDS as KINDS
from .runs import WIRES, fits, folded
from .runs import kind as kind
from .titles import MODEL, Titles

DEPTHS = {1: MODULES, 2: LAYERS, 3: CONES, 4: GATES}
"""What `depth=` may be, as levels."""
LONG = 40
"""The most boxes behind one another in a folded picture."""


class _Box(NamedTuple):
    """What a run is made of, as `fold` reads rows."""

    gate: object
    operands: list[int]
    role: str


def folding(
    rows: Sequence[Any],
    max_units: int,
    outputs: Iterable[int] | None = None,
    *,
    depth: int | None = None,
    opened: Sequence[str | int] = (),
    numbers: Sequence[int] | None = None,
    model: str = MODEL,
) -> Folding:
    """Return which rows share a box.

    `outputs` are by default the rows that nothing uses.  `depth` is one of DEPTHS; None is the
    finest level at which there are at most `max_units` boxes.  `opened` holds keys, titles or
    names, and rows that are to be shown for themselves; `numbers` has the numbers that rows go
    by, where they are a part of a larger circuit.

    Raises:
        WiringError: if `opened` names what is not there.
    """
    if depth in (None, 4) and not opened and fits(rows, max_units):
        return whole(len(rows))
    if outputs is None:
        outputs = set(range(len(rows))).difference(o for row in rows for o in row.operands)
    hierarchy = Hierarchy(rows, outputs)
    titles = Titles(hierarchy, numbers or range(len(rows)), model)
    level = _automatic(hierarchy, max_units) if depth is None else DEPTHS[depth]
    if level == CONES and len(hierarchy.sizes[CONES]) > max_units:
        level = NEURONS
    return _Cut(hierarchy, titles, max_units, depth is None).made(level, opened)


def _automatic(of: Hierarchy, max_units: int) -> int:
    """Return the finest level that fits, or the coarsest."""
    for level in (GATES, SUMS, CONES, NEURONS, LAYERS):
        owner = of.owners[level]
        if len(of.sizes[level]) > max_units:
            continue
        if level == GATES:
            if fits(of.rows, max_units):
                return level
            continue
        wires = {(owner[o], owner[i]) for i, row in enumerate(of.rows) for o in row.operands}
        if len(wires) <= WIRES * max_units and not _is_long(_parts(of, level, range(len(of.rows)))):
            return level
    return MODULES


def _is_long(parts: Parts) -> bool:
    return max(parts.levels(), default=0) >= LONG


def _parts(of: Hierarchy, level: int, region: Iterable[int]) -> Parts:
    """Return the boxes of a region at a level, as a circuit."""
    owner = of.owners[level]
    inside = sorted(region)
    leads = dict.fromkeys(owner[row] for row in inside)
    return contracted(
        leads,
        (
            (owner[row], [owner[o] for o in of.rows[row].operands if owner[o] in leads])
            for row in inside
        ),
    )


class _Cut:
    """A choice in the making."""

    def __init__(self, of: Hierarchy, titles: Titles, max_units: int, automatic: bool) -> None:
        self.of = of
        self.titles = titles
        self.most = max_units
        self.automatic = automatic
        self.owner = [-1] * len(of.rows)
        self.groups: dict[int, Group] = {}
        self.targets: list[set[int]] = [set() for _ in of.owners]
        self.runs: set[str] = set()

    def made(self, level: int, opened: Sequence[str | int]) -> Folding:
        """Return the folding: everything at this level, but for what is opened."""
        asked = self._aim(opened)
        work: list[tuple[list[int], int, bool]] = [(list(range(len(self.of.rows))), level, False)]
        while work:
            region, at, again = work.pop()
            for rows, run in self._pieces(region, at, again):
                lead = self.of.owners[at][rows[-1]]
                if run is not None:
                    if self._run_is_opened(rows, at, run):
                        asked.pop(run.key, None)
                        work.append((rows, at, len(rows) == len(region)))
                    else:
                        self._close(rows, run)
                elif at > GATES and lead in self.targets[at]:
                    work.append((rows, at - 1, False))
                else:
                    self._close(rows, self.titles.group(at, lead) if len(rows) > 1 else None)
        if asked:
            self._unknown(next(iter(asked)))
        return Folding(self.owner, self.groups)

    def _close(self, rows: list[int], group: Group | None) -> None:
        """Draw rows as one box."""
        gates = [row for row in rows if not self.of.leaf[row]]
        lead = max(gates or rows)
        for row in rows:
            self.owner[row] = lead
        if group is not None:
            self.groups[lead] = group

    def _pieces(
        self, region: list[int], level: int, again: bool
    ) -> list[tuple[list[int], Group | None]]:
        """Divide a region into boxes of a level, or into runs of them where they are too many."""
        owner = self.of.owners[level]
        boxes: dict[int, list[int]] = {}
        for row in region:
            boxes.setdefault(owner[row], []).append(row)
        few = len(boxes) <= self.most
        if few and (level < CONES or not self.automatic):
            return [(rows, None) for rows in boxes.values()]
        parts = _parts(self.of, level, region)
        if few and not _is_long(parts):
            return [(rows, None) for rows in boxes.values()]
        runs: dict[int, list[int]] = {}
        wanted = self.targets[level]
        focus = [box for box, lead in enumerate(parts.leads) if lead in wanted] if wanted else []
        for box, run in enumerate(self._runs(parts, focus, again)):
            runs.setdefault(run, []).append(parts.leads[box])
        pieces: list[tuple[list[int], Group | None]] = []
        for leads in runs.values():
            rows = sorted(row for lead in leads for row in boxes[lead])
            pieces.append((rows, self._run(rows) if len(leads) > 1 else None))
        return pieces

    def _runs(self, parts: Parts, focus: list[int], again: bool) -> list[int]:
        """Fold boxes into runs; where that would give the same run again, into even shares."""
        if again:
            share = -(-len(parts) // self.most)
            return [box // share for box in range(len(parts))]
        rows = self.of.rows
        boxes = [
            _Box(rows[lead].gate, before, rows[lead].role)
            for lead, before in zip(parts.leads, parts.before, strict=True)
        ]
        return folded(boxes, self.most, always=True, focus=focus)

    def _run(self, rows: list[int]) -> Group:
        """Describe a run of boxes."""
        gates = [row for row in rows if not self.of.leaf[row]]
        what = KINDS[kind(self.of.rows[(gates or rows)[0]])]
        title = counted(len(gates or rows), "gate" if what == "inner" else what)
        numbers = self.titles.numbers
        return Group(title, "run", 1, f"run:{numbers[rows[0]]}-{numbers[rows[-1]]}")

    def _run_is_opened(self, rows: list[int], level: int, run: Group) -> bool:
        """Say whether a run is to be opened: itself, or something in it."""
        if run.key in self.runs:
            return True
        owner, targets = self.of.owners[level], self.targets[level]
        return bool(targets) and any(owner[row] in targets for row in rows)

    def _aim(self, opened: Sequence[str | int]) -> dict[str, None]:
        """Note which boxes are to be opened; return the keys of runs, which come later."""
        if not opened:
            return {}
        named: dict[str, list[tuple[int, int]]] = {}
        for level in range(SUMS, MODULES + 1):
            for lead, size in self.of.sizes[level].items():
                if size > 1:
                    for name in self.titles.names(level, lead):
                        named.setdefault(name, []).append((level, lead))
        self.known = named
        labels: dict[str, list[int]] = {}
        for row, wiring in enumerate(self.of.rows):
            labels.setdefault(shown(wiring.name or f"u{self.titles.numbers[row]}"), []).append(row)
        later: dict[str, None] = {}
        for one in opened:
            if isinstance(one, int):
                self._target(GATES, one)
            elif shown(one) in named:
                for level, lead in named[shown(one)]:
                    self._target(level, lead)
            elif shown(one) in labels:
                for row in labels[shown(one)]:
                    self._target(GATES, row)
            elif one.startswith("run:"):
                later[one] = None
            else:
                self._unknown(one)
        self.runs = set(later)
        return later

    def _target(self, level: int, lead: int) -> None:
        """Have a box opened, and all that it is within."""
        for above in range(max(level, SUMS), MODULES + 1):
            self.targets[above].add(self.of.owners[above][lead])

    def _unknown(self, name: str) -> None:
        """Raise the error for a name that nothing has."""
        known = [*self.known, *(group.key for group in self.groups.values())]
        near = difflib.get_close_matches(name, known, n=3) or list(dict.fromkeys(known))[:6]
        raise WiringError(
            f"open= got {name!r}, which is no folded box of this picture and no unit; "
            + (f"there are {', '.join(map(repr, near))}" if near else "nothing is folded in it")
            + ". Each folded box shows its key when the mouse rests on it",
            name=name,
        )
