"""Reading the repository's own source: modules, their trees and what they import."""

import ast
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@lru_cache
def tree(path):
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def sources(*folders):
    """Every Python file in these folders of the repository, sorted."""
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in found if "__pycache__" not in path.parts)


def module_name(path):
    """gatenet/nn/layers.py as gatenet.nn.layers; a package by its own name."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path):
    """Every import: (module, name or None, whether it waits in a function, line number).

    What stands under `if TYPE_CHECKING` is for type checkers alone and left out.
    """
    found = []

    def visit(node, lazy):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                continue
            if isinstance(child, ast.Import):
                found.extend((alias.name, None, lazy, child.lineno) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                module = child.module or ""
                if child.level:  # relative: within the package the file stands in
                    module = f"{module_name(path).split('.')[0]}.{module}".rstrip(".")
                names = [alias.name for alias in child.names]
                found.extend((module, name, lazy, child.lineno) for name in names)
            function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            visit(child, lazy or function)

    visit(tree(path), False)
    return found
