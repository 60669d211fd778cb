"""Fold: large circuits in few boxes, honestly, and open where that is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from gatenet.viz.fold import DEPTHS, folding
from hypothesis import given
from hypothesis import strategies as st
from viz_samples import chain, tangle
from wirings import is_acyclic, wirings

from gatenet import Circuit, Unit
from gatenet.circuit import Row
from gatenet.errors import WiringError
from gatenet.nn import MLP

ROOT = Path(__file__).resolve().parents[2]
depths = st.sampled_from([None, *DEPTHS])


def _mlp() -> list[Row]:
    """The rows of MLP(2, [16, 16, 1]) for one sample."""
    return Circuit(MLP(2, [16, 16, 1], rng=0)([Unit(0.5, "x0"), Unit(1.0, "x1")])).rows


@given(wirings(), st.integers(4, 40), depths)
def test_a_folding_is_sound(rows: list[Row], most: int, depth: int | None) -> None:
    """However a circuit is wired, no circle is closed and no row is without a box that is known."""
    owner, groups = folding(rows, most, depth=depth)
    sizes = Counter(owner)

    assert is_acyclic(rows, owner)
    assert len(rows) == len(owner)
    assert len(sizes) <= most
    assert all(owner[lead] == lead for lead in sizes)
    assert {lead for lead, n in sizes.items() if n > 1} == set(groups)
    assert len({group.key for group in groups.values()}) == len(groups)


@given(wirings(), st.integers(4, 40), depths, st.data())
def test_an_opened_box_is_drawn_by_its_parts(
    rows: list[Row], most: int, depth: int | None, data: st.DataObject
) -> None:
    """Its key opens it: its rows are in several boxes then, and no circle is closed."""
    before = folding(rows, most, depth=depth)
    if not before.groups:
        return
    lead = data.draw(st.sampled_from(sorted(before.groups)))
    after = folding(rows, most, depth=depth, opened=[before.groups[lead].key])
    inside = {after.owner[row] for row, at in enumerate(before.owner) if at == lead}

    assert len(inside) > 1
    assert is_acyclic(rows, after.owner)


@given(wirings(), st.integers(4, 40), st.data())
def test_a_unit_is_shown_for_itself(rows: list[Row], most: int, data: st.DataObject) -> None:
    """A row that is opened is in no folded box, however deep it was."""
    row = data.draw(st.integers(0, len(rows) - 1))
    owner, groups = folding(rows, most, depth=1, opened=[row])

    assert row == owner[row]
    assert row not in groups


def test_a_network_folds_into_its_layers() -> None:
    """Depth 1 draws the model, 2 its layers, 3 its neurons, 4 its gates."""
    rows = _mlp()
    found = {depth: folding(rows, 500, depth=depth) for depth in DEPTHS}

    assert {1: 3, 2: 5, 3: 35, 4: 437} == {d: len(set(f.owner)) for d, f in found.items()}
    assert ["model"] == [group.title for group in found[1].groups.values()]
    assert [("layers.0.neurons", 16), ("layers.1.neurons", 16), ("layers.2.neurons.0", 1)] == [
        (group.title, group.copies) for group in found[2].groups.values()
    ]


def test_the_finest_level_that_fits_is_taken() -> None:
    """Without a depth, `max_units` decides how far a network is folded."""
    rows = _mlp()

    fitted = [len(set(folding(rows, most).owner)) for most in (437, 436, 132, 34, 4)]

    assert [437, 133, 35, 5, 3] == fitted


def test_a_layer_opens_into_its_neurons_and_a_neuron_into_its_gates() -> None:
    """Names open what they name and all that is around it, and nothing else."""
    rows = _mlp()
    layer = folding(rows, 500, depth=2, opened=["layers.0"])
    neuron = folding(rows, 500, depth=1, opened=["layers.0.neurons.3"])

    assert 4 + 16 == len(set(layer.owner))
    assert "layers.0.neurons.2" in {group.key for group in neuron.groups.values()}
    assert "layers.0.neurons.3" not in {group.key for group in neuron.groups.values()}
    assert "layers.1" in {group.key for group in neuron.groups.values()}


def test_a_name_that_opens_nothing_is_an_error_that_knows_better() -> None:
    """It lists keys that come near."""
    with pytest.raises(WiringError, match=r"open= got 'layer\.0'.*'layers\.0'"):
        folding(_mlp(), 500, depth=2, opened=["layer.0"])
    with pytest.raises(WiringError, match="open= got 'run:1-2'"):
        folding(_mlp(), 500, depth=2, opened=["run:1-2"])


def test_a_chain_shows_its_ends_and_opens_from_there() -> None:
    """What has no structure is folded in a run, whose key opens more of it each time."""
    rows = Circuit(chain(2000)).rows
    first = folding(rows, 100)
    (run,) = first.groups.values()
    second = folding(rows, 100, opened=[run.key])
    (inner,) = second.groups.values()
    third = folding(rows, 100, opened=[run.key, inner.key])

    assert "run:3-1997" == run.key
    assert "run:5-1994" == inner.key
    assert [7, 12, 17] == [len(set(f.owner)) for f in (first, second, third)]


def test_a_unit_deep_in_a_chain_is_shown_with_its_neighbours() -> None:
    """The run around it is parted in two; it takes no more steps however long the chain is."""
    owner = folding(Circuit(chain(20_000)).rows, 100, opened=["u9000"]).owner

    assert [0, 1, 2, 8997, *range(8998, 9003), 19997, 19998, 19999, 20000] == sorted(set(owner))


def test_a_batch_folds_into_the_same_layers() -> None:
    """Samples share weights, so a neuron of all samples is one box and its loss another."""
    model = MLP(2, [3, 1], rng=0)
    outputs = [model([float(i), 1.0])[0] - 1.0 for i in range(40)]
    total = sum(outputs[1:], outputs[0])
    groups = folding(Circuit(total).rows, 100, depth=2).groups.values()

    assert [
        ("layers.0.neurons", 3),
        ("layers.1.neurons.0", 40),
        ("subtract", 40),
        ("Σ of 40", 1),
    ] == [(group.title, group.copies) for group in groups]


SCRIPT = """
import sys
sys.path.insert(0, "tests/viz")
from viz_samples import tangle
from gatenet import Circuit
from gatenet.viz.fold import folding
print(folding(Circuit(tangle(900, seed=7)).rows, 60))
"""


def test_folding_is_the_same_in_every_process() -> None:
    """Two processes with other hash seeds fold alike, and so does this one."""
    made = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            capture_output=True,
            check=True,
            cwd=ROOT,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for seed in ("1", "2")
    }

    assert {f"{folding(Circuit(tangle(900, seed=7)).rows, 60)}\n"} == made


def test_sixty_thousand_gates_fold_into_layers() -> None:
    """A network of that size, written out over many samples, is a handful of boxes."""
    model = MLP(8, [20, 20, 1], rng=0, expand=True)
    rows = Circuit([model([0.5] * 8)[0] for _ in range(52)]).rows
    found = folding(rows, 40)

    assert sum(row.gate is not None for row in rows) > 60_000
    assert 3 == len(set(found.owner))
    assert ["layers.0", "layers.1", "layers.2.neurons.0"] == [g.key for g in found.groups.values()]
