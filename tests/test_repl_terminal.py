"""The debugger through a pseudo-terminal, as a person drives it: keys in, a screen out."""

from __future__ import annotations

import importlib.util
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("pseudo-terminals are Unix's", allow_module_level=True)

import fcntl
import pty
import struct
import termios

ROOT = Path(__file__).parent.parent
PROMPT = "(gatenet) "
PATIENCE = 30.0
READLINE = importlib.util.find_spec("readline") is not None

#: What makes the terminal the program's own, so that Ctrl-C reaches it, and then becomes it.
SITTING_DOWN = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)


class Person:
    """Somebody at a terminal of so many columns, who waits for each answer before typing on."""

    def __init__(
        self, *arguments: str, columns: int = 80, folder: Path, **environment: str
    ) -> None:
        self.keyboard, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", SITTING_DOWN, *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=folder,
            env={**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "PYTHONUTF8": "1",
                 "INPUTRC": os.devnull, **environment},
            start_new_session=True,
        )  # fmt: skip
        os.close(terminal)
        self.screen = ""

    def reads(self, mark: str) -> str:
        """Wait until something is on the screen; give all that came until then."""
        start = len(self.screen)
        while mark not in self.screen[start:]:
            ready, _, _ = select.select([self.keyboard], [], [], PATIENCE)
            assert ready, f"never saw {mark!r} in {self.screen[start:]!r}"
            try:
                more = os.read(self.keyboard, 65536).decode(errors="replace")
            except OSError:  # the other end has closed
                more = ""
            assert more, f"it ended before {mark!r}, with {self.screen[start:]!r}"
            self.screen += more.replace("\r\n", "\n")
        return self.screen[start:]

    def types(self, keys: str, until: str = PROMPT) -> str:
        """Press keys and wait for what answers."""
        os.write(self.keyboard, keys.encode())
        return self.reads(until)

    def interrupts(self) -> str:
        """Press Ctrl-C, as often as it takes, and wait for the prompt.

        Python's own reading of a line misses one that comes just before it waits for a key.
        """
        for _ in range(20):
            os.write(self.keyboard, b"\x03")
            if select.select([self.keyboard], [], [], 1.0)[0]:
                break
        return self.reads(PROMPT)

    def leaves(self, keys: str) -> str:
        """Press the last keys; give what the screen shows until the program ends."""
        start = len(self.screen)
        os.write(self.keyboard, keys.encode())
        while select.select([self.keyboard], [], [], PATIENCE)[0]:
            try:
                more = os.read(self.keyboard, 65536)
            except OSError:
                break
            if not more:
                break
            self.screen += more.decode(errors="replace").replace("\r\n", "\n")
        self.process.wait(PATIENCE)
        return self.screen[start:]

    def close(self) -> None:
        """Hang up."""
        self.process.kill()
        self.process.wait()
        os.close(self.keyboard)


@pytest.fixture
def sitting(tmp_path: Path) -> Iterator[list[Person]]:
    """People who are sent home at the end, whatever happened."""
    people: list[Person] = []
    yield people
    for person in people:
        person.close()


def debugging(sitting: list[Person], tmp_path: Path, *options: str, **settings: object) -> Person:
    """Somebody who has opened the debugger on the nan hunt and sees the first prompt."""
    file = str(ROOT / "examples" / "nan_hunt.py")
    person = Person("-m", "gatenet", "debug", *options, file, folder=tmp_path, **settings)  # type: ignore[arg-type]
    sitting.append(person)
    person.reads(PROMPT)
    return person


def test_a_person_hunts_a_nan(sitting, tmp_path) -> None:
    """Step, back, break at nan, explain, draw, empty lines, Ctrl-C, quit, as a person would."""
    person = debugging(sitting, tmp_path, NO_COLOR="1")

    assert "loss = 1, from 18 gates and 1 leaf." in person.screen
    assert "loss = u26 ** 2: upstream 1 (the seed)." in person.types("n\n")
    assert "u26 = deviation - 1: upstream -2." in person.types("\n")  # repeats
    assert "Taken back: u26 = deviation - 1" in person.types("rn\n")
    assert "Breakpoint 1: nan is born" in person.types("b nan\n")
    assert "(24 of 37, backward)  nan here: `genealogy`" in person.types("c\n")
    assert "It was built at" in person.types("genealogy\n")
    assert "why is gain.grad nan?" in person.types("why gain 1\n")
    assert "->  u20  u20 = u18 ** 2" in person.types("l\n")
    assert "wrote hunt.svg" in person.types("draw hunt.svg\n")
    person.types("half a line", "half a line")  # seen on the screen: it waits for a key
    assert "--KeyboardInterrupt--" in person.interrupts()
    assert "x.grad" not in person.types("p gain.grad\n")
    assert "Left at 24 of 37: the pass is taken back" in person.leaves("q\n")
    assert person.process.returncode == 0
    assert (tmp_path / "hunt.svg").exists()


def test_control_d_leaves(sitting, tmp_path) -> None:
    """Ctrl-D on an empty line leaves with a new line, as pdb does."""
    person = debugging(sitting, tmp_path, NO_COLOR="1")

    assert person.leaves("\x04") == "\n"
    assert person.process.returncode == 0


@pytest.mark.skipif(not READLINE, reason="this Python has no readline")
def test_tab_completes(sitting, tmp_path) -> None:
    """The tab key completes commands, names, rows and attributes, and lists what is ambiguous."""
    person = debugging(sitting, tmp_path, NO_COLOR="1")

    assert "Every" not in person.types("geneal\t\n")
    assert "(gatenet) genealogy" in person.screen
    person.types("p devi\t.gr\t\n")
    assert "(gatenet) p deviation.grad\n0.0\n" in person.screen
    assert "Breakpoint 1: at a gate sqrt" in person.types("b sq\t\n")
    # The list ends with the prompt and the line so far: wait for both before typing on.
    listed = person.types("p signals\t\t\t", "signals[2]  \n(gatenet) p signals[")
    assert "signals[0]" in listed
    person.types("1].value\n")
    assert person.screen.rstrip().endswith(f"3.0\n{PROMPT.strip()}")


@pytest.mark.skipif(not READLINE, reason="this Python has no readline")
def test_history(sitting, tmp_path) -> None:
    """The arrow up brings the last lines back; a history file is written only when asked for."""
    person = debugging(sitting, tmp_path, "--history", "kept", NO_COLOR="1")
    person.types("p gain\n")
    again = person.types("\x1b[A\n")
    person.leaves("q\n")
    other = debugging(sitting, tmp_path, "--history", "kept", NO_COLOR="1")
    remembered = other.types("\x1b[A\x1b[A\n")
    other.leaves("q\n")

    assert "gain (input): value 2" in again
    assert "p gain" in remembered
    assert (tmp_path / "kept").read_text().splitlines()[:2] == ["p gain", "q"] or (
        "p gain" in (tmp_path / "kept").read_text()
    )
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_control_c_ends_a_long_run(sitting, tmp_path) -> None:
    """Ctrl-C while many gates run comes back to the prompt, and the pass can be taken back."""
    (tmp_path / "long.py").write_text(
        "from gatenet import Unit\nx = Unit(1.0)\nloss = x\n"
        "for _ in range(60_000):\n    loss = loss * 1.0\n"
    )
    person = Person("-m", "gatenet", "debug", "long.py", folder=tmp_path, NO_COLOR="1")
    sitting.append(person)
    person.reads(PROMPT)
    person.types("b above 2\n")
    person.types("n\n")
    person.types("display x.grad\n")
    os.write(person.keyboard, b"c\n")
    person.reads("c\n")
    os.killpg(person.process.pid, signal.SIGINT)
    said = person.reads(PROMPT)
    back = person.types("restart\n")

    assert "--KeyboardInterrupt--" in said or "The pass is complete" in said
    assert "(60,000 of 120,001, before the backward pass)" in back
    assert "The pass is complete: x.grad = 1." in person.types("finish\n")
    person.leaves("q\n")
    assert person.process.returncode == 0


@pytest.mark.parametrize("columns", [40, 80, 160])
def test_every_width(columns: int, sitting, tmp_path) -> None:
    """On terminals from narrow to wide every line fits, and numbers are whole."""
    person = debugging(sitting, tmp_path, columns=columns, NO_COLOR="1")
    for line in ("b nan", "c", "l", "w", "b", "pp", "info", "h", "h b", "why gain 1"):
        person.types(line + "\n")
    lines = [line for line in person.screen.splitlines() if str(ROOT) not in line]

    assert max(len(line) for line in lines) <= columns
    assert "0.333333" in person.screen
    assert not re.search(r"\d…", person.screen)


def test_colour(sitting, tmp_path) -> None:
    """With rich the screen has colour, and says the same."""
    pytest.importorskip("rich")
    people = [debugging(sitting, tmp_path, TERM=term) for term in ("xterm-256color", "dumb")]
    for person in people:
        for line in ("b nan", "c", "l", "w"):
            person.types(line + "\n")
    coloured, plain = people

    def words(screen: str) -> list[str]:
        bare = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen)
        return bare.replace("\r", "").split()

    assert "\x1b[" in coloured.screen
    assert "\x1b[3" not in plain.screen
    assert words(coloured.screen) == words(plain.screen)


def test_in_python_s_own_prompt(sitting, tmp_path) -> None:
    """gatenet.debug(loss) at Python's prompt talks there, and goes back to it."""
    person = Person("-i", "-q", "-c", "from gatenet import *", folder=tmp_path, NO_COLOR="1",
                    PYTHON_BASIC_REPL="1")  # fmt: skip
    sitting.append(person)
    person.reads(">>> ")
    person.types("from gatenet import Unit, debug\n", ">>> ")
    person.types("x = Unit(3.0); debug(x * x)\n", PROMPT)

    assert "u1 = x * x: upstream 1" in person.types("n\n")
    person.types("c\n")
    person.types("q\n", ">>> ")
    assert "6.0" in person.types("x.grad\n", ">>> ")
    if READLINE:  # the lines typed in the debugger are not among those of the prompt
        assert "x.grad" in person.types("\x1b[A", "x.grad")
