"""Mutants of a module's source: mutmut's operators, also where mutmut itself never looks.

mutmut mutates the bodies of functions that have no decorator. A gate is a decorated function
whose body, partials, domain and constants are read when the module is imported, so here the same
operators run over the whole module. Knows mutmut and libcst; does not know how mutants are run.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import NEVER_MUTATE_FUNCTION_CALLS
from mutmut.mutation.mutators import mutation_operators, operator_string

#: Decorators whose function only type checkers read, and calls that only they read.
TYPES_ONLY = {"overload"}
TYPE_CALLS = {"TypeVar", "cast", "NewType"}


@dataclass(frozen=True)
class Mutant:
    """One changed place: where it is, the lines before and after, and the whole new source."""

    module: str
    scope: str
    line: int
    before: str
    after: str
    source: str

    @property
    def key(self) -> str:
        """What the list of equivalent mutants calls it; independent of line numbers."""
        return f"{self.module} | {self.scope} | {self.before} | {self.after}"


def _one_string(node: cst.BaseString) -> Iterable[cst.CSTNode]:
    """Change a text in one way: the lower and upper case of it fall to the same tests."""
    return list(operator_string(node))[:1]


OPERATORS = [
    (kind, _one_string if operator is operator_string else operator)
    for kind, operator in mutation_operators
]


class _Visitor(cst.CSTVisitor):
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[cst.CSTNode, cst.CSTNode]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if _passed_over(node):
            return False
        for kind, operator in OPERATORS:
            if isinstance(node, kind):
                self.found.extend((node, changed) for changed in operator(node))
        return True


def _passed_over(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Annotation):
        return True
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Name):
        return node.func.value in NEVER_MUTATE_FUNCTION_CALLS | TYPE_CALLS
    if isinstance(node, cst.FunctionDef):
        names = {d.decorator.value for d in node.decorators if isinstance(d.decorator, cst.Name)}
        return bool(names & TYPES_ONLY)
    if isinstance(node, (cst.Assign, cst.AnnAssign)) and isinstance(node.value, cst.Call):
        called = node.value.func
        return isinstance(called, cst.Name) and called.value in TYPE_CALLS
    return (
        isinstance(node, cst.If)
        and isinstance(node.test, cst.Name)
        and node.test.value == "TYPE_CHECKING"
    )


def mutants_of(path: Path, module: str, share: float = 1.0, seed: int = 0) -> Iterator[Mutant]:
    """Give the mutants of a file, or a share of them drawn by a seed; none that cannot be read."""
    code = path.read_text(encoding="utf-8")
    wrapper = MetadataWrapper(cst.parse_module(code))
    visitor = _Visitor()
    wrapper.visit(visitor)
    places = wrapper.resolve(PositionProvider)
    scopes = _scopes(code)
    seen, same = {code}, ast.dump(ast.parse(code))
    lines = code.splitlines()
    drawn = visitor.found
    if share < 1:
        drawn = random.Random(f"{seed} {module}").sample(drawn, round(share * len(drawn)))
    for node, changed in drawn:
        source = _spliced(wrapper.module, places, code, node, changed)
        if source in seen:
            continue
        seen.add(source)
        try:
            compile(source, str(path), "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue
        if ast.dump(ast.parse(source)) == same:
            continue  # another spelling of the same number, as 1.7e308 + 1 is
        line = places[node].start.line if node in places else 1
        before, after = _changed(lines, source.splitlines())
        yield Mutant(module, scopes.get(line, "module"), line, before, after, source)


def _spliced(
    module: cst.Module, places: object, code: str, node: cst.CSTNode, changed: cst.CSTNode
) -> str:
    """Put the changed node's text where the node's was; by the slow way where brackets confuse."""
    place = places.get(node)  # type: ignore[attr-defined]
    old = module.code_for_node(node)
    if place is not None:
        starts = _line_starts(code)
        start = starts[place.start.line - 1] + place.start.column
        end = starts[place.end.line - 1] + place.end.column
        if code[start:end] == old:
            return code[:start] + module.code_for_node(changed) + code[end:]
    return module.deep_replace(node, changed).code  # type: ignore[arg-type]


_STARTS: dict[str, list[int]] = {}


def _line_starts(code: str) -> list[int]:
    if code not in _STARTS:
        starts = [0]
        for line in code.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        _STARTS[code] = starts
    return _STARTS[code]


def _scopes(code: str) -> dict[int, str]:
    """The dotted name of the innermost function or class around each line."""
    found: dict[int, str] = {}
    stack: list[tuple[ast.AST, str]] = [(ast.parse(code), "")]
    while stack:
        node, name = stack.pop(0)
        for child in ast.iter_child_nodes(node):
            inner = name
            if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                inner = f"{name}.{child.name}".lstrip(".")
                first = min([child.lineno, *[d.lineno for d in child.decorator_list]])
                found.update(dict.fromkeys(range(first, (child.end_lineno or first) + 1), inner))
            stack.append((child, inner))
    return found


def _changed(old: list[str], new: list[str]) -> tuple[str, str]:
    """The lines that differ, each side on one line."""
    n = 0
    while n < min(len(old), len(new)) and old[n] == new[n]:
        n += 1
    m = 0
    while m < min(len(old), len(new)) - n and old[-1 - m] == new[-1 - m]:
        m += 1
    before = " ".join(line.strip() for line in old[n : len(old) - m])
    after = " ".join(line.strip() for line in new[n : len(new) - m])
    return before, after
