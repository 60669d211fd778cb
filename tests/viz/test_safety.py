"""Safety: whatever units are called, a picture is well-formed, harmless, and shows the names."""

from __future__ import annotations

import random
import re
from collections import Counter
from xml.etree import ElementTree

from gatenet.viz.notebook import bundle
from viz_samples import PAYLOADS

from gatenet import Circuit, Stepper, Unit
from gatenet.texts import shown
from gatenet.viz import animate, compare, draw, snapshot

NAMESPACE = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "g", "path", "rect", "text", "title", "desc", "style"}
ATTRIBUTES = {
    "id", "class", "role", "aria-labelledby", "viewBox", "width", "height", "d", "x", "y", "rx",
    "font-size", "data-group",
}  # fmt: skip
LETTERS = "<>&\"'\\\n\r\t\x00\x07\x7f\x85\u202e\u2028\ud800\udfff\ufffe aé{}|;:#%=()[]/-👩\u200dשم"
CONTROLS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u2028-\u202e\u2066-\u2069]"
)
CIRCUITS = 1000


def _name(rng: random.Random) -> str:
    """Return a hostile name: a known payload, or any letters."""
    if rng.random() < 0.5:
        return rng.choice(PAYLOADS)
    return "".join(rng.choice(LETTERS) for _ in range(rng.randrange(1, 12)))


def _circuit(rng: random.Random) -> Circuit:
    """Return a small random circuit whose units all have hostile names, half of them swept."""
    units = [Unit(rng.uniform(-2, 2), _name(rng), role=rng.choice(("input", "parameter")))
             for _ in range(2)]  # fmt: skip
    for _ in range(rng.randrange(1, 4)):
        a, b = rng.choice(units), rng.choice(units)
        made = rng.choice((a + b, a * b, a - 2.5, a.tanh(), a.relu(), b.log()))
        made.name = _name(rng)
        units.append(made)
    circuit = Circuit(units[-1])
    if rng.random() < 0.5:
        circuit.backward()
    return circuit


def _picture(k: int, circuit: Circuit) -> str:
    """Return a picture of the circuit: plain ones, and every few a step, a comparison, an event."""
    if k % 10 == 1:
        stepper = Stepper(circuit)
        stepper.goto(k % len(stepper) + 1)
        return draw(stepper, engine="builtin").svg
    if k % 10 == 4:
        return compare(snapshot(circuit), circuit, engine="builtin").svg
    if k % 10 == 7:
        stepper = Stepper(circuit)
        return bundle(stepper.finish())["text/html"].partition(">")[2].removesuffix("</div>")
    if k % 50 == 9:
        return animate(circuit, engine="builtin").svg
    return draw(circuit, engine="builtin").svg


def _written(root: ElementTree.Element) -> str:
    """Return all texts of a picture, the style sheet left out."""
    return "\n".join(e.text for e in root.iter() if e.text and not e.tag.endswith("style"))


def _check_harmless(root: ElementTree.Element, text: str) -> None:
    """Only our elements and attributes: no script, handler, style, reference or control."""
    elements = list(root.iter())
    values = [v for e in elements for name, v in e.attrib.items() if name != "data-group"]
    sheet = "".join(e.text or "" for e in elements if e.tag.endswith("style"))

    assert {e.tag.removeprefix(NAMESPACE) for e in elements} <= ELEMENTS
    assert {name for e in elements for name in e.attrib} <= ATTRIBUTES
    assert not re.search(r"url\s*\(|:|//", " ".join(values))
    assert not re.search(r"url\s*\(|@import|@font-face|expression|<", sheet)
    assert not CONTROLS.search(text)


def _check_names(root: ElementTree.Element, circuit: Circuit, whole: bool) -> None:
    """Each row that is drawn has its group, and its name is among the texts as it is shown."""
    ids = [e.get("id", "") for e in root.iter() if e.get("id")]
    drawn = {int(i.rpartition("_n")[2]) for i in ids if re.search(r"_n\d+$", i)}
    texts = _written(root)

    assert len(ids) == len(set(ids))
    assert drawn == set(range(len(circuit))) if whole else drawn
    names = [circuit.rows[row].name for row in drawn]
    assert [] == [name for name in names if name and shown(name) not in texts]


def test_a_thousand_circuits_are_drawn_unharmed() -> None:
    """Well-formed, nothing that runs or refers, every box there, every name as it is shown."""
    rng = random.Random(20)
    for k in range(CIRCUITS):
        circuit = _circuit(rng)
        text = _picture(k, circuit)
        root = ElementTree.fromstring(text.encode())
        _check_harmless(root, text)
        _check_names(root, circuit, whole=k % 10 != 7)


def test_names_add_no_element() -> None:
    """With harmless names a picture has the same elements, one for one."""
    rng = random.Random(21)
    for k in range(60):
        circuit = _circuit(rng)
        counts = []
        for _ in range(2):
            root = ElementTree.fromstring(draw(circuit, engine="builtin").svg)
            counts.append(Counter(e.tag for e in root.iter()))
            for row, unit in enumerate(circuit.units):
                if unit is not None and unit.name:
                    unit.name = f"n{row}"
        assert counts[0] == counts[1], k
