"""Products that are only summed over samples: the gradients of a layer's weights.

A weight's gradient is, for each sample, the product of two numbers; where only the sum over a batch
is wanted, the product need not be stored.  Knows wide steps and the machine's words for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from gatenet.compiler.widening.program import VARYING, WideProgram, WideStep
from gatenet.gates import multiply


def only_summed(program: WideProgram) -> tuple[dict[int, list[int]], dict[int, int]]:
    """The words of each step whose products are gradients and nothing else; and these slots.

    The slots come with the numbers of their results.
    """
    plain = len(program.outputs)
    counts = Counter(program.results)
    gradients = range(plain, plain + len(program.gradients))
    result = {
        slot: number
        for number, slot in enumerate(program.results)
        if number in gradients and counts[slot] == 1 and slot >= VARYING
    }
    read = {slot for step in program.steps for table in step.args for slot in table}
    words: dict[int, list[int]] = {}
    slots: dict[int, int] = {}
    for number, step in enumerate(program.steps):
        product = step.gate is multiply or (step.gate is None and step.terms == 1)
        made = range(step.out, step.out + step.size)
        if not product or len(step.args) != 2 or min(map(min, step.args)) < VARYING:
            continue
        if not all(slot in result and slot not in read for slot in made):
            continue
        words[number] = []
        for first, last, second in rectangles(step):
            a, b = [[slot - VARYING for slot in table[first:last]] for table in step.args]
            firsts, seconds = a[::second], b[:second]
            if second == 1:  # one first factor after the other, each with one second
                firsts, seconds = a[:1], b[:1]
            ends = [result[slot] for slot in made[first:last]]
            words[number] += [len(firsts), len(seconds), *firsts, *seconds, *ends]
        slots.update((slot, result[slot]) for slot in made)
    return words, slots


def rectangles(step: WideStep) -> Iterator[tuple[int, int, int]]:
    """Cut products into runs where every first factor meets the same second ones.

    Gives where a run starts and ends, and the number of second factors.

    >>> from gatenet.gates import multiply
    >>> list(rectangles(WideStep(multiply, 20, 6, [[1, 1, 2, 2, 3, 4], [7, 8, 7, 8, 7, 7]])))
    [(0, 4, 2), (4, 5, 1), (5, 6, 1)]
    """
    left, right = step.args
    cuts = [0, *[k for k in range(1, step.size) if left[k] != left[k - 1]], step.size]
    rows = [(first, right[first:last]) for first, last in pairwise(cuts)]
    start = 0
    for k in range(1, len(rows) + 1):
        if k < len(rows) and rows[k][1] == rows[start][1] and len(rows[start][1]) > 1:
            continue
        end = rows[k][0] if k < len(rows) else step.size
        yield rows[start][0], end, len(rows[start][1])
        start = k
