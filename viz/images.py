"""Images: small grey pictures side by side, as SVG: digits, reconstructions, weights.

Ink grows with the number, on the paper of the reader's theme.  Knows elements and paper; does
not know where the numbers come from.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence

from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.texts import shown

from .labels import fitted, width
from .markup import Markup, element, lines, pixels
from .paint import document, named
from .picture import Picture

SHADES = 16
"""How many steps of grey there are between the lowest number and the highest."""
DOT, GAP, MARGIN, HEAD, FOOT = 6.0, 12.0, 24.0, 26.0, 16.0
INK = "#{0} .ink{{fill:#1b2430}}@media(prefers-color-scheme:dark){{#{0} .ink{{fill:#e6ecf2}}}}"


def plot_images(
    images: Iterable[Iterable[Iterable[float]]],
    path: str | os.PathLike[str] | None = None,
    *,
    columns: int = 8,
    captions: Sequence[object] = (),
    title: str = "",
    low: float | None = None,
    high: float | None = None,
) -> Picture:
    """Draw images, each a list of rows of numbers, in a grid, `columns` to a line.

    A pixel of `low` is paper and one of `high` full ink, in 16 shades; numbers past them are
    drawn as they are, by default `low` and `high` are the least and the greatest number of all.
    A number that is not finite is left as paper.  `captions` stand below the images, in order.
    The picture is saved where a path is given.

    Raises:
        OperandError: if an image is no list of rows of numbers.
        WiringError: if the rows of an image, or two images, differ in length.
        RangeError: if there is no image, no pixel or no column, or `low` is not below `high`.
        FormatError: if the path does not end in .svg.

    >>> plot_images([[[0.0, 1.0], [1.0, 0.0]]], title="a tile").svg.startswith("<svg ")
    True
    """
    grids = [_grid(image, k) for k, image in enumerate(images)]
    if not grids or columns < 1:
        raise RangeError(f"plot_images got {len(grids)} images and columns={columns}: 1 or more")
    sizes = {(len(grid), len(grid[0])) for grid in grids}
    if len(sizes) > 1:
        raise WiringError(f"images of one picture are of one size, not of {sorted(sizes)}")
    finite = [x for grid in grids for row in grid for x in row if math.isfinite(x)]
    low = min(finite, default=0.0) if low is None else low
    high = max(finite, default=1.0) if high is None else high
    if not low < high and (finite and min(finite) < max(finite)):
        raise RangeError(f"low is {low!r} and high is {high!r}: low is less than high")
    ((tall, wide),) = sizes
    across, down = wide * DOT + GAP, tall * DOT + GAP + (FOOT if captions else 0.0)
    corners = [
        (MARGIN + (k % columns) * across, MARGIN + (HEAD if title else 0) + (k // columns) * down)
        for k in range(len(grids))
    ]
    right = max(x for x, _ in corners) + across - GAP + MARGIN
    right = max(right, width(title, 14) + 2 * MARGIN if title else 0.0)
    parts = [*_shades(grids, corners, low, high)]
    if title:
        text = fitted(shown(title), right - 2 * MARGIN, 14)
        parts.append(element("text", text, x=MARGIN, y=MARGIN + 6, class_="title"))
    for (x, y), caption in zip(corners, captions, strict=False):
        text = fitted(shown(str(caption)), wide * DOT + GAP, 12)
        at = x + wide * DOT / 2
        parts.append(element("text", text, x=at, y=y + tall * DOT + 14, class_="middle quiet"))
    body = lines(parts)
    said = f"{len(grids)} images of {tall} by {wide} pixels"
    name = named(body, title, said)
    bottom = max(y for _, y in corners) + down - GAP + MARGIN
    picture = Picture(
        document(
            name, body, right, bottom,
            title=shown(title) or "Images", description=said, remark="images",
            style=INK.format(name),
        )
    )  # fmt: skip
    if path is not None:
        picture.save(path)
    return picture


def _grid(image: object, k: int) -> list[list[float]]:
    """Return one image as rows of floats of one length."""
    try:
        grid = [[float(x) for x in row] for row in image]  # type: ignore[attr-defined]
    except (TypeError, ValueError) as error:
        raise OperandError(
            f"image {k} is {shown(repr(image), 60)}: an image is a list of rows of plain numbers; "
            "cut a flat list into rows, and of units take their .value",
            operand=image,
        ) from error
    lengths = {len(row) for row in grid}
    if len(lengths) > 1:
        raise WiringError(f"image {k} has rows of {sorted(lengths)} pixels: they are of one length")
    if not grid or not grid[0]:
        raise RangeError(f"image {k} has no pixel")
    return grid


def _shades(
    grids: Sequence[Sequence[Sequence[float]]],
    corners: Sequence[tuple[float, float]],
    low: float,
    high: float,
) -> Iterator[Markup]:
    """Draw each shade as one path of squares, the lightest first, and a frame around each image."""
    scale = SHADES / (high - low) if low < high else 0.0
    squares: dict[int, list[str]] = {}
    for grid, (left, top) in zip(grids, corners, strict=True):
        for i, row in enumerate(grid):
            for j, x in enumerate(row):
                shade = min(max(round((x - low) * scale), 0), SHADES) if math.isfinite(x) else 0
                if shade:
                    at = f"M{pixels(left + j * DOT)} {pixels(top + i * DOT)}"
                    squares.setdefault(shade, []).append(f"{at}h{DOT:g}v{DOT:g}h-{DOT:g}z")
    for shade in sorted(squares):
        d = "".join(squares[shade])
        yield element("path", d=d, class_="ink", fill_opacity=f"{shade / SHADES:g}")
    tall, wide = len(grids[0]) * DOT, len(grids[0][0]) * DOT
    frames = [
        f"M{pixels(x)} {pixels(y)}h{pixels(wide)}v{pixels(tall)}h-{pixels(wide)}z"
        for x, y in corners
    ]
    yield element("path", d="".join(frames), class_="grid")
