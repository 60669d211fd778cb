"""Contributions: an explanation as bars."""

from __future__ import annotations

import re
from types import SimpleNamespace
from xml.etree import ElementTree

from gatenet.viz.contributions import contributions
from hypothesis import given
from hypothesis import strategies as st
from viz_samples import texts

from gatenet import Unit
from gatenet.explaining import explain

NAMESPACE = "{http://www.w3.org/2000/svg}"


def _bars(svg: str) -> list[tuple[str, float]]:
    """Return sign and length of each bar."""
    root = ElementTree.fromstring(svg)
    rects = [e for e in root.iter(f"{NAMESPACE}rect") if e.get("class", "").startswith("bar")]
    return [(e.get("class", "")[4:], float(e.get("width", "nan"))) for e in rects]


def test_a_bar_is_as_long_as_its_contribution() -> None:
    """By hand: of 4·x + x - 2·x, the paths bring 4, 1 and -2, in proportion."""
    x = Unit(3.0, "x")
    picture = contributions(explain(x * 4.0 + x - x * 2.0, x))
    bars = _bars(picture.svg)

    assert [("plus", 260.0), ("minus", 130.0), ("plus", 65.0)] == bars
    assert "why is x.grad 3?" in picture.svg


def test_causes_are_written_out() -> None:
    """A gradient of zero has no bar, and the picture says why in the explanation's words."""
    x = Unit(-3.0, "x")
    explanation = explain(x.relu(), x)
    svg = contributions(explanation).svg

    assert [] == _bars(svg)
    said = " ".join(ElementTree.fromstring(svg).itertext()).split()
    assert set(explanation.causes[0].text.split()) <= set(said)


def test_other_paths_have_a_bar_of_their_own() -> None:
    """What the paths not listed add is said as the rest."""
    x = Unit(1.0, "x")
    svg = contributions(explain(x + x + x + x, x, most=1)).svg

    assert [("plus", 86.7), ("plus", 260.0)] == _bars(svg)
    assert "all other paths" in svg


@given(st.lists(st.tuples(texts, st.floats()), max_size=3), st.floats(), texts)
def test_any_names_and_numbers_are_drawn(
    paths: list[tuple[str, float]], rest: float, name: str
) -> None:
    """Whatever an explanation holds, the picture is well-formed and its bars in the frame."""
    explanation = SimpleNamespace(
        name=name,
        total=rest,
        paths=[SimpleNamespace(labels=(a, name), contribution=x) for a, x in paths],
        count=len(paths) + 1,
        rest=rest,
        causes=[SimpleNamespace(text=name)],
    )
    svg = contributions(explanation).svg

    assert all(0 < long <= 260 for _, long in _bars(svg))
    assert not re.search(r"<(?!/?(svg|g|path|rect|text|title|desc|style)\b|!-- )", svg)
