"""Terminal: a program driven through a real pseudo-terminal, and its screen painted as SVG.

`conversed` types lines at prompts as a person would and keeps all that was shown; `painted`
draws it, colours included, as text that can be read in light and dark.  Standard library alone;
a pseudo-terminal exists on Unix only.
"""

from __future__ import annotations

import os
import re
import select
import struct
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

CELL, LINE, PAD, BAR = 7.83, 18.0, 16.0, 34.0
"""The width of a letter, the height of a line, the margin, and the height of the title's bar."""

_CODE = re.compile(
    r"\x1b\[([0-9;?]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x1b."
)
_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_SHEET = """
.ground{fill:#fbfcfd;stroke:#d5dce4}.bar{fill:#eef1f5}.dot{fill:#c3ccd6}
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;
fill:#1b2430;white-space:pre}
.title{font-family:system-ui,sans-serif;fill:#5b6675;text-anchor:middle}
.bold{font-weight:700}.dim{fill:#5b6675}.italic{font-style:italic}.under{text-decoration:underline}
.black{fill:#1b2430}.red{fill:#b3261e}.green{fill:#1d7048}.yellow{fill:#7a5a00}.blue{fill:#1a56b0}
.magenta{fill:#8a3fa8}.cyan{fill:#0b6b78}.white{fill:#5b6675}
@media (prefers-color-scheme:dark){.ground{fill:#12171e;stroke:#394553}.bar{fill:#1d2530}
.dot{fill:#46535f}text{fill:#e6ecf2}.title,.dim,.white{fill:#9dabba}.black{fill:#e6ecf2}
.red{fill:#ff9a8f}.green{fill:#58c09d}.yellow{fill:#e2b23f}.blue{fill:#86b9ff}
.magenta{fill:#d49bec}.cyan{fill:#5fc7d4}}
"""


class Run(NamedTuple):
    """Letters of one look: where they begin, what they are, and their classes."""

    column: int
    text: str
    look: str


def conversed(
    command: Sequence[str],
    lines: Sequence[str],
    *,
    prompt: str,
    columns: int = 92,
    rows: int = 60,
    environment: Mapping[str, str] | None = None,
    limit: float = 60.0,
) -> str:
    """Start a program in a terminal of its own, type each line at its prompt, give all it showed.

    Raises:
        RuntimeError: if pseudo-terminals are missing here, or no prompt comes in time.
    """
    try:
        import fcntl
        import pty
        import termios
    except ImportError as error:
        raise RuntimeError("this system has no pseudo-terminals") from error
    variables = {**os.environ, "TERM": "xterm-256color", **(environment or {})}
    variables.pop("NO_COLOR", None)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    program = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=variables, start_new_session=True
    )
    os.close(theirs)
    try:
        shown = ""
        for line in lines:
            shown += _until(ours, prompt, limit)
            os.write(ours, line.encode() + b"\n")
        return shown + _until(ours, None, limit)
    finally:
        program.kill()
        program.wait()
        os.close(ours)


def _until(terminal: int, prompt: str | None, limit: float) -> str:
    """Read until the prompt stands at the end of what is shown, or (None) to the very end."""
    end = time.monotonic() + limit
    found = b""
    while True:
        plain = _CODE.sub("", found.decode(errors="replace"))
        if prompt is not None and plain.endswith(prompt):
            return found.decode(errors="replace")
        ready = select.select([terminal], [], [], max(end - time.monotonic(), 0.0))[0]
        if not ready:
            raise RuntimeError(f"the prompt {prompt!r} did not come; the screen shows {plain!r}")
        try:
            some = os.read(terminal, 65536)
        except OSError:  # what Linux says when the program has ended
            some = b""
        if not some:
            if prompt is None:
                return found.decode(errors="replace")
            raise RuntimeError(f"the program ended before its prompt; it had shown {plain!r}")
        found += some


def screen(shown: str) -> list[list[Run]]:
    r"""Read what a terminal was sent: its lines, each as runs of one look.

    >>> screen("a\x1b[1;31mb\x1b[0m c\r\n")
    [[Run(column=0, text='a', look=''), Run(column=1, text='b', look='bold red'), ...]]
    """
    lines: list[list[tuple[str, str]]] = [[]]
    look, column, at = "", 0, 0
    while at < len(shown):
        code = _CODE.match(shown, at)
        if code is not None:
            at = code.end()
            if code[2] == "m":
                look = _look(look, code[1])
            elif code[2] == "K":
                del lines[-1][column:]
            continue
        letter = shown[at]
        at += 1
        if letter == "\n":
            lines.append([])
            column = 0
        elif letter == "\r":
            column = 0
        elif letter == "\b":
            column = max(column - 1, 0)
        elif letter >= " ":
            lines[-1] += [(" ", "")] * (column - len(lines[-1]))
            lines[-1][column : column + 1] = [(letter, look)]
            column += 1
    while lines and not "".join(letter for letter, _ in lines[-1]).strip():
        lines.pop()
    return [_runs(line) for line in lines]


def _look(look: str, codes: str) -> str:
    """Change a look by the numbers of an SGR code; colours past the sixteen are left out."""
    looks = {_kind(part): part for part in look.split()}
    numbers = [int(part or 0) for part in codes.split(";")] if codes else [0]
    while numbers:
        n = numbers.pop(0)
        if n == 0:
            looks = {}
        elif n in (1, 2, 3, 4):
            part = ("bold", "dim", "italic", "under")[n - 1]
            looks[part] = part
        elif n == 22:
            looks.pop("bold", None)
            looks.pop("dim", None)
        elif n in (23, 24):
            looks.pop("italic" if n == 23 else "under", None)
        elif 30 <= n <= 37 or 90 <= n <= 97:
            looks["colour"] = _COLOURS[n % 10]
        elif n == 39:
            looks.pop("colour", None)
        elif n in (38, 48):
            del numbers[: 2 if numbers[:1] == [5] else 4]
    return " ".join(looks[kind] for kind in sorted(looks))


def _kind(part: str) -> str:
    return "colour" if part in _COLOURS else part


def _runs(line: Sequence[tuple[str, str]]) -> list[Run]:
    """Gather the letters of a line that look the same."""
    runs: list[Run] = []
    for column, (letter, look) in enumerate(line):
        if runs and runs[-1].look == look:
            runs[-1] = runs[-1]._replace(text=runs[-1].text + letter)
        else:
            runs.append(Run(column, letter, look))
    return [run for run in runs if run.text.strip()]


def painted(shown: str, *, title: str, columns: int = 92) -> str:
    """Paint what a terminal was sent as an SVG; every letter stands in its own column."""
    lines = screen(shown)
    wide = 2 * PAD + columns * CELL
    tall = BAR + PAD + len(lines) * LINE + 8.0
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:.0f}" height="{tall:.0f}" '
        f'viewBox="0 0 {wide:.0f} {tall:.0f}" role="img" aria-label={quoteattr(title)}>',
        f"<title>{escape(title)}</title><style>{_SHEET}</style>",
        f'<rect class="ground" x=".5" y=".5" width="{wide - 1:.0f}" height="{tall - 1:.0f}" '
        'rx="8"/>',
        f'<path class="bar" d="M1 {BAR:.0f}V9a8 8 0 0 1 8-8h{wide - 18:.0f}a8 8 0 0 1 8 8'
        f'V{BAR:.0f}z"/>',
        *(f'<circle class="dot" cx="{20 + 18 * k}" cy="17.5" r="5.5"/>' for k in range(3)),
        f'<text class="title" x="{wide / 2:.0f}" y="22">{escape(title)}</text>',
    ]
    for row, line in enumerate(lines):
        down = BAR + PAD + row * LINE + 10.0
        for run in line:
            text = run.text.rstrip()
            across = PAD + run.column * CELL
            look = f' class="{run.look}"' if run.look else ""
            parts.append(
                f'<text x="{across:.1f}" y="{down:.0f}" textLength="{len(text) * CELL:.1f}"'
                f'{look} xml:space="preserve">{escape(text)}</text>'
            )
    return "\n".join([*parts, "</svg>", ""])
