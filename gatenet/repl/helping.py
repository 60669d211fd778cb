"""Help and leaving.  A command's help is its method's docstring; nothing is written twice."""

from __future__ import annotations

import inspect
import textwrap

from gatenet.repl import commands
from gatenet.repl.console import Console
from gatenet.texts import shown

NAMES = 22
"""How wide the column of names is in the list of commands."""
WIDE = 64
"""From how many columns on there is a column of names."""


class Helping(Console):
    """help, quit, and the end of the input."""

    def do_help(self, argument: str) -> None:
        """h(elp) [COMMAND]

        List the commands, or tell about one.  `h b` tells about break.
        """
        if not argument:
            self._list()
            return
        word = commands.resolved(argument.strip())
        name = word.replace("_", "-")
        if name not in commands.ALL:
            self.fail(
                f"there is no command {shown(argument, 40)!r}{commands.near(argument)}; "
                "h lists them all"
            )
            return
        usage, text = self._about(name)
        self.say(usage, "title")
        for paragraph in text.split("\n\n"):
            self.say(textwrap.fill(" ".join(paragraph.split()), self.screen.width))
        others = [short for short in commands.shorts(name) if short not in usage.split()]
        others = [short for short in others if f"{short}(" not in usage]
        if others:
            self.say(f"Also: {', '.join(others)}.", "quiet")

    def _list(self) -> None:
        """Every command by group, with the first sentence of its help."""
        wide = self.screen.width >= WIDE
        for group, names in commands.GROUPS.items():
            self.say(group, "title")
            for name in names:
                text = self._about(name)[1]
                first = " ".join(text.split()).partition(". ")[0].partition(": ")[0].rstrip(".")
                short = commands.shorts(name)
                letters = f"{short[0]} {name}" if short and len(short[0]) < 4 else name
                line = f"  {letters:<{NAMES}}{first}" if wide else f"  {letters}: {first}"
                self.screen.say(line, hang=NAMES if wide else 2)
        self.say("An empty line repeats the last command.  `h COMMAND` tells more.", "quiet")

    def _about(self, name: str) -> tuple[str, str]:
        """How a command is typed, and what it does."""
        method = getattr(self, "do_" + name.replace("-", "_"))
        usage, _, text = (inspect.getdoc(method) or "").partition("\n\n")
        return usage, text

    def do_quit(self, argument: str) -> bool:
        """q(uit) | exit

        Leave the debugger.  A pass that is complete stays as it is; one that stands in the middle
        is taken back first, so that no gradient is left half made.  Values that were set stay.
        """
        self.no_argument(argument)
        return True

    def do_EOF(self, argument: str) -> bool:  # noqa: N802  (the name that cmd gives it)
        """Ctrl-D

        Leave, as quit does.
        """
        self.stdout.write("\n")
        return True
