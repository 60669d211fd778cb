"""Checks without a reference, the command line's table, and pictures of what failed."""

import io
import sys

import pytest

from gatenet import Unit, gates
from gatenet.checking import check_hessian, check_jvp, check_taylor, gradcheck, precise
from gatenet.checking.commandline import found, run
from gatenet.declaration import gate
from gatenet.errors import GradientMismatch, WiringError
from gatenet.gates import CATALOGUE


@gate(symbol="!", textbook="sin(x)", partials=lambda z, x: 1.0001 * gates.cos(x))
def laws_sloppy(x):
    """A sine with a derivative that is a little too large."""
    return gates.sin(x)


def field(x, y, z):
    """Two outputs of three inputs."""
    return [(x * y).sin() + z.exp(), gates.logsumexp(x, y, z) * x]


def energy(x, y, z):
    """One output of three inputs."""
    return (x * y).sin() * z.exp() + gates.logsumexp(x, y, z) / (1.0 + x * x)


def test_push_and_pull_agree():
    """jvp and the sweep are one matrix."""
    report = check_jvp(field, [0.3, -1.2, 0.7], seed=5)

    assert report.verdict == "pass"
    assert len(report.entries) == 5
    assert "seed=5" in str(report)


def test_a_push_that_differs_from_the_pull_fails(monkeypatch):
    """A forward rule that is off by a millionth is caught without any reference."""
    module = sys.modules["gatenet.checking.duality"]
    right = module.jvp

    def wrong(f, primals, tangents):
        value, pushed = right(f, primals, tangents)
        return value, [p * (1 + 1e-6) for p in pushed]

    monkeypatch.setattr(module, "jvp", wrong)
    with pytest.raises(GradientMismatch, match="dot test of field: fail"):
        check_jvp(field, [0.3, -1.2, 0.7], seed=5)


def test_second_derivatives_are_symmetric():
    """v · H w is w · H v; a gate whose partials are no gradient of anything breaks it."""

    @gate(symbol="!", partials=lambda z, a, b: (b, a + 0.01 * a * b))
    def laws_twisted(a, b):
        """A product whose partials have no common antiderivative."""
        return a * b

    assert check_hessian(energy, [0.3, -1.2, 0.7], seed=1)
    with pytest.raises(GradientMismatch, match="symmetry"):
        check_hessian(lambda x, y: laws_twisted(x, y) * x, [1.3, 0.7], seed=1)


@pytest.mark.parametrize("hidden", [set(), {"flint", "mpmath"}])
def test_remainders_fall_with_slope_two(hidden, monkeypatch):
    """The right gradient's remainder falls with slope two, a wrong one's with slope one."""
    monkeypatch.setattr(precise, "HIDDEN", hidden)

    report = check_taylor(energy, [0.3, -1.2, 0.7], seed=2)
    assert all(1.8 < entry.numeric < 2.6 for entry in report.entries)
    assert check_taylor(lambda x: 3.0 * x, [0.4], seed=2)
    wrong = check_taylor(lambda x: laws_sloppy(x) * x, [0.9], seed=2, raise_exception=False)
    assert wrong.verdict == "fail"
    assert wrong.entries[0].numeric < 1.9
    with pytest.raises(GradientMismatch, match="Taylor"):
        check_taylor(lambda x: laws_sloppy(x) * x, [0.9], seed=2)


def test_at_a_kink_the_remainder_decides_nothing():
    """On a kink no rate tells right from wrong."""
    report = check_taylor(lambda x: abs(x), [0.0], seed=2, raise_exception=False)

    assert (report.verdict, report.reason) == ("inconclusive", "kink")


def test_the_table_of_gates():
    """Every gate is a line of the table, the bar is drawn and taken away, failures are told."""
    stream, bar = io.StringIO(), io.StringIO()
    some = [CATALOGUE["tanh"], CATALOGUE["relu"]]

    assert run(None, some, points=30, stream=stream, bar=bar) == 0
    lines = stream.getvalue().splitlines()
    assert lines[0].split()[:3] == ["gate", "verdict", "points"]
    assert lines[1].split()[:3] == ["tanh", "pass", "30"]
    assert lines[-1] == "2 of 2 gates pass"
    assert "1/2 relu" in bar.getvalue()
    assert bar.getvalue().endswith("\r")
    stream = io.StringIO()
    assert run(None, [laws_sloppy], points=30, stream=stream) == 1
    assert "0 of 1 gates pass" in stream.getvalue()
    assert "ULP off" in stream.getvalue()


MODULE = """
from gatenet import Unit
def right(x: Unit, y: Unit) -> Unit:
    return x * y.exp()
def cut(x: "Unit"):
    return x * x.detach()
def texts(x):
    return x + "a"
number = 3
"""


def test_a_module_and_a_function_are_checked(tmp_path, monkeypatch):
    """MODULE stands for its functions of units, MODULE:FUNCTION for one, at a point or at some."""
    (tmp_path / "laws_sample.py").write_text(MODULE)
    (tmp_path / "laws_empty.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    stream = io.StringIO()

    assert run("laws_sample", [], points=1, stream=stream) == 1
    text = stream.getvalue()
    assert "laws_sample:right: pass at 10 points" in text
    assert "laws_sample:cut: fail at 10 points" in text
    assert text.endswith("1 of 2 functions pass\n")
    assert run("laws_sample:right", [], points=1, stream=io.StringIO(), at=[1.0, 2.0]) == 0
    for target, said in [
        ("laws_nowhere", "cannot import"),
        ("laws_sample:number", "no function"),
        ("laws_empty", "declares no gate"),
        ("laws_sample:x", "no function"),
    ]:
        with pytest.raises(WiringError, match=said):
            found(target)
    with pytest.raises(WiringError, match="--at"):
        run("laws_sample:texts", [], points=1, stream=io.StringIO())
    assert [one.name for one in found(f"{laws_sloppy.__module__}:laws_sloppy")[0]] == [
        "laws_sloppy"
    ]
    assert laws_sloppy in found(laws_sloppy.__module__)[0]


def test_what_failed_is_drawn(tmp_path):
    """A report draws what is around the guilty gate; without a circuit there is no picture."""
    report = gradcheck(lambda x: laws_sloppy(x) * 2.0, [Unit(0.3, "x")], raise_exception=False)

    assert "<svg" in report.draw().svg
    report.draw(tmp_path / "failed.svg")
    assert "laws_sloppy" in (tmp_path / "failed.svg").read_text(encoding="utf-8")
    assert len(report.guilty.circuit.rows) == 2

    def chain(x):
        x = laws_sloppy(x)
        for _ in range(40):
            x = x * 1.5 - 0.25
        return x

    long = gradcheck(chain, [0.3], raise_exception=False)
    assert len(long.draw().svg) < len(long.draw(around=None).svg)
    with pytest.raises(WiringError, match="no circuit"):
        gradcheck((abs, lambda x: 1.0), [2.0]).draw()
