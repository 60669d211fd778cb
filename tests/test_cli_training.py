"""`train` and `predict`: what they leave behind, what it says, and that it predicts."""

from __future__ import annotations

import csv
import io
import json
import math
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from gatenet.cli import main
from gatenet.datasets import iris

QUICK = ["--layers", "4", "--epochs", "12", "--quiet"]


def table(path: Path, names: list[str], rows: list[list[object]]) -> Path:
    """Write a CSV file and give its path."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])
    return path


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    """Every other iris flower as a CSV file."""
    data = iris()
    rows = [
        [*row, data.target_names[target]]
        for row, target in zip(data.inputs[::2], data.targets[::2], strict=True)
    ]
    return table(tmp_path / "iris.csv", [*data.feature_names, "species"], rows)


@pytest.fixture
def line(tmp_path: Path) -> Path:
    """Points on the line y = 3x - 2."""
    return table(tmp_path / "line.csv", ["x", "y"], [[k / 4, 3 * k / 4 - 2] for k in range(40)])


def rows_of(text: str) -> list[dict[str, str]]:
    """CSV text as rows by the columns' names."""
    return list(csv.DictReader(io.StringIO(text)))


def test_training_leaves_a_model_plots_and_a_report(flowers: Path, tmp_path: Path, capsys) -> None:
    """`train` learns the flowers, says how well, and its report says the same."""
    out = tmp_path / "deep" / "out"

    assert main(["train", str(flowers), "--target", "species", *QUICK, "--out", str(out)]) == 0
    said = capsys.readouterr()
    accuracy = said.out.partition("rows held out: accuracy ")[2].partition("%")[0]
    assert float(accuracy) >= 80.0
    assert said.err == ""
    report = (out / "report.md").read_text(encoding="utf-8")
    assert f"| accuracy | {accuracy}%" in report
    assert "petal\\_width" in report
    for name in ("loss.svg", "circuit.svg"):
        assert f"wrote {out / name}" in said.out
        root = ET.fromstring((out / name).read_text(encoding="utf-8"))
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
    document = json.loads((out / "model.json").read_text(encoding="utf-8"))
    assert document["target"]["classes"] == ["setosa", "versicolor", "virginica"]
    assert len(document["parameters"]) == 5 * 4 + 5 * 3


def test_training_says_what_it_does(flowers: Path, tmp_path: Path, capsys) -> None:
    """Without --quiet the table, the task with its reason, the network and epochs are shown."""
    options = ["--layers", "4", "--epochs", "2", "--out", str(tmp_path)]

    assert main(["train", str(flowers), "--target", "species", *options]) == 0
    said = capsys.readouterr()
    assert "60 to train on, 15 held out" in said.out
    assert "3 classes (classification, since its cells are names)" in said.out
    assert "35 parameters" in said.out
    assert "2/2" in said.err


def test_the_same_seed_gives_the_same_model(flowers: Path, tmp_path: Path) -> None:
    """Two runs from one seed save the same bytes; another seed saves others."""

    def saved(seed: str, name: str) -> bytes:
        out = tmp_path / name
        command = ["train", str(flowers), "--target", "species", "--seed", seed, "--quiet"]
        assert main([*command, "--layers", "3", "--epochs", "1", "--out", str(out)]) == 0
        return (out / "model.json").read_bytes()

    assert saved("1", "a") == saved("1", "b") != saved("2", "c")


def test_predictions_are_written_beside_the_rows(flowers: Path, tmp_path: Path, capsys) -> None:
    """`predict` finds columns by name in any order, keeps other columns, and scores on stderr."""
    main(["train", str(flowers), "--target", "species", *QUICK, "--out", str(tmp_path)])
    read = rows_of(flowers.read_text(encoding="utf-8"))
    names = ["id", *reversed(list(read[0]))]
    rows: list[list[object]] = [
        [k, *(row[name] for name in names[1:])] for k, row in enumerate(read)
    ]
    mixed = table(tmp_path / "mixed.csv", names, rows)
    capsys.readouterr()

    assert main(["predict", str(tmp_path / "model.json"), str(mixed)]) == 0
    said = capsys.readouterr()
    found = rows_of(said.out)
    assert [row["id"] for row in found] == [str(k) for k in range(75)]
    right = [row["species"] == row["predicted species"] for row in found]
    assert said.err == f"accuracy {sum(right) / 75:.1%} ({sum(right)} of 75)\n"
    assert sum(right) >= 66
    assert all(1 / 3 < float(row["probability"]) <= 1 for row in found)


def test_predictions_alone_into_a_file(line: Path, tmp_path: Path, capsys) -> None:
    """`predict --only --out` writes one column; a linear model finds the line's numbers."""
    command = ["train", str(line), "--target", "y", "--layers", "none", "--epochs", "150"]
    assert main([*command, "--quiet", "--out", str(tmp_path)]) == 0
    assert "R² 1.0000" in capsys.readouterr().out
    fresh = table(tmp_path / "fresh.csv", ["x"], [[1.0], [5.0]])
    goal = tmp_path / "new" / "predicted.csv"

    arguments = [str(tmp_path / "model.json"), str(fresh), "--only", "--out", str(goal)]
    assert main(["predict", *arguments]) == 0
    assert f"wrote {goal}: 2 rows" in capsys.readouterr().out
    found = rows_of(goal.read_text(encoding="utf-8"))
    assert [list(row) for row in found] == [["predicted y"]] * 2
    assert [float(row["predicted y"]) for row in found] == pytest.approx([1.0, 13.0], abs=0.05)
    assert (tmp_path / "fit.svg").exists()


def test_a_saved_model_predicts_as_the_network_did(line: Path, tmp_path: Path) -> None:
    """Loaded weights, means and deviations are the saved ones, to the bit."""
    from gatenet.cli import saved

    command = ["train", str(line), "--target", "y", *QUICK, "--validation", "0"]
    assert main([*command, "--out", str(tmp_path)]) == 0
    text = (tmp_path / "model.json").read_bytes()
    model = saved.loads(text)

    assert json.dumps(model.document(), indent=1).encode() + b"\n" == text
    (column,) = model.columns
    xs = [k / 4 for k in range(40)]
    mean = math.fsum(xs) / 40
    assert column.document() == {
        "column": "x",
        "mean": pytest.approx(mean, rel=1e-15),
        "deviation": pytest.approx(math.sqrt(math.fsum((x - mean) ** 2 for x in xs) / 40)),
    }


@pytest.mark.parametrize("loss", ["bce", "hinge"])
def test_two_classes_by_one_output(loss: str, line: Path, tmp_path: Path, capsys) -> None:
    """A loss for two classes has one output; a hinge loss gives no probability."""
    rows: list[list[object]] = [[k, k % 5, "high" if k > 19 else "low"] for k in range(40)]
    data = table(tmp_path / "two.csv", ["k", "noise", "side"], rows)
    command = ["train", str(data), "--target", "side", "--loss", loss, "--layers", "none"]
    assert main([*command, "--epochs", "120", "--quiet", "--out", str(tmp_path)]) == 0
    capsys.readouterr()

    assert main(["predict", str(tmp_path / "model.json"), str(data), "--only"]) == 0
    said = capsys.readouterr()
    assert float(said.err.removeprefix("accuracy ").partition("%")[0]) >= 95.0
    assert ("probability" in said.out) == (loss == "bce")


def test_categories_are_inputs_of_their_own(tmp_path: Path, capsys) -> None:
    """A column of names becomes one input each; a category that was never seen is an error."""
    rows: list[list[object]] = [
        [colour, k % 3, 5.5 if colour == "red" else 1.25]
        for k in range(12)
        for colour in ("red", "blue")
    ]
    data = table(tmp_path / "c.csv", ["colour", "k", "price"], rows)
    command = ["train", str(data), "--target", "price", "--categories", "colour", "--task"]
    options = ["regression", "--layers", "none", "--epochs", "150", "--quiet"]
    assert main([*command, *options, "--out", str(tmp_path)]) == 0
    assert float(capsys.readouterr().out.rpartition("R² ")[2].split()[0]) > 0.99
    model = str(tmp_path / "model.json")
    values = json.loads(Path(model).read_text(encoding="utf-8"))["columns"][0]["categories"]
    assert values == ["blue", "red"]
    strange = table(tmp_path / "s.csv", ["colour", "k"], [["red", 1], ["green", 2]])

    assert main(["predict", model, str(strange)]) == 1
    said = capsys.readouterr().err
    assert "line 3, column 'colour': the category 'green' was not among" in said
    assert "there are 'blue', 'red'" in said


@pytest.mark.parametrize("name", ["adam", "sgd", "momentum", "rprop"])
def test_optimizers_learn(name: str, line: Path, tmp_path: Path, capsys) -> None:
    """Each optimizer of the command line brings the loss down from its own learning rate."""
    command = ["train", str(line), "--target", "y", "--layers", "none", "--epochs", "60"]
    options = ["--optimizer", name, "--quiet", "--out", str(tmp_path)]

    assert main([*command, *options]) == 0
    held = capsys.readouterr().out.partition("held out: ")[2]
    assert float(held.partition("R² ")[2].split()[0]) > 0.9
    assert f"| training | {name}, lr " in (tmp_path / "report.md").read_text(encoding="utf-8")


def test_every_optimizer_and_loss_is_there() -> None:
    """The names of the command line lead to optimizers and losses that exist."""
    from gatenet import losses, optim
    from gatenet.cli.goals import LOSSES
    from gatenet.cli.training import LOSSES as OFFERED
    from gatenet.cli.training import OPTIMIZERS

    assert tuple(LOSSES) == OFFERED
    for kind in LOSSES.values():
        assert callable(getattr(losses, kind.function))
    for name, _, _ in OPTIMIZERS.values():
        assert issubclass(getattr(optim, name), optim.Optimizer)


def test_penalties_shrink_the_weights(line: Path, tmp_path: Path) -> None:
    """L2 and L1 pull the weights down, the biases left out."""

    def weight(*options: str) -> float:
        command = ["train", str(line), "--target", "y", "--layers", "none", "--epochs", "80"]
        assert main([*command, "--quiet", "--out", str(tmp_path), *options]) == 0
        document = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
        (value,) = [v for k, v in document["parameters"].items() if not k.endswith("bias")]
        return float(value)

    free = weight()
    assert free == pytest.approx(1.0, abs=0.01)
    # For scaled data the least squares are 1; (w - 1)² + 0.5 w² is least at 1 / 1.5.
    assert weight("--l2", "0.5") == pytest.approx(1 / 1.5, abs=0.02)
    # (w - 1)² + 0.5 |w| is least at 0.75.
    assert weight("--l1", "0.5") == pytest.approx(0.75, abs=0.02)


def interrupting(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Let Adam be interrupted once, at a step."""
    from gatenet.optim import Adam

    steps = 0
    whole = Adam.step

    def interrupted(self, *arguments):
        nonlocal steps
        steps += 1
        if steps == at:
            raise KeyboardInterrupt
        return whole(self, *arguments)

    monkeypatch.setattr(Adam, "step", interrupted)


def test_ctrl_c_keeps_what_was_learnt(line: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    """An interrupted training ends with 130, says so, and leaves a model of the last whole step."""
    interrupting(monkeypatch, 8)
    command = ["train", str(line), "--target", "y", "--layers", "none", "--epochs", "50"]
    assert main([*command, "--quiet", "--out", str(tmp_path)]) == 130
    said = capsys.readouterr().out
    assert "interrupted after 3 epochs: this is what was learnt\n" in said
    assert main(["predict", str(tmp_path / "model.json"), str(line), "--only"]) == 0


def test_a_checkpoint_goes_on(line: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    """With --checkpoint the same command goes on, and ends in the bits of one that ran through."""
    command = ["train", str(line), "--target", "y", "--layers", "3", "--epochs", "6", "--quiet"]
    assert main([*command, "--out", str(tmp_path / "whole")]) == 0
    cut = [*command, "--checkpoint", "--out", str(tmp_path / "cut")]
    interrupting(monkeypatch, 8)
    assert main(cut) == 130
    assert "learnt; the same command goes on from there\n" in capsys.readouterr().out
    model = tmp_path / "cut" / "model.json"
    wanted = (tmp_path / "whole" / "model.json").read_bytes()
    assert model.read_bytes() != wanted

    assert main(cut) == 0
    assert model.read_bytes() == wanted
    assert main([*cut, "--batch-size", "3"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_rows_with_gaps_can_be_left_out(tmp_path: Path, capsys) -> None:
    """--skip-incomplete leaves out rows with an empty cell among the columns that are used."""
    rows: list[list[object]] = [[k, 2 * k, ""] for k in range(12)]
    rows[3][0] = rows[5][1] = ""
    data = table(tmp_path / "gaps.csv", ["x", "y", "note"], rows)
    command = ["train", str(data), "--target", "y", "--ignore", "note", "--skip-incomplete"]
    options = ["--layers", "none", "--epochs", "2", "--out", str(tmp_path)]

    assert main([*command, *options]) == 0
    said = capsys.readouterr().out
    assert "left out 2 rows with an empty cell: lines 5, 7\n" in said
    assert "10 rows of" in said
