"""Completion by the tab key, and the history of the session.

Candidates are commands first, then whatever the command takes: units by name and by row, kinds of
gates after `b`, numbers of breakpoints, files.  readline is used where Python has it; the lines of
the session are kept apart from those of the program around it.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gatenet.declaration import registry
from gatenet.repl import commands
from gatenet.repl.console import Console
from gatenet.repl.expressions import FUNCTIONS
from gatenet.repl.parsing import ATTRIBUTES
from gatenet.repl.places import FACTS, WORDS, kinds

_LAST = re.compile(r"[^-+*/()<>=!,\s]*$")
_QUOTED = re.compile(r"'[^']*$")
_INFO = ("breakpoints", "circuit", "display", "position", "watches")


class Completing(Console):
    """What the tab key offers."""

    def completenames(self, text: str, *ignored: Any) -> list[str]:
        """Commands; and units, since a line may begin with one."""
        return commands.beginning(text) + (self._units(text) if text else [])

    def completedefault(self, text: str, line: str, begin: int, end: int) -> list[str]:
        """What the command on the line takes."""
        word = self.parseline(line)[0] or ""
        rest = line.lstrip()[: end if line == line.lstrip() else None]
        typed = rest.partition(" ")[2].lstrip()
        offer = {
            "help": lambda: commands.beginning(text),
            "info": lambda: [part for part in _INFO if part.startswith(text)],
            "draw": lambda: _files(text), "save": lambda: _files(text),
            "clear": lambda: self._numbers(text), "enable": lambda: self._numbers(text),
            "disable": lambda: self._numbers(text), "ignore": lambda: self._numbers(text),
            "set": lambda: self._leaves(text) if "=" not in typed else self._words(text),
        }  # fmt: skip
        if word in offer:
            return offer[word]()
        if word in ("break", "tbreak", "until"):
            return self._places(text, typed)
        if word == "condition":
            first = " " not in typed
            return self._numbers(text) if first else self._words(text, FACTS)
        if word in ("p", "pp", "display", "") or typed != text:
            return self._words(text)
        return self._units(text)

    def _places(self, text: str, typed: str) -> list[str]:
        if re.search(r"\bif\s|,|[<>=]", typed):
            return self._words(text, FACTS)
        words = [word for word in (*WORDS, "above") if word.startswith(text)]
        gates = [name for name in kinds(self.names) if name.startswith(text)]
        return self._units(text) + list(gates + words)

    def _units(self, text: str) -> list[str]:
        """Names of units, as a command that takes one unit reads them."""
        return self.names.starting(text)

    def _words(self, text: str, more: tuple[str, ...] = ()) -> list[str]:
        """What an expression may go on with: the last name of it, or an attribute after a dot."""
        match = _QUOTED.search(text) if text.count("'") % 2 else _LAST.search(text)
        last = match[0] if match else ""
        head = text[: len(text) - len(last)]
        if last.startswith("'"):
            return [f"{head}'{name}'" for name in self.names.starting(last[1:])]
        owner, dot, attribute = last.rpartition(".")
        if dot and self.names.rows(owner.strip("'\"")):
            found = [f"{owner}.{name}" for name in ATTRIBUTES if name.startswith(attribute)]
        else:
            found = [_word(name) for name in self.names.starting(last)]
            if last:
                gates = [*FUNCTIONS, *registry()]
                found += [f"{name}(" for name in gates if name.startswith(last)]
            found += [name for name in more if name.startswith(last)]
        return [head + name for name in found]

    def _leaves(self, text: str) -> list[str]:
        return [n for n in self._units(text) if getattr(self.names.find(n), "gate", 0) is None]

    def _numbers(self, text: str) -> list[str]:
        return [str(n) for n in self.stepper.breakpoints if str(n).startswith(text)]


def _word(name: str) -> str:
    """A name as an expression takes it: in quotes, unless it is a word or an item of one."""
    plain = re.fullmatch(r"\w+(\[\w+\])*", name) and not name[0].isdigit()
    return name if plain or "'" in name else f"'{name}'"


def _files(text: str) -> list[str]:
    """Files that begin with a text; a folder ends in its slash."""
    found = sorted(glob.glob(glob.escape(os.path.expanduser(text)) + "*"))
    return [path + os.sep if os.path.isdir(path) else path for path in found]


@contextmanager
def own_history(path: str | os.PathLike[str] | None = None) -> Iterator[None]:
    """Give the session lines and delimiters of its own, and put everything back after it.

    The lines are forgotten, unless a file is named to keep them in.
    """
    try:
        import readline
    except ImportError:  # Windows, and Pythons built without it
        yield
        return
    before = [
        readline.get_history_item(k + 1) for k in range(readline.get_current_history_length())
    ]
    delimiters = readline.get_completer_delims()
    readline.clear_history()
    readline.set_completer_delims(" \t\n")
    if path is not None and os.path.exists(path):
        readline.read_history_file(path)
    try:
        yield
    finally:
        if path is not None:
            readline.write_history_file(path)
        readline.clear_history()
        for line in before:
            readline.add_history(line)
        readline.set_completer_delims(delimiters)
