"""Sources: data larger than memory, read in parts, from files and iterators."""

from __future__ import annotations

import math
import os
import pickle
import random
import tracemalloc
from array import array
from itertools import pairwise

import pytest

from gatenet import Circuit, Unit
from gatenet.cluster.sources import ArrayFile, Chunks, CSVFile, ParquetFile, source
from gatenet.cluster.sourcesmarked import Marked
from gatenet.errors import FormatError, OperandError, RangeError, WiringError

#: Rows of a table, as every kind of source should give them.
TABLE = [[float(k), k / 7.0, -float(k % 3)] for k in range(95)]


def written(path, text):
    """A file of text."""
    path.write_text(text, encoding="utf-8", newline="")
    return path


def csv_of(path, rows=TABLE, names="a,b,c"):
    """The table as CSV, each number written so that every bit comes back."""
    lines = [names, *[",".join(map(repr, row)) for row in rows]]
    return written(path, "\n".join(lines) + "\n")


def every_kind(folder):
    """The table as each kind of file: (kind, source)."""
    numpy = pytest.importorskip("numpy")
    numpy.save(folder / "table.npy", numpy.array(TABLE))
    (folder / "table.raw").write_bytes(
        b"head" + b"".join(array("d", row).tobytes() for row in TABLE)
    )
    found = {
        "npy": ArrayFile(folder / "table.npy"),
        "raw": ArrayFile(folder / "table.raw", width=3, offset=4),
        "csv": CSVFile(csv_of(folder / "table.csv"), every=10),
    }
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        return found
    columns = [pyarrow.array(column) for column in zip(*TABLE, strict=True)]
    table = pyarrow.table(columns, names=["a", "b", "c"])
    parquet.write_table(table, folder / "table.parquet", row_group_size=20)
    return {**found, "parquet": ParquetFile(folder / "table.parquet")}


def test_each_kind_gives_the_same_rows(tmp_path):
    """Every part of every kind of file is those rows of the table, to the bit."""
    found = every_kind(tmp_path)
    rng = random.Random(0)
    ranges = [sorted(rng.sample(range(96), 2)) for _ in range(20)] + [[0, 95], [9, 10], [94, 95]]

    for kind, rows in found.items():
        assert (95, 3) == (rows.rows, len(rows.columns)), kind
        for first, last in ranges:
            assert rows.part(first, last).tolist() == TABLE[first:last], (kind, first, last)
        assert [len(part) for part in rows.parts(40)] == [40, 40, 15]


def test_a_source_travels_and_is_small(tmp_path):
    """A pickled source holds settings and no data, and reads the same rows where it arrives."""
    for kind, rows in every_kind(tmp_path).items():
        rows.part(0, 95)
        data = pickle.dumps(rows)
        there = pickle.loads(data)

        assert len(data) < 900, kind
        assert there.part(3, 7).tolist() == TABLE[3:7]
        assert (there.digest, repr(there)) == (rows.digest, repr(rows))


def test_digests_tell_sources_apart(tmp_path):
    """Other columns, another kind or another file have another digest."""
    path = csv_of(tmp_path / "table.csv")
    others = [CSVFile(path), CSVFile(path, columns="a"), CSVFile(path, columns=["b", "a"]),
              CSVFile(path, header=False), CSVFile(csv_of(tmp_path / "other.csv")),
              Marked(CSVFile(path), [(0, None)])]  # fmt: skip

    assert len({one.digest for one in others}) == len(others)
    assert CSVFile(path).digest == CSVFile(path).digest


@pytest.mark.parametrize("columns, places", [("b", [1]), (2, [2]), (["c", 0], [2, 0])])
def test_columns_are_chosen_by_name_or_place(columns, places, tmp_path):
    """Only the columns asked for are given, in the order asked."""
    for kind, rows in every_kind(tmp_path).items():
        named = columns if kind in ("csv", "parquet") else places
        path = tmp_path / f"table.{kind}"
        more = {"width": 3, "offset": 4} if kind == "raw" else {}
        chosen = type(rows)(path, columns=named, **more)

        assert chosen.part(5, 9).tolist() == [[row[k] for k in places] for row in TABLE[5:9]]


def test_bad_columns_are_told(tmp_path):
    """A column that is not there, and one named twice, are errors with the names there are."""
    path = csv_of(tmp_path / "table.csv")
    with pytest.raises(WiringError, match=r"no column 'd': it has 3, 'a', 'b', 'c'"):
        CSVFile(path, columns="d")
    with pytest.raises(WiringError, match="name each once"):
        CSVFile(path, columns=["a", 0])


@pytest.mark.parametrize("first, last", [(-1, 3), (3, 3), (5, 4), (0, 96), (95, 96)])
def test_rows_that_there_are_not(first, last, tmp_path):
    """A part past the end, before the beginning or of nothing is an error with the bounds."""
    for rows in every_kind(tmp_path).values():
        with pytest.raises(RangeError, match="ends at 95 or before"):
            rows.part(first, last)


def test_csv_as_people_write_it(tmp_path):
    """Quotes, commas and line breaks in cells, blank lines, \\r\\n, a mark at the beginning."""
    text = '\ufeff"x ",note,y\r\n1,"a, b",2\r\n\r\n3,"one\r\ntwo",4\r\n"5",,6'
    rows = CSVFile(written(tmp_path / "odd.csv", text), columns=["x", "y"], every=1)

    assert ("x", "y") == rows.columns
    assert rows.part(0, 3).tolist() == [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    assert rows.part(2, 3).tolist() == [[5.0, 6.0]]
    assert list(rows.lines) == [2, 4, 6]


@pytest.mark.parametrize("cell", ["", "none", "1_000", "0x10", "1 2"])
def test_a_bad_cell_is_told_by_its_place(cell, tmp_path):
    """File, line, column and value are in the message, and in the error's facts."""
    path = written(tmp_path / "bad.csv", f'x,text\n1,"a\nb"\n{cell},c\n')
    rows = CSVFile(path, every=1)
    with pytest.raises(FormatError) as raised:
        CSVFile(path, columns="x").part(0, 2)

    assert f"bad.csv, line 4, column 'x': {cell!r} is no number" in str(raised.value)
    assert (4, "x", cell) == tuple(raised.value.facts[k] for k in ("line", "column", "value"))
    with pytest.raises(FormatError, match="line 2, column 'text'"):
        rows.part(0, 1)


def test_csv_that_is_no_table(tmp_path):
    """Short rows, no rows, bytes that are no text, and no line breaks are each one error."""
    with pytest.raises(FormatError, match=r"line 3: it has 1 cell\(s\), and the table 2"):
        CSVFile(written(tmp_path / "short.csv", "a,b\n1,2\n3\n")).part(0, 2)
    with pytest.raises(FormatError, match="holds no rows"):
        CSVFile(written(tmp_path / "empty.csv", "a,b\n"))
    (tmp_path / "odd.csv").write_bytes(b"a,b\n1,2\n3,\xff\n")
    with pytest.raises(FormatError, match="line 3: not UTF-8 text"):
        CSVFile(tmp_path / "odd.csv")
    with pytest.raises(FileNotFoundError):
        CSVFile(tmp_path / "none.csv")


def test_arrays_that_are_no_tables(tmp_path):
    """Fortran's order, three dimensions, objects, archives and cut files are told as such."""
    numpy = pytest.importorskip("numpy")
    arrays = {
        "one after the other": numpy.asfortranarray(numpy.ones((3, 2))),
        "array of shape": numpy.ones((2, 2, 2)),
        "no .npy file of numbers": numpy.array([None, 1]),
        "complex": numpy.ones((2, 2)) * 1j,
        "holds no rows": numpy.ones((0, 2)),
    }
    for words, table in arrays.items():
        numpy.save(tmp_path / "bad.npy", table)
        match = "real numbers" if words == "complex" else words
        with pytest.raises((FormatError, OperandError), match=match):
            ArrayFile(tmp_path / "bad.npy")
    (tmp_path / "cut.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(FormatError, match=r"no \.npy file"):
        ArrayFile(tmp_path / "cut.npy")
    (tmp_path / "raw").write_bytes(bytes(20))
    with pytest.raises(FormatError, match=r"20 bytes after byte 0, .* no whole number of rows"):
        ArrayFile(tmp_path / "raw", width=1)


def test_other_types_of_numbers_are_given_as_float64(tmp_path):
    """Whole numbers, booleans, halves and the other byte order come out as the same values."""
    numpy = pytest.importorskip("numpy")
    for kind in ("int32", "uint8", "bool", "float16", ">f4"):
        table = numpy.array([[0, 1], [1, 0]], dtype=kind)
        numpy.save(tmp_path / "table.npy", table)
        assert ArrayFile(tmp_path / "table.npy").part(0, 2).tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_a_map_is_read_by_its_file(tmp_path):
    """A numpy.memmap, raw or of a .npy file, stands for its file; a part of one does not."""
    numpy = pytest.importorskip("numpy")
    every_kind(tmp_path)
    raw = numpy.memmap(tmp_path / "table.raw", "float64", "r", 4, (95, 3))
    for table in (raw, numpy.load(tmp_path / "table.npy", mmap_mode="r")):
        assert source(table).part(90, 95).tolist() == TABLE[90:]
        with pytest.raises(WiringError, match="a part or another view"):
            source(table[5:])
        with pytest.raises(WiringError, match="a part or another view"):
            source(table.T)


@pytest.mark.parametrize("kind", ["npy", "raw", "csv", "parquet"])
def test_a_file_that_was_changed_or_is_gone(kind, tmp_path):
    """Between the first look and the read nobody may write to the file or take it away."""
    rows = every_kind(tmp_path).get(kind)
    if rows is None:
        pytest.skip("pyarrow is not installed")
    path = tmp_path / f"table.{kind}"
    data = path.read_bytes()
    path.write_bytes(data[:-30])
    with pytest.raises(FormatError, match=rf"table.{kind} was changed after it was looked at"):
        rows.part(0, 95)
    path.write_bytes(data)
    os.utime(path, ns=(0, 1))
    with pytest.raises(FormatError, match="was changed"):
        rows.part(0, 1)
    path.unlink()
    with pytest.raises(FormatError, match="cannot be read here now") as raised:
        rows.part(0, 1)
    assert str(path) == raised.value.path


def test_parquet_that_cannot_be_read(tmp_path):
    """Text, nothing in a cell, and a file of another kind are told with column and row."""
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "bad.parquet"
    table = pyarrow.table({"x": [1.0, 2.0, None, 4.0], "word": ["a", "b", "c", "d"]})
    parquet.write_table(table, path, row_group_size=2)
    with pytest.raises(FormatError, match="column 'word' holds string, and no numbers"):
        ParquetFile(path)
    rows = ParquetFile(path, columns="x")
    assert rows.part(0, 2).tolist() == [[1.0], [2.0]]
    with pytest.raises(FormatError, match="row 2, column 'x': there is nothing"):
        rows.part(1, 4)
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(FormatError, match="no Parquet file"):
        ParquetFile(path)


def test_parquet_reads_a_row_group_once(tmp_path, monkeypatch):
    """Parts side by side read the group they stand in once; only the last one is kept."""
    rows = every_kind(tmp_path).get("parquet")
    if rows is None:
        pytest.skip("pyarrow is not installed")
    from pyarrow import parquet

    groups = []
    read = parquet.ParquetFile.read_row_group

    def counted(self, group, **more):
        groups.append(group)
        return read(self, group, **more)

    monkeypatch.setattr(parquet.ParquetFile, "read_row_group", counted)
    for first in range(0, 40, 5):
        rows.part(first, first + 5)
    rows.part(15, 25)

    assert groups == [0, 1, 0, 1]


def test_pyarrow_may_be_missing(tmp_path, monkeypatch):
    """Without pyarrow the error says what to install."""
    from gatenet.errors import ToolMissing

    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(ToolMissing, match=r"pip install 'gatenet-circuits\[parquet\]'"):
        ParquetFile(written(tmp_path / "table.parquet", "PAR1"))


@pytest.mark.parametrize("kind", ["npy", "csv"])
def test_memory_is_bounded_by_the_part(kind, tmp_path):
    """A file of many parts is gone through with less than a quarter of that at any time."""
    numpy = pytest.importorskip("numpy")
    count = 25_000
    if kind == "npy":
        numpy.save(tmp_path / "large.npy", numpy.zeros((count, 6)))
    else:
        (tmp_path / "large.csv").write_bytes(b"a,b,c\n" + b"1.5,2.5,3.25e-10\n" * count)
    size = (tmp_path / f"large.{kind}").stat().st_size
    tracemalloc.start()
    try:
        rows = source(tmp_path / f"large.{kind}")
        parts = [len(part) for part in rows.parts(500)] if kind == "npy" else [
            len(rows.part(first, first + 500)) for first in (0, 12_250, count - 500)
        ]  # fmt: skip
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert {500} == {*parts}
    assert rows.rows == count
    assert peak < size / 4


@pytest.mark.parametrize("lengths", [[95], [1] * 95, [40, 0, 40, 15], [7, 60, 28]])
def test_chunks_are_cut_anew(lengths, tmp_path):
    """However the rows come, they are given in parts of the size asked for, once."""
    ends = [sum(lengths[:k]) for k in range(len(lengths) + 1)]
    stream = source(iter([TABLE[a:b] for a, b in pairwise(ends)]))

    with pytest.raises(RangeError, match="is not at its end"):
        _ = stream.rows
    assert stream.part(0, 30).tolist() == TABLE[:30]
    with pytest.raises(RangeError, match=r"gone through once, .* row 30 is the next"):
        stream.part(0, 30)
    parts = [part.tolist() for part in stream.parts(32)]
    assert parts == [TABLE[30:62], TABLE[62:94], TABLE[94:]]
    assert 95 == stream.rows
    with pytest.raises(RangeError, match="ended after 95 rows"):
        stream.part(95, 96)


def test_chunks_take_no_more_than_they_need():
    """A generator without an end is asked for as many chunks as a part needs, and no more."""
    taken = []

    def endless():
        while True:
            taken.append(len(taken))
            yield [[float(len(taken))]] * 10

    stream = Chunks(endless())
    assert [1.0] * 10 + [2.0] * 10 + [3.0] * 5 == [x for (x,) in stream.part(0, 25).tolist()]
    assert [0, 1, 2] == taken
    with pytest.raises(WiringError, match="cannot be sent or copied"):
        pickle.dumps(stream)


def test_chunks_of_another_shape_are_told():
    """Rows of two lengths, in a chunk or in two, are errors, and so is text."""
    with pytest.raises(WiringError, match=r"row 1 has 1 number\(s\), those before 2"):
        Chunks(iter([[[1.0, 2.0], [3.0]]])).part(0, 1)
    with pytest.raises(WiringError, match=r"rows of 1 number\(s\) after rows of 2"):
        Chunks(iter([[[1.0, 2.0]], [[3.0]]])).part(0, 2)
    with pytest.raises(OperandError):
        Chunks(iter([[["one"]]])).part(0, 1)


def test_a_class_is_marked_by_a_one_in_its_place(tmp_path):
    """Columns of a circuit: numbers, and classes as 1.0 and 0.0; what is none is told by row."""
    text = "x,kind\n0.5,2\n1.5,0\n2.5,3\nnan,1\n"
    rows = CSVFile(written(tmp_path / "kinds.csv", text))
    marked = Marked(rows, [(1, 0), (0, None), (1, 1), (1, 2)])

    assert marked.part(0, 2).tolist() == [[0.0, 0.5, 0.0, 1.0], [1.0, 1.5, 0.0, 0.0]]
    assert ("kind is 0", "x", "kind is 1", "kind is 2") == marked.columns
    with pytest.raises(RangeError, match=r"row 2, column 'kind': 3\.0 is none of the 3 classes"):
        marked.part(1, 3)
    with pytest.raises(RangeError, match="row 3, column 'x' is nan"):
        marked.part(3, 4)
    assert math.isnan(rows.part(3, 4).tolist()[0][0])


def test_what_is_no_source_is_told(tmp_path):
    """Unknown endings, numbers and lists are errors that say what to give."""
    with pytest.raises(OperandError, match=r"ends in none of \.npy, \.csv"):
        source(tmp_path / "table.txt")
    with pytest.raises(OperandError, match="of type list is no source"):
        source([[1.0]])
    with pytest.raises(RangeError, match="every is 0"):
        CSVFile(csv_of(tmp_path / "table.csv"), every=0)
    with pytest.raises(RangeError, match="a part is of 0 rows"):
        next(CSVFile(tmp_path / "table.csv").parts(0))


def test_a_stream_and_a_file_are_summed_as_the_rows_in_memory(tmp_path):
    """map_batches of each kind of source, and of chunks of any lengths, gives the same bits."""
    inputs = [Unit(0.0) for _ in range(3)]
    weight = Unit(0.7, role="parameter")
    found = Circuit((weight * inputs[0] * inputs[1] - inputs[2]).tanh()).compile(inputs)
    rows = TABLE * 3
    expected = found.map_batches(rows, shard_size=128)

    assert expected == found.map_batches(CSVFile(csv_of(tmp_path / "t.csv", rows)), shard_size=128)
    for size in (1, 40, 285):
        chunks = Chunks(rows[k : k + size] for k in range(0, 285, size))
        assert expected == found.map_batches(chunks, shard_size=128)
        assert 285 == chunks.rows
