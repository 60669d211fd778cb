"""Plans: how a group of equal gates is computed in wide steps, worked out once per kind and shape.

A plan is read off the gate's template of primitive steps: chains of additions inside it are
gathered, and equal primitive steps that do not wait for each other are one step.  Knows gates'
templates; does not know circuits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from gatenet.compiler.templates import Shape, Template, template
from gatenet.compiler.widening.gathering import PRODUCT, SUM, Form, Terms, gathered
from gatenet.declaration import Gate
from gatenet.gates import add, multiply


class PlanStep(NamedTuple):
    """One wide step: `outs` are the places written; the primitive gate's operands, or the terms.

    Without a gate it is an ordered sum: `args` holds the first factors, term by term for all
    outs, and the second factors, -1 for a term that is no product.  Steps of a higher `rank` are
    first.
    """

    rank: int
    gate: Gate | None
    outs: list[int]
    args: list[list[int]]
    terms: int = 0


@dataclass(frozen=True, eq=False)
class Plan:
    """Wide steps over places: operands, static numbers, constants and what the steps write.

    `form` says that the gate as a whole is an ordered sum or a product, and `value` and
    `partials` are the places of those.
    """

    steps: list[PlanStep]
    constants: dict[int, float]
    value: int
    partials: tuple[int | None, ...]
    form: Form
    #: Places that are 1.0 where a comparison inside goes as it was recorded, and what to say.
    checks: tuple[tuple[int, str], ...] = ()


def plan_of(gate: Gate, shape: Shape, derivatives: bool = True) -> Plan:
    """Work out the plan of a gate; without `derivatives` of its value alone.

    >>> from gatenet.gates import dot
    >>> plan = plan_of(dot, 4)
    >>> plan.form, plan.partials
    (((0, 2), (1, 3)), (2, 3, 0, 1))
    """
    found = template(gate, shape)
    count = shape if isinstance(shape, int) else len(shape)
    if not derivatives:
        found = found._replace(partials=(None,) * len(found.partials))
    # The pulls of a guarded gate are not plain products, so it is no sum whatever it computes.
    return plan_from(found, count + len(gate.static), whole=not gate.guarded)


def plan_from(
    found: Template, first: int, *, whole: bool = False, checks: Sequence[tuple[int, str]] = ()
) -> Plan:
    """Work out the plan of a template whose steps' places start at `first`.

    With `whole` it may be a sum or a product as a whole.
    """
    partials = found.partials
    roots = [found.value, *[k for k in partials if k is not None], *[k for k, _ in checks]]
    total = first + len(found.steps)
    operands: list[tuple[int, ...]] = [()] * total
    forms: list[Form] = [None] * total
    gates: list[Gate | None] = [None] * total
    constants: dict[int, float] = {}
    for k, step in enumerate(found.steps, first):
        if isinstance(step, float):
            constants[k] = step
            continue
        gates[k], operands[k] = step
        if step[0] is add:
            forms[k] = SUM
        elif step[0] is multiply:
            forms[k] = PRODUCT
    readers = [0] * total
    for k in roots:
        readers[k] = 1
    for k in range(total - 1, -1, -1):
        if readers[k]:
            for op in operands[k]:
                readers[op] += 1
    single = [int(count == 1) for count in readers]
    for k in roots:
        single[k] = 0
    live = [k for k in range(first, total) if readers[k] and gates[k] is not None]
    forms = [form if readers[k] else None for k, form in enumerate(forms)]
    terms, into = gathered(operands, forms, single)
    rank = _ranks(live, operands, terms, into)
    groups: dict[tuple[int, Any, Any], list[int]] = {}
    for k in live:
        if into[k] >= 0:
            continue
        sums = terms[k]
        if sums is None or len(sums) == 1:
            groups.setdefault((rank[k], gates[k], None), []).append(k)
        else:
            plain = all(b is None for _, b in sums)
            groups.setdefault((rank[k], len(sums), plain), []).append(k)
    steps = []
    for (place, kind, _), outs in groups.items():
        if isinstance(kind, Gate):
            columns = [list(column) for column in zip(*[operands[k] for k in outs], strict=True)]
            steps.append(PlanStep(place, kind, outs, columns))
        else:
            steps.append(_sum(place, [terms[k] or [] for k in outs], outs))
    steps.sort(key=lambda step: -step.rank)
    form = _form(steps, found.value, partials, constants) if whole else None
    return Plan(steps, constants, found.value, tuple(partials), form, tuple(checks))


def _ranks(
    live: Sequence[int],
    operands: Sequence[Sequence[int]],
    terms: Sequence[Terms | None],
    into: Sequence[int],
) -> list[int]:
    """How many steps wait for each one to its end: 0 for what no step reads.

    Counted from the end, gates of many operands and of few (the softmax of a long and of a short
    row) have most of their steps at equal ranks.
    """
    rank = [0] * len(operands)
    for k in reversed(live):
        if into[k] >= 0:
            continue
        sums = terms[k]
        reads = operands[k] if sums is None else [a for t in sums for a in t if a is not None]
        for op in reads:
            if rank[op] <= rank[k]:
                rank[op] = rank[k] + 1
    return rank


def _sum(rank: int, sums: Sequence[Terms], outs: list[int]) -> PlanStep:
    columns = list(zip(*sums, strict=True))
    left = [a for column in columns for a, _ in column]
    right = [-1 if b is None else b for column in columns for _, b in column]
    return PlanStep(rank, None, outs, [left, right], len(columns))


def _form(
    steps: Sequence[PlanStep],
    value: int,
    partials: Sequence[int | None],
    constants: dict[int, float],
) -> Form:
    """The form of a gate that is nothing but a sum, derivatives included."""
    if len(steps) != 1 or steps[0].outs != [value]:
        return None
    step = steps[0]
    pairs: list[tuple[int, int | None]]
    if step.gate is None:
        left, right = step.args
        pairs = [(a, b if b >= 0 else None) for a, b in zip(left, right, strict=True)]
    elif step.gate is multiply:
        pairs = [(step.args[0][0], step.args[1][0])]
    elif step.gate is add:
        pairs = [(step.args[0][0], None), (step.args[1][0], None)]
    else:
        return None
    expected: dict[int, int | None] = {}
    for a, b in pairs:
        if a in expected or b in expected:
            return None
        expected[a] = b
        if b is not None:
            expected[b] = a
    for k, partial in enumerate(partials):
        partner = expected.get(k, -1)
        if partial is None or partner == -1:
            return None
        if partial != partner and (partner is not None or constants.get(partial) != 1.0):
            return None
    if len(expected) != len(partials):
        return None
    if pairs == [(0, 1)]:
        return PRODUCT
    return SUM if pairs == [(0, None), (1, None)] else tuple(pairs)
