"""SVG: a scene drawn by the best engine there is, and always by one.

`dot` and `pygraphviz` only say where things stand; the drawing is ours either way.  Both run
as a child process under a time limit, and whatever goes wrong there (no program, no package,
a crash, a hang) the built-in layout takes over and the picture says why.  This is the one
place that starts a process.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence

from gatenet.errors import RangeError

from .dot import answer, request
from .layers import Wires
from .layout import BETWEEN, Layout, Point, lay_out
from .paint import painted
from .parts import Scene
from .setting import Setting, setting
from .shapes import height, pill

ENGINES = ("auto", "dot", "pygraphviz", "builtin")
"""What `engine=` may be."""

TIME_LIMIT = 10.0
"""Seconds that a program is given for one layout."""
LARGEST = 3000
"""The most boxes and wires together that a program is asked to lay out."""
COUNTED = 80.0
"""The least distance of columns where wires carry their count, or a pull."""

_CHILD = (
    "import sys, pygraphviz; "
    "circuit = pygraphviz.AGraph(string=sys.stdin.read()); "
    "sys.stdout.buffer.write(circuit.draw(format='plain', prog='dot'))"
)


def rendered(scene: Scene, engine: str = "auto") -> tuple[str, str, str]:
    """Return a scene's SVG, the engine that laid it out, and why not another ("" if asked).

    Raises:
        RangeError: if `engine` is not one of ENGINES.
    """
    room = setting([scene])
    layout, name, why = laid_out(scene, room, engine)
    return painted(scene, layout, remark(name, why), room), name, why


def laid_out(scene: Scene, room: Setting, engine: str = "auto") -> tuple[Layout, str, str]:
    """Return a scene's layout with the boxes as wide as the setting has them, as `rendered`."""
    if engine not in ENGINES:
        raise RangeError(
            f"unknown engine: {engine!r} (must be one of {list(ENGINES)})", engine=engine
        )
    pairs = zip(scene.boxes, room.widths, strict=True)
    sizes = [(pill(box) + wide, height(box)) for box, wide in pairs]
    wires = [(wire.tail, wire.head) for wire in scene.wires]
    told = scene.kind in ("forward", "backward") or any(wire.count > 1 for wire in scene.wires)
    between = COUNTED if told else BETWEEN
    reasons: list[str] = []
    for name in ("dot", "pygraphviz"):
        if engine in ("auto", name):
            layout = _tried(_COMMANDS[name], sizes, wires, between, reasons)
            if layout is not None:
                return layout, name, ""
    loose = {at for at, box in enumerate(scene.boxes) if box.group}
    return lay_out(sizes, wires, between, loose), "builtin", "; ".join(reasons)


def remark(name: str, why: str) -> str:
    """Return what a picture says in a comment about the engine that laid it out."""
    return f"laid out by {'the built-in engine' if name == 'builtin' else name}" + (
        f" ({why})" if why else ""
    )


def _tried(
    command: Callable[[], list[str]],
    sizes: Sequence[Point],
    wires: Wires,
    between: float,
    reasons: list[str],
) -> Layout | None:
    """Ask a program for a layout; on any failure note the reason and return None."""
    if len(sizes) + len(wires) > LARGEST:
        reasons.append("too large for Graphviz")
        return None
    try:
        done = subprocess.run(
            command(),
            input=request(sizes, wires, between),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIME_LIMIT,
            check=True,
        )
        return answer(done.stdout, sizes, wires)
    except ImportError as error:
        reasons.append(f"the package {error.name} is not installed")
    except FileNotFoundError as error:
        reasons.append(f"the program {error.filename} was not found")
    except subprocess.TimeoutExpired:
        reasons.append(f"Graphviz took longer than {TIME_LIMIT:g} s")
    except subprocess.CalledProcessError as error:
        reasons.append(f"Graphviz ended with status {error.returncode}")
    except (OSError, ValueError, IndexError) as error:
        reasons.append(f"Graphviz gave no layout: {type(error).__name__}")
    return None


def _dot() -> list[str]:
    """Return the command that runs the `dot` program."""
    program = shutil.which("dot")
    if program is None:
        raise FileNotFoundError(2, "not found", "dot")
    return [program, "-Tplain"]


def _pygraphviz() -> list[str]:
    """Return the command that runs the Graphviz inside the pygraphviz package."""
    if importlib.util.find_spec("pygraphviz") is None:
        raise ModuleNotFoundError("not installed", name="pygraphviz")
    return [sys.executable, "-P", "-c", _CHILD]


_COMMANDS: dict[str, Callable[[], list[str]]] = {"dot": _dot, "pygraphviz": _pygraphviz}
