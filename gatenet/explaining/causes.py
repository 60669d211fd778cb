"""Causes: why a gradient is zero, tiny, huge or not finite, each named in a sentence.

A gradient of ordinary size has no cause but its paths.  Knows the cone, its paths and what can be
said of one gate; does not know how an explanation is laid out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from gatenet.explaining.cone import Cone
from gatenet.explaining.cuts import described, least_cut, unmade
from gatenet.explaining.flatness import FAINT, Cause, cause, flat_at
from gatenet.explaining.names import Names, amount, short
from gatenet.explaining.nonfinite import why_not_finite
from gatenet.explaining.paths import Path
from gatenet.explaining.routes import Routes
from gatenet.explaining.unconnected import why_unconnected
from gatenet.texts import counted

#: A gradient is called vanishing below this part of its seed, exploding above its inverse.
SMALL = 1e-5
#: What is left of a sum when it is this part of its terms or less is called a cancellation.
CANCELLED = 1e-3
#: A sum of n rounded numbers is good to about this part of their sizes.
_ROUNDING = 2.0**-52


def causes_of(cone: Cone, paths: Sequence[Path], names: Names) -> list[Cause]:
    """Name what makes a gradient zero, tiny, huge or not finite; nothing for an ordinary one."""
    unit, total = cone.unit, cone.total
    found: list[Cause] = []
    if not unit.requires_grad:
        label = names.label(unit)
        text = f"{label} is detached: no pass writes {label}.grad, so it stays {amount(unit.grad)}"
        found.append(cause("detached", text, unit, names))
    if not cone.ends:
        return found + why_unconnected(cone, names)
    if not math.isfinite(total):
        return found + why_not_finite(cone, Routes(cone), names)
    if not any(cone.ends.values()):
        return [*found, cause("seed", "the seed is 0", cone.outputs[0], names)]
    if not cone.alive:
        cut = least_cut(cone)
        cuts = described(cone, cut, names)
        named = {one.unit for one in cuts}
        return found + cuts + [one for one in unmade(cone, names) if one.unit not in named]
    size = abs(total) / max(map(abs, cone.ends.values()))
    if _cancelled(cone):
        return [*found, _cancellation(cone, paths, names)]
    if size <= SMALL:
        return found + _vanishing(cone, paths[0], names)
    if size >= 1 / SMALL:
        return [*found, _exploding(cone, paths[0], names)]
    return found


def _cancelled(cone: Cone) -> bool:
    """Whether large contributions leave a small sum."""
    return 0.0 < cone.magnitude < math.inf and abs(cone.total) < CANCELLED * cone.magnitude


def _cancellation(cone: Cone, paths: Sequence[Path], names: Names) -> Cause:
    """Say what cancels, and whether what is left means anything."""
    up = next((path for path in paths if path.contribution > 0), None)
    down = next((path for path in paths if path.contribution < 0), None)
    text = (
        f"the paths cancel: their sizes add up to {amount(cone.magnitude)}, their sum is "
        f"{amount(cone.total)}"
    )
    if up is not None and down is not None:
        text += f" (the largest are {amount(up.contribution)} and {amount(down.contribution)})"
    exact = math.fsum([path.contribution for path in paths])
    if len(paths) == cone.count and abs(exact - cone.total) > 1e-6 * abs(exact):
        return cause(
            "cancellation", f"{text}; rounding lost the {amount(exact)} that they make exactly",
            cone.unit, names,
        )  # fmt: skip
    if 0.0 < abs(cone.total) <= _ROUNDING * cone.magnitude * len(cone.units):
        text += f"; rounding alone may leave {amount(_ROUNDING * cone.magnitude, 1)}"
    return cause("cancellation", text, cone.unit, names)


def _vanishing(cone: Cone, path: Path, names: Names) -> list[Cause]:
    """Say which gates shrink the largest path the most."""
    made = f"{_factors(cone, path)} multiply to {power(path)}"
    kind, text = "vanishing", f"the gradient is vanishing: {made}"
    if path.contribution == 0.0:
        kind, text = "underflow", f"{made}, below the smallest float (5e-324), and are lost"
        if path.product:
            text = f"{made}, but part of that is below the smallest float (5e-324), and is lost"
    text += _shares(path, smallest=True)
    faint = _faint(path, names)
    least = min(range(len(path)), key=lambda k: abs(path.partials[k]), default=None)
    if least is None or (faint and faint[0].unit is path.units[least]):
        return [cause(kind, text, cone.unit, names), *faint]
    unit, wired = path.units[least], names.wired(path.units[least], path.ports[least])
    text += f"; the smallest factor is {amount(path.partials[least])}, at {wired}"
    return [cause(kind, text, unit, names), *faint]


def _factors(cone: Cone, path: Path) -> str:
    """The factors of a path, by their number."""
    seed = "" if path.seed == 1.0 else "the seed and "
    which = "path" if cone.count == 1 else "largest path"
    return f"{seed}the {counted(len(path), 'factor')} of the {which}"


def _faint(path: Path, names: Names, most: int = 3) -> list[Cause]:
    """The gates along a path that have a word for letting so little through."""
    places = [
        k
        for k, unit in enumerate(path.units[:-1])
        if abs(path.partials[k]) <= FAINT and unit._gate.flat  # type: ignore[union-attr]
    ]
    places.sort(key=lambda k: abs(path.partials[k]))
    found = [flat_at(path.units[k], path.ports[k], path.partials[k], names) for k in places[:most]]
    if len(places) > most:
        last = found[-1]
        text = f"{last.text}; and so are {counted(len(places) - most, 'more gate')}"
        found[-1] = Cause(last.kind, text, last.unit, last.label, last.gate)
    return found


def _exploding(cone: Cone, path: Path, names: Names) -> Cause:
    """Say which gates grow the largest path the most, or that the paths are many."""
    seed = max(map(abs, cone.ends.values()))
    if abs(path.contribution) < seed / SMALL and cone.magnitude > 10 * abs(path.contribution):
        text = (
            f"the gradient is exploding by the number of paths: no single one contributes more "
            f"than {amount(abs(path.contribution))}"
        )
        return cause("exploding", text, cone.unit, names)
    if not len(path):
        return cause("exploding", "the seed is that large", cone.unit, names)
    most = max(range(len(path)), key=lambda k: abs(path.partials[k]))
    unit, wired = path.units[most], names.wired(path.units[most], path.ports[most])
    text = (
        f"the gradient is exploding: {_factors(cone, path)} multiply to {power(path)}"
        f"{_shares(path, smallest=False)}; the largest factor is {amount(path.partials[most])}, at "
        f"{wired}"
    )
    return cause("exploding", text, unit, names)


def _shares(path: Path, *, smallest: bool) -> str:
    """What the gates of one kind multiply to along a path, where several kinds are on it."""
    logs: dict[str, float] = {}
    numbers: dict[str, int] = {}
    for gate, partial in zip(path.gates, path.partials, strict=True):
        logs[gate.name] = logs.get(gate.name, 0.0) + math.log10(abs(partial))
        numbers[gate.name] = numbers.get(gate.name, 0) + 1
    turn = 1 if smallest else -1
    kinds = sorted([kind for kind in logs if turn * logs[kind] < 0], key=lambda n: turn * logs[n])
    parts = [
        f"{counted(numbers[kind], f'{short(kind)} gate')} to {ten_to(logs[kind])}"
        for kind in kinds[:2]
    ]
    return f" (of these {' and '.join(parts)})" if len(logs) > 1 and parts else ""


def power(path: Path) -> str:
    """A product as text, also where no float could hold it: 3e-12, or about 1e-3010."""
    mantissa, shift = path.scaled
    if path.product and math.isfinite(path.product):
        return amount(path.product, 3)
    if not mantissa or not math.isfinite(mantissa):
        return amount(mantissa)
    sign = "-" if mantissa < 0 else ""
    return sign + ten_to(math.log10(abs(mantissa)) + shift * math.log10(2.0))


def ten_to(logarithm: float) -> str:
    """A positive number given by its decimal logarithm.

    >>> ten_to(-2.0), ten_to(-400.3)
    ('0.01', 'about 5e-401')
    """
    if -300.0 < logarithm < 300.0:
        return amount(10.0**logarithm, 3)
    whole = math.floor(logarithm)
    digit = 10.0 ** (logarithm - whole)
    if round(digit) == 10:
        digit, whole = 1.0, whole + 1
    return f"about {digit:.0f}e{whole:+d}"
