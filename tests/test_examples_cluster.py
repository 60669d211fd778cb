"""The examples that train on workers, at a small size: no bit differs from one process."""

from __future__ import annotations

import importlib.util
import io
import sys
from pathlib import Path
from types import ModuleType

import pytest
from backends import refused

from gatenet.cluster.processes import Processes

pytestmark = pytest.mark.skipif(bool(refused()), reason=refused() or "it is there")
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def team():
    """Two processes of the standard library, for both examples."""
    with Processes(2, timeout=240) as found:
        yield found


def example(name: str) -> ModuleType:
    """Load an example by its name, as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(name: str, out: Path, team: Processes) -> tuple[dict[str, float], str]:
    """Run an example at its small size; give its figures and what it printed."""
    stream = io.StringIO()
    figures = example(name).main("small", out / "new", stream, team)
    assert (out / "new" / f"{name}.svg").read_text(encoding="utf-8").startswith("<svg ")
    return figures, stream.getvalue()


def test_digits_cluster(tmp_path: Path, team: Processes) -> None:
    """The digits network learns on two workers as in one process."""
    figures, printed = run("digits_cluster", tmp_path, team)

    assert 0 == figures["different"]
    assert figures["loss"] < figures["first"] < 2.6
    assert "4 losses and 910 parameters: 0 differ in a bit" in printed


def test_names_gpt_cluster(tmp_path: Path, team: Processes) -> None:
    """The GPT learns on two workers as in one process, each length a circuit of its own."""
    pytest.importorskip("gatenet._native.wide", reason="the machine in C was not built")
    figures, printed = run("names_gpt_cluster", tmp_path, team)

    assert 0 == figures["different"]
    assert figures["lengths"] > 1
    assert figures["last"] < figures["first"]
    assert "4 losses and 4,192 parameters: 0 differ in a bit" in printed


def test_by_default_the_workers_are_those_of_a_local_dask_cluster() -> None:
    """What the examples hand a trainer where no client is named."""
    for name in ("digits_cluster", "names_gpt_cluster"):
        assert {"cluster": "local", "workers": 2} == example(name).TWO
