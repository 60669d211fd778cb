"""Pagemaking: a page put together from its template, its style and its script.

The page stands alone: it refers to nothing outside, and its content-security policy lets no
script and no style run but the page's own, by their hashes.  It is HTML that is well-formed
XML as well.  Knows the files in `page/`; does not know circuits.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from .labels import escape
from .style import sheet

SCRIPTS = ("dom", "tape", "boxes", "wires", "stage", "zoom", "inspector", "controls", "player")
"""The files of the script, in their order."""
PICTURES = "stage"
"""The id of the element that holds the pictures: their style is scoped to it."""

_SPARE = re.compile(r'<style>.*?</style>\n?|<title>.*?</title>|<path[^>]*class="hit"/>', re.DOTALL)
_DARK = "@media (prefers-color-scheme:dark){"


def made(title: str, about: str, pictures: Sequence[str], data: Any) -> str:
    """Return the page: its title and the line below it, the pictures as SVG, the data.

    Title and line are plain text, the pictures finished markup; data is what JSON can hold.
    """
    light, dark = _themes()
    script = _script()
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src {_hashed(script)}",
            f"style-src {_hashed(light)} {_hashed(dark)}",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    parts = {
        "policy": policy,
        "title": escape(title),
        "about": escape(about),
        "sheet": light,
        "dark": dark,
        "pictures": "\n".join(_bare(picture) for picture in pictures),
        "data": as_json(data),
        "script": script,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _read("player.html"))


def as_json(data: Any) -> str:
    r"""Write data as JSON that no parser of HTML, XML or JavaScript can read as anything else.

    >>> print(as_json(["</script>&", "\u2028"]))
    ["\u003c/script\u003e\u0026","\u2028"]
    """
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


@cache
def _read(name: str) -> str:
    """Read a file of the page."""
    folder = resources.files(__package__) / "page"
    return (folder / name).read_text(encoding="utf-8")


@cache
def _script() -> str:
    """Return the script: one function around all files, so that no name leaves it."""
    body = "\n".join(_read(f"{name}.js") for name in SCRIPTS)
    # The comments hide from XML what is a comment to JavaScript: `<` and `&` may stand as they are.
    return f'//<![CDATA[\n(() => {{\n"use strict";\n{body}}})();\n//]]>'


@cache
def _themes() -> tuple[str, str]:
    """Return the style of light and what is different in the dark."""
    light, _, dark = sheet(PICTURES).partition(_DARK)
    return (
        f"{_read('player.css')}{light}\n{_read('stage.css')}",
        f"{_read('dark.css')}{dark.removesuffix('}')}",
    )


def _bare(picture: str) -> str:
    """Return a picture without what the page does itself: style, hover texts, hover areas.

    All texts in a picture are escaped, so none can look like one of these.
    """
    return _SPARE.sub("", picture)


def _hashed(text: str) -> str:
    """Return what a policy calls a text."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
