"""The ladder and the fuzzing of benchmarks/ run at a tiny size, with our own rungs alone."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def benchmark(monkeypatch):
    """Import a module of benchmarks/ by name; afterwards modules are as they were.

    Helpers of the tests and of the benchmarks share some names.
    """
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    names = {path.stem for path in (ROOT / "benchmarks").iterdir()}

    def theirs():
        return {name for name in sys.modules if name.partition(".")[0] in names}

    before = {name: sys.modules.pop(name) for name in theirs()}
    yield importlib.import_module
    for name in theirs():
        del sys.modules[name]
    sys.modules.update(before)


def test_the_ladder_runs_and_its_rungs_agree(benchmark, monkeypatch, tmp_path):
    """Small workloads are made, compared with the reference, timed, and written as JSON."""
    pytest.importorskip("numpy")
    ladder = benchmark("ladder")
    file = tmp_path / "ladder.json"
    words = ["--quick", "--only", "mlp64", "1e3", "--rungs", "python", "numpy"]
    monkeypatch.setattr(sys, "argv", ["ladder", *words, "--json", str(file)])

    assert ladder.main() == 0
    for measured in json.loads(file.read_text()):
        rows = measured["rows"]
        assert [row["left"] for row in rows.values()] == ["", ""]
        assert all(row["cpu"] and row["made"]["worst"] < 1e-9 for row in rows.values())
    assert measured["title"] == "random circuit of 200 gates"


def test_a_wrong_rung_is_told(benchmark):
    """A result that is off by a millionth is left out with a word."""
    measuring = benchmark("ladders.measuring")
    words = ["mlp", 2, [3, 1], 4]
    limit = sys.getrecursionlimit()
    loss, grads = measuring.reference(json.dumps(words), 4)
    fine = {"rows": 4, "loss": loss, "grads": [*grads]}
    wrong = {"rows": 4, "loss": loss, "grads": [grads[0] + 1e-6 * max(grads), *grads[1:]]}

    assert sys.getrecursionlimit() == limit
    assert measuring.disagreement(words, fine) == ""
    assert measuring.disagreement(words, wrong).startswith("WRONG")


def test_the_page_is_written_between_its_markers(benchmark, tmp_path):
    """What stands around the markers is left as it was."""
    reporting = benchmark("ladders.reporting")
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- ladder targets -->\nold\n<!-- end targets -->\nafter\n")
    reporting.page(page, {})

    assert page.read_text() == (
        "before\n<!-- ladder targets -->\n\n\n\n<!-- end targets -->\nafter\n"
    )


def test_the_fuzzing_finds_nothing(benchmark):
    """A few random circuits are the same in every bit on every way there is here."""
    pytest.importorskip("numpy")
    found = benchmark("compiledfuzz").chunk(1, 0, 6, False)

    assert found.failures == []
    assert found.runs["python"] == len(found.digests) == 6


def test_the_fuzzing_finds_what_is_wrong_and_makes_it_small(benchmark, monkeypatch):
    """NumPy's own functions in the place of libm's are found, and one gate is left of a circuit."""
    pytest.importorskip("numpy")
    fuzz = benchmark("compiledfuzz")
    ways = benchmark("fuzzing.ways")
    monkeypatch.delattr(ways.ExactArrays, "_function")
    monkeypatch.setattr(fuzz, "ways", lambda: ["numpy exact=1"])
    found = fuzz.chunk(1, 0, 24, False)

    assert found.failures
    _, way, _, code = found.failures[0]
    assert way == "numpy exact=1"
    assert code.count("\ny") == 1
