"""All paths of a small circuit, one by one: the oracle for explanations.

Written by recursion over operands, from the definition: nothing is shared with `explaining`.
"""

import math

from gatenet import Unit


def ways(output, unit):
    """Give every path from `output` down to `unit` as a list of (gate's output, operand number)."""
    if output is unit:
        yield []
    for port, operand in enumerate(output.inputs):
        if isinstance(operand, Unit):
            for rest in ways(operand, unit):
                yield [(output, port), *rest]


def number_of_ways(output, unit):
    """How many paths there are, with a memory, so that a large answer is no long wait."""
    known = {}

    def count(one):
        if one not in known:
            below = [op for op in one.inputs if isinstance(op, Unit)]
            known[one] = (one is unit) + sum(count(op) for op in below)
        return known[one]

    return count(output)


def contribution(way, seed=1.0):
    """What one path contributes: the seed times the local derivatives, from the output down."""
    return math.prod([seed, *[output.partials[port] for output, port in way]])
