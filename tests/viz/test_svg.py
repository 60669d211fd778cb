"""SVG: well-formed, harmless, and drawn whatever is or is not installed."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from gatenet.viz.scene import Scene
from hypothesis import given
from hypothesis import strategies as st
from viz_samples import GOLDEN, PAYLOADS, chain, neuron, seen, tangle, texts

from gatenet import Circuit, Unit
from gatenet.errors import RangeError
from gatenet.texts import shown
from gatenet.viz import svg

NAMESPACE = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "g", "path", "rect", "text", "title", "desc", "style"}


def _scene(names: list[str]) -> Scene:
    """A chain of sums of inputs with these names."""
    out = Unit(0.5, names[0])
    for i, name in enumerate(names[1:]):
        out = out + Unit(float(i), name)
    return seen(Circuit(out), 500)


def _drawn(shown_: Scene) -> ElementTree.Element:
    """Draw with the built-in engine and parse."""
    return ElementTree.fromstring(svg.rendered(shown_, "builtin")[0])


def _elements(root: ElementTree.Element) -> Counter[str]:
    """Count the elements by name."""
    return Counter(element.tag.removeprefix(NAMESPACE) for element in root.iter())


def _written(root: ElementTree.Element) -> str:
    """Return all texts of a picture, the style sheet left out."""
    return "\n".join(e.text for e in root.iter() if e.text and not e.tag.endswith("style"))


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("neuron.svg", lambda: seen(Circuit(neuron()), 500)),
        ("folded.svg", lambda: seen(Circuit(chain(600)), 60)),
    ],
)
def test_the_built_in_engine_is_golden(name: str, make: object) -> None:
    """The built-in picture is the same, byte for byte, on every machine."""
    golden = (GOLDEN / name).read_text(encoding="utf-8")

    assert golden == svg.rendered(make(), "builtin")[0]  # type: ignore[operator]


@given(st.lists(texts, min_size=2, max_size=4))
def test_no_name_changes_what_elements_there_are(names: list[str]) -> None:
    """With hostile names a picture has exactly the elements it has with harmless ones."""
    plain = [f"n{i}" if name else "" for i, name in enumerate(names)]
    root = _drawn(_scene(names))

    assert _elements(_drawn(_scene(plain))) == _elements(root)
    assert set(_elements(root)) <= ALLOWED


@given(st.lists(texts, min_size=2, max_size=4))
def test_every_name_is_in_the_picture(names: list[str]) -> None:
    """Each name, as it is shown, is in the picture's texts."""
    written = _written(_drawn(_scene(names)))

    assert [] == [name for name in names if shown(name) not in written]


def test_all_payloads_at_once_are_harmless() -> None:
    """No handler, link, style or reference comes out of any hostile name."""
    text = svg.rendered(_scene(list(PAYLOADS)), "builtin")[0]
    root = ElementTree.fromstring(text)
    attributes = {name for element in root.iter() for name in element.attrib}

    assert set(_elements(root)) <= ALLOWED
    assert attributes <= {
        "id", "class", "role", "aria-labelledby", "viewBox", "width", "height",
        "d", "x", "y", "rx", "font-size",
    }  # fmt: skip
    assert not re.search(r"url\(|xlink|@import", text)


def test_numbers_and_symbols_are_written() -> None:
    """The neuron's values, gradients and gate symbols are all in the picture."""
    root = _drawn(seen(Circuit(neuron()), 500))
    words = Counter((e.text or "") for e in root.iter(f"{NAMESPACE}text"))

    assert {"x1", "x2", "w1", "w2", "b", "out", "1.5", "−2", "−0.5", "4.5", "−6"} <= set(words)
    assert 1 == words["relu"]
    assert 2 == words["+"]


def test_the_sign_of_a_gradient_is_a_shape_as_well() -> None:
    """Every positive or negative gradient has its triangle, a zero or a dash none."""
    shown_ = seen(Circuit(neuron()), 500)
    root = _drawn(shown_)
    boxes = [e for e in root.iter(f"{NAMESPACE}g") if "unit" in e.get("class", "").split()]
    marks = [
        (box.sign, [m for m in e.iter() if "mark" in m.get("class", "").split()])
        for box, e in zip(shown_.boxes, boxes, strict=True)
    ]

    assert all(len(found) == (sign in ("plus", "minus")) for sign, found in marks)
    assert [] == [sign for sign, found in marks for m in found if sign not in m.get("class", "")]


def test_the_picture_can_be_heard() -> None:
    """The root is an image with a title and a description, named by id."""
    root = _drawn(seen(Circuit(neuron()), 500))
    labels = [root.find(f"{NAMESPACE}{tag}") for tag in ("title", "desc")]

    assert "img" == root.get("role")
    assert root.get("aria-labelledby") == " ".join(e.get("id", "") for e in labels if e is not None)
    assert "Circuit of 6 gates" in (labels[0].text or "")  # type: ignore[union-attr]


def test_ids_are_safe_and_the_pictures_own() -> None:
    """Ids begin with the picture's own, use plain letters, and occur once."""
    roots = [_drawn(seen(Circuit(u), 500)) for u in (neuron(), tangle(30, seed=1))]
    ids = [[e.get("id", "") for e in root.iter() if e.get("id")] for root in roots]

    for some in ids:
        assert len(some) == len(set(some))
        assert all(re.fullmatch(rf"{some[0]}(_\w+)?", one) for one in some)
    assert not set(ids[0]) & set(ids[1])


def test_each_role_has_its_own_outline() -> None:
    """Without colours, inputs, parameters, constants and inner units differ in outline."""
    shown_ = seen(Circuit(neuron()), 500)
    root = _drawn(shown_)
    shapes: dict[str, set[str]] = {}
    for box in shown_.boxes:
        group = next(e for e in root.iter() if e.get("id", "").endswith(f"_{box.node}"))
        edge = next(e for e in group if e.get("class") == "edge")
        shapes.setdefault(box.role, set()).add(re.sub(r"[-\d. ]+", "", edge.get("d", "")))

    outlines = {
        role: (next(iter(s)), (role == "constant")) for role, s in shapes.items() if len(s) == 1
    }
    assert 4 == len(outlines) == len(set(outlines.values()))


def _program(folder: Path, body: str) -> None:
    """Make `dot` a shell script of ours, the only program on the path."""
    script = folder / "dot"
    script.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    script.chmod(0o755)


BROKEN = [
    ("exit 3", "Graphviz ended with status 3"),
    ("echo garbage", "Graphviz gave no layout: ValueError"),
    ("echo graph 1 2 3; echo edge n0", "Graphviz gave no layout: IndexError"),
    ("exec /bin/sleep 60", "Graphviz took longer than 0.3 s"),
    (None, "the program dot was not found"),
]


@pytest.mark.skipif(os.name == "nt", reason="the stand-ins for dot are shell scripts")
@pytest.mark.parametrize(("body", "reason"), BROKEN)
@pytest.mark.parametrize("engine", ["auto", "dot"])
def test_a_broken_dot_is_replaced(
    engine: str, body: str | None, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dot that is missing, fails, answers nonsense or hangs: the picture comes out, and says."""
    pytest.importorskip("graphviz")
    if body is not None:
        _program(tmp_path, body)
    monkeypatch.setenv("PATH", str(tmp_path))
    if body is not None and "sleep" in body:  # the others may take their time to start
        monkeypatch.setattr(svg, "TIME_LIMIT", 0.3)
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    text, ran, why = svg.rendered(seen(Circuit(neuron()), 500), engine)

    assert "builtin" == ran
    assert reason in why
    assert reason in text
    assert ElementTree.fromstring(text).tag == f"{NAMESPACE}svg"


@pytest.mark.parametrize("engine", ["auto", "dot", "pygraphviz"])
def test_no_package_is_needed(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the graphviz package and pygraphviz the built-in engine draws."""
    for package in ("graphviz", "pygraphviz"):
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr(svg.shutil, "which", lambda name: f"/nowhere/{name}")
    text, ran, why = svg.rendered(seen(Circuit(neuron()), 500), engine)

    assert "builtin" == ran
    assert "graphviz is not installed" in why
    assert "<!-- laid out by the built-in engine (" in text


def test_pygraphviz_is_asked_in_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pygraphviz that can be imported lays out; here a stand-in that knows one answer."""
    pytest.importorskip("graphviz")
    (tmp_path / "pygraphviz.py").write_text(
        "class AGraph:\n"
        "    def __init__(self, string): assert 'n0 -> n1' in string\n"
        "    def draw(self, format, prog):\n"
        "        return b'graph 1 4 2\\nnode n0 1 1 1 1\\nnode n1 3 1 1 1\\n'"
        " b'edge n0 n1 4 1 1 2 1 2 1 3 1\\n'\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(svg.shutil, "which", lambda name: None)
    text, ran, why = svg.rendered(seen(Circuit(-Unit(1.0)), 500), "auto")

    assert ("pygraphviz", "") == (ran, why)
    assert "<!-- laid out by pygraphviz -->" in text


def test_a_crowd_is_not_sent_to_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past a few thousand boxes no program is started; it would take minutes."""
    monkeypatch.setattr(svg, "LARGEST", 10)
    monkeypatch.setattr(svg.subprocess, "run", None)

    assert ("builtin", "too large for Graphviz; too large for Graphviz") == svg.rendered(
        seen(Circuit(neuron()), 500), "auto"
    )[1:]


@pytest.mark.exe
@pytest.mark.skipif(shutil.which("dot") is None, reason="the dot program is not on the path")
def test_dot_and_the_built_in_engine_show_the_same() -> None:
    """With the real dot program the same texts, boxes and wires are drawn, elsewhere."""
    shown_ = seen(Circuit(tangle(60, seed=4)), 500)
    text, ran, why = svg.rendered(shown_, "auto")
    by_dot, built_in = ElementTree.fromstring(text), _drawn(shown_)
    kinds = [
        Counter(
            re.sub(r" (from|to)_\w+", "", e.get("class", "")) for e in root.iter() if e.get("class")
        )
        for root in (by_dot, built_in)
    ]
    for counted in kinds:
        del counted["trunk"]

    assert ("dot", "") == (ran, why)
    assert Counter(_written(by_dot).split("\n")) == Counter(_written(built_in).split("\n"))
    assert kinds[0] == kinds[1]


def test_an_unknown_engine_is_refused_by_name() -> None:
    """The error names what was asked for and what may be."""
    with pytest.raises(RangeError, match=r"unknown engine: 'neato' \(must be one of \['auto'"):
        svg.rendered(seen(Circuit(neuron()), 500), "neato")
