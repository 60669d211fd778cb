"""Circuits and texts that several tests of pictures use.

`PYTHONPATH=. python tests/viz/viz_samples.py` renews the golden files: look at them afterwards.

The golden circuit uses exact arithmetic alone, so its digits are the same on every machine.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from gatenet.viz.fold import folding
from gatenet.viz.scene import Scene, scene
from hypothesis import strategies as st

from gatenet import Circuit, Stepper, Unit

GOLDEN = Path(__file__).parent / "golden"

PAYLOADS = (
    "",
    " ",
    "<script>alert(1)</script>",
    "</title></svg><svg onload=alert(1)>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "<![CDATA[x]]>",
    "]]>",
    "<!-- -->",
    "--> -- ->",
    "<?xml version='1.0'?>",
    "&amp;&lt;",
    "&#x3c;b&#x3e;",
    "a & b < c > d",
    "back\\slash\\",
    "\\N \\G \\L \\l",
    "<b>bold</b>",
    "line\nbreak\r\n\ttab",
    "nul\x00 bell\x08",
    "\ufffe\uffff",
    "\ud800 lone \udfff",
    "pay \u202e001\u202c \u2066x\u2069",
    "next\x85line \u2028 \u2029",
    "שלום עולם مرحبا",
    "👩‍👩‍👧‍👦 🏳️‍🌈",
    "e\u0301\u0302" * 60,
    "x" * 1000,
    '"];} digraph evil {',
    "a:b:c",
    "javascript:alert(1)",
    "{a|<p>b}",
    "n1",
)
"""Names that try to break out of markup or DOT, or cannot be written in XML."""

texts = st.one_of(
    st.sampled_from(PAYLOADS),
    st.text(max_size=30),
    st.text("<>&\"'\\\n\x00\u202e\ud800aé👩\u200d", max_size=12),
)
"""Any text, hostile ones often."""


def neuron() -> Unit:
    """A neuron of two inputs, after a backward pass."""
    x = [Unit(1.5, "x1"), Unit(-2.0, "x2")]
    w = [Unit(2.0, "w1", role="parameter"), Unit(0.25, "w2", role="parameter")]
    b = Unit(-0.5, "b", role="parameter")
    out = (x[0] * w[0] + x[1] * w[1] + b).relu() * 3
    out.name = "out"
    out.backward()
    return out


def step() -> Stepper:
    """The pass of the neuron, stepped to the gate that pulls at x1 and w1."""
    stepper = Stepper(neuron())
    stepper.goto(12)
    return stepper


def comparison() -> Any:
    """The neuron before and after a step of 1/16 down its gradient, in exact arithmetic."""
    from gatenet.viz import compare, snapshot

    circuit = Circuit(neuron())
    before = snapshot(circuit)
    for row in circuit.parameters:
        unit: Any = circuit.units[row]
        unit.value -= 0.0625 * unit.grad
    circuit.forward()
    for one in circuit.units:
        if one is not None:
            one.zero_grad()
    circuit.backward()
    return compare(before, circuit, engine="builtin")


def tangle(n: int, seed: int, window: int = 12) -> list[Unit]:
    """A circuit of about n units wired at random: its last units are the outputs."""
    draw = random.Random(seed)
    units = [Unit(draw.uniform(-1, 1), f"x{i}") for i in range(max(2, n // 8))]
    while len(units) < n:
        a, b = draw.choice(units[-window:]), draw.choice(units)
        units.append(draw.choice([a + b, a * b, a - b, a.tanh(), a * 2.0, a + a]))
    return units[-3:]


def seen(circuit: Circuit, max_units: int) -> Scene:
    """Return what a picture of at most so many boxes shows."""
    return scene(circuit, folding(circuit.rows, max_units))


def chain(n: int) -> Unit:
    """A chain of n gates."""
    unit = Unit(0.5, "x")
    for _ in range(n):
        unit = -unit
    return unit


if __name__ == "__main__":
    from gatenet.viz import draw

    draw(neuron(), GOLDEN / "neuron.svg", engine="builtin")
    draw(neuron(), GOLDEN / "neuron.dot", engine="builtin")
    draw(step(), GOLDEN / "step.svg", engine="builtin")
    comparison().save(GOLDEN / "comparison.svg")
    draw(chain(600), GOLDEN / "folded.svg", engine="builtin", max_units=60)
