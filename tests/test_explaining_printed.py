"""Printed explanations: what a newcomer reads, at most 80 columns wide, whatever the names."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tapes import SMOOTH, leaves_of, play, tapes

from gatenet import Circuit, Unit, explain, genealogy
from gatenet.explaining.names import LONGEST, Names, short
from gatenet.explaining.printed import how_many
from gatenet.walk import topological

HOSTILE = [
    "a\nb", "x\x1b[31m", "tab\there", "\u202erevo", "<script>", '"quoted"', "\\", "", " ", "%s",
    "{0}", "e\u0301\u0301" * 40, "\U0001f600" * 50, "long" * 200, "א\u0591ב", "\u2028", "u0", "nan",
]  # fmt: skip


def test_a_newcomers_example():
    """The neuron of two inputs: every number of the chain rule, and the sum."""
    a, x, b = Unit(2.0, "a"), Unit(3.0, "x"), Unit(-1.0, "b")
    q = a * x
    q.name = "q"
    f = q + b * x + q
    f.name = "f"

    assert str(explain(f, x)).splitlines() == [
        "why is x.grad 3?",
        "",
        "3 paths lead from f down to x. By the chain rule each adds the product of the",
        "local derivatives along it, and the gradient is their sum:",
        "",
        "   2  =  1 (+) · 2 (×)",
        "         f ← q ← x",
        "   2  =  1 (+) · 1 (+) · 2 (×)",
        "         f ← u5 ← q ← x",
        "  -1  =  1 (+) · 1 (+) · -1 (×)",
        "         f ← u5 ← u4 ← x",
        "   -",
        "   3",
    ]


def test_a_dead_relu():
    """The answer to the most asked question is one sentence with the numbers in it."""
    w, x = Unit(0.5, "w"), Unit(-2.0, "x")
    s = w * x
    s.name = "s"
    h = s.relu()
    h.name = "h"
    loss = h * 3.0
    loss.name = "loss"

    assert str(explain(loss, w)).splitlines() == [
        "why is w.grad 0?",
        "",
        "One path leads from loss down to w. By the chain rule the gradient is the",
        "product of the local derivatives along it:",
        "",
        "  0  =  3 (×) · 0 (relu) · -2 (×)",
        "        loss ← h ← s ← w",
        "",
        "Because: h = relu(s) is dead: s is -1, and the local derivative there is 0.",
    ]


def test_repr_is_the_text():
    """In a bare REPL an explanation, a genealogy and a cause read as text."""
    p = Unit(0.0, "p")
    loss = p.log()
    found, story = explain(loss, p), genealogy(loss)

    assert repr(found) == str(found) == found.text
    assert repr(story) == str(story) == story.text
    assert str(found.causes[0]) == found.causes[0].text
    assert repr(found.paths[0]) == "<Path of 1 gates contributing inf>"


@given(tapes(SMOOTH, hard=False), st.lists(st.sampled_from(HOSTILE), min_size=20, max_size=20))
def test_hostile_names(tape, names):
    """No name breaks a line, moves the cursor, turns the text round or makes a line too long."""
    made = play(tape, leaves_of(tape))
    for unit, name in zip(made, names, strict=False):
        unit.name = name
    for text in (str(explain(made[-1], made[0])), str(genealogy(made[-1]))):
        for line in text.splitlines():
            assert len(line) <= 80
            assert line.isprintable() or "\u0301" in line or "\N{REPLACEMENT CHARACTER}" in line
            assert not {"\x1b", "\u202e", "\u2028"} & set(line)


@pytest.mark.parametrize("name", HOSTILE)
def test_short_names(name):
    """A name is cut in its middle, never inside a letter, and one that fits stays as it is."""
    found = short(name)

    assert len(found) <= LONGEST
    assert short(found) == found
    if len(name) <= LONGEST and name.isprintable():
        assert found == name


@given(tapes(hard=False))
def test_units_are_called_as_in_the_circuit(tape):
    """Without a name a unit is u and its row number in the Circuit, constants counted."""
    made = play(tape, leaves_of(tape))
    circuit = Circuit(made[-1])
    names = Names([made[-1]])
    for unit in topological([made[-1]]):
        assert names.label(unit) == circuit.label(circuit.index(unit))


def test_a_stranger_has_a_name_too():
    """A unit that is not in the circuit, without a name, is called a unit."""
    assert str(explain(Unit(1.0, "y"), Unit(2.0))).startswith("why is unit.grad 0?")


def test_long_paths_are_cut():
    """A long path is shown by its ends, further ones by where they differ from the first."""
    x = y = Unit(0.5, "x")
    for k in range(60):
        y = y + y * 0.25 if k == 30 else y + 1.0
    lines = str(explain(y, x)).splitlines()

    assert lines[5] == "  1     =  1 (+) · 1 (+) · 1 (+) · 1 (+) · 1 (+) · … 50 more … · 1 (+) ·"
    assert lines[9:11] == [
        "  0.25  =  … 28 more … · 1 (+) · 1 (+) · 0.25 (×) · … 30 more",
        "           … ← u65 ← u63 ← u62 ← u60 ← …",
    ]


def test_counts_of_any_size():
    """Numbers of paths past what a float or a printed int holds are written short."""
    assert how_many(999) == "999"
    assert how_many(10**6) == "1,000,000"
    assert how_many(2**100_000) == "2^100000"
    assert how_many(3**100_000) == "about 1.33e47712"
    assert how_many(10**15 - 1) == "about 1e15"


def test_the_seed_is_a_factor():
    """A seed other than 1 is the first factor."""
    x = Unit(2.0, "x")

    assert "  6  =  2 (seed) · 3 (×)" in str(explain(x * 3.0, x, seed=2.0))


def test_passes_that_added_up():
    """A gradient that was not zeroed between two passes is told, with how often it was added."""
    x = Unit(2.0, "x")
    y = x * 3.0
    y.backward()
    assert "stands at" not in str(explain(y, x))
    y.backward()
    assert "2 times that" in " ".join(str(explain(y, x)).split())
    x.grad = 7.5
    assert "other passes have added to it" in " ".join(str(explain(y, x)).split())


def test_what_is_not_listed():
    """The paths that are not listed have one line: how many, and what they add."""
    x = Unit(1.0, "x")
    y = x
    for _ in range(4):
        y = y + y * 2.0
    text = str(explain(y, x, most=1))

    assert "  16  =  1 (+) · 2 (×) · 1 (+) · 2 (×)" in text
    assert "  65     15 more paths" in text
    assert text.endswith("--\n  81")
    assert str(explain(y, x, most=0)).endswith("\n\n  81     16 paths")


def test_an_infinite_sum_hides_the_rest():
    """What the other paths add beside an infinite one is not known, and no number is made up."""
    x = Unit(1.0, "x")
    y = x * math.inf + x + x + x
    found = explain(y, x, most=1)

    assert math.isnan(found.rest)
    assert "?     3 more paths" in str(found)
