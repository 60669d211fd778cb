"""Titles: what folded boxes are called, and their keys."""

from __future__ import annotations

from gatenet.viz.fold import folding
from gatenet.viz.folding import Group, whole
from gatenet.viz.hierarchy import Hierarchy
from gatenet.viz.titles import Titles
from hypothesis import given
from wirings import wirings

from gatenet import Circuit, Unit
from gatenet.circuit import Row
from gatenet.gates import dot
from gatenet.nn import Layer
from gatenet.texts import shown


def _groups(outputs: Unit | list[Unit], depth: int) -> list[Group]:
    circuit = Circuit(outputs)
    return list(folding(circuit.rows, 500, circuit.outputs, depth=depth).groups.values())


@given(wirings())
def test_boxes_of_all_levels_are_told_apart_by_their_keys(rows: list[Row]) -> None:
    """Within a level no key is used twice, and every text is safe to show."""
    of = Hierarchy(rows, [len(rows) - 1])
    titles = Titles(of, range(len(rows)))
    for level in range(1, 6):
        groups = [titles.group(level, lead) for lead, n in of.sizes[level].items() if n > 1]

        assert len(groups) == len({group.key for group in groups})
        assert all(group.key == shown(group.key) for group in groups)
        assert all(group.title == shown(group.title) for group in groups)


def test_a_weighted_cone_is_a_neuron_and_others_say_their_gates() -> None:
    """A cone with parameters is called neuron, one with a name by it, others by their gates."""
    x = [Unit(1.0), Unit(2.0)]
    weighted = [dot(x, [Unit(0.5, role="parameter") for _ in x]).tanh() for _ in range(3)]
    plain = [(u * 2.0).exp() for u in x]

    assert [Group("neuron", "neurons", 3, "neurons:13")] == _groups(weighted, 2)
    assert [Group("exp of multiply", "neurons", 2, "neurons:7")] == _groups(plain, 2)
    weighted[0].name = "h"
    assert ["h", "neuron", "neuron"] == [group.title for group in _groups(weighted, 3)]


def test_sums_say_how_many_terms_they_have() -> None:
    """A chain of additions is a Σ of its terms, one of products a dot of its pairs."""
    xs = [Unit(float(k)) for k in range(60)]
    total = sum(xs[1:], xs[0])
    product = sum((x * x.detach() for x in xs[1:]), xs[0] * xs[1])

    assert "Σ of 60" in {group.title for group in _groups(total, 3)}
    assert "dot of 60" in {group.title for group in _groups(product, 3)}


def test_a_layer_is_called_by_its_list_of_neurons() -> None:
    """The number of copies is that of neurons, however many samples there are."""
    layer = Layer(2, 3, rng=0)
    outputs = [out for k in range(4) for out in layer([float(k), 1.0])]

    assert Group("neurons", "layer", 3, "model") in _groups(outputs, 2)


def test_nothing_folded_is_nothing_named() -> None:
    """The folding that folds nothing has each row for itself."""
    assert ([0, 1], {}) == whole(2)
