"""What is used in a wrong way on a cluster is told at once, and with what mends it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import gatenet
from gatenet import Circuit, Unit
from gatenet.cluster.processes import Processes, _Hand
from gatenet.errors import ClusterError, OperandError

CIRCUIT = """
from gatenet import Circuit, Unit
x, w = Unit(0.0, "x"), Unit(0.5, "w", role="parameter")
square = Circuit((x * w) ** 2).compile([x], backend="python")
"""


def square():
    """One input, one parameter, one output."""
    x, w = Unit(0.0, "x"), Unit(0.5, "w", role="parameter")
    return Circuit((x * w) ** 2).compile([x], backend="python")


def last_line(folder, text):
    """What a script that fails says last; it is given less time than a team waits."""
    path = folder / "script.py"
    path.write_text(CIRCUIT + text)
    root = str(Path(gatenet.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, timeout=200,
        env={**os.environ, "PYTHONPATH": root}, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    return done.stderr.strip().splitlines()[-1]


def test_a_script_without_a_guard_is_told_of_it(tmp_path):
    """Its processes import it and would start others: both ends say so, and nobody waits."""
    said = last_line(tmp_path, "square.map_batches([[1.0], [2.0]], workers=2)")

    assert said.startswith("gatenet.errors.ClusterError: map_batches, shard 0 (rows 0 to 1) on")
    assert "exit code 1 before it took any work" in said
    assert 'under if __name__ == "__main__":' in said


def test_a_function_under_the_guard_is_told_where_it_belongs(tmp_path):
    """A process imports the script without what stands under its guard, and cannot find it."""
    said = last_line(
        tmp_path,
        """
if __name__ == "__main__":
    def load(number):
        return [[1.0]]

    square.map_batches(load, shards=2, workers=1)
""",
    )

    assert said.startswith("gatenet.errors.ClusterError: map_batches, shard 0 on")
    assert "Can't get attribute 'load'" in said
    assert "define it at the top of a module that the workers can import" in said


def test_a_function_in_a_function_is_told_where_it_belongs():
    """What cannot be sent is refused before anything is started."""

    def load(number):
        return [[1.0]]

    with pytest.raises(OperandError, match="at the top of a module that the workers can import"):
        square().map_batches(load, shards=2, workers=1)


def test_a_process_that_cannot_be_started_ends_the_wait(monkeypatch):
    """Whatever goes wrong in the thread of a process is one error, and the team works on."""

    def start(hand):
        raise RuntimeError("no more threads")

    with Processes(1, timeout=200) as team:
        with monkeypatch.context() as patched:
            patched.setattr(_Hand, "_start", start)
            with pytest.raises(ClusterError, match="RuntimeError: no more threads") as caught:
                square().map_batches([[1.0], [2.0]], client=team)
        assert (caught.value.shard, caught.value.step) == (0, "map_batches")
        assert square().map_batches([[1.0], [2.0]], client=team) == ([1.25], [5.0])
