"""Style: the colours and strokes of every picture, light and dark, in one small sheet.

Colour never says anything alone: roles differ in shape, and the sign of a gradient is also a
triangle that points up or down.  Blue and orange were chosen because they stay apart for
colour-blind eyes; every text has a contrast of 4.5 or more on its ground.
Knows nothing of circuits; a picture's own id stands before each rule, so that pictures on
one page cannot restyle each other.
"""

from __future__ import annotations

SANS = 'system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,"DejaVu Sans",sans-serif'
MONO = 'ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace'

ROLES = ("input", "parameter", "constant", "inner", "output", "folded")
"""What a box can be; `output` is said besides the role a unit has."""

_PLAIN: dict[str, str] = {
    "text": f"font-family:{SANS};font-size:12px",
    ".name": "font-weight:600",
    ".num": f"font-family:{MONO}",
    ".symbol": "font-weight:600;text-anchor:middle",
    ".middle": "text-anchor:middle",
    ".end": "text-anchor:end",
    ".title": "font-size:14px;font-weight:600",
    ".wire,.stub,.trunk,.axis,.line,.grid,.ring": "fill:none",
    ".wire,.stub,.trunk": "stroke-width:1.4",
    ".edge": "stroke-width:1.4",
    ".ring": "stroke-width:1.4",
    ".many": "stroke-width:2.6",
    ".folded .edge": "stroke-dasharray:5 3",
    ".unit:hover>.edge": "stroke-width:3",
    ".line": "stroke-width:2;stroke-linejoin:round",
    ".d1": "stroke-dasharray:7 4",
    ".d2": "stroke-dasharray:2 3",
    ".d3": "stroke-dasharray:9 3 2 3",
}

_COLOURS: dict[str, tuple[str, str]] = {
    ".paper": ("fill:#ffffff", "fill:#12171e"),
    "text": ("fill:#1b2430", "fill:#e6ecf2"),
    ".quiet": ("fill:#5b6675", "fill:#9dabba"),
    ".wire,.stub,.trunk,.axis": ("stroke:#8492a3", "stroke:#75859a"),
    ".tip": ("fill:#8492a3", "fill:#75859a"),
    ".grid": ("stroke:#e3e8ee", "stroke:#29323d"),
    ".edge": ("fill:#ffffff;stroke:#8191a4", "fill:#1a222c;stroke:#7c8da3"),
    ".input>.edge": ("fill:#e2f3ec;stroke:#2c7d63", "fill:#14322a;stroke:#58c09d"),
    ".parameter>.edge": ("fill:#ede9fb;stroke:#6b57b8", "fill:#292348;stroke:#a695ea"),
    ".constant>.edge": ("fill:#eff1f4;stroke:#96a1ae", "fill:#252c35;stroke:#6f7b8a"),
    ".output>.edge,.ring": ("stroke:#a06e00", "stroke:#e2b23f"),
    ".inner.output>.edge": ("fill:#fff6df", "fill:#352b10"),
    ".gate": ("fill:#33415a;stroke:#33415a", "fill:#cfd9e5;stroke:#cfd9e5"),
    ".symbol": ("fill:#ffffff", "fill:#12171e"),
    ".grad.plus,.mark.plus": ("fill:#1a56b0", "fill:#86b9ff"),
    ".grad.minus,.mark.minus": ("fill:#a83c08", "fill:#ffa571"),
    ".grad.broken": ("fill:#a30f6b", "fill:#ff8fd0"),
    ".rule": ("stroke:#c4cdd8", "stroke:#394553"),
    ".c0": ("stroke:#1f66c7", "stroke:#7db4ff"),
    ".c1": ("stroke:#bf4a0e", "stroke:#ff9d66"),
    ".c2": ("stroke:#2c7d63", "stroke:#58c09d"),
    ".c3": ("stroke:#8a3fa8", "stroke:#d49bec"),
}


def sheet(picture: str) -> str:
    """Return the style sheet of the picture with this id, for one `<style>` element.

    >>> sheet("g1").startswith("#g1 text{")
    True
    """
    light = _scoped(picture, [(name, pair[0]) for name, pair in _COLOURS.items()])
    dark = _scoped(picture, [(name, pair[1]) for name, pair in _COLOURS.items()])
    plain = _scoped(picture, list(_PLAIN.items()))
    return f"{plain}{light}@media (prefers-color-scheme:dark){{{dark}}}"


def _scoped(picture: str, rules: list[tuple[str, str]]) -> str:
    """Write rules with the picture's id before each of their selectors."""
    lines = []
    for selectors, body in rules:
        names = ",".join(f"#{picture} {name}" for name in selectors.split(","))
        lines.append(f"{names}{{{body}}}")
    return "".join(lines)
