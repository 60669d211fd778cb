"""The rooms: who may import whom, and what the core may import at all."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

#: From the ground up: a room imports at its top only from rooms listed before it, or its own.
ROOMS = [
    "errors", "ieee", "real", "_version", "randomness", "formula", "flattening", "printing",
    "domain", "primitives", "placed", "calculation", "record", "declaration", "gates", "modes",
    "methods", "unit", "kernels", "eager", "walk", "listing", "circuit", "sweep", "copying",
    "trees", "transforms", "blocks", "tracing", "checking", "strictjson", "source", "encoding",
    "decodedrows", "decoding", "io", "nn", "losses", "optim", "datasets", "training", "micrograd",
    "demo", "cli", "__main__", "viz",
]  # fmt: skip


def room_of(path):
    """The room a file belongs to."""
    parts = path.relative_to(ROOT).parts
    return "viz" if parts[0] == "viz" else parts[1].removesuffix(".py")


def imports(tree, package):
    """The modules that run when a file is imported: not those inside functions or TYPE_CHECKING."""
    waiting = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = f"{package}.{base}".rstrip(".")
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)
        waiting.extend(child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt))


FILES = sorted([*(ROOT / "gatenet").rglob("*.py"), *(ROOT / "viz").rglob("*.py")])
FILES = [path for path in FILES if path.relative_to(ROOT).as_posix() not in
         ("gatenet/__init__.py", "gatenet/viz.py")]  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_room_imports_only_from_rooms_below_it(path):
    """Imports at the top of a file lead down the list of rooms, never up."""
    own = room_of(path)
    package = "gatenet.viz" if own == "viz" else ".".join(path.parent.relative_to(ROOT).parts)
    for name in imports(ast.parse(path.read_text(encoding="utf-8")), package):
        parts = name.split(".")
        if parts[0] != "gatenet" or len(parts) < 2 or parts[1] not in ROOMS:
            continue
        assert ROOMS.index(parts[1]) <= ROOMS.index(own), f"{own} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_only_viz_imports_anything_but_the_standard_library(path):
    """Other packages are imported nowhere; graphviz and pygraphviz inside viz's functions."""
    for name in imports(ast.parse(path.read_text(encoding="utf-8")), ""):
        top = name.split(".")[0]
        assert top in sys.stdlib_module_names or top in ("", "gatenet") or room_of(path) == "viz"
        assert top not in ("graphviz", "pygraphviz", "numpy")


def test_every_room_is_on_the_list():
    """A new room enters the list of ranks."""
    assert {room_of(path) for path in FILES} <= set(ROOMS)


def test_importing_gatenet_brings_no_other_package():
    """`import gatenet` loads neither graphviz nor numpy nor hypothesis."""
    program = (
        "import sys, gatenet; "
        "print([n for n in ('graphviz', 'pygraphviz', 'numpy', 'hypothesis', 'mpmath', 'pytest') "
        "if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"


def test_no_file_is_two_rooms():
    """Files stay near 250 lines; the few above it are known and none passes 400."""
    long = {
        path.relative_to(ROOT).as_posix(): count
        for path in FILES
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 300
    }

    assert set(long) <= {f"gatenet/{name}.py" for name in ("unit", "formula", "circuit", "record")}
    assert max(long.values(), default=0) <= 400
