"""The player's page in headless Chromium: played, pointed at, looked at by a screen reader.

Needs the package playwright (extra `browser`) and a Chromium on PATH (Debian: `apt-get install
chromium`); skipped with a word where either is missing.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gatenet import Stepper, Unit
from gatenet.losses import mse_loss
from gatenet.nn import MLP
from gatenet.viz import player

pytestmark = pytest.mark.browser
playwright = pytest.importorskip(
    "playwright.sync_api", reason="needs playwright: pip install 'gatenet-circuits[browser]'"
)
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
SIZES = [(1280, 850), (400, 800), (1900, 1000)]
MARKS = "\u25b2\u25bc "
NAMES = ("</script><img src=x onerror=alert(1)>", "x[label=<a>", "'\"&amp;", "a\u202eb", "{{data}}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A headless browser for all tests of this file."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("needs Chromium on PATH: apt-get install chromium")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


class Page:
    """A page opened from a file, with everything it said and asked for."""

    def __init__(self, browser: Any, path: Path, **options: Any) -> None:
        options.setdefault("viewport", {"width": 1280, "height": 800})
        self.context = browser.new_context(reduced_motion="reduce", **options)
        self.tab = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.tab.on("console", lambda message: self.said.append(message.text))
        self.tab.on("pageerror", lambda error: self.said.append(str(error)))
        self.tab.on("dialog", lambda dialog: (self.said.append("dialog"), dialog.dismiss()))
        self.tab.on("request", lambda request: self.asked.append(request.url))
        self.tab.goto(path.as_uri())

    def text(self, selector: str) -> str:
        """The text of an element."""
        return str(self.tab.text_content(selector))

    def position(self) -> int:
        """How many stops are done."""
        return int(self.tab.input_value("#slider"))

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.tab.keyboard.press(key)

    def boxes(self) -> list[list[str]]:
        """Name and the two numbers of every box that is seen."""
        found: list[list[str]] = self.tab.evaluate(
            """() => [...document.querySelectorAll('#stage > svg:not([hidden]) g.unit')]
                .map(g => [...g.querySelectorAll('text.name, text.num')].map(t => t.textContent))"""
        )
        return found

    def facts(self) -> dict[str, str]:
        """What the inspector says, by term."""
        found: dict[str, str] = self.tab.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll('#inspector dt')]
                .map(dt => [dt.textContent, dt.nextElementSibling.textContent]))"""
        )
        return found

    def close(self) -> None:
        """Close it; whatever it said would have been an error."""
        self.context.close()
        assert self.said == []
        assert len(self.asked) == 1


def neuron() -> Unit:
    """A neuron of two inputs that has not seen a pass; b is used twice."""
    a, b, c = Unit(1.0, "a"), Unit(2.0, "b", role="parameter"), Unit(-3.0, "c")
    x, y = Unit(-1.0, "x"), Unit(3.0, "y")
    loss = (a * x + b * y + c).sigmoid() * b
    loss.name = "loss"
    return loss


@pytest.fixture
def page(chromium: Any, tmp_path: Path) -> Iterator[Page]:
    """The neuron's page, opened; it is closed without a word on the console."""
    player(neuron(), tmp_path / "neuron.html", engine="builtin")
    opened = Page(chromium, tmp_path / "neuron.html")
    yield opened
    opened.close()


def test_buttons_keys_and_slider_step(page: Page) -> None:
    """Every way of moving leads to the same positions, and none past the ends."""
    assert page.position() == 0 and "before event 1 of 17" in page.text("#where")
    page.tab.click("#next")
    assert page.position() == 1 and "u5 = a * x = " in page.text("#sentence")
    page.press("ArrowRight", "ArrowRight", "ArrowLeft")
    assert page.position() == 2
    page.press("PageDown", "PageDown", "PageDown")
    assert page.position() == 17
    page.press("ArrowRight")
    page.tab.click("#back")
    assert page.position() == 16
    page.press("Home", "ArrowLeft")
    assert page.position() == 0
    page.tab.click("#last")
    assert page.position() == 17
    page.tab.fill("#slider", "9")
    assert page.position() == 9 and "event 9 of 17" in page.text("#where")
    assert page.tab.get_attribute("#slider", "aria-valuetext").startswith("event 9 of 17, backward")


def test_it_plays_and_pauses(page: Page) -> None:
    """Space plays to the end, quietly for screen readers, and pauses."""
    page.tab.select_option("#speed", "60")
    page.tab.focus("#stage g.unit")
    page.press("Space")
    assert page.tab.get_attribute("#sentence", "aria-live") == "off"
    page.tab.locator("#play[aria-label='Play']").wait_for()
    assert page.position() == 17
    assert page.tab.get_attribute("#sentence", "aria-live") == "polite"
    page.tab.click("#play")
    page.tab.click("#play")
    assert page.position() < 17


def test_every_position_shows_what_a_stepper_says(page: Page) -> None:
    """Sentence, values and gradients are the engine's at every position, from both sides."""
    stepper = Stepper(neuron(), forward=True)
    places = [*range(len(stepper) + 1), 11, 3, 16, 0, 8]
    for place in places:
        stepper.goto(place)
        page.tab.fill("#slider", str(place))
        if stepper.event is not None:
            assert page.text("#sentence") == stepper.event.sentence
        shown = {name: numbers for name, *numbers in page.boxes()}
        for row, unit in enumerate(stepper.circuit.units):
            assert unit is not None
            value, gradient = shown[stepper.circuit.label(row)]
            gathered = unit.grad if stepper.visited(unit) else stepper.gradient(unit)
            assert value == (written(unit.value) if stepper.computed(unit) else "\u2013")
            assert gradient.lstrip(MARKS) == ("\u2013" if gathered is None else written(gathered))


def written(x: float | None) -> str:
    """A number in four digits with a true minus sign; a dash for none."""
    if x is None:
        return "\u2013"
    mantissa, mark, power = f"{x:.4g}".partition("e")
    return (mantissa + (mark + str(int(power)) if mark else "")).replace("-", "\u2212")


def test_pointing_at_units_and_wires_gives_every_digit(page: Page) -> None:
    """Mouse, keyboard and tap show value, gradient, local derivative and pull with all digits."""
    loss = neuron()
    stepper = Stepper(loss)
    stepper.finish()
    circuit = stepper.circuit
    page.press("End")
    for row, unit in enumerate(circuit.units):
        page.tab.hover(f"#stage g.unit[id$='_n{row}'] > .edge")
        assert unit is not None and page.text("#inspector h2") == circuit.label(row)
        facts = page.facts()
        assert facts["value"] == repr(unit.value)
        assert float(facts["gradient"].lstrip(MARKS)) == unit.grad
    page.tab.hover("#count")
    tail, head = (circuit.index(u) for u in (circuit.units[1], loss))
    page.tab.dispatch_event(
        f"g.wire.from_n{tail}.to_n{head}", "pointerover", {"pointerType": "mouse"}
    )
    facts = page.facts()
    assert float(facts["\u2202loss/\u2202b"]) == loss.partials[1]
    assert float(facts["pull"].lstrip(MARKS)) == loss.partials[1]
    page.tab.click(f"#stage g.unit[id$='_n{tail}'] > .edge")
    page.tab.hover("#count")
    assert page.text("#inspector h2") == "b"  # kept, and its paths are told
    assert "Paths to the output: 2" in page.text("#inspector")
    page.press("Escape")
    assert page.text("#inspector h2") != "b"


def test_the_keyboard_reaches_every_unit_and_wire(page: Page) -> None:
    """Down arrows go through all units and wires, each with a name of its own to be read."""
    page.tab.focus("#stage g.unit[tabindex='0']")
    seen = set()
    page.press(*["ArrowUp"] * 40)
    for _ in range(30):
        seen.add(page.tab.evaluate("document.activeElement.getAttribute('aria-label')"))
        page.press("ArrowDown")
    wires = {name for name in seen if name.startswith("wire from")}

    assert len(seen - wires) == 11
    assert "wire from b to loss, local derivative 0.8808" in wires and len(wires) >= 11
    assert page.position() == 0


def test_the_gate_at_work_and_its_pulls_are_marked(page: Page) -> None:
    """At a gate's event its box is marked and each pull stands on its wire."""
    page.press("End", "Home", *["ArrowRight"] * 7)
    working = page.tab.locator("#stage g.unit.working")
    assert working.count() == 1 and "loss" in working.text_content()
    assert page.tab.locator("#stage g.wire.is-pulling").count() == 2
    assert sorted(page.tab.locator("#stage .tag text").all_text_contents()) == [
        "\u25b2 0.8808", "\u25b2 2",
    ]  # fmt: skip
    assert page.tab.locator("#rule tbody tr").count() == 2
    page.press("Home")
    assert page.tab.locator("#stage .tag, #stage .working, #rule tr").count() == 0


def test_it_zooms_and_moves(page: Page) -> None:
    """Wheel, drag, buttons and keys change the window on the picture; 0 shows all of it again."""

    def window() -> list[float]:
        found = page.tab.get_attribute("#stage > svg", "viewBox")
        return [float(part) for part in found.split()]

    whole = window()
    page.tab.hover("#stage > svg", position={"x": 300, "y": 250})
    page.tab.mouse.wheel(0, -500)
    page.tab.wait_for_function(
        "document.querySelector('#stage > svg').classList.contains('zoomed')"
    )
    closer = window()
    assert closer[2] < whole[2]
    page.tab.mouse.down()
    page.tab.mouse.move(420, 330, steps=3)
    page.tab.mouse.up()
    assert window()[:2] != closer[:2] and math.isclose(window()[2], closer[2])
    page.press("0")
    assert window() == whole
    page.press("+", "+", "-")
    assert window()[2] < whole[2]
    page.tab.click("#fit")
    assert window() == whole


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1920, 1080)])
def test_it_fits_narrow_and_wide_screens(page: Page, width: int, height: int) -> None:
    """At any width nothing sticks out sideways, and the controls are in sight."""
    page.tab.set_viewport_size({"width": width, "height": height})
    assert page.tab.evaluate("document.documentElement.scrollWidth") <= width
    for button in ("#first", "#play", "#last", "#theme"):
        place = page.tab.locator(button).bounding_box()
        assert 0 <= place["x"] and place["x"] + place["width"] <= width


def test_light_and_dark(chromium: Any, tmp_path: Path) -> None:
    """The page follows the system, and its button says otherwise."""
    player(neuron(), tmp_path / "p.html", engine="builtin")
    ground = "getComputedStyle(document.querySelector('main > section')).backgroundColor"
    inside = "getComputedStyle(document.querySelector('#stage .input > .edge')).fill"
    for scheme, other in (("light", "dark"), ("dark", "light")):
        page = Page(chromium, tmp_path / "p.html", color_scheme=scheme)
        expected = {"light": ("rgb(255, 255, 255)", "rgb(226, 243, 236)"),
                    "dark": ("rgb(18, 23, 30)", "rgb(20, 50, 42)")}  # fmt: skip
        assert (page.tab.evaluate(ground), page.tab.evaluate(inside)) == expected[scheme]
        page.tab.click("#theme")
        assert (page.tab.evaluate(ground), page.tab.evaluate(inside)) == expected[other]
        page.close()


def test_hostile_names_do_nothing(chromium: Any, tmp_path: Path) -> None:
    """Names that are markup stand in the page as text; nothing runs and nothing is fetched."""
    unit = Unit(1.0, NAMES[0])
    for name in NAMES:
        unit = unit * Unit(2.0, name)
        unit.name = name
    player(unit, tmp_path / "p.html", title=NAMES[0], engine="builtin")
    page = Page(chromium, tmp_path / "p.html")
    page.press("End", "ArrowLeft", "Home", "PageDown")
    assert page.text("h1") == NAMES[0]
    assert page.tab.locator("img, iframe").count() == 0
    assert page.tab.locator("script").count() == 2
    page.close()


def test_folded_boxes_open_and_fold_again(chromium: Any, tmp_path: Path) -> None:
    """Enter opens a folded box to a picture of its parts, Escape folds it again."""
    loss = MLP(2, [4, 4, 1], rng=0)([0.5, -1.0])[0]
    player(loss, tmp_path / "p.html", engine="builtin")
    page = Page(chromium, tmp_path / "p.html")
    seen = "document.querySelector('#stage > svg:not([hidden])')"
    before = page.tab.evaluate(f"{seen}.id")
    page.press("End")
    page.tab.locator("#stage > svg:not([hidden]) g.unit.folded").first.focus()
    page.press("Enter")
    opened = page.tab.evaluate(f"{seen}.id")
    assert opened != before
    assert page.tab.locator("#stage > svg:not([hidden]) g.unit").count() > 1
    page.press("Escape")
    assert page.tab.evaluate(f"{seen}.id") == before
    page.tab.select_option("#level", index=0)
    assert page.tab.evaluate(f"{seen}.id") != opened
    page.close()


def test_a_screen_reader_finds_its_way(page: Page) -> None:
    """Landmarks, labels and contrast: axe finds nothing, in light and in dark."""
    axe = pytest.importorskip("axe_core_python.sync_playwright", reason="needs axe-core-python")
    assert page.tab.locator("main").count() == page.tab.locator("h1").count() == 1
    for _ in range(2):
        page.press("End", *["ArrowLeft"] * 5)
        found = axe.Axe().run(page.tab)["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found] == []
        page.tab.click("#theme")


def test_two_thousand_events_stay_smooth(chromium: Any, tmp_path: Path) -> None:
    """With over 2,000 events a jump writes each number at most once, however far it goes."""
    unit = Unit(0.3, "x")
    weights = [Unit(0.01 * k - 0.4, f"w{k}", role="parameter") for k in range(80)]
    for k in range(660):
        unit = (unit * weights[k % 80]).tanh() if k % 2 else unit + weights[k % 80]
    made = player(unit, tmp_path / "p.html", engine="builtin")
    assert made.stops == made.events > 2000
    page = Page(chromium, tmp_path / "p.html")
    most = page.tab.evaluate(WRITES)
    print(f"{made.events} events: a jump of the slider takes {page.tab.evaluate(TAKES):.2f} ms")
    assert most == 1
    page.close()


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a network's loss over four rows, which has gates of over thirty operands."""
    model = MLP(2, [16, 16, 1], rng=0)
    rows = [[0.1 * k, 0.5 - 0.2 * k] for k in range(4)]
    loss = mse_loss([model(row)[0] for row in rows], [0.5] * 4)
    path = tmp_path_factory.mktemp("network") / "p.html"
    player(loss, path, engine="builtin")
    return path


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_long_table_keeps_its_head(chromium: Any, network: Path, width: int, height: int) -> None:
    """A gate of many operands: head and some lines in sight at any scroll, the sentence entire."""
    page = Page(chromium, network, viewport={"width": width, "height": height})
    place = page.tab.evaluate(MOST_PULLS)
    page.tab.fill("#slider", str(place))
    said = page.tab.evaluate("document.getElementById('slider').getAttribute('aria-valuetext')")
    assert said.endswith(page.text("#sentence")) and len(page.text("#sentence")) > 300
    assert page.tab.locator("#rule tbody tr").count() > 25
    for to in (0, 200, 10_000):
        page.tab.evaluate(f"document.getElementById('rule').scrollTop = {to}")
        assert page.tab.evaluate(LINES_IN_SIGHT) >= 2
    assert page.tab.evaluate("document.getElementById('rule').scrollTop") > 0
    inner, outer = (page.tab.locator(one).bounding_box() for one in ("#sentence", "#said"))
    assert inner["y"] + inner["height"] <= outer["y"] + outer["height"]
    assert page.tab.evaluate("document.documentElement.scrollWidth") <= width
    page.press("Home")
    assert page.tab.locator("#said.tabled").count() == 0
    page.close()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_opens_readable_and_follows(
    chromium: Any, network: Path, width: int, height: int
) -> None:
    """Numbers have about nine pixels at the start, and what is at work stays in sight."""
    page = Page(chromium, network, viewport={"width": width, "height": height})
    assert 0.7 <= page.tab.evaluate(SCALE) <= 1.5
    assert page.tab.locator("#stage > svg:not([hidden]) g.unit").count() > 3
    page.tab.select_option("#level", label=page.tab.text_content("#level option:last-child"))
    assert page.tab.evaluate(SCALE) >= 0.7
    last = int(page.tab.get_attribute("#slider", "max"))
    for place in (1, last // 3, last // 2, last, last // 4):
        page.tab.fill("#slider", str(place))
        stage = page.tab.locator("#stage").bounding_box()
        box = page.tab.locator("#stage > svg:not([hidden]) g.working > .edge").last.bounding_box()
        assert stage["x"] <= box["x"] and box["x"] + box["width"] <= stage["x"] + stage["width"]
        assert stage["y"] <= box["y"] and box["y"] + box["height"] <= stage["y"] + stage["height"]
    page.close()


MOST_PULLS = """() => {
  const { stops } = JSON.parse(document.getElementById('data').textContent);
  const most = Math.max(...stops.map((stop) => stop[3].length));
  return stops.findIndex((stop) => stop[3].length === most) + 1;
}"""

LINES_IN_SIGHT = """() => {
  const frame = document.getElementById('rule').getBoundingClientRect();
  const seen = (one) => {
    const { left, top, height } = one.getBoundingClientRect();
    const found = document.elementFromPoint(left + 3, top + height / 2);
    return top >= frame.top - 1 && top + height <= frame.bottom + 1 && one.contains(found);
  };
  if (!seen(document.querySelector('#rule th'))) return 0;
  return [...document.querySelectorAll('#rule tbody td:first-child')].filter(seen).length;
}"""

SCALE = """() => {
  const svg = document.querySelector('#stage > svg:not([hidden])');
  const [, , wide, tall] = svg.getAttribute('viewBox').split(' ').map(Number);
  const { width, height } = svg.getBoundingClientRect();
  return Math.min(width / wide, height / tall);
}"""

WRITES = """async () => {
  const writes = new Map();
  const count = ({ target }) => writes.set(target, (writes.get(target) ?? 0) + 1);
  const observer = new MutationObserver((records) => records.forEach(count));
  const picture = document.querySelector('#stage > svg:not([hidden])');
  observer.observe(picture, { subtree: true, childList: true });
  const slider = document.getElementById('slider');
  slider.value = slider.max;
  slider.dispatchEvent(new Event('input'));
  await new Promise((done) => setTimeout(done));
  const texts = [...writes].filter(([target]) => target.tagName === 'text');
  return Math.max(...texts.map(([, times]) => times));
}"""

TAKES = """async () => {
  const slider = document.getElementById('slider');
  const times = [];
  for (let turn = 0; turn < 40; turn += 1) {
    slider.value = String((turn * 797) % Number(slider.max));
    const start = performance.now();
    slider.dispatchEvent(new Event('input'));
    times.push(performance.now() - start);
    await new Promise((done) => requestAnimationFrame(done));
  }
  return times.sort((a, b) => a - b)[20];
}"""
