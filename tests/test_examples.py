"""Examples: each prints what its docstring says, or its figures are tested elsewhere."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def stated(path: Path) -> str:
    """The output that an example's docstring states: the indented lines after "Prints:"."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return textwrap.dedent(docstring.partition("\nPrints:\n\n")[2]).strip()


def has_main(path: Path) -> bool:
    """Whether an example has a `main(size, out, stream)` that gives its figures."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in body)


def test_there_are_examples() -> None:
    """The folder holds examples, and each states its output or has its figures tested."""
    texts = [
        path.read_text(encoding="utf-8")
        for path in Path(__file__).parent.glob("test_examples_*.py")
    ]
    tested = {path for path in EXAMPLES if any(f'"{path.stem}"' in text for text in texts)}

    assert "neuron.py" in [path.name for path in EXAMPLES]
    assert [path.name for path in EXAMPLES if not (stated(path) or has_main(path))] == []
    assert [path.name for path in EXAMPLES if has_main(path) and path not in tested] == []


@pytest.mark.parametrize("path", [*filter(stated, EXAMPLES)], ids=lambda path: path.stem)
def test_example(path: Path, tmp_path: Path) -> None:
    """An example runs in an empty folder and prints exactly what its docstring states."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == stated(path)
