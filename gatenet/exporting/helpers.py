"""Helpers: the functions of `ieee` as text, without types and examples, for modules that stand
alone.

Nothing is written twice: the text is read from `ieee` itself.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable

from gatenet import ieee


def helpers(names: Iterable[str]) -> list[str]:
    """The definitions of these functions and of what they use, in their order, as lines.

    >>> print("\\n".join(helpers(["divide"])))
    inf = math.inf
    nan = math.nan
    <BLANKLINE>
    <BLANKLINE>
    def divide(a, b):
    ...
    """
    defined: dict[str, ast.stmt] = {}
    for part in ast.parse(inspect.getsource(ieee)).body:
        if isinstance(part, ast.FunctionDef):
            defined[part.name] = part
        elif isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name):
            defined[part.targets[0].id] = part
    wanted = {"inf", "nan"}
    waiting = [*names]
    while waiting:
        name = waiting.pop()
        wanted.add(name)
        used = {node.id for node in ast.walk(defined[name]) if isinstance(node, ast.Name)}
        waiting += used & {*defined} - wanted
    lines: list[str] = []
    for name, part in defined.items():
        if name in wanted:
            function = isinstance(part, ast.FunctionDef)
            lines += ["", ""] if function or lines[-1:] == ["    return total"] else []
            lines += ast.unparse(_Plain().visit(part)).splitlines()
    return lines


class _Plain(ast.NodeTransformer):
    """Takes the types out of functions, and all but the first line of what they say."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        node.returns = None
        for argument in node.args.args:
            argument.annotation = None
        said = ast.get_docstring(node)
        if said is not None:
            node.body[0] = ast.Expr(ast.Constant(said.splitlines()[0]))
        return node
