"""The commands: their names, their short names, and in which order help tells of them.

Pure data and look-up; what a command does stands in its own method, whose docstring is its help.
"""

from __future__ import annotations

import difflib

GROUPS: dict[str, tuple[str, ...]] = {
    "Moving": (
        "next", "back", "continue", "reverse-continue", "until", "finish", "goto", "restart",
        "run-forward", "undo",
    ),
    "Stopping": (
        "break", "tbreak", "clear", "enable", "disable", "ignore", "condition", "watch", "unwatch",
    ),
    "Looking": (
        "list", "p", "pp", "where", "up", "down", "select", "why", "genealogy", "source",
        "display", "undisplay", "info",
    ),
    "Doing": ("set", "draw", "save"),
    "Leaving": ("help", "quit"),
}  # fmt: skip
"""Every command once, in the order of a lesson."""

SHORT: dict[str, str] = {
    "n": "next", "s": "next", "step": "next",
    "rn": "back", "rs": "back", "reverse-next": "back", "reverse-step": "back",
    "c": "continue", "cont": "continue", "rc": "reverse-continue",
    "unt": "until", "r": "finish", "return": "finish", "j": "goto", "jump": "goto",
    "run": "restart", "rf": "run-forward", "forward": "run-forward",
    "b": "break", "cl": "clear", "delete": "clear",
    "l": "list", "print": "p", "w": "where", "bt": "where", "u": "up", "d": "down",
    "f": "select", "frame": "select", "explain": "why", "nan": "genealogy", "src": "source",
    "i": "info", "h": "help", "q": "quit", "exit": "quit",
}  # fmt: skip
"""Other names of a command: pdb's letters and gdb's words."""

ALL = tuple(name for group in GROUPS.values() for name in group)
KNOWN = frozenset((*ALL, *SHORT, "EOF"))
"""What is a command as it stands, without guessing."""


def resolved(word: str) -> str:
    """The method's name for what was typed: `rc` is reverse_continue, `geneal` is genealogy.

    >>> resolved("rc"), resolved("geneal"), resolved("nonsense")
    ('reverse_continue', 'genealogy', 'nonsense')
    """
    name = SHORT.get(word, word)
    if word not in KNOWN and len(word) > 2:
        meant = [full for full in ALL if full.startswith(word)]
        name = meant[0] if len(meant) == 1 else name
    return name.replace("-", "_")


def shorts(name: str) -> list[str]:
    """The other names of a command, the shortest first."""
    return sorted((short for short, full in SHORT.items() if full == name), key=len)


def near(word: str) -> str:
    """A question for a message, when a word comes near a command."""
    found = difflib.get_close_matches(word[:40], [*ALL, *SHORT], n=2)
    return f" (did you mean {' or '.join(found)}?)" if found else ""


def beginning(prefix: str) -> list[str]:
    """The commands that begin with a text, for completion."""
    return sorted(name for name in (*ALL, *SHORT) if name.startswith(prefix))
