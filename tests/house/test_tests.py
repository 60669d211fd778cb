"""The tests tested: each says what must hold, each can fail, none hides another."""

import ast
from collections import Counter
from functools import lru_cache

import pytest
from reading import ROOT, module_name, sources, tree

TESTS = [path for path in sources("tests") if path.name.startswith("test_")]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
CHECKING = {"raises", "warns", "assert_never", "fail", "testmod", "testfile"}


def short(path):
    """A file's name as shown in a test's name."""
    return str(path.relative_to(ROOT))


def functions_of(path):
    """The test functions of a file, those in classes too."""
    return [
        node
        for node in ast.walk(tree(path))
        if isinstance(node, FUNCTIONS) and node.name.startswith("test_")
    ]


def name_called(node):
    """The last part of the name that a call calls."""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


@lru_cache
def checkers():
    """Names of helpers anywhere in tests/ that assert something, themselves or through others."""
    bodies = {}
    for path in sources("tests"):
        for node in ast.walk(tree(path)):
            if isinstance(node, FUNCTIONS):
                bodies.setdefault(node.name, []).append(node)
    found = set(CHECKING)
    while True:
        more = {
            name
            for name, nodes in bodies.items()
            if name not in found and any(checks(node, found) for node in nodes)
        }
        if not more:
            return found
        found |= more


def checks(function, known):
    """Whether a function asserts, or calls something that does."""
    return any(
        isinstance(node, (ast.Assert, ast.Raise))
        or (isinstance(node, ast.Call) and name_called(node) in known)
        for node in ast.walk(function)
    )


@pytest.mark.parametrize("path", TESTS, ids=short)
def test_every_test_says_what_must_hold(path):
    """Each test has a docstring of one sentence that ends in a full stop."""
    for test in functions_of(path):
        said = ast.get_docstring(test)
        assert said, f"{short(path)}:{test.lineno}: {test.name} has no docstring"
        assert said.rstrip().endswith("."), f"{short(path)}:{test.lineno}: {said!r}"
        assert "\n\n" not in said, f"{short(path)}:{test.lineno}: one sentence, not a page"


@pytest.mark.parametrize("path", TESTS, ids=short)
def test_every_test_can_fail(path):
    """Each test asserts something, itself or through a helper that does."""
    known = checkers()
    for test in functions_of(path):
        assert checks(test, known), f"{short(path)}:{test.lineno}: {test.name} cannot fail"


@pytest.mark.parametrize("path", TESTS, ids=short)
def test_no_test_hides_another(path):
    """Two tests of one name in one file: the first would never run."""
    for owner in [tree(path), *[n for n in ast.walk(tree(path)) if isinstance(n, ast.ClassDef)]]:
        names = Counter(node.name for node in owner.body if isinstance(node, FUNCTIONS))
        assert [name for name, count in names.items() if count > 1] == []


def test_file_names_are_unique():
    """pytest imports test files by their last name: no two may share one."""
    names = Counter(path.name for path in TESTS)

    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("path", TESTS, ids=short)
def test_no_test_sleeps_or_calls_out(path):
    """Nothing waits for a clock, and nothing goes to the network."""
    refused = {"socket", "urllib", "requests", "http", "ftplib"}
    if path.name == "test_cluster_failures.py":  # it holds a port of its own, on loopback
        refused.discard("socket")
    for node in ast.walk(tree(path)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.name for alias in node.names]
            module = getattr(node, "module", None) or names[0]
            assert module.split(".")[0] not in refused
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in ("time.sleep", "sleep", "asyncio.sleep")


def public(node, inside=False):
    """Public functions, methods and classes below a node: (name, definition)."""
    for child in node.body:
        if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield child.name, child
            yield from public(child, True)
        elif isinstance(child, FUNCTIONS) and not child.name.startswith("_"):
            decorators = [ast.unparse(d) for d in child.decorator_list]
            if not any(d.endswith((".setter", "overload")) for d in decorators):
                yield child.name, child


@pytest.mark.parametrize("path", sources("gatenet", "viz"), ids=module_name)
def test_every_public_name_is_documented(path):
    """Every module, public class, function and method says what it is for."""
    assert ast.get_docstring(tree(path)), f"{short(path)} has no docstring"
    for name, node in public(tree(path)):
        assert ast.get_docstring(node), f"{short(path)}:{node.lineno}: {name} has no docstring"
