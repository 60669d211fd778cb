"""Gathering: chains of additions become ordered sums, and sums of products dot products.

Works on any list of steps (a recorded circuit's gates, or a gate's own template): each step has
operands by number and a form.  Knows neither units nor gates.
"""

from __future__ import annotations

from collections.abc import Sequence

#: What a step is: None for anything that is no sum; else the terms of an ordered sum by the
#: positions of its operands, a pair for a product, (position, None) for an operand as it is.
#: A product of two operands is the sum of one pair.
Form = tuple[tuple[int, int | None], ...] | None
#: The terms of a sum by the numbers of what they read.
Terms = list[tuple[int, int | None]]

#: The form of a two-input sum, and of a product.
SUM: Form = ((0, None), (1, None))
PRODUCT: Form = ((0, 1),)


def gathered(
    operands: Sequence[Sequence[int]], forms: Sequence[Form], single: Sequence[int]
) -> tuple[list[Terms | None], list[int]]:
    """Give the terms of each sum that is left, and for each step the sum it went into, or -1.

    `single[k]` says that step k has one reader, and that nobody else asks for it.  The first
    operand of a sum may be a sum that it goes on with; every operand may be a product that becomes
    a term.  A sum of two that has its chain on the right is turned round, which changes no bit.

    >>> steps = [(), (), (0, 1), (0, 0), (2, 3), (4, 1)]  # x, w, x * w, x * x, their sum, + w
    >>> forms = [None, None, PRODUCT, PRODUCT, SUM, SUM]
    >>> gathered(steps, forms, [0, 0, 1, 1, 1, 0])
    ([None, None, None, None, None, [(0, 1), (0, 0), (1, None)]], [-1, -1, 4, 4, 5, -1])
    """
    terms: list[Terms | None] = [None] * len(operands)
    into = [-1] * len(operands)
    for k, form in enumerate(forms):
        if form is None:
            continue
        given = operands[k]
        if form is PRODUCT:
            terms[k] = [(given[0], given[1])]
            continue
        found: Terms = []
        pairs = list(form)
        if form is SUM:
            left, right = given
            if not _chain(left, forms, single) and _chain(right, forms, single):
                pairs.reverse()
        for place, (i, j) in enumerate(pairs):
            a = given[i]
            if j is not None:
                found.append((a, given[j]))
            elif a >= 0 and single[a] and forms[a] is not None and into[a] < 0:
                inner = terms[a]
                assert inner is not None
                if place == 0:
                    found = inner
                elif forms[a] is PRODUCT:
                    found.append(inner[0])
                else:
                    found.append((a, None))
                    continue
                terms[a] = None
                into[a] = k
            else:
                found.append((a, None))
        terms[k] = found
    return terms, into


def _chain(step: int, forms: Sequence[Form], single: Sequence[int]) -> bool:
    """Whether a sum can go on with this one: it is a sum of its own, read once."""
    return step >= 0 and single[step] == 1 and forms[step] not in (None, PRODUCT)
