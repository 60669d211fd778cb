"""Draw docs/pictures/points.svg: the drawn data sets of docs/datasets.md, a small picture each.

python docs/points.py           # write the picture
python docs/points.py --check   # exit 1 if it is not up to date
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gatenet import datasets
from gatenet.datasets import Dataset

PICTURE = ROOT / "docs" / "pictures" / "points.svg"
SIDE, GAP, HEAD, COLUMNS = 150.0, 14.0, 20.0, 4
COLOURS = ("#1f66c7", "#bf4a0e", "#2c7d63"), ("#7db4ff", "#ff9d66", "#58c09d")


def sets() -> dict[str, Dataset]:
    """The data sets in the order of the picture, 160 points each."""
    wave = datasets.sine(160, rng=0)
    curve = [[x, y] for (x,), y in zip(wave.inputs, wave.targets, strict=True)]
    return {
        "moons": datasets.moons(160, rng=0),
        "circles": datasets.circles(160, rng=0),
        "spirals(classes=3)": datasets.spirals(160, classes=3, rng=0),
        "sine": Dataset(curve, [0] * 160),
        "playground_circle": datasets.playground_circle(160, rng=0),
        "playground_xor": datasets.playground_xor(160, rng=0),
        "playground_gauss": datasets.playground_gauss(160, rng=0),
        "playground_spiral": datasets.playground_spiral(160, noise=0.2, rng=0),
    }


def panel(name: str, data: Dataset, left: float, top: float) -> str:
    """One data set: its name, a frame, and a path of dots for each class."""
    xs, ys = zip(*data.inputs, strict=True)
    size = 1.08 * max(max(xs) - min(xs), max(ys) - min(ys))
    middle, centre = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
    lines = [
        f'<text x="{left + SIDE / 2:g}" y="{top - 6:g}" text-anchor="middle">{name}</text>',
        f'<rect x="{left:g}" y="{top:g}" width="{SIDE:g}" height="{SIDE:g}" class="frame"/>',
    ]
    for label in sorted(set(data.targets)):
        dots = "".join(
            f"M{left + SIDE * (0.5 + (x - middle) / size):.1f} "
            f"{top + SIDE * (0.5 - (y - centre) / size):.1f}h0"
            for (x, y), found in zip(data.inputs, data.targets, strict=True)
            if found == label
        )
        # Playground's class 0 is orange and its class 1 blue.
        colour = 1 - label if data.target_names == ("orange", "blue") else label
        lines.append(f'<path d="{dots}" class="c{colour}"/>')
    return "\n".join(lines)


def svg() -> str:
    """The whole picture."""
    found = sets()
    rows = -(-len(found) // COLUMNS)
    width = COLUMNS * (SIDE + GAP) + GAP
    height = rows * (SIDE + GAP + HEAD) + GAP / 2
    light, dark = (
        "".join(f".c{k}{{stroke:{colour}}}" for k, colour in enumerate(colours))
        for colours in COLOURS
    )
    style = (
        "text{font:12px sans-serif;fill:#1b2430}.frame{fill:none;stroke:#9dabba}"
        "path{stroke-width:3.4;stroke-linecap:round;fill:none}"
        f"{light}@media(prefers-color-scheme:dark){{text{{fill:#e6ecf2}}{dark}}}"
    )
    panels = [
        panel(
            name,
            data,
            GAP + (k % COLUMNS) * (SIDE + GAP),
            HEAD + (k // COLUMNS) * (SIDE + GAP + HEAD),
        )
        for k, (name, data) in enumerate(found.items())
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            f'width="{width:g}" height="{height:g}" role="img" aria-label="Eight data sets">',
            f"<title>Eight drawn data sets: {', '.join(found)}</title>",
            f"<style>{style}</style>",
            *panels,
            "</svg>\n",
        ]
    )


def main() -> int:
    """Write or check the picture; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    if not parser.parse_args().check:
        PICTURE.write_text(svg(), encoding="utf-8")
        return 0
    if PICTURE.is_file() and PICTURE.read_text(encoding="utf-8") == svg():
        return 0
    print(f"{PICTURE.name} is not up to date: run python docs/points.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
