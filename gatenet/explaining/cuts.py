"""Cuts: the few gates that stop a gradient which no path brings through.

A gradient of 0 often has hundreds of paths with a 0 on each, and a handful of gates to blame: one
that all paths go through, or the first ones met on the way up, or on the way down.  The fewest are
named.  Knows the cone; what is said of a gate is in `flatness`.
"""

from __future__ import annotations

from gatenet.explaining.cone import Cone
from gatenet.explaining.flatness import Cause, cause, flat_at
from gatenet.explaining.names import Names
from gatenet.texts import counted, figure

#: Cuts are edges, gathered by the gate they lead into.
Cut = dict[int, list[int]]


def least_cut(cone: Cone) -> Cut:
    """The fewest gates found that stop every path; for a unit that no path reaches alive."""
    below, above = from_below(cone), from_above(cone)
    narrow = _narrow(cone)
    found = [cut for cut in (narrow, above, below) if cut]
    # What merely makes no pull has a cause further up, which is then the better answer.
    return min(found, key=lambda cut: (_blocked(cone, cut), len(cut))) if found else {}


def from_below(cone: Cone) -> Cut:
    """The dead edges first met on the way up from the unit."""
    alive = [False] * len(cone.units)
    alive[0] = True
    cut: Cut = {}
    for e, source in enumerate(cone.source):
        if alive[source]:
            if not cone.factor[e]:
                cut.setdefault(cone.target[e], []).append(e)
            else:
                alive[cone.target[e]] = True
    return cut


def from_above(cone: Cone) -> Cut:
    """The dead edges first met on the way down from the outputs."""
    alive = [False] * len(cone.units)
    for k, seed in cone.ends.items():
        alive[k] = seed != 0.0
    cut: Cut = {}
    for e in range(len(cone.source) - 1, -1, -1):
        if alive[cone.target[e]]:
            if not cone.factor[e]:
                cut.setdefault(cone.target[e], []).append(e)
            else:
                alive[cone.source[e]] = True
    return cut


def stopped(cone: Cone) -> Cut:
    """The dead edges that alone stop something: a gradient comes from above, a way leads down."""
    below = from_below(cone)
    return {k: edges for k, edges in below.items() if cone.adjoints[k]}


def _narrow(cone: Cone) -> Cut:
    """The lowest gate that all paths go through and that lets nothing pass."""
    dead: Cut = {}
    alive: set[int] = set()
    furthest = 0  # how high an edge from below the present unit reaches
    e, size = 0, len(cone.source)
    reach = _highest(cone)
    for k in range(1, len(cone.units)):
        furthest = max(furthest, reach[k - 1])
        while e < size and cone.target[e] == k:
            if not cone.factor[e]:
                dead.setdefault(k, []).append(e)
            else:
                alive.add(k)
            e += 1
        if furthest == k and k in dead and k not in alive:
            return {k: dead[k]}
    return {}


def _highest(cone: Cone) -> list[int]:
    """The highest unit that each unit has an edge to; an output reaches past all of them."""
    reach = [0] * len(cone.units)
    for source, target in zip(cone.source, cone.target, strict=True):
        reach[source] = target  # targets come in order
    for k in cone.ends:
        if k < len(cone.units) - 1:
            reach[k] = len(cone.units)
    return reach


def _blocked(cone: Cone, cut: Cut) -> bool:
    """Whether a part of a cut is a pull that is not made, and no factor of 0."""
    return any(e in cone.blocked for edges in cut.values() for e in edges)


def described(cone: Cone, cut: Cut, names: Names, most: int = 3) -> list[Cause]:
    """Say of each gate in a cut why nothing passes; of many the same is said once."""
    found: list[Cause] = []
    kinds: dict[tuple[str, str], int] = {}
    for k, edges in sorted(cut.items(), reverse=True):
        e = edges[0]
        unit = cone.units[k]
        one = (
            _no_pull(cone, e, names)
            if e in cone.blocked
            else flat_at(unit, cone.port[e], cone.slope[e], names)
        )
        said = (one.kind, unit.gate.name if unit.gate else "")
        kinds[said] = kinds.get(said, 0) + 1
        if len(found) < most:
            found.append(one)
    if len(cut) > most:
        last, more = found[-1], len(cut) - most
        ((_, name), _), *others = kinds.items()
        text = f"{last.text}; and so are {counted(more, f'more {name} gate')}"
        if others:
            listed = ", ".join(f"{n} {name} ({kind})" for (kind, name), n in kinds.items())
            text = f"{last.text}; and {counted(more, 'more gate')}, in all {listed}"
        found[-1] = Cause(last.kind, text, last.unit, last.label, last.gate)
    return found


def unmade(cone: Cone, names: Names, most: int = 2) -> list[Cause]:
    """Say which pulls are not made, though their gates' derivatives are infinite."""
    return [_no_pull(cone, e, names) for e in sorted(cone.blocked, reverse=True)[:most]]


def _no_pull(cone: Cone, e: int, names: Names) -> Cause:
    """Say that a gate made no pull: its derivative is not finite and its upstream is 0."""
    unit, port = cone.units[cone.target[e]], cone.port[e]
    operand = unit.inputs[port]
    text = (
        f"{names.wired(unit, port)} makes no pull: {names.valued(operand)}, where its local "
        f"derivative is {figure(cone.slope[e])}, but no gradient comes from above, and 0 times "
        f"{figure(cone.slope[e])} is not to become nan"
    )
    return cause("blocked", text, unit, names)
