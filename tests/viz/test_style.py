"""Style: the sheet is scoped, and readable in light and dark."""

from __future__ import annotations

import re

import pytest
from gatenet.viz.style import sheet


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
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _fill(rules: dict[str, str], selector: str) -> str:
    """Return the fill a rule gives."""
    found = re.search(r"fill:(#[0-9a-f]{6})", rules[selector])
    assert found, selector
    return found[1]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read_on_its_ground(theme: str) -> None:
    """Each text has a contrast of at least 4.5 to one on every box it can stand on."""
    rules = _rules(theme)
    grounds = [
        ".edge",
        ".input>.edge",
        ".parameter>.edge",
        ".constant>.edge",
        ".inner.output>.edge",
    ]
    inks = ["text", ".quiet", ".grad.plus", ".grad.minus", ".grad.broken"]
    pairs = [(ink, ground) for ink in inks for ground in [*grounds, ".paper"]]
    pairs.append((".symbol", ".gate"))
    poor = {}
    for ink, ground in pairs:
        a, b = sorted(_brightness(_fill(rules, name)) for name in (ink, ground))
        if (b + 0.05) / (a + 0.05) < 4.5:
            poor[ink, ground] = (b + 0.05) / (a + 0.05)

    assert {} == poor


def test_every_rule_is_bound_to_the_picture() -> None:
    """No rule of a picture can restyle the page it stands on, or another picture."""
    text = sheet("g42").replace("@media (prefers-color-scheme:dark){", "")
    selectors = [s for group in re.findall(r"([^{}]+)\{", text) for s in group.split(",")]

    assert selectors
    assert [] == [s for s in selectors if not s.startswith("#g42 ")]


def test_the_sheet_refers_to_nothing() -> None:
    """A sheet imports nothing and loads no font."""
    assert not re.search(r"url|@import|@font-face|http|<|>(?!\.)", sheet("g1"))
