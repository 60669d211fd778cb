"""The law suite: what every gate must keep, a gate of yours as well, by one call.

>>> from gatenet.gates import softplus
>>> check_laws(softplus, 20)
gate softplus: 13 law(s) at 20 point(s), ... claim(s): keeps them all

The laws themselves are in `lawbook` and `declaredlaws`; here they are run, at points of the
gate's domain with a taste for the hard places, and a point that breaks one is made as simple as
it can be.
Does not need hypothesis.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gatenet.declaration import Gate
from gatenet.errors import OperandError, WiringError
from gatenet.testing.claims import Broken, Checker, Claim, LawBroken, LawReport, Point, simpler
from gatenet.testing.declaredlaws import LAWS
from gatenet.testing.places import inside, places, rank, ranked

#: The seed of the points where `rng` is left out: the same points every time.
_SEED = 20260101


@dataclass(frozen=True)
class Law:
    """One law: call it with a gate to check it; raises LawBroken where it does not hold.

    `sentence` says the law; `repr` is its name, so that pytest shows it.
    """

    name: str
    sentence: str
    _check: Checker

    def __call__(self, gate: Gate, n: int = 40, *, rng: random.Random | None = None) -> LawReport:
        """Check the law at n points of the gate's domain."""
        return check_laws(gate, n, laws=[self.name], rng=rng)

    def broken(self, gate: Gate, point: Point) -> Claim | None:
        """The first claim that does not hold at a point; None where all do."""
        return next((claim for claim in self._check(gate, point) if not claim.holds), None)

    def __repr__(self) -> str:
        return self.name

    __str__ = __repr__


def laws(*names: str) -> tuple[Law, ...]:
    """Every law, or those of these names: for `@pytest.mark.parametrize("law", laws(), ids=str)`.

    Raises WiringError for an unknown name.

    >>> laws()[0], laws("replay")[0].sentence
    (value, 'A replay is the recording over again, at the old operands and at new ones.')
    """
    for name in names:
        if name not in LAWS:
            raise WiringError(f"unknown law {name!r}: there are {', '.join(LAWS)}")
    return tuple(
        Law(name, " ".join((check.__doc__ or "").split()), check)
        for name, check in LAWS.items()
        if not names or name in names
    )


def check_laws(
    gate: Gate,
    n: int = 40,
    *,
    laws: Iterable[str] = (),
    points: Iterable[Sequence[float]] = (),
    rng: random.Random | None = None,
    raise_exception: bool = True,
) -> LawReport:
    """Check a gate against every law, or those named, at n points of its domain.

    Points of your own come on top.  The same points are drawn every time unless `rng` is given.
    A rule or a block declares no formula and no domain: it is no gate in this sense.

    Raises LawBroken, an AssertionError, when a law does not hold, with the report as `.report`;
    `raise_exception=False` gives the report alone.  OperandError for something that is no gate.

    >>> from gatenet.declaration import gate
    >>> @gate(symbol="%", textbook="a * b", partials=lambda z, a, b: (a, b))
    ... def example_swapped(a, b):
    ...     "Multiply, with the partials the wrong way round."
    ...     return a * b
    >>> print(check_laws(example_swapped, raise_exception=False))
    gate example_swapped: ... breaks slope
      gate example_swapped breaks the law 'slope' at (...): the slope in a should be ...
    """
    if not isinstance(gate, Gate) or gate.opaque:
        raise OperandError(
            f"laws are for gates declared with @gate, and {gate!r} is none: check a function or "
            "a rule with gatenet.gradcheck"
        )
    chosen = _laws(*laws)
    given = [tuple(float(x) for x in point) for point in points]
    drawn = [*given, *samples(gate, n, rng or random.Random(_SEED))]
    report = LawReport(gate, tuple(law.name for law in chosen), len(drawn))
    for law in chosen:
        for point in drawn:
            failed = None
            for claim in law._check(gate, point):
                report.claims += 1
                if not claim.holds:
                    failed = claim
                    break
            if failed is not None:
                report.broken.append(Broken(gate, law.name, *_smallest(law, gate, point, failed)))
                break
    if raise_exception and not report:
        raise LawBroken(str(report), gate=gate, report=report)
    return report


_laws = laws  # `laws` is an argument's name as well


def _smallest(law: Law, gate: Gate, point: Point, claim: Claim) -> tuple[Point, Claim]:
    """Make a point that breaks a law simpler, one operand at a time, while the law stays broken."""
    for _ in range(40):
        for candidate in simpler(point):
            found = law.broken(gate, candidate) if inside(gate, candidate) else None
            if found is not None:
                point, claim = candidate, found
                break
        else:
            break
    return point, claim


def samples(gate: Gate, n: int, rng: random.Random) -> list[Point]:
    """Draw n points of a gate's domain without hypothesis, with a taste for the hard places.

    Half of the operands are of ordinary size; the others are kinks, edges, ends of the domain,
    extremes, the floats beside them, and floats of any size.  Now and then two operands tie.

    >>> from gatenet.gates import log
    >>> all(x > 0 for (x,) in samples(log, 50, random.Random(1)))
    True
    """
    found: list[Point] = []
    known = places(gate)
    for _ in range(100 * n + 100):
        if len(found) >= n:
            break
        size = 1 + int(rng.random() * 3) if gate.variadic else 1
        point: list[float] = []
        for place in known:
            for _ in range(size):
                point.append(_number(place.numbers, place.stretches, point, rng))
        if inside(gate, point):
            found.append(tuple(point))
    return found


def _number(
    marks: Sequence[float],
    stretches: Sequence[tuple[float, float]],
    before: Sequence[float],
    rng: random.Random,
) -> float:
    kind = rng.random()
    if before and kind < 0.08:
        return before[int(rng.random() * len(before))]
    if kind < 0.5 or not stretches:
        return round(rng.random() * 8.0 - 4.0, 3) if kind < 0.15 else rng.gauss(0.0, 2.0)
    if kind < 0.8:
        mark = marks[int(rng.random() * len(marks))]
        return ranked(rank(mark) + int(rng.random() * 5) - 2) if kind < 0.65 else mark
    low, high = stretches[int(rng.random() * len(stretches))]
    if kind < 0.9:
        return low + (min(high, low + 2.0) - low) * rng.random()
    place = rank(low) + int(rng.random() * (rank(high) - rank(low)))
    return ranked(place) if math.isfinite(ranked(place)) else low
