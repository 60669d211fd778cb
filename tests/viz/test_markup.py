"""Markup: elements that no text can break."""

from __future__ import annotations

from xml.etree import ElementTree

from gatenet.viz.markup import Markup, comment, element, pixels
from hypothesis import given
from hypothesis import strategies as st
from viz_samples import texts

from gatenet.texts import shown


@given(texts, texts)
def test_an_element_holds_its_texts_and_nothing_else(text: str, attribute: str) -> None:
    """Parsed, an element has the text, the attribute and no child that was not put there."""
    made = element("g", shown(text), element("b"), class_=shown(attribute))
    root = ElementTree.fromstring(made)

    assert ["b"] == [child.tag for child in root]
    assert {"class": shown(attribute)} == root.attrib
    assert shown(text) == (root.text or "")


def test_only_what_an_element_made_passes_as_markup() -> None:
    """A plain string is escaped even where it looks like markup."""
    assert "<a>&lt;b/&gt;</a>" == element("a", "<b/>")
    assert "<a><b/></a>" == element("a", Markup("<b/>"))


@given(texts)
def test_a_comment_cannot_be_ended_from_inside(text: str) -> None:
    """Whatever is in a comment, the document goes on behind it."""
    root = ElementTree.fromstring(f"<a>{comment(shown(text))}<b/></a>")

    assert ["b"] == [child.tag for child in root]


@given(st.floats(-1e6, 1e6))
def test_a_coordinate_is_a_tenth_of_a_pixel_off_at_most(x: float) -> None:
    """A coordinate is rounded to the nearest tenth and never written as -0 or 1e-05."""
    text = pixels(x)

    assert abs(float(text) - x) <= 0.0501
    assert set(text) <= set("-.0123456789")
    assert text != "-0"
