"""The player's page, as far as it can be judged without a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import random
import re
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from gatenet.viz.fold import folding
from gatenet.viz.levels import first, levels, opener
from gatenet.viz.pagemaking import SCRIPTS, as_json
from gatenet.viz.recording import recorded
from viz_samples import PAYLOADS, neuron, tangle

import gatenet
from gatenet import Circuit, Stepper, Unit
from gatenet.errors import FormatError, OperandError, RangeError, StaleCircuitError
from gatenet.nn import MLP
from gatenet.texts import shown
from gatenet.viz import Player, player

XHTML, SVG = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/2000/svg}"
FORBIDDEN = (
    "innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "new Function",
    "fetch(", "import(", "XMLHttp", "url(", "@import", "]]>",
)  # fmt: skip
PAGE = Path(__file__).parents[2] / "viz" / "page"


def played(what: Any, **options: Any) -> Player:
    """A page laid out by the built-in engine."""
    return player(what, engine="builtin", **options)


def parsed(page: Player) -> ElementTree.Element:
    """The page read as XML."""
    return ElementTree.fromstring(page.html)


def data_of(page: Player) -> dict[str, Any]:
    """What the page's script reads."""
    found = parsed(page).find(f".//{XHTML}script[@id='data']")
    assert found is not None and found.text is not None
    loaded: dict[str, Any] = json.loads(found.text)
    return loaded


def number(data: dict[str, Any], place: int) -> float | None:
    """A number of the page, by its place."""
    return None if place < 0 else float(data["numbers"][2 * place])


def bits(units: Any) -> list[Any]:
    """Everything a pass could change of some units, to the bit."""
    return [None if u is None else (u.value.hex(), u.visited, u.grad.hex()) for u in units]


def hashed(text: str) -> str:
    """What a policy calls a text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def check_inert(page: Player) -> None:
    """Assert that a page is well-formed and has nothing that runs or refers but its own script."""
    root = parsed(page)
    scripts = 0
    for element in root.iter():
        name = str(element.tag)
        assert name.startswith((XHTML, SVG))
        kind = name.partition("}")[2]
        assert kind not in {"iframe", "object", "embed", "link", "img", "image", "use", "a", "base"}
        assert kind not in {"foreignObject", "animate", "set", "audio", "video", "frame"}
        scripts += kind == "script"
        for key, value in element.attrib.items():
            assert not key.lower().startswith("on")
            assert key not in {
                "href",
                "src",
                "action",
                "formaction",
                "style",
                "srcdoc",
                "background",
            }
            assert "javascript:" not in value.lower() or key in {"aria-label"}
    assert scripts == 2


def test_a_thousand_pages_with_hostile_names_are_inert() -> None:
    """Whatever the units are called, the page is well-formed, without handlers or references."""
    draw = random.Random(7)
    for turn in range(1000):
        unit = Unit(draw.uniform(-1, 1), PAYLOADS[turn % len(PAYLOADS)])
        for _ in range(draw.randrange(3)):
            other = Unit(draw.uniform(-1, 1), draw.choice(PAYLOADS), role="parameter")
            unit = draw.choice([unit * other, unit + other, (unit - other).tanh()])
            unit.name = draw.choice(PAYLOADS)
        page = played(unit, title=draw.choice([None, *PAYLOADS]))
        check_inert(page)


def test_names_are_shown_as_typed() -> None:
    """The data holds each name as every picture shows it."""
    for name in PAYLOADS:
        data = data_of(played(Unit(1.0, name) * 2.0))
        labels = {facts[0] for _, facts in data["units"]}

        assert shown(name or "u0") in labels


def test_the_policy_names_the_script_and_styles_and_nothing_else() -> None:
    """The policy's hashes are those of the page's own script and styles, to the letter."""
    page = played(neuron())
    root = parsed(page)
    policy = next(
        element.attrib["content"]
        for element in root.iter(f"{XHTML}meta")
        if element.attrib.get("http-equiv") == "Content-Security-Policy"
    )
    styles = " ".join(hashed(element.text or "") for element in root.iter(f"{XHTML}style"))
    # XML takes the marks of CDATA away, which a browser sees as comments of the script.
    script = re.search(r"<script>(.*?)</script>", page.html, re.DOTALL)
    assert script is not None

    assert policy == (
        f"default-src 'none'; script-src {hashed(script[1])}; style-src {styles}; "
        "base-uri 'none'; form-action 'none'"
    )
    assert not list(root.iter(f"{SVG}style"))


def test_the_script_sets_text_as_text() -> None:
    """No file of the page makes markup or code out of text, or refers to anything outside."""
    for path in PAGE.iterdir():
        text = path.read_text(encoding="utf-8")
        for word in FORBIDDEN:
            assert word not in text, f"{path.name} has {word}"
        links = set(re.findall(r"https?://[^\s\"']+", text))
        assert links <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"}
    assert {path.stem for path in PAGE.glob("*.js")} == set(SCRIPTS)


def test_numbers_are_the_engine_s() -> None:
    """Values, local derivatives, pulls and final gradients are the engine's, with every digit."""
    outputs = tangle(60, 3)
    circuit = Circuit(outputs).copy()
    data = data_of(played(outputs))
    circuit.backward()
    facts = dict(map(tuple, data["units"]))
    for row, unit in enumerate(circuit.units):
        assert number(data, facts[row][4]) == circuit.values[row]
        if unit is None:
            continue
        assert [number(data, place) for place in facts[row][6]] == list(unit.partials)
        assert number(data, facts[row][11]) == unit.grad
    for row, _, upstream, pulls, _, _ in data["stops"][data["forwards"] :]:
        unit = circuit.units[row]
        assert unit is not None
        assert number(data, upstream) == unit.grad
        for into, of, port, partial, pull, _, _, _, blocked in pulls:
            assert of == row and circuit.rows[row].operands[port] == into
            assert number(data, partial) == unit.partials[port]
            assert blocked or number(data, pull) == unit.grad * unit.partials[port]


def test_what_is_gathered_is_what_a_stepper_says() -> None:
    """At every position each unit has gathered in the page what a stepper says it has."""
    outputs = tangle(30, 5)
    data = data_of(played(outputs))
    stepper = Stepper(Circuit(outputs))
    gathered: dict[int, float | None] = {}
    for row, facts in data["units"]:
        gathered[row] = number(data, facts[9])
    for stop in data["stops"][data["forwards"] :]:
        stepper.next()
        for pull in stop[3]:
            gathered[pull[0]] = number(data, pull[5])
        for row, unit in enumerate(stepper.circuit.units):
            if unit is not None:
                assert gathered[row] == stepper.gradient(unit)


def test_the_loss_is_left_alone() -> None:
    """Values and gradients of the loss handed in are what they were, also half accumulated ones."""
    loss = neuron()
    loss.backward()
    units = Circuit(loss).units
    before = bits(units)
    data = data_of(played(loss))

    assert bits(units) == before
    leaf = next(facts for _, facts in data["units"] if facts[0] == "w1")
    assert number(data, leaf[11]) == 1.5 * number(data, leaf[10])  # two passes were in it already


@pytest.mark.parametrize("position", [0, 3, 6, 9, 14])
def test_a_stepper_stays_where_it_stood(position: int) -> None:
    """A stepper handed in is not moved, and the page opens where it stands."""
    loss = neuron()
    stepper = Stepper(loss, seed=-2.0, forward=True)
    stepper.goto(position)
    before = bits(stepper.circuit.units)
    data = data_of(played(stepper))

    assert (stepper.position, data["start"]) == (position, position)
    assert bits(stepper.circuit.units) == before
    assert data["events"] == len(stepper)
    seed = next(facts[9] for _, facts in data["units"] if facts[0] == "out")
    assert number(data, seed) == -2.0


def test_small_and_strange_circuits_play() -> None:
    """A leaf alone, several outputs, one twice, a block, and what is not finite."""
    a, b = Unit(2.0, "a"), Unit(-1.0, "b")
    block = gatenet.checkpoint(lambda x: (x * x).tanh())(a) if hasattr(gatenet, "checkpoint") else a
    for outputs in (a, [a, a * b], [a * b] * 2, b.log() * 0.0, (a - a).log(), block):
        page = played(outputs)
        check_inert(page)
        data = data_of(page)
        assert data["events"] == len(data["stops"]) == len(Stepper(outputs))
        assert data["stops"][-1][5] == data["events"]


def test_a_circuit_written_to_since_is_played_as_it_is_now() -> None:
    """The forward half computes anew: stale values do not get into the page."""
    x = Unit(2.0, "x")
    y = x * x
    x.value = 3.0
    with pytest.raises(StaleCircuitError):
        y.backward()
    data = data_of(played(y))

    assert [number(data, facts[4]) for _, facts in data["units"]] == [3.0, 9.0]
    assert [number(data, facts[11]) for _, facts in data["units"]] == [6.0, 1.0]
    assert y.value == 4.0


def test_a_large_circuit_is_played_in_strides() -> None:
    """Past the most events, those in folded boxes are told as strides, and none is lost."""
    unit = Unit(0.5, "x")
    for _ in range(400):
        unit = unit.tanh() + 0.25
    stepper = Stepper(unit, forward=True)
    folds = folding(stepper.circuit.rows, 20)
    tape = recorded(stepper, [folds], most=100)
    throughs = [stop.through for stop in tape.stops]

    assert throughs == sorted(set(throughs)) and throughs[-1] == len(stepper)
    assert tape.stops[tape.forwards - 1].through == stepper.forwards
    strides = [stop for stop in tape.stops if stop.row < 0]
    assert strides and len(tape.stops) < len(stepper)
    assert all("inside folded boxes" in stop.sentence for stop in strides)
    assert set(tape.units) == {stop.row for stop in tape.stops} - {-1}


def test_a_page_in_strides_says_so() -> None:
    """The line below the title counts the events that have no stop of their own."""
    unit = Unit(0.5, "x")
    for _ in range(2600):
        unit = -unit
    page = played(unit, max_units=40)

    assert page.events == 5201
    assert page.stops < page.events
    assert re.search(r"Of 5,201 events, [\d,]+ are inside folded boxes", page.html)


def test_folded_boxes_show_the_range_of_what_is_done() -> None:
    """A box's tracks hold the least and the greatest number of its members at each stop."""
    outputs = tangle(80, 1)
    stepper = Stepper(outputs, forward=True)
    folds = folding(stepper.circuit.rows, 12)
    tape = recorded(stepper, [folds])
    numbers = [float(text) for text in tape.numbers.texts[::2]]
    circuit = stepper.circuit
    runs = [lead for lead, group in folds.groups.items() if group.kind == "run"]
    for lead in runs:
        ranges = tape.folds[0][lead]
        for track, half in ((ranges.values, "forward"), (ranges.gradients, "backward")):
            for stop, done, low, high in track:
                stepper.goto(tape.stops[stop].through if stop >= 0 else 0)
                rows = [r for r, one in enumerate(folds.owner) if one == lead]
                units = [circuit.units[r] for r in rows if circuit.units[r] is not None]
                if half == "forward":
                    there = [u.value for u in units if stepper.computed(u)]
                else:
                    there = [stepper.gradient(u) for u in units if stepper.visited(u)]
                assert done == len(there)
                if there:
                    assert (numbers[low], numbers[high]) == (min(there), max(there))
    assert runs or folds.groups


def test_folded_boxes_open() -> None:
    """The page of a network has its levels, and a box opens to a picture of its parts."""
    loss = MLP(2, [6, 6, 1], rng=0)([0.5, -1.0])[0]
    some = levels(Circuit(loss), 500)
    data = data_of(played(loss))

    assert len(data["pictures"]) == len(some) > 2
    assert data["pictures"][data["first"]]["listed"] and some[first(some)].boxes <= 60
    assert len({one["id"] for one in data["pictures"]}) == len(some)
    opening = 0
    for at, level in enumerate(some):
        for lead in level.folding.groups:
            place = opener(some, at, lead)
            if place >= 0:
                opening += 1
                owner = some[place].folding.owner
                rows = [row for row, one in enumerate(level.folding.owner) if one == lead]
                assert len({owner[row] for row in rows}) > 1
                assert -1 not in {owner[row] for row in rows}
    assert opening > 5


def test_every_box_of_the_data_is_in_its_picture() -> None:
    """Each folded box that the data knows is drawn, in the picture that says so."""
    page = played(MLP(2, [6, 6, 1], rng=0)([0.5, -1.0])[0])
    ids = {element.attrib.get("id") for element in parsed(page).iter(f"{SVG}g")}
    for picture in data_of(page)["pictures"]:
        for lead, *_ in picture["folds"]:
            assert f"{picture['id']}_n{lead}" in ids


def test_paths_add_up() -> None:
    """The paths listed for a unit, with what the others add, make its gradient."""
    loss = neuron()
    data = data_of(played(loss))
    units = Circuit(loss).units
    total = {row: 0.0 for row, _ in data["paths"]}
    for row, found in data["paths"]:
        parts = [number(data, place) for _, place in found["list"]] + [number(data, found["rest"])]
        total[row] = math.fsum(part for part in parts if part is not None)

    assert len(total) >= 5
    for row, sum_ in total.items():
        unit = units[row]
        assert unit is not None and sum_ == pytest.approx(unit.grad, rel=1e-12)


def test_the_page_is_the_same_text_each_time() -> None:
    """Two pages of one circuit are equal, byte for byte."""
    assert played(neuron()).html == played(neuron()).html


def test_json_cannot_be_read_as_anything_else() -> None:
    """Data has no character that ends a script, and reads back as it was."""
    for text in PAYLOADS:
        safe = shown(text)
        written = as_json([safe])

        assert not set(written) & set("<>&\u2028\u2029") and written.isascii()
        assert json.loads(written) == [safe]


def test_a_notebook_gets_a_frame_of_its_own() -> None:
    """The page is shown in a sandboxed frame, escaped so that it comes out as it is."""
    page = played(neuron())
    shown_ = page._repr_mimebundle_()["text/html"]
    frame = re.fullmatch(r'<iframe srcdoc="([^"]*)" sandbox="allow-scripts" .*></iframe>', shown_)

    assert frame is not None and unescape(frame[1]) == page.html
    assert list(page._repr_mimebundle_(exclude=["text/html"])) == ["text/plain"]


def test_it_is_saved_where_a_path_is_given(tmp_path: Path) -> None:
    """A path is written to; an ending that is no page's is refused before any work."""
    page = played(neuron(), path=tmp_path / "p.html", title="A <title>")

    assert (tmp_path / "p.html").read_text(encoding="utf-8") == page.html
    assert "<title>A &lt;title&gt;</title>" in page.html
    with pytest.raises(FormatError, match=r"p\.svg.*\.html"):
        played(neuron(), path=tmp_path / "p.svg")
    with pytest.raises(RangeError, match="max_units got 3"):
        played(neuron(), max_units=3)
    with pytest.raises(RangeError, match="engine"):
        player(neuron(), engine="cuda")


def test_a_model_is_to_be_called_first() -> None:
    """A model has no pass of its own: the message says what has, and that does play."""
    model = MLP(2, [2, 1], rng=0)
    for given in (model, [model]):
        with pytest.raises(OperandError, match=r"MLP.*Call it first: player\(model\(row\)\[0\]\)"):
            played(given)
    assert played(model([1.0, 2.0])[0]).events > 0
