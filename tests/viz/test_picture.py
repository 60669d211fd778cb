"""Picture: kept in files, shown by notebooks."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatenet.errors import FormatError
from gatenet.viz import Picture


def test_a_notebook_gets_inline_svg_first() -> None:
    """The bundle has inline HTML, the image and a text; only the first keeps hover texts."""
    bundle = Picture("<svg>a</svg>")._repr_mimebundle_()

    assert ["text/html", "image/svg+xml", "text/plain"] == list(bundle)
    assert "<svg>a</svg>" in bundle["text/html"]
    assert "<svg>a</svg>" == bundle["image/svg+xml"]


def test_a_file_has_the_very_text(tmp_path: Path) -> None:
    """Saved, a picture is its text in UTF-8, with plain line ends."""
    Picture("<svg>−é\n</svg>\n").save(tmp_path / "a.SVG")

    assert "<svg>−é\n</svg>\n".encode() == (tmp_path / "a.SVG").read_bytes()


@pytest.mark.parametrize("name", ["a.png", "a", "svg", "a.svg.gz"])
def test_another_ending_is_refused(name: str, tmp_path: Path) -> None:
    """The error names the file and the endings that work, and nothing is written."""
    with pytest.raises(FormatError, match=r"cannot save a picture as .*; use \.svg$"):
        Picture("<svg/>").save(tmp_path / name)

    assert [] == list(tmp_path.iterdir())
