"""Style: the sheet is scoped, and readable in light and dark."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest
from gatenet.viz.scale import STEPS
from gatenet.viz.style import sheet

SIGNS = ("plus", "minus")


def _rules(theme: str) -> dict[str, str]:
    """Return the colours of a theme by selector, those of the other theme overridden."""
    light, _, dark = sheet("g1").partition("@media (prefers-color-scheme:dark){")
    text = light if theme == "light" else dark
    found: dict[str, str] = {}
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", text):
        for selector in selectors.split(","):
            found[selector.removeprefix("#g1 ")] = found.get(selector, "") + body
    return found


def _brightness(colour: str) -> float:
    """Return the relative luminance of a colour as the WCAG defines it."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(colour: str) -> list[float]:
    """Return red, green and blue of a colour as parts of light."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]


def _fill(rules: dict[str, str], selector: str, what: str = "fill") -> str:
    """Return the fill, or the stroke, that a rule gives."""
    found = re.search(rf"{what}:(#[0-9a-f]{{6}})", rules[selector])
    assert found, selector
    return found[1]


def _contrast(a: str, b: str) -> float:
    """Return the contrast of two colours as the WCAG defines it."""
    low, high = sorted((_brightness(a), _brightness(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read_on_its_ground(theme: str) -> None:
    """Each text has a contrast of at least 4.5 to one on every ground it can stand on."""
    rules = _rules(theme)
    grounds = [
        ".edge",
        ".input>.edge",
        ".parameter>.edge",
        ".constant>.edge",
        ".inner.output>.edge",
        ".paper",
    ]
    chips = [f".chip.{sign}.s{step}" for sign in SIGNS for step in STEPS]
    pairs = [(ink, on) for ink in ("text", ".quiet", ".note", ".grad.broken") for on in grounds]
    pairs += [("text", on) for on in chips]
    pairs.append((".symbol", ".gate"))
    found = {pair: _contrast(*(_fill(rules, name) for name in pair)) for pair in pairs}

    assert {} == {pair: contrast for pair, contrast in found.items() if contrast < 4.5}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marks_and_strokes_can_be_seen(theme: str) -> None:
    """Triangles on their chips and the strokes of a step have a contrast of at least 3."""
    rules = _rules(theme)
    pairs = [
        (_fill(rules, f".mark.{sign}"), _fill(rules, f".chip.{sign}.s{step}"))
        for sign in SIGNS
        for step in STEPS
    ]
    strokes = [".frame", ".wire.working", ".wire.working.plus", ".wire.working.minus", ".edge"]
    pairs += [(_fill(rules, name, "stroke"), _fill(rules, ".paper")) for name in strokes]

    assert [] == [pair for pair in pairs if _contrast(*pair) < 3]


# How the linear parts of a colour look without red, green or blue cones: Machado, Oliveira and
# Fernandes, IEEE TVCG 15 (2009), severity 1.
BLIND = {
    "protan": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deutan": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "tritan": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}


def _lab(linear: list[float]) -> tuple[float, float, float]:
    """Return CIE L*, a*, b* of linear red, green and blue."""
    xyz = (
        (0.4124, 0.3576, 0.1805, 0.9505),
        (0.2126, 0.7152, 0.0722, 1.0),
        (0.0193, 0.1192, 0.9505, 1.089),
    )
    red, green, blue = linear
    sums = [max(r * red + g * green + b * blue, 0) / white for r, g, b, white in xyz]
    x, y, z = [t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in sums]
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("eyes", ["all", *BLIND])
def test_signs_stay_apart_for_every_eye(theme: str, eyes: str) -> None:
    """At each strength blue and orange differ by what anybody sees at a glance."""
    rules = _rules(theme)
    for step in STEPS[:3]:
        seen = []
        for sign in SIGNS:
            linear = _linear(_fill(rules, f".chip.{sign}.s{step}"))
            if eyes != "all":
                rows = BLIND[eyes]
                linear = [sum(a * b for a, b in zip(row, linear, strict=True)) for row in rows]
            seen.append(_lab(linear))

        assert math.dist(*seen) > 12, (step, seen)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("sign", ["plus", "minus"])
def test_strength_is_a_matter_of_lightness(theme: str, sign: str) -> None:
    """Each step is darker than the one below on light paper, lighter on dark: grey shows it."""
    rules = _rules(theme)
    steps = [_lab(_linear(_fill(rules, f".chip.{sign}.s{step}")))[0] for step in STEPS]
    moves = [b - a if theme == "light" else a - b for a, b in pairwise(steps)]

    assert all(move > 4 for move in moves), steps


def test_every_rule_is_bound_to_the_picture() -> None:
    """No rule of a picture can restyle the page it stands on, or another picture."""
    text = sheet("g42").replace("@media (prefers-color-scheme:dark){", "")
    selectors = [s for group in re.findall(r"([^{}]+)\{", text) for s in group.split(",")]

    assert selectors
    assert [] == [s for s in selectors if not s.startswith("#g42 ")]


def test_the_sheet_refers_to_nothing() -> None:
    """A sheet imports nothing and loads no font."""
    assert not re.search(r"url|@import|@font-face|http|<|>(?!\.)", sheet("g1"))
