"""Curving: second derivatives of a recorded circuit, wired from gates and compiled.

The gradient is wired out of the declared derivatives, as `transforms.hvp` does it, and pushed
forward along a vector; what comes out is a circuit like any other.  Going through the gates, and
not through the primitive gates of a program, keeps the derivatives of a gate those it declares.
Knows units and circuits; does not know what runs a program.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gatenet.circuit import Circuit
from gatenet.modes import Recording, enable_grad
from gatenet.sweep import gradients
from gatenet.transforms.forward import path_units, pushed
from gatenet.unit import Unit


class Curved(NamedTuple):
    """The Hessian of the seeded outputs times a vector, as a circuit; and its leaves.

    `leaves` maps each leaf of the circuit it came from to the one that stands for it.
    """

    circuit: Circuit
    leaves: dict[Unit, Unit]
    vector: list[Unit]
    seeds: list[Unit]


def curved(circuit: Circuit, wrt: Sequence[Unit]) -> Curved:
    """Wire the Hessian in `wrt` times a vector, on a copy of the circuit.

    Raises DomainError and the like as `transforms.hvp` does.
    """
    twin = circuit.copy()
    twin.forward(force=True)
    leaves = {
        unit: other
        for unit, other in zip(circuit.order, twin.order, strict=True)
        if unit._a is None
    }
    roots = [leaves[unit] for unit in wrt]
    with enable_grad():
        seeds = [Unit(1.0, "seed") for _ in twin.ends]
        vector = [Unit(1.0, "vector") for _ in roots]
        slopes = gradients(twin.ends, seeds, roots, create_graph=True)
        tangents = {root._serial: v for root, v in zip(roots, vector, strict=True)}
        units = path_units(slopes, roots) if any(type(s) is Unit for s in slopes) else []
        pushed(units, tangents, create_graph=True)
        found = [tangents.get(s._serial, 0.0) if type(s) is Unit else 0.0 for s in slopes]
        ends = [end if type(end) is Unit else Unit(end) for end in found]
    return Curved(Circuit(ends, recording=Recording(twin.comparisons)), leaves, vector, seeds)
