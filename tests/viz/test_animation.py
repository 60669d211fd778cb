"""Animation: one file that plays a pass, and at each moment shows exactly that frame."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from gatenet.viz.animation import HOLD
from gatenet.viz.frames import Series, series
from gatenet.viz.paint import painted
from viz_samples import neuron, step, tangle

from gatenet import Unit
from gatenet.errors import FormatError, RangeError
from gatenet.viz import animate

ROOT = Path(__file__).resolve().parents[2]
NAMESPACE = "{http://www.w3.org/2000/svg}"


def _plays(sheet: str, whole: int) -> dict[str, list[bool]]:
    """Read for each class of the sheet in which frames it is visible, as a browser would."""
    found = {}
    for name, body in re.findall(r"@keyframes (\w+)\{((?:[^{}]*\{[^{}]*\})*)\}", sheet):
        keys = [
            (round(float(at) * whole / 100), now == "visible")
            for at, now in re.findall(r"([\d.e-]+)%\{visibility:(\w+)\}", body)
        ]
        found[name] = [[now for at, now in keys if at <= k][-1] for k in range(whole)]
    return found


def _texts(element: ElementTree.Element, hidden: set[str]) -> list[str]:
    """Return the texts that can be seen, where groups of these classes are hidden."""
    if hidden & set(element.get("class", "").split()):
        return []
    if element.tag == f"{NAMESPACE}text":
        return [element.text or ""]
    return [text for child in element for text in _texts(child, hidden)]


def _frame_texts(found: Series, k: int) -> list[str]:
    """Return the texts of frame k drawn for itself."""
    text = painted(found.scenes[k], found.layout, found.remark, found.room)
    return sorted(_texts(ElementTree.fromstring(text), set()))


@pytest.mark.parametrize("seed", [None, 5])
def test_at_each_moment_exactly_one_frame_is_seen(seed: int | None) -> None:
    """Read as a browser reads it, the sheet shows the texts of each frame in its turn."""
    loss = neuron() if seed is None else tangle(20, seed)[-1]
    found = series(loss, "builtin")
    n = len(found.scenes)
    root = ElementTree.fromstring(animate(loss, engine="builtin").svg)
    plays = _plays(root.findtext(f"{NAMESPACE}style") or "", n + HOLD)

    assert plays
    for k in range(n + HOLD):
        hidden = {name for name, visible in plays.items() if not visible[k]}
        assert _frame_texts(found, min(k, n - 1)) == sorted(_texts(root, hidden)), k


def test_without_motion_the_last_frame_stands() -> None:
    """Where animations are off, only forms of the last frame are visible."""
    found = series(neuron(), "builtin")
    root = ElementTree.fromstring(animate(neuron(), engine="builtin").svg)
    sheet = root.findtext(f"{NAMESPACE}style") or ""
    plays = set(_plays(sheet, 100))
    visible = set(re.findall(r"\.(\w+)\{visibility:visible;animation-name", sheet))

    assert ".form{visibility:hidden;" in sheet
    assert re.search(
        r"@media \(prefers-reduced-motion:reduce\)\{#\w+ \.form\{animation:none\}\}$", sheet
    )
    assert _frame_texts(found, len(found.scenes) - 1) == sorted(_texts(root, plays - visible))


def test_it_stands_alone() -> None:
    """No script, no SMIL, no reference; one id for each box."""
    text = animate(tangle(15, 1), engine="builtin").svg
    root = ElementTree.fromstring(text)
    tags = {element.tag.removeprefix(NAMESPACE) for element in root.iter()}
    ids = [element.get("id") for element in root.iter() if element.get("id")]

    assert tags == {"svg", "g", "path", "rect", "text", "title", "desc", "style"}
    assert len(ids) == len(set(ids))
    assert not re.search(r"url\(|href|@import|<script|http(?!://www\.w3\.org/2000/svg)", text)


def test_the_sentences_can_be_heard() -> None:
    """The description has every event's sentence in order."""
    stepper = step()
    said = ElementTree.fromstring(animate(stepper, engine="builtin").svg).findtext(
        f"{NAMESPACE}desc"
    )
    stepper.goto(0)
    sentences = [event.sentence for event in stepper]

    assert [f"Event {k} of 17" in (said or "") for k in range(1, 18)] == [True] * 17
    assert [] == [sentence for sentence in sentences if sentence not in (said or "")]


def test_it_is_saved_and_the_stepper_left(tmp_path: Path) -> None:
    """The file has the picture's very text, which is the same each time."""
    stepper = step()
    picture = animate(stepper, tmp_path / "a.svg", seconds=0.5, engine="builtin")

    assert 12 == stepper.position
    assert picture.svg == (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert picture.svg == animate(neuron(), seconds=0.5, engine="builtin").svg
    assert "9.5s step-end infinite" in picture.svg


def test_mistakes_are_refused() -> None:
    """A wrong ending, a time that is none, and a pass that is too long."""
    loss = Unit(1.0) * 2.0
    with pytest.raises(FormatError, match=r"'a.gif'"):
        animate(loss, "a.gif")
    with pytest.raises(RangeError, match="seconds got 0"):
        animate(loss, seconds=0)
    with pytest.raises(RangeError, match="seconds got nan"):
        animate(loss, seconds=float("nan"))
    for seconds in ("x", None, True, 1j, 3600):
        with pytest.raises(RangeError, match=r"seconds got .*give a number above 0"):
            animate(loss, seconds=seconds)  # type: ignore[arg-type]
    with pytest.raises(RangeError, match="a pass of 3 events is longer than the 2"):
        animate(loss, most=2)


SCRIPT = """
import sys
sys.path.insert(0, "tests/viz")
from viz_samples import comparison, step, tangle
from gatenet.viz import animate, draw
print(animate(tangle(20, 3), engine="builtin").svg, draw(step(), engine="builtin").svg)
print(comparison().svg, comparison().source)
"""


def test_every_process_writes_the_same_bytes() -> None:
    """Animation, step and comparison do not depend on hash seeds."""
    made = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            capture_output=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for seed in ("1", "2")
    ]

    assert made[0] == made[1]
    assert b"@keyframes" in made[0]
