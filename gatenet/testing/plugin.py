"""A plugin for pytest: assertions as fixtures, marks, and the failing circuit in the report.

Loaded by an entry point wherever gatenet and pytest are installed, it costs the import of gatenet
and nothing else; hypothesis is not needed.  When a test fails that holds a circuit, a tape or the
output of gates in a variable, the report has a section with Python that builds it and with the
path of its picture.  With hypothesis that is the smallest failing example.
"""

from __future__ import annotations

import inspect
import random
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gatenet.modes import detect_anomaly
from gatenet.testing import assertions, suite
from gatenet.testing.selecting import select_gates
from gatenet.testing.showing import file_name, picture, snippet, suspects

_MARKS = (
    "gates(*gates, smooth=None, everywhere=None, arity=None, variadic=None): run the test for "
    "each of these gates, given as the argument `gate`; all of gatenet's where none are named",
    "detect_anomaly: run the test under gatenet.detect_anomaly(), so that the first value or "
    "gradient that is not finite is an error",
)
SECTION = "gatenet: the failing circuit"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for where pictures go."""
    text = "where pictures of failing circuits go (default: pytest's cache folder; 'off' for none)"
    group = parser.getgroup("gatenet")
    group.addoption("--gatenet-pictures", metavar="DIR", default=None, help=text)
    parser.addini("gatenet_pictures", text, default="")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marks known, also under --strict-markers."""
    for mark in _MARKS:
        config.addinivalue_line("markers", mark)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test marked `gates` for each gate."""
    mark = metafunc.definition.get_closest_marker("gates")
    if mark is not None and "gate" in metafunc.fixturenames:
        found = select_gates(mark.args or None, **mark.kwargs)
        metafunc.parametrize("gate", found, ids=repr)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Run a test marked `detect_anomaly` under it."""
    if item.get_closest_marker("detect_anomaly") is None:
        return (yield)
    with detect_anomaly():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Show the circuits that a failed test held."""
    report = yield
    if call.when == "call" and report.failed and call.excinfo is not None:
        text = _shown(item, call.excinfo.value)
        if text:
            report.sections.append((SECTION, text))
    return report


def _shown(item: pytest.Item, error: BaseException) -> str:
    """What the section says: for each circuit its source and its picture."""
    code = _code(item)
    parts: list[str] = []
    for one in _each(error):
        for name, thing in (suspects(one.__traceback__, code) if code else {}).items():
            lines = [f"{name}:", snippet(thing).rstrip("\n")]
            folder = pictures(item.config)
            if folder is not None:
                number = f"{len(parts)}" if parts else ""
                target = folder / file_name([item.nodeid, name, number])
                lines.append(f"# picture: {picture(thing, target)}")
            parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _each(error: BaseException) -> list[BaseException]:
    """An error, or those in a group: hypothesis reports several kinds of failure together."""
    if isinstance(error, BaseExceptionGroup):
        return [inner for one in error.exceptions for inner in _each(one)]
    return [error]


def _code(item: pytest.Item) -> Any:
    """The code of the test as it was written, under whatever decorates it."""
    function = getattr(item, "obj", None)
    inner = getattr(getattr(function, "hypothesis", None), "inner_test", None)
    found = inspect.unwrap(inner or function) if callable(function) else None
    return getattr(getattr(found, "__func__", found), "__code__", None)


def pictures(config: pytest.Config) -> Path | None:
    """The folder that pictures of failing circuits go to; None when they are off."""
    chosen = config.getoption("--gatenet-pictures") or config.getini("gatenet_pictures")
    if chosen == "off":
        return None
    if chosen:
        return Path(config.rootpath, chosen)
    cache: pytest.Cache | None = getattr(config, "cache", None)
    return config.rootpath / ".gatenet" if cache is None else cache.mkdir("gatenet")


@pytest.fixture
def assert_gradients() -> Callable[..., Any]:
    """`gatenet.testing.assert_gradients`: the gradient of a function or a circuit is right."""
    return assertions.assert_gradients


@pytest.fixture
def assert_same_gradients() -> Callable[..., None]:
    """`gatenet.testing.assert_same_gradients`: two things have the same gradient."""
    return assertions.assert_same_gradients


@pytest.fixture
def check_laws() -> Callable[..., Any]:
    """`gatenet.testing.check_laws`: a gate keeps every law."""
    return suite.check_laws


@pytest.fixture
def gatenet_rng(request: pytest.FixtureRequest) -> random.Random:
    """A generator of its own for each test, seeded by the test's name: the same in every run."""
    return random.Random(zlib.crc32(request.node.nodeid.encode()))
