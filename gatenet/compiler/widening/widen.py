"""Widening: a circuit of scalars as a program of wide steps, forwards and backwards.

Equal gates that do not wait for each other are computed together: gates stand on levels, one
above the highest of their operands, and those of one level and kind are one group.  The gradient
of a unit is the ordered sum of its pulls, grouped likewise.  Knows units and circuits.
"""

from __future__ import annotations

from collections.abc import Sequence

from gatenet.circuit import Circuit
from gatenet.compiler.program import Check
from gatenet.compiler.widening.backward import Backward
from gatenet.compiler.widening.program import WideProgram, WideStep
from gatenet.compiler.widening.recorded import Recorded
from gatenet.declaration import Gate, comparison, registry
from gatenet.gates import equal
from gatenet.unit import Unit


def widen(
    circuit: Circuit,
    inputs: Sequence[Unit],
    shared: Sequence[Unit],
    wrt: Sequence[Unit],
    *,
    reassociate: bool = False,
) -> WideProgram:
    """Turn a circuit into a wide program of its outputs and their seeded sum's gradients in `wrt`.

    `inputs` are the leaves that differ from sample to sample, `shared` all others; the program
    takes the values of these, then one seed for each output.  With `reassociate` whoever runs it
    may add sums in another order than was recorded.

    Raises CompileError for a gate that is Python code.

    >>> x, w = Unit(2.0, "x"), Unit(3.0, "w", role="parameter")
    >>> widen(Circuit(x * w + w * 5.0), [x], [w], [w])
    <WideProgram of 2 steps for 3 gates; 1 inputs, 1 outputs, 1 gradients>
    """
    read = Recorded(circuit, wrt)
    number = read.number
    making = Backward(
        read,
        [number[unit._serial] for unit in inputs],
        [number[unit._serial] for unit in shared],
        [number[unit._serial] for unit in circuit.ends],
    )
    forwards = making.run()
    backwards, gradients = making.reverse()
    asked = _checks(making, circuit)
    slots = [gradients[number[unit._serial]] for unit in wrt]
    return WideProgram(
        uniform=making.uniform,
        inputs=making.inputs,
        constants=read.constants,
        steps=making.steps,
        outputs=making.slots(making.ends),
        gradients=[making.zero if slot < 0 else slot for slot in slots],
        checks=asked,
        reassociate=reassociate,
        found={
            "gates": sum(gate is not None for gate in read.gates),
            "gathered": sum(k >= 0 for k in read.into),
            "levels": forwards + backwards,
        },
    )


def _checks(making: Backward, circuit: Circuit) -> list[Check]:
    """The recorded comparisons, as steps that give 1.0 where they go as they went."""
    checks = [*making.checks]
    for asked in circuit.comparisons:
        numbers = [
            making.read.number[side._serial] if type(side) is Unit else making.read.constant(side)
            for side in asked.operands()
        ]
        sign = comparison(asked.sign)
        asking = next(gate for gate in registry().values() if gate.primitive == sign)
        node = _one_gate(making, asking, making.slots(numbers))
        if not asked.held:
            node = _one_gate(making, equal, [node, making.zero])
        was = "held" if asked.held else "did not hold"
        said = f"the comparison {asked.sign} asked at {asked.place}, which {was}"
        checks.append(Check(node, said))
    return checks


def _one_gate(making: Backward, gate: Gate, slots: Sequence[int]) -> int:
    first = making.new(1)
    making.steps.append(WideStep(gate, first, 1, [[slot] for slot in slots]))
    return first
