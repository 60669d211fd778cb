"""The compiler's part of the C extension, and its way with Python's collector of cycles.

Knows whether the extension is there and whether it fits these gates; does not know what it does.
"""

from __future__ import annotations

import gc
import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from gatenet.declaration import Gate
from gatenet.gates import CATALOGUE


def engine() -> Any:
    """The module `gatenet._native.builder`; None where it was not built, or GATENET_PURE=1."""
    return None if os.environ.get("GATENET_PURE", "0") not in ("", "0") else _built()


def engine_gates() -> list[Gate] | None:
    """The primitive gates it has kernels for; None where it is not there or of other gates."""
    built = engine()
    gates = [CATALOGUE.get(name) for name in built.gates] if built else [None]
    return [gate for gate in gates if gate is not None] if None not in gates else None


@lru_cache(maxsize=1)
def _built() -> Any:
    try:
        return importlib.import_module("gatenet._native.builder")
    except ImportError:
        return None


@contextmanager
def collector_paused() -> Iterator[None]:
    """Hold the collector of cycles back: a program is many objects, and none is a cycle.

    It would look through all of them, and all units, again and again while they are made.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
