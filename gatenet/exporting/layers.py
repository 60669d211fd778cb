"""Layers: sums of weights times values that share their values, which are matrix products.

Finds them in a program by its wiring alone: chains of additions over products of one number that
differs from row to row and one that is known.  Knows programs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from gatenet.compiler.program import Program
from gatenet.gates import add, multiply


@dataclass
class Layer:
    """Node `outputs[j]` is the sum over i of weights[j][i] * inputs[i], and biases[j]."""

    inputs: tuple[int, ...]
    outputs: list[int] = field(default_factory=list)
    weights: list[list[float]] = field(default_factory=list)
    biases: list[float] = field(default_factory=list)


def layers(program: Program, known: Mapping[int, float]) -> list[Layer]:
    """Find layers of at least two sums over the same two or more values.

    `known` are the numbers of constants and parameters.  The additions inside a layer are read by
    nothing else, so the outputs can stand for all of it.
    """
    reads = [0] * len(program.gates)
    for args in program.args:
        for arg in args:
            reads[arg] += 1
    for k in program.results:
        reads[k] += 1
    inner = bytearray(len(program.gates))  # additions that are part of a longer sum
    for k, gate in enumerate(program.gates):
        if gate is add:
            for arg in program.args[k]:
                inner[arg] = program.gates[arg] is add and reads[arg] == 1
    found: dict[tuple[int, ...], Layer] = defaultdict(lambda: Layer(()))
    for k, gate in enumerate(program.gates):
        if gate is add and not inner[k]:
            terms, bias = _terms(program, known, k, inner)
            inputs = tuple([node for node, _ in terms])
            different = len({*inputs}) == len(inputs) > 1
            if different and all(program.varying[node] for node in inputs):
                layer = found[inputs]
                layer.inputs = inputs
                layer.outputs.append(k)
                layer.weights.append([weight for _, weight in terms])
                layer.biases.append(bias)
    return [layer for layer in found.values() if len(layer.outputs) > 1]


def _terms(
    program: Program, known: Mapping[int, float], root: int, inner: bytearray
) -> tuple[list[tuple[int, float]], float]:
    """The products of a sum, and what is added to them; none where it is no such sum."""
    terms: list[tuple[int, float]] = []
    bias = 0.0
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node in known:
            bias += known[node]
        elif program.gates[node] is add and (node == root or inner[node]):
            waiting += reversed(program.args[node])
        elif program.gates[node] is multiply:
            left, right = program.args[node]
            if (left in known) == (right in known):
                return [], 0.0
            value, weight = (right, left) if left in known else (left, right)
            terms.append((value, known[weight]))
        else:
            return [], 0.0
    return terms, bias
