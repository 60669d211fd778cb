"""Picture: an SVG in hand: to keep in a file, or to be shown by a notebook.

The base of `Drawing` and of the curves.  JupyterLab puts image/svg+xml into an <img>, where
neither hover texts nor themes work, so a picture offers itself as inline HTML first.
"""

from __future__ import annotations

import os
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
        return {
            "text/html": f'<div style="overflow-x:auto">{self.svg}</div>',
            "image/svg+xml": self.svg,
            "text/plain": repr(self),
        }

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self.svg):,} characters of SVG>"


def wrong_ending(path: str | os.PathLike[str], endings: tuple[str, ...]) -> FormatError:
    """Return the error for a file name whose ending is not one of `endings`."""
    return FormatError(
        f"cannot save a picture as {os.fspath(path)!r}: its ending says the form; "
        f"use {' or '.join(endings)}",
        path=os.fspath(path),
        endings=endings,
    )
