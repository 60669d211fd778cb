"""Picture: an SVG in hand: to keep in a file, or to be shown by a notebook.

The base of `Drawing` and of the curves.  JupyterLab puts image/svg+xml into an <img>, where
neither hover texts nor themes work, so a picture offers itself as inline HTML first.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

from gatenet.errors import FormatError


class Picture:
    """A finished picture: `.svg` is its text.

    >>> Picture("<svg/>")._repr_mimebundle_()["image/svg+xml"]
    '<svg/>'
    """

    def __init__(self, svg: str) -> None:
        self.svg = svg

    def written(self, ending: str) -> str | None:
        """Return the text of a file with this ending, or None where there is no such form."""
        return self.svg if ending == ".svg" else None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file, in the form its ending names.

        Raises:
            FormatError: if the ending names no form that this picture has.
        """
        target = Path(path)
        text = self.written(target.suffix.lower())
        if text is None:
            raise wrong_ending(path, type(self).endings)
        target.write_text(text, encoding="utf-8", newline="\n")

    endings: tuple[str, ...] = (".svg",)
    """The endings that `save` knows."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Show the picture in a notebook, inline, so that hover texts and themes work."""
        from .notebook import bundle

        return bundle(self, include, exclude)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self.svg):,} characters of SVG>"


_displayed: Counter[str] = Counter()


def inline(svg: str) -> str:
    """Return a picture as HTML, with ids of its own each time the same one is displayed.

    A picture's ids come from what it shows; a page that shows it twice would have each of them
    twice, and one's style or label could be taken for the other's.

    >>> first, second = (inline('<svg id="g0123456789"/>') for _ in range(2))
    >>> "g0123456789x2" in first, "g0123456789x2" in second
    (False, True)
    """
    found = re.search(r'<svg[^>]*? id="(g[0-9a-f]{10})"', svg)
    if found:
        name = found[1]
        _displayed[name] += 1
        if _displayed[name] > 1:
            svg = svg.replace(name, f"{name}x{_displayed[name]}")
    return f'<div style="overflow-x:auto">{svg}</div>'


def wrong_ending(path: str | os.PathLike[str], endings: tuple[str, ...]) -> FormatError:
    """Return the error for a file name whose ending is not one of `endings`."""
    return FormatError(
        f"cannot save a picture as {os.fspath(path)!r}: its ending says the form; "
        f"use {' or '.join(endings)}",
        path=os.fspath(path),
        endings=endings,
    )
