"""Cones: sums and neurons found by the wiring."""

from __future__ import annotations

from gatenet.viz.cones import LARGEST, Cones, used
from gatenet.viz.scopes import Scopes
from hypothesis import given
from viz_samples import chain
from wirings import is_acyclic, wirings

from gatenet import Circuit, Unit
from gatenet.circuit import Row
from gatenet.gates import mean


def _cones(rows: list[Row], outputs: list[int]) -> Cones:
    uses = used(rows, outputs)
    return Cones(rows, uses, Scopes(rows, uses, frozenset(outputs)))


def _of(*outputs: Unit) -> tuple[Circuit, Cones]:
    circuit = Circuit(list(outputs))
    return circuit, _cones(circuit.rows, circuit.outputs)


@given(wirings())
def test_a_cone_has_one_way_out(rows: list[Row]) -> None:
    """What is in a cone or a sum is used within it alone, but for its top."""
    for owner in (_cones(rows, [len(rows) - 1]).roots, _cones(rows, [len(rows) - 1]).sums):
        for head, row in enumerate(rows):
            for operand in row.operands:
                if rows[operand].gate is not None and owner[operand] != operand:
                    assert owner[operand] == owner[head]
        assert is_acyclic(rows, owner)


def test_a_chain_of_additions_is_a_sum() -> None:
    """Of four terms on; a sum of products is a dot product, written out."""
    xs = [Unit(float(k)) for k in range(6)]
    ws = [Unit(0.5, role="parameter") for _ in range(6)]
    plain = xs[0] + xs[1] + xs[2] + xs[3]
    dot = sum((x * w for x, w in zip(xs, ws, strict=True)), Unit(0.0))
    short = xs[0] + xs[1] + xs[2]

    circuit, cones = _of(plain, dot, short)
    rows = [circuit.index(unit) for unit in (plain, dot, short)]
    assert {rows[0]: 4, rows[1]: 7} == cones.terms
    assert {rows[1]: 6} == cones.products
    assert [3, 12, 1] == [cones.sums.count(row) for row in rows]


def test_equal_gates_wired_alike_have_one_signature() -> None:
    """The number of a shape does not depend on names or values, but on gates and their order."""
    a, b, w = Unit(1.0, "a"), Unit(2.0, "b"), Unit(3.0, "w", role="parameter")
    outs = [(a * w).tanh(), (b * w).tanh(), (w * a).tanh(), (a * b).tanh(), (a * w).exp()]

    circuit, cones = _of(*outs)
    signs = [cones.signs[circuit.index(out)] for out in outs]
    assert signs[0] == signs[1]
    assert 4 == len(set(signs))


def test_static_parameters_tell_gates_apart() -> None:
    """leaky_relu of one slope is not leaky_relu of another."""
    x = Unit(-1.0)
    outs = [x.leaky_relu(slope=0.1), x.leaky_relu(slope=0.2), x.leaky_relu(slope=0.1)]

    circuit, cones = _of(*outs)
    signs = [cones.signs[circuit.index(out)] for out in outs]
    assert signs[0] == signs[2] != signs[1]


def test_the_terms_of_a_mean_are_cones_of_their_own() -> None:
    """Losses of many samples are equal parts, not one large one."""
    losses = [(Unit(float(k)) - 1.0) ** 2 for k in range(5)]
    out = mean(losses)

    circuit, cones = _of(out)
    tops = [circuit.index(loss) for loss in losses]
    assert tops == [cones.roots[top] for top in tops]
    assert 1 == len({cones.signs[top] for top in tops})


def test_what_is_too_large_to_name_falls_apart() -> None:
    """A long chain is one cone by its wiring, and no neuron."""
    _, cones = _of(chain(LARGEST + 1))
    assert list(range(LARGEST + 2)) == cones.roots

    _, cones = _of(chain(LARGEST))
    assert [0, *[LARGEST] * LARGEST] == cones.roots
