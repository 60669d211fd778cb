"""The debugger through a pseudo-terminal, as a person drives it: keys in, a screen out."""

from __future__ import annotations

import codecs
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
INTERRUPTED = "--KeyboardInterrupt--\n"
PATIENCE = 300.0
READLINE = importlib.util.find_spec("readline") is not None

#: Who sits at the terminal: makes it their own, so that Ctrl-C reaches it, starts the program,
#: says its number first and its exit code at the end, and stays until sent home. A terminal whose
#: own process ends is hung up at once, and what was not read by then is lost.
SITTING_DOWN = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGINT, lambda *_: None)  # the program starts with Python's own handler
if not os.fork():
    print(f"pid {os.getpid()}", flush=True)
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
code = os.waitstatus_to_exitcode(os.wait()[1])
print(f"left with {code}", flush=True)
while True:
    signal.pause()
"""


class Person:
    """Somebody at a terminal of so many columns, who waits for each answer before typing on."""

    def __init__(
        self, *arguments: str, columns: int = 80, folder: Path, **environment: str
    ) -> None:
        self.keyboard, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-c", SITTING_DOWN, *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=folder,
            env={**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "PYTHONUTF8": "1",
                 "INPUTRC": os.devnull, **environment},
            start_new_session=True,
        )  # fmt: skip
        os.close(terminal)
        self.screen, self.seen = "", 0
        self.decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self.pid = int(self.reads("\n").removeprefix("pid "))
        self.screen, self.seen = self.screen[self.seen :], 0

    def reads(self, mark: str) -> str:
        """Read on until a mark; give what came up to it.  What came after it is read next time."""
        start = self.seen
        while (found := self.screen.find(mark, start)) < 0:
            ready, _, _ = select.select([self.keyboard], [], [], PATIENCE)
            assert ready, f"never saw {mark!r} in {self.screen[start:]!r}"
            try:
                more = os.read(self.keyboard, 65536)
            except OSError:  # the other end has closed
                more = b""
            assert more, f"it ended before {mark!r}, with {self.screen[start:]!r}"
            self.screen = (self.screen + self.decoder.decode(more)).replace("\r\n", "\n")
        self.seen = found + len(mark)
        return self.screen[start : self.seen]

    def types(self, keys: str, until: str = PROMPT) -> str:
        """Press keys and wait for what answers."""
        os.write(self.keyboard, keys.encode())
        return self.reads(until)

    def interrupts(self) -> str:
        """Press Ctrl-C, once the program sleeps, and wait for the prompt.

        Python's own reading of a line misses one that comes just before it waits for a key.
        """
        while not asleep(self.pid):
            pass
        os.write(self.keyboard, b"\x03")
        return self.reads(INTERRUPTED) + self.reads(PROMPT)

    def leaves(self, keys: str) -> str:
        """Press the last keys; give what the screen shows until the program ends, with 0."""
        said = self.types(keys, "left with ")
        assert self.reads("\n") == "0\n"
        return said.removesuffix("left with ")

    def close(self) -> None:
        """Hang up."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.keyboard)


def asleep(pid: int) -> bool:
    """Whether a process waits for something; where the system does not tell, the best is hoped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "RD"
    except FileNotFoundError:
        return True


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
    assert person.interrupts().endswith(INTERRUPTED + PROMPT)
    assert "x.grad" not in person.types("p gain.grad\n")
    assert "Left at 24 of 37: the pass is taken back" in person.leaves("q\n")
    assert (tmp_path / "hunt.svg").exists()


def test_control_d_leaves(sitting, tmp_path) -> None:
    """Ctrl-D on an empty line leaves with a new line, as pdb does."""
    person = debugging(sitting, tmp_path, NO_COLOR="1")

    assert person.leaves("\x04") == "\n"


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


BUSY = """
import threading
from gatenet import Unit, checkpoint

calls = []

@checkpoint
def busy(unit):
    calls.append(unit)
    if len(calls) == 2:  # the pass has come here
        print("busy", flush=True)
        threading.Event().wait()
    return unit * 1.0

x = loss = Unit(1.0)
for k in range(2_000):
    loss = busy(loss) if k == 1_000 else loss * 1.0
"""


def test_control_c_ends_a_long_run(sitting, tmp_path) -> None:
    """Ctrl-C while gates run comes back to the prompt, and the pass can be taken back."""
    (tmp_path / "long.py").write_text(BUSY)
    person = Person("-m", "gatenet", "debug", "long.py", folder=tmp_path, NO_COLOR="1")
    sitting.append(person)
    person.reads(PROMPT)
    person.types("n\n")
    person.types("c\n", "busy\n")
    said = person.interrupts()
    standing = person.types("\n")
    back = person.types("restart\n")

    assert said.endswith(INTERRUPTED + PROMPT)
    assert standing
    assert "(2,000 of 4,001, before the backward pass)" in back
    assert "The pass is complete: x.grad = 1." in person.types("finish\n")
    person.leaves("q\n")


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
