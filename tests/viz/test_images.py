"""Images: grids of small grey pictures."""

from __future__ import annotations

import math
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gatenet import Unit
from gatenet.errors import FormatError, OperandError, RangeError, WiringError
from gatenet.viz import Picture, plot_images


def _inked(picture: Picture) -> dict[tuple[float, float], float]:
    """Return the opacity of every square by its corner."""
    found = {}
    for e in ElementTree.fromstring(picture.svg).iter():
        if e.get("class") == "ink":
            for x, y in re.findall(r"M([\d.]+) ([\d.]+)h", e.get("d", "")):
                found[float(x), float(y)] = float(e.get("fill-opacity", ""))
    return found


def test_ink_grows_with_the_number() -> None:
    """The least number is paper, the greatest full ink, and one halfway half of it."""
    inked = _inked(plot_images([[[0.0, 1.0, 2.0]]]))

    assert [0.5, 1.0] == [inked[at] for at in sorted(inked)]


def test_pixels_lie_as_rows_and_columns() -> None:
    """A later column is further right and a later row further down, by one square."""
    inked = sorted(_inked(plot_images([[[1.0, 1.0], [0.0, 1.0]]])))
    (x, y), (right, top), (below_x, below) = inked

    assert (x + 6, y) == (right, top)
    assert (right, y + 6) == (below_x, below)


def test_images_fill_lines_of_columns() -> None:
    """The image after the last column starts a new line below the first."""
    inked = sorted(_inked(plot_images([[[1.0]]] * 3, columns=2, low=0.0)))
    (x, y), (below_x, below), (_, beside) = inked

    assert (x, y) == (below_x, beside)
    assert below > y


def test_numbers_past_the_range_and_nan() -> None:
    """A number above `high` is full ink; one below `low`, and nan, are paper."""
    inked = _inked(plot_images([[[-5.0, math.nan, 9.0]]], low=0.0, high=1.0))

    assert [1.0] == list(inked.values())


def test_equal_numbers_are_a_picture() -> None:
    """An image of one number alone is drawn as paper."""
    assert _inked(plot_images([[[3.0, 3.0]]])) == {}


def test_titles_and_captions_are_written_safely(tmp_path: Path) -> None:
    """Title and captions stand in the picture as text, whatever they are, and in the file."""
    path = tmp_path / "digits.svg"
    picture = plot_images([[[0.0, 1.0]] * 8], path, title="<b>", captions=["&", 2])
    texts = [e.text for e in ElementTree.fromstring(picture.svg).iter() if e.tag.endswith("}text")]

    assert ["<b>", "&"] == texts
    assert picture.svg == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("images", "options", "error", "words"),
    [
        ([], {}, RangeError, "0 images"),
        ([[[1.0]]], {"columns": 0}, RangeError, "columns=0"),
        ([[]], {}, RangeError, "image 0 has no pixel"),
        ([[1.0, 2.0]], {}, OperandError, "cut a flat list into rows"),
        ([[[Unit(1.0)]]], {}, OperandError, "take their .value"),
        ([[[1.0], [1.0, 2.0]]], {}, WiringError, r"image 0 has rows of \[1, 2\]"),
        ([[[1.0]], [[1.0, 2.0]]], {}, WiringError, "of one size"),
        ([[[1.0, 2.0]]], {"low": 2.0, "high": 1.0}, RangeError, "low is 2.0 and high is 1.0"),
        ([[[1.0]]], {"path": "x.png"}, FormatError, "svg"),
    ],
)
def test_mistakes(images, options, error, words) -> None:
    """What cannot be drawn is said with the image and the mend."""
    with pytest.raises(error, match=words):
        plot_images(images, **options)
