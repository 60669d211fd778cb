"""The mutation command's own runner: a mutant that nobody could have seen is no survivor."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("the runner forks", allow_module_level=True)

TINY = """
def scaled(k):
    return lambda x: k * x

twice = scaled(2)

def tripled(x):
    return 3 * x

def forgotten(x):
    return -x
"""

TESTS = '''
"""Tests."""
from gatenet.tiny import tripled, twice

def test_both():
    assert (twice(5), tripled(5)) == (10, 15)
'''

#: What is changed, into what, and what the run in place may say of it.
MUTANTS = [
    ("return 3 * x", "return 4 * x", "killed"),
    ("return 3 * x", "return x * 3", "survived"),
    ("return -x", "return x", "untested"),
    ("lambda x: k * x", "lambda x: k + x", "import"),
    ("return lambda x: k * x", "return None", "import"),
    ("twice = scaled(2)", "twice = scaled(3)", "import"),
]


def test_what_ran_at_import_is_not_judged_in_place(tmp_path):
    """A change of a function whose work was done at import is left to a fresh import."""
    (tmp_path / "gatenet").mkdir()
    (tmp_path / "gatenet" / "__init__.py").write_text("")
    (tmp_path / "gatenet" / "tiny.py").write_text(TINY)
    (tmp_path / "test_tiny.py").write_text(TESTS)
    job = {
        "modules": {"tiny": str(tmp_path / "gatenet" / "tiny.py")},
        "mutants": [
            {"module": "tiny", "scope": "module", "source": TINY.replace(old, new)}
            for old, new, _ in MUTANTS
        ],
    }
    (tmp_path / "mutation.json").write_text(json.dumps(job))
    quality = Path(__file__).parent / "quality"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "mutation_running",
         "test_tiny.py"],
        cwd=tmp_path, capture_output=True, text=True,
        env={**kept, "GATENET_MUTATION": str(tmp_path / "mutation.json"),
             "PYTHONPATH": os.pathsep.join([str(tmp_path), str(quality)]),
             "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    answers = (tmp_path / "mutation.out").read_text().splitlines()
    assert [json.loads(line)["verdict"] for line in answers] == [said for *_, said in MUTANTS]
