"""Make a plan that fails smaller, until nothing can be left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from fuzzing.plans import Plan, moved, pruned, reads


def shrunk(plan: Plan, fails: Callable[[Plan], bool], tries: int = 3000) -> Plan:
    """The smallest plan found that fails still."""
    while True:
        for smaller in candidates(plan):
            tries -= 1
            if not tries:
                return plan
            if fails(smaller):
                plan = smaller
                break
        else:
            return plan


def candidates(plan: Plan) -> Iterator[Plan]:
    """Plans that have less, the boldest first."""
    yield from rows(plan)
    for k in range(len(plan.outputs)) if len(plan.outputs) > 1 else ():
        left = [*plan.outputs[:k], *plan.outputs[k + 1 :]]
        yield pruned(replace(plan, outputs=left, seeds=plan.seeds[:k] + plan.seeds[k + 1 :]))
    first = len(plan.leaves)
    for k in range(len(plan.steps) - 1, -1, -1):
        for other in dict.fromkeys(reads(plan.steps[k])):  # a step gives way to what it read
            to = {first + k: other}
            steps = [*plan.steps[:k], *[moved(s, to) for s in plan.steps[k:]]]
            outputs = [to.get(place, place) for place in plan.outputs]
            smaller = pruned(replace(plan, steps=steps, outputs=outputs))
            if len(smaller.steps) < len(plan.steps):
                yield smaller
    for k, (name, operands, static) in enumerate(plan.steps):
        if operands and type(operands[0]) is list:
            for j in range(len(operands[0])) if len(operands[0]) > 1 else ():
                less = [[*part[:j], *part[j + 1 :]] for part in operands]
                if reads((name, less, static)):
                    yield with_step(plan, k, (name, less, static))
        for word in static:
            rest = {key: value for key, value in static.items() if key != word}
            yield with_step(plan, k, (name, operands, rest))
    for k in range(len(plan.wrt)) if len(plan.wrt) > 1 else ():
        yield replace(plan, wrt=[*plan.wrt[:k], *plan.wrt[k + 1 :]])
    for k, seed in enumerate(plan.seeds):
        if seed != 1.0:
            yield replace(plan, seeds=[*plan.seeds[:k], 1.0, *plan.seeds[k + 1 :]])


def rows(plan: Plan) -> Iterator[Plan]:
    """With fewer rows, and with easier numbers in them."""
    count = len(plan.rows)
    for size in (1, 2, 3, 8, 16, 64, 128):
        for start in (0, count // 3, count // 2, count - size):
            if 0 <= start and start + size <= count and size < count:
                yield replace(plan, rows=plan.rows[start : start + size])
    if 1 < count <= 16:
        for k in range(count):
            yield replace(plan, rows=[*plan.rows[:k], *plan.rows[k + 1 :]])
    if count == 1:
        for k, x in enumerate(plan.rows[0]):
            if x not in (1.0, 0.0):
                yield replace(plan, rows=[[*plan.rows[0][:k], 1.0, *plan.rows[0][k + 1 :]]])


def with_step(plan: Plan, k: int, step: tuple) -> Plan:
    """The plan with another step in one place."""
    return pruned(replace(plan, steps=[*plan.steps[:k], step, *plan.steps[k + 1 :]]))
