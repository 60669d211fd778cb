"""What is used in a wrong way on a cluster is told at once, and with what mends it."""

import os
import subprocess
import sys
from array import array
from pathlib import Path

import pytest

import gatenet
from gatenet import Circuit, Unit
from gatenet.cluster.processes import Processes, _Hand
from gatenet.cluster.sources import source
from gatenet.errors import (
    ClusterError,
    FormatError,
    OperandError,
    RangeError,
    ToolMissing,
    WiringError,
)

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


@pytest.mark.parametrize("path", ["rows.csv", Path("rows.csv")], ids=["text", "path"])
def test_a_path_is_told_to_be_made_a_source(path):
    """The name of a file is no rows: the error says what reads it."""
    mend = r"got the path 'rows.csv', .*gatenet\.cluster\.sources\.source\('rows\.csv'\)"
    with pytest.raises(OperandError, match=mend):
        square().map_batches(path)


@pytest.mark.parametrize("row", [[2.0], (2,), array("d", [2.0])], ids=["list", "tuple", "array"])
def test_an_iterator_of_rows_is_told_from_one_of_tables(row):
    """An iterator yields tables of rows: a row is told by its place, and a table of it is taken."""
    with pytest.raises(OperandError, match=r"item 1 of the stream is .*2.*one row.*Yield \[row\]"):
        square().map_batches(iter([[[1.0]], row]))

    assert square().map_batches(iter([[[1.0]], [row]])) == ([1.25], [5.0])


def test_an_iterator_of_numpys_rows_is_told_as_well():
    """The rows of an array one by one, and the array as a whole."""
    numpy = pytest.importorskip("numpy")
    rows = numpy.array([[1.0], [2.0]])
    with pytest.raises(OperandError, match=r"item 0 of the stream is array.*one row"):
        square().map_batches(iter(rows))

    assert square().map_batches(iter([rows])) == ([1.25], [5.0])


def test_what_is_no_row_is_not_called_one():
    """Texts in a stream are told as they were."""
    with pytest.raises(OperandError, match="table 0 of the stream: 'a' of type str is text"):
        square().map_batches(iter(["a"]))


@pytest.mark.parametrize("settings", [{}, {"width": 1}], ids=["npy", "raw"])
def test_without_numpy_an_array_in_a_file_names_the_package(monkeypatch, tmp_path, settings):
    """What is not installed is named, with the line that installs it."""
    path = tmp_path / "rows.npy"
    path.write_bytes(bytes(8))
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(ToolMissing, match=r"NumPy.* is not installed: pip install numpy") as caught:
        source(path, **settings)

    assert caught.value.tool == "numpy"


@pytest.mark.parametrize("every", [1, 2, 1000])
def test_a_row_of_a_csv_file_that_gives_nan_is_told_by_its_line(tmp_path, every):
    """Lines are those of an editor, whatever is between: a header, empty lines, breaks in cells."""
    path = tmp_path / "rows.csv"
    path.write_text('x,note\n1,"a\nb"\n\n2,c\n3,d\nnan,e\n4,f\n')
    with pytest.raises(ClusterError, match=r"row 3 \(.*rows\.csv, line 7\): nan\. Look") as caught:
        square().map_batches(source(path, columns="x", every=every))

    assert caught.value.row == 3
    assert str(caught.value).endswith("Look at this row, and at the parameters")


def test_a_row_of_an_array_that_gives_nan_is_told_with_its_file(tmp_path):
    """A file without lines: the row and the source; a row of no file is told by itself."""
    numpy = pytest.importorskip("numpy")
    path = tmp_path / "rows.npy"
    numpy.save(path, numpy.array([[1.0]] * 300 + [[numpy.nan]]))
    with pytest.raises(ClusterError, match=r"row 300 \(row 300 of <ArrayFile rows\.npy: 301 rows"):
        square().map_batches(source(path), shard_size=128)
    with pytest.raises(ClusterError, match=r"it is row 1: nan\. Look at this row, and"):
        square().map_batches([[1.0], [float("nan")]])


def test_a_file_written_again_with_as_many_bytes_is_told_by_its_time(tmp_path):
    """Equal sizes say nothing about a change: the time does."""
    path = tmp_path / "rows.csv"
    path.write_text("x\n1\n")
    rows = source(path)
    stamp = path.stat()
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 2_000_000_000))
    with pytest.raises(FormatError, match=r"of 4 bytes as before, but written \+2 s from then"):
        rows.part(0, 1)


def test_a_csv_file_with_other_marks_is_told_what_divides_it(tmp_path):
    """One column that holds a semicolon: the setting that reads it, wherever it is noticed."""
    path = tmp_path / "rows.csv"
    path.write_text("x;y\n1;2\n")
    x, y = Unit(0.0, "x"), Unit(0.0, "y")
    product = Circuit(x * y).compile([x, y], wrt=[], backend="python")
    mend = r"divided by ';' are read with delimiter=';'$"
    with pytest.raises(WiringError, match=rf"1 column\(s\); the circuit takes 2.*{mend}"):
        product.map_batches(source(path))
    with pytest.raises(WiringError, match=rf"no column 'y': it has 1, 'x;y'.*{mend}") as caught:
        source(path, columns=["y", "x"])
    assert caught.value.column == "y"
    with pytest.raises(FormatError, match=rf"line 2, .* '1;2' is no number.*{mend}"):
        source(path).part(0, 1)

    assert product.map_batches(source(path, delimiter=";")) == ([2.0], [])
    with pytest.raises(WiringError, match=r"no column 'z': it has 2, 'x', 'y'$"):
        source(path, delimiter=";", columns="z")


def test_this_process_alone_has_no_further_workers():
    """A number of workers is not passed over in silence where there is one alone."""
    with pytest.raises(RangeError, match="workers is 2, and cluster='serial' is this process"):
        square().map_batches([[1.0]], cluster="serial", workers=2)

    assert square().map_batches([[1.0]], cluster="serial", workers=1) == ([0.25], [1.0])
