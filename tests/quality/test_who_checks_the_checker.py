"""Who checks the checker: every wrong rule is caught, its gate named; nothing right is refused."""

import subprocess
import sys

import pytest
from wrongrules import HARD, WRONG, applied, forgetting, overwriting

from gatenet import Circuit, Unit
from gatenet.checking import check_point, gradcheck, precise
from gatenet.errors import GradientMismatch


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_rule_is_caught_and_its_gate_named(name):
    """Inside a circuit each wrong gate fails the check and is the one that is named."""
    one, point = WRONG[name]
    f, inputs = applied(one, point)
    report = gradcheck(f, inputs, raise_exception=False)

    assert report.verdict == "fail"
    assert report.guilty.gate is one
    assert report.guilty.operands == tuple(point)
    assert one.name in str(report)
    with pytest.raises(GradientMismatch) as caught:
        gradcheck(f, inputs)
    assert caught.value.gate is one


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_rule_is_caught_alone(name):
    """Each wrong gate fails at its point when it is checked alone."""
    one, point = WRONG[name]

    assert "fail" in [entry.verdict for entry in check_point(one, point)]


@pytest.mark.parametrize(
    "hidden", [set(), {"mpmath"}, {"flint", "mpmath"}], ids=["both", "no mpmath", "neither"]
)
@pytest.mark.parametrize("broken", [overwriting, forgetting])
def test_a_wrong_sum_of_pulls_is_caught(broken, hidden, monkeypatch):
    """A sweep that adds up wrongly fails, and the unit with its users is named, not a gate."""
    monkeypatch.setattr(precise, "HIDDEN", hidden)
    module = sys.modules["gatenet.sweep"]
    monkeypatch.setattr(module, "visits", broken(module.visits))
    x = Unit(3.0, "x")
    report = gradcheck(Circuit(x * x + x * 4.0 + 0.0 * x), raise_exception=False)

    assert report.verdict == "fail"
    assert report.guilty.gate is None
    assert report.guilty.right == 10.0
    assert report.guilty.recorded != 10.0
    assert (report.guilty.operands, report.guilty.port) == ((3.0,), "")
    assert "x, used by multiply (u1)" in report.guilty.label


@pytest.mark.parametrize("name", HARD)
def test_what_is_right_is_not_refused(name):
    """No right gradient fails, however hard it is to check; most pass."""
    f, inputs = HARD[name]
    report = gradcheck(f, inputs, raise_exception=False)

    assert report.failures == []
    assert report.guilty is None
    assert report.verdict == "pass" or report.reason == "ill-conditioned"


def test_most_hard_functions_pass():
    """Inconclusive is the exception also among the hard ones."""
    verdicts = [gradcheck(f, x, raise_exception=False).verdict for f, x in HARD.values()]

    assert verdicts.count("pass") >= len(verdicts) - 2


def test_the_snippet_runs(tmp_path):
    """The snippet in a report is Python that runs and prints the wrong derivative."""
    x = Unit(1e-9, "x")
    guilty = gradcheck(applied(WRONG["sign"][0], [0.7])[0], [0.7], raise_exception=False).guilty
    file = tmp_path / "snippet.py"
    file.write_text(
        "from wrongrules import WRONG\n" + guilty.snippet.replace("# The gates", "# the gates")
    )
    done = subprocess.run(
        [sys.executable, str(file)], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip

    assert repr(guilty.recorded) in done.stdout
    assert repr(guilty.right) in guilty.snippet
    assert x.value == 1e-9
