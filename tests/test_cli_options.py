"""`train`: options that list columns, and a learning rate at which nothing is learnt."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from gatenet.cli import main


def table(path: Path, names: list[str], rows: list[list[object]]) -> Path:
    """Write a CSV file and give its path."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])
    return path


@pytest.fixture
def line(tmp_path: Path) -> Path:
    """Points on the line y = 3x - 2."""
    return table(tmp_path / "line.csv", ["x", "y"], [[k / 4, 3 * k / 4 - 2] for k in range(40)])


@pytest.mark.parametrize(
    "options",
    [
        ["--ignore", "id,a,b", "--categories", "city, colour"],
        ["--ignore", "id", "--ignore", "a,b", "--categories", "city", "--categories", "colour"],
    ],
)
def test_lists_of_columns(options: list[str], tmp_path: Path) -> None:
    """Columns stand with commas between or in options of their own, and the file may come last."""
    rows: list[list[object]] = [
        [k, "note", "no" if k % 2 else "ho", "xyz"[k % 3], k % 5, k % 7 / 3] for k in range(30)
    ]
    data = table(tmp_path / "c.csv", ["id", "a,b", "city", "colour", "k", "y"], rows)
    if options[1] == "id,a,b":  # here the comma stands between columns
        data = table(tmp_path / "c.csv", ["id", "a", "city", "colour", "b", "y"], rows)

    command = ["train", "--target", "y", "--layers", "none", "--epochs", "1", "--quiet"]
    assert main([*command, "--out", str(tmp_path), *options, str(data)]) == 0
    columns = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))["columns"]
    wanted = {"city", "colour"} | ({"k"} if options[1] == "id" else set())
    assert {column["column"] for column in columns} == wanted
    assert sum("categories" in column for column in columns) == 2


@pytest.mark.parametrize(("lr", "after"), [("10", "e+"), ("1e200", "inf")])
def test_a_training_that_diverged(lr: str, after: str, line: Path, tmp_path: Path, capsys) -> None:
    """A loss that grew or overflowed is one line with the mend, code 1, and leaves no model."""
    out = tmp_path / "out"
    command = ["train", str(line), "--target", "y", "--layers", "none", "--epochs", "20"]

    options = ["--optimizer", "sgd", "--lr", lr, "--checkpoint", "--out", str(out)]
    assert main([*command, *options]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert f"it diverged: lower --lr, which is {float(lr):g}; no model was saved" in last
    assert after in last.partition(" to ")[2].partition(":")[0]
    assert len(last.partition("; delete ")[0]) < 150
    kept = [path.name for path in out.iterdir()]
    assert kept == ["checkpoint.json"] * ("; delete " in last)


def test_large_figures_are_powers_of_ten() -> None:
    """A fit that is far off does not fill the line with digits."""
    from gatenet.cli.reporting import numbers

    assert numbers([1e90, 0.0], [1.0, 2.0])["R²"] == "-2e+180"
    assert numbers([100.0, 0.0], [1.0, 2.0])["R²"] == "-19609.0000"
