"""What a mistake in a table or a command costs: one line that says where and the mend."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gatenet.cli import main, saved

LINE = "x,y\n" + "".join(f"{k},{2 * k}\n" for k in range(20))
MANY = "x,y\n" + "".join(f"n{k},{k / 3}\n" for k in range(200))
TWINS = "c,c=a,y\n" + "".join(f"{'ab'[k % 2]},{k},{k / 3}\n" for k in range(20))
MODEL = b"""{"format": "gatenet.model", "version": 1,
"columns": [{"column": "x", "mean": 1.0, "deviation": 2.0}],
"target": {"column": "y", "loss": "cross-entropy", "classes": ["a", "b"]},
"hidden": [], "activation": "tanh",
"parameters": {"layers.0.neurons.0.weights.0": 1.0, "layers.0.neurons.0.bias": 0.0,
"layers.0.neurons.1.weights.0": -1.0, "layers.0.neurons.1.bias": 0.5}}"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every test work in an empty folder."""
    monkeypatch.chdir(tmp_path)


def refused(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    """Run a command that must end with 1 and one line on the standard error; give the line."""
    assert main(command) == 1
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert not Path("out").exists()
    return said.err.removeprefix(f"gatenet {command[0]}: ").rstrip()


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("", "--target y", "d.csv is empty: the first line names the columns, rows come below"),
        ("x,y\n", "--target y", "d.csv has the names of 2 columns and no rows below them"),
        (LINE, "--target z", "d.csv has no column 'z': there are 'x', 'y'"),
        ("height,y\n1,2\n", "--target heigth", "d.csv has no column 'heigth': did you mean"),
        (LINE + "7,8,9\n", "--target y", "line 22: 3 cells, but the first line names 2 columns"),
        (LINE + "\n\nabc,8\n", "--target y", "line 24, column 'x': 'abc' is no finite number"),
        (LINE + "inf,8\n", "--target y", "line 22, column 'x': 'inf' is no finite number: mend"),
        (
            LINE + '"1,5",8\n',
            "--target y",
            "have a point here: write 1.5 if it is a",
        ),
        (
            LINE + "NA,8\n",
            "--target y",
            "and only a cell with nothing in it counts as empty: clear",
        ),
        (LINE + ",8\n", "--target y", "line 22, column 'x': the cell is empty: fill it, leave"),
        (LINE + "8,\n", "--target y", "line 22, column 'y': the cell to predict is empty"),
        (LINE + "8,x9\n", "--target y", "line 22, column 'y': 'x9' is no finite number, most"),
        ("x,k,y\n1,3,a\n2,3,b\n3,3,a\n4,3,b\n", "--target y", "column 'k' is '3' in every row to"),
        ("x,k,y\n1,3,a\n2,3,b\n3,3,a\n4,3,b\n", "--target y", "leave it out with --ignore k"),
        ("x,y\n1,a\n2,a\n", "--target y", "column 'y' is 'a' in every row"),
        ("x,y\n1,a\n2,a\n3,b\n", "--target y", "class 'b' has 1 row, too few to train on and to"),
        ("x,y\n1,1.5\n", "--target y --validation .5", "is '1.5' in every row"),
        ("y\n1\n2\n", "--target y", "has no column left to learn from beside 'y'"),
        (",y\n1,2\n", "--target y", "column 1 has no name in the first line: give it one"),
        ("y,y\n1,2\n", "--target y", "two columns are called 'y': rename one of them"),
        ('x,y\n"1,2\n', "--target y", "no CSV: "),
        (LINE, "--target y --loss hinge", "--loss hinge is not for regression"),
        ("x,y\n1,a\n2,b\n3,c\n", "--target y --loss bce", "has 3 classes: use cross-entropy"),
        (LINE, "--target y --activation sigmod", "no gate of one input: did you mean 'sigmoid'"),
        (LINE, "--target y --activation add", "--activation 'add' is no gate of one input"),
        (LINE, "--target y --delimiter ab", "--delimiter is one character, not 'ab'"),
        (LINE, "--target y --ignore z", "d.csv has no column 'z'"),
        (LINE, "--target y --categories y", "--categories names 'y', which is the target"),
        (MANY, "--target y --categories x", "has 200 different cells; a column of categories has"),
        (TWINS, "--target y --categories c", "would both be called 'c=a': rename the column"),
        ("x,y\n,1\n,2\n", "--target y --skip-incomplete", "every row has an empty cell"),
    ],
)
def test_tables_that_cannot_be_learnt(text: str, options: str, said: str, capsys) -> None:
    """Each fault of a table, or of what is asked of it, is named with its place and the mend."""
    Path("d.csv").write_text(text, encoding="utf-8")

    assert said in refused(capsys, "train", "d.csv", *options.split())


def test_files_that_cannot_be_read(tmp_path: Path, capsys) -> None:
    """A file that is not there, a folder, and bytes that are no text are told apart."""
    Path("latin.csv").write_bytes("größe,y\n1,2\n".encode("latin-1"))
    for name, said in (
        ("none.csv", "there is no file none.csv: give the path of a CSV file"),
        (str(tmp_path), "is a folder: give the path of a CSV file"),
        ("latin.csv", "latin.csv, line 1: not UTF-8 text: save it as UTF-8"),
    ):
        assert said in refused(capsys, "train", name, "--target", "y")


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--layers=8,x", "'8,x' is not the sizes of layers"),
        ("--layers=8,0", "whole numbers from 1 with commas between"),
        ("--lr=0", "'0' is not a number above 0"),
        ("--lr=nan", "'nan' is not a number above 0"),
        ("--validation=1", "'1' is not a number from 0 and below 1"),
        ("--epochs=0", "'0' is not a whole number from 1"),
        ("--optimizer=adm", "'adam'"),
        ("--loss=mean", "'cross-entropy'"),
    ],
)
def test_options_that_make_no_sense(option: str, said: str, capsys) -> None:
    """A wrong option is argparse's error 2 and says what it takes."""
    with pytest.raises(SystemExit) as caught:
        main(["train", "d.csv", "--target", "y", option])

    assert caught.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("z\n1\n", "new.csv lacks 'x', which the model was trained on: there are 'z'"),
        ("x,y\n1,a\n2,c\n", "line 3, column 'y': the class 'c' was not among the rows"),
        ("x\none\n", "line 2, column 'x': 'one' is no finite number"),
        ("x,z\n1,2\n,3\n", "the cell is empty: fill it, or leave such rows out with --skip-inc"),
    ],
)
def test_rows_that_cannot_be_predicted(text: str, said: str, capsys) -> None:
    """A column that is missing, a class never seen and a cell that is no number are named."""
    Path("m.json").write_bytes(MODEL)
    Path("new.csv").write_text(text, encoding="utf-8")

    line = refused(capsys, "predict", "m.json", "new.csv")
    assert said in line
    assert "--ignore" not in line  # options of train alone
    assert "--categories" not in line


def test_incomplete_rows_can_be_left_out_of_predictions(capsys) -> None:
    """With --skip-incomplete rows with a gap that matters are left out, and their lines said."""
    Path("m.json").write_bytes(MODEL)
    Path("new.csv").write_text("x,y,note\n9,a,\n,b,\n\n-9,,\n,,z\n", encoding="utf-8")

    assert main(["predict", "m.json", "new.csv", "--skip-incomplete"]) == 0
    said = capsys.readouterr()
    assert [line.split(",")[:4] for line in said.out.splitlines()[1:]] == [
        ["9", "a", "", "a"],
        ["-9", "", "", "b"],
    ]
    assert said.err == (
        "left out 2 rows with an empty cell: lines 3, 6\naccuracy 100.0% (1 of 1)\n"
    )


def test_no_row_is_left_to_predict(capsys) -> None:
    """Where each row has a gap, and where the gap is a category's, the line says so."""
    Path("m.json").write_bytes(MODEL)
    Path("new.csv").write_text("x,y\n,a\n", encoding="utf-8")
    assert "so no row is left" in refused(
        capsys, "predict", "m.json", "new.csv", "--skip-incomplete"
    )
    column = b'{"column": "x", "categories": ["p"]}'
    Path("m.json").write_bytes(
        MODEL.replace(b'{"column": "x", "mean": 1.0, "deviation": 2.0}', column)
    )
    assert "column 'x': the cell is empty" in refused(capsys, "predict", "m.json", "new.csv")


def test_an_unseen_class_can_be_passed_over(capsys) -> None:
    """With --no-score the target's column is not looked at."""
    Path("m.json").write_bytes(MODEL)
    Path("new.csv").write_text("x,y\n9,c\n-9,c\n", encoding="utf-8")

    assert main(["predict", "m.json", "new.csv", "--no-score"]) == 0
    said = capsys.readouterr()
    assert [line.split(",")[2] for line in said.out.splitlines()[1:]] == ["a", "b"]
    assert said.err == ""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("gatenet.model", "gatenet.other", "format: must be 'gatenet.model'"),
        ('"version": 1', '"version": 2', "version: 2 is newer than this gatenet reads"),
        ('"deviation": 2.0', '"deviation": 0.0', "columns[0]: a mean is finite and a deviation"),
        ('"deviation": 2.0', '"deviation": 1e400', "a number is too large for float64"),
        ('["a", "b"]', '["a", "a"]', "target: there are two classes or more, each once"),
        ("cross-entropy", "guessing", "target: 'guessing' is no loss of this version"),
        ('"hidden": []', '"hidden": [1000000000]', "parameters: there are 4; layers of"),
        ('"hidden": []', '"hidden": [true]', "hidden: sizes of layers are whole numbers from 1"),
        ("tanh", "os.system", "unknown activation 'os.system'"),
        ("neurons.1.bias", "neurons.7.bias", "missing 1: 'layers.0.neurons.1.bias'"),
        ('"layers.0.neurons.0.bias": 0.0', '"layers.0.neurons.0.bias": "nan"', "is not finite"),
        ('"hidden": [],', "", "'hidden' is missing"),
        ('"hidden"', '"extra": 1, "hidden"', "unknown key 'extra'"),
        ("}}", "}", "not JSON"),
    ],
)
def test_models_that_are_none(old: str, new: str, said: str, capsys) -> None:
    """Whatever is wrong in a model's file is one line that says where."""
    text = MODEL.decode()
    assert old in text
    Path("m.json").write_text(text.replace(old, new), encoding="utf-8")
    Path("new.csv").write_text("x\n1\n", encoding="utf-8")

    line = refused(capsys, "predict", "m.json", "new.csv")
    assert line.startswith("m.json is no model that `train` saved: ")
    assert said in line


def test_the_model_of_these_tests_is_one() -> None:
    """The text that the faults are made from is a good model: 1 · (x - 1) / 2 against its like."""
    model = saved.loads(MODEL)

    assert model.answer([unit.value for unit in model.network([0.5])])[0] == "a"
    assert json.loads(MODEL) == model.document()


def test_a_model_that_is_not_there(capsys) -> None:
    """The line says where models come from."""
    Path("new.csv").write_text("x\n1\n", encoding="utf-8")

    said = refused(capsys, "predict", "m.json", "new.csv")
    assert said == "there is no file m.json: `train` leaves one called model.json"


def test_rows_far_out_are_not_answered_with_nan(capsys) -> None:
    """A row at which the model overflows is an error that names it."""
    Path("m.json").write_bytes(MODEL.replace(b'"deviation": 2.0', b'"deviation": 1e-300'))
    Path("new.csv").write_text("x\n1\n1e200\n", encoding="utf-8")

    assert "new.csv, line 3: " in refused(capsys, "predict", "m.json", "new.csv")


def test_names_cannot_break_the_line_of_an_error(capsys) -> None:
    """A column's name with line breaks and controls is shown escaped, in one line."""
    Path("d.csv").write_text('"a\n\x1b[31mb",y\n1,2\n3,x\n', encoding="utf-8")

    said = refused(capsys, "train", "d.csv", "--target", "q")
    assert "\x1b" not in said
    assert "a\\n" in said


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("export none.json c.py", "there is no file none.json: give a model.json of `train`"),
        (
            "export m.json c.txt",
            "c.txt ends in none of .json, .py, .svg, .dot, .gv, .c, .onnx, .tex",
        ),
        ("export m.json c.py --at 1,2", "--at has 2 numbers; m.json has 1 input: x"),
        ("export d.csv c.py", "d.csv: not JSON"),
        ("draw none.py", "there is no file 'none.py'"),
        ("draw none.json", "there is no file none.json"),
        ("draw m.json --engine paint", "'paint'"),
        ("draw m.json --around nobody", "nobody"),
        ("draw m.json --out c.png", ".svg"),
        ("check mygates.py", "mygates.py is a file: to check the gates it declares, say --file my"),
        ("gates --file none.py", "there is no file 'none.py' that declares gates"),
    ],
)
def test_files_that_cannot_be_drawn(command: str, said: str, capsys) -> None:
    """What is no circuit, no model and no program is one line, and nothing is written."""
    Path("m.json").write_bytes(MODEL)
    Path("d.csv").write_text("x,y\n", encoding="utf-8")

    assert said in refused(capsys, *command.split())
    assert sorted(path.name for path in Path().iterdir()) == ["d.csv", "m.json"]
