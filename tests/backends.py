"""Which backends of the compiler there are here, for tests that go through several."""

from __future__ import annotations

import importlib.util

import pytest

from gatenet.compiler import BACKENDS
from gatenet.compiler.machine import native
from gatenet.errors import ToolMissing


def refused():
    """Why the C extension cannot be used here, or nothing."""
    try:
        native()
    except ToolMissing as error:
        return str(error)
    return ""


def available():
    """The backends that are installed here, and not refused."""
    there = {
        "machine": not refused(),
        "wide": not refused() and importlib.util.find_spec("gatenet._native.wide"),
        "numpy": importlib.util.find_spec("numpy"),
        "python": True,
    }
    return [name for name in BACKENDS if there[name]]


def machine():
    """The lane machine; the test is left out, with a word, where it is not to be had."""
    if refused():
        pytest.skip(refused())
    return native()
