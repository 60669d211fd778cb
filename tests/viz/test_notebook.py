"""Notebook: everything shows itself, ids never clash, and nothing missing is an error."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from gatenet.viz.moment import moment
from gatenet.viz.notebook import FORMS, bundle
from viz_samples import neuron, step

from gatenet import Circuit, Stepper, Unit
from gatenet.explaining import explain
from gatenet.gates import total
from gatenet.viz import draw

THINGS: dict[str, Callable[[], Any]] = {
    "unit": neuron,
    "circuit": lambda: Circuit(neuron()),
    "stepper": step,
    "event": lambda: step().event,
    "explanation": lambda: explain(out := neuron(), Circuit(out).units[0]),  # type: ignore[arg-type]
    "drawing": lambda: draw(neuron(), engine="builtin"),
}


@pytest.fixture(params=THINGS)
def thing(request: pytest.FixtureRequest) -> Any:
    """Each kind of thing that a notebook can show."""
    return THINGS[request.param]()


def _ids(html: str) -> set[str]:
    """Return the ids of a piece of HTML."""
    return set(re.findall(r' id="([^"]+)"', html))


def test_everything_has_inline_svg_and_a_text(thing: Any) -> None:
    """The bundle has HTML first, the image, and always what a terminal would print."""
    found = bundle(thing)
    root = ElementTree.fromstring(found["text/html"])

    assert list(FORMS) == list(found)
    assert repr(thing) == found["text/plain"]
    assert ["div", "{http://www.w3.org/2000/svg}svg"] == [root.tag, root[0].tag]
    assert "text" in {e.tag.rpartition("}")[2] for e in root.iter()}


def test_the_same_picture_twice_on_a_page_shares_no_id(thing: Any) -> None:
    """Displayed again, a picture has other ids, and its style and labels go with them."""
    first, second = (bundle(thing)["text/html"] for _ in range(2))
    ids = _ids(second)
    label = re.search(r'aria-labelledby="([^"]*)"', second)
    sheet = re.search(r"<style>(.*?)</style>", second, re.DOTALL)

    assert ids
    assert not _ids(first) & ids
    assert label and set(label[1].split()) <= ids
    assert sheet and {i.strip("#") for i in re.findall(r"#g\w+", sheet[1])} - {""} <= ids | set(
        re.findall(r"#([0-9a-f]{6})\b", sheet[1])
    )


def test_a_notebook_gets_what_it_asks_for() -> None:
    """`include` and `exclude` are followed; the text is always there."""
    out = neuron()

    assert ["text/html", "text/plain"] == list(bundle(out, include=["text/html"]))
    assert ["text/plain"] == list(bundle(out, exclude=["text/html", "image/svg+xml"]))
    assert ["text/plain"] == list(bundle(out, include=["text/latex"]))


def test_something_without_a_picture_is_shown_as_text() -> None:
    """What cannot be drawn is its own repr, escaped."""
    assert {"text/html": "<pre>&#39;&lt;b&gt;&#39;</pre>", "text/plain": "'<b>'"} == bundle("<b>")


def test_an_event_of_a_crowd_is_shown_as_text() -> None:
    """A gate of a thousand operands is not drawn in a cell."""
    stepper = Stepper(total(*[Unit(1.0) for _ in range(1000)]))
    found = bundle(stepper.next())

    assert ["text/html", "text/plain"] == list(found)
    assert found["text/html"].startswith("<pre>")


def test_one_pull_is_not_many() -> None:
    """Beside an operand that gets a single pull stands "1 of 1 pull"; beside one of two, pulls."""
    x, w = Unit(3.0, "x"), Unit(2.0, "w")
    stepper = Stepper(x * w + x)
    event = stepper.next()
    notes = moment(event).notes

    assert {"1 of 1 pull", "1 of 2 pulls"} == {*notes.values()} - {"at work"}


def test_an_event_shows_its_own_moment_later() -> None:
    """Drawn after the stepper has gone on, it shows the gate and pulls it was."""
    stepper = step()
    event = stepper.event
    before = bundle(event)["image/svg+xml"]
    stepper.finish()

    assert before == bundle(event)["image/svg+xml"]
    assert "pull 4.5" in before
    assert "9 of 12 units not drawn" in before


def test_no_display_needs_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """With no drawing package to be found, everything is displayed all the same."""
    for package in ("graphviz", "pygraphviz", "matplotlib", "numpy", "IPython"):
        monkeypatch.setitem(sys.modules, package, None)
    for make in THINGS.values():
        assert "<svg" in bundle(make())["text/html"]


def test_ipython_shows_it() -> None:
    """IPython's own formatter takes the hook's bundle."""
    formatters = pytest.importorskip("IPython.core.formatters")
    found, _ = formatters.DisplayFormatter().format(draw(neuron(), engine="builtin"))

    assert found["text/html"].startswith("<div")
    assert found["text/plain"].startswith("<Drawing:")


@pytest.mark.slow
def test_a_notebook_runs() -> None:
    """A real kernel shows two pictures in one notebook, inline and with ids apart."""
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    cells = [
        "from gatenet import Unit\nx = Unit(3.0, 'x')\ny = x * x\ny.backward()\ny",
        "y",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    patient = {"timeout": 900, "startup_timeout": 900, "kernel_name": "python3"}
    nbclient.NotebookClient(book, **patient).execute()
    shown = [cell.outputs[-1].data["text/html"] for cell in book.cells]

    assert all("<svg" in html for html in shown)
    assert not _ids(shown[0]) & _ids(shown[1])
