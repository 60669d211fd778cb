"""The glossary's table: it is what its script writes, and every name in it is there."""

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "glossary.md"
ROOMS = ("nn", "losses", "optim", "datasets", "training", "ensembles", "ann_mlp", "sklearn")


def named():
    """Every name the page gives with its room: `nn.Linear` as ("nn", "Linear")."""
    code = re.findall(r"`([^`]*)`", PAGE.read_text(encoding="utf-8"))
    found = re.findall(rf"\b({'|'.join(ROOMS)})\.(\w+(?:\.\w+)?)", " ".join(code))
    return sorted(set(found))


def test_the_page_is_what_its_script_writes():
    """The table holds the figures that were noted when the examples ran."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "glossary.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("room", "name"), named(), ids=".".join)
def test_every_name_of_the_table_is_there(room, name):
    """What the table calls a method can be imported by that name."""
    if room == "sklearn":
        pytest.importorskip("sklearn")
    thing = importlib.import_module(f"gatenet.{room}")
    for part in name.split("."):
        thing = getattr(thing, part, None)

    assert thing is not None


def test_every_example_of_the_table_kept_to_its_two_minutes():
    """The seconds of processor time that each example took are noted with its figures."""
    figures = json.loads((ROOT / "docs" / "glossary.json").read_text(encoding="utf-8"))

    assert len(figures) >= 18
    assert {name for name, found in figures.items() if found["seconds"] > 120} == set()
