"""Style: the colours and strokes of every picture, light and dark, in one small sheet.

Colour never says anything alone: roles differ in shape, the sign of a gradient is also a
triangle that points up or down, and what waits has a broken outline.  Blue and orange were
chosen because they stay apart for colour-blind eyes; every text has a contrast of 4.5 or more
on its ground.  Knows nothing of circuits; a picture's own id stands before each rule, so that
pictures on one page cannot restyle each other.

For a style sheet of your own, every picture keeps to these names (`g1` for its id):
`#g1` the picture, class `gatenet`; `#g1_n17` the group of row 17's box, with classes `unit`,
its role (`input`, `parameter`, `constant`, `inner`; a folded one `folded` besides and
`group_neurons`, `group_sum` ..., its key in `data-group`), `output`, the gradient's sign
(`plus`, `minus`, `zero`, `mixed`, `broken`, `unvisited`) and strength (`s1` to `s4`), and in a
step `working`, `done`, `partial` or `pending`; inside it `gate`, `symbol`, `stub`, `edge`,
`ring`, `frame`, `name`, `note`, `num`, `grad`, `chip`, `mark`.  A wire is a group of class
`wire from_n3 to_n17`, with `many` where it is several, or `thin` in a crowd, and its state; in it
`hit`, the wide invisible stroke that is easy to point at.  `trunk from_n3` is the part that the
long wires of a box share; `pull` a number beside a wire; `caption` and `legend` stand below.
"""

from __future__ import annotations

from .scale import STEPS

SANS = 'system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,"DejaVu Sans",sans-serif'
MONO = 'ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace'

ROLES = ("input", "parameter", "constant", "inner", "output", "folded")
"""What a box can be; `output` is said besides the role a unit has."""

CHIPS: dict[tuple[str, int], tuple[str, str]] = {
    ("plus", 1): ("fill:#e6f0fc", "fill:#1b2b40"),
    ("plus", 2): ("fill:#c0daf8", "fill:#1b3c66"),
    ("plus", 3): ("fill:#94c0f2", "fill:#1c4f90"),
    ("plus", 4): ("fill:#67a5ea", "fill:#2160b0"),
    ("minus", 1): ("fill:#fdeee2", "fill:#38261a"),
    ("minus", 2): ("fill:#fbd6b6", "fill:#593617"),
    ("minus", 3): ("fill:#f8b981", "fill:#774513"),
    ("minus", 4): ("fill:#f09a4c", "fill:#93540f"),
}
"""The grounds of gradients by sign and strength, in light and in dark."""

_PLAIN: dict[str, str] = {
    "text": f"font-family:{SANS};font-size:12px",
    ".name": "font-weight:600",
    ".num": f"font-family:{MONO}",
    ".symbol": "font-weight:600;text-anchor:middle",
    ".middle": "text-anchor:middle",
    ".end": "text-anchor:end",
    ".title": "font-size:14px;font-weight:600",
    ".note,.legend .quiet,.legend .middle": "font-size:10.5px",
    ".wire,.stub,.trunk,.axis,.line,.grid,.ring,.frame": "fill:none",
    ".wire,.stub,.trunk": "stroke-width:1.4",
    ".edge": "stroke-width:1.4",
    ".ring": "stroke-width:1.4",
    ".frame": "stroke-width:2.4",
    ".many": "stroke-width:2.6",
    ".thin": "stroke-width:.9;stroke-opacity:.6",
    ".folded .edge": "stroke-dasharray:5 3",
    ".pending>.edge,.wire.pending,.trunk.pending": "stroke-dasharray:1.5 3",
    ".partial>.edge": "stroke-dasharray:9 3 2 3",
    ".wire.working": "stroke-width:2.8",
    ".unit:hover>.edge": "stroke-width:3",
    ".wire:hover": "stroke-width:3.4",
    ".wire>.hit": "stroke:transparent;stroke-width:14;stroke-dasharray:none",
    ".line": "stroke-width:2;stroke-linejoin:round",
    ".d1": "stroke-dasharray:7 4",
    ".d2": "stroke-dasharray:2 3",
    ".d3": "stroke-dasharray:9 3 2 3",
}

_COLOURS: dict[str, tuple[str, str]] = {
    ".paper": ("fill:#ffffff", "fill:#12171e"),
    "text": ("fill:#1b2430", "fill:#e6ecf2"),
    ".quiet": ("fill:#5b6675", "fill:#9dabba"),
    ".note": ("fill:#4f5a69", "fill:#aeb9c6"),
    ".wire,.stub,.trunk,.axis": ("stroke:#8492a3", "stroke:#75859a"),
    ".grid": ("stroke:#e3e8ee", "stroke:#29323d"),
    ".edge": ("fill:#ffffff;stroke:#8191a4", "fill:#1a222c;stroke:#7c8da3"),
    ".input>.edge": ("fill:#e2f3ec;stroke:#2c7d63", "fill:#14322a;stroke:#58c09d"),
    ".parameter>.edge": ("fill:#ede9fb;stroke:#6b57b8", "fill:#292348;stroke:#a695ea"),
    ".constant>.edge": ("fill:#eff1f4;stroke:#96a1ae", "fill:#252c35;stroke:#6f7b8a"),
    ".output>.edge,.ring": ("stroke:#a06e00", "stroke:#e2b23f"),
    ".inner.output>.edge": ("fill:#fff6df", "fill:#352b10"),
    ".gate": ("fill:#33415a;stroke:#33415a", "fill:#cfd9e5;stroke:#cfd9e5"),
    ".symbol": ("fill:#ffffff", "fill:#12171e"),
    ".grad.broken": ("fill:#a30f6b", "fill:#ff8fd0"),
    ".frame,.wire.working": ("stroke:#1b2430", "stroke:#e6ecf2"),
    ".wire.working.plus": ("stroke:#1a56b0", "stroke:#86b9ff"),
    ".wire.working.minus": ("stroke:#a83c08", "stroke:#ffa571"),
    ".wire>.tip": ("fill:#1b2430;stroke:none", "fill:#e6ecf2;stroke:none"),
    ".wire.plus>.tip": ("fill:#1a56b0", "fill:#86b9ff"),
    ".wire.minus>.tip": ("fill:#a83c08", "fill:#ffa571"),
    ".mark.plus": ("fill:#0d3f8c", "fill:#a8cdff"),
    ".mark.minus": ("fill:#7c2a00", "fill:#ffbe97"),
    **{f".chip.{sign}.s{i}": CHIPS[sign, i] for sign in ("plus", "minus") for i in STEPS},
    ".bar.plus": ("fill:#3f83d6", "fill:#5b9be8"),
    ".bar.minus": ("fill:#d9772a", "fill:#e08a45"),
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
