"""Checking gates: what a report counts and keeps, the options, points, ports, and the table."""

import io
import math
import random
from fractions import Fraction

import pytest

from gatenet import gates
from gatenet.checking import check_gate, check_point, precise
from gatenet.checking import gates as checked
from gatenet.checking import report as said
from gatenet.checking.commandline import _show, found, run
from gatenet.checking.domains import crossed, looker, valuer
from gatenet.checking.duality import _compared
from gatenet.checking.gates import GateReport
from gatenet.checking.lines import KINK, SMOOTH, Truth
from gatenet.checking.ports import Port
from gatenet.checking.report import Entry, Report
from gatenet.declaration import gate
from gatenet.errors import GradientMismatch, WiringError

NAN, INF, Q = math.nan, math.inf, Fraction


def entry(verdict, ulps=NAN, at_kink=False):
    """An entry of a gate's report."""
    return Entry("x", 1.0, 2.0, 3.0, 0.0, verdict, at_kink=at_kink, ulps=ulps)


def test_a_gates_report_counts():
    """Verdicts and kinks are counted, the first ten of each kind kept, the worst ULP with where."""
    report = GateReport(gates.tanh, points=9)
    assert (report.verdict, bool(report)) == ("inconclusive", False)
    report.add(entry("pass", 2.0), (1.0, 2.0))
    report.add(entry("pass", 1.0), (3.0, 4.0))
    report.add(entry("pass", 2.0, at_kink=True), (5.0, 6.0))
    assert (report.ulps, report.ulps_at, report.kinks) == (2.0, (1.0, 2.0), 1)
    assert (report.verdict, bool(report)) == ("pass", True)
    for _ in range(2):
        report.add(entry("inconclusive", 9.0))
    assert report.verdict == "pass"
    assert "x = 1.0" not in str(report)
    report.add(entry("inconclusive"))
    assert (report.verdict, report.ulps) == ("inconclusive", 2.0)
    assert str(report).count("\n") == 3
    for _ in range(12):
        report.add(entry("fail", 9.0))
        report.add(entry("inconclusive"))
    assert (len(report.failures), len(report.undecided)) == (10, 10)
    assert report.counts == {"pass": 3, "fail": 12, "inconclusive": 15}
    assert (report.verdict, report.ulps) == ("fail", 2.0)
    assert str(report).splitlines()[0] == (
        "gate tanh: fail at 9 points: 3 pass, 12 fail, 15 inconclusive; 1 at kinks; at most 2 "
        "ULP off"
    )
    assert str(report).count("\n") == 10
    assert repr(report) == str(report)
    assert str(GateReport(gates.tanh)) == (
        "gate tanh: inconclusive at 0 points: 0 pass, 0 fail, 0 inconclusive; 0 at kinks"
    )


@gate(symbol="!", textbook="x * x", partials=lambda z, x: 2 * x * (1 + 2.0**-49))
def reports_slightly(x):
    """A square with a derivative that is 8 ULP too large or so."""
    return x * x


def test_options_of_check_gate():
    """Points, ulp, atol, rtol, rng and the exception are what they are said to be."""
    for options in ({"ulp": 20.0}, {"atol": 1e300}, {"rtol": 1e-12}):
        assert check_gate(reports_slightly, 30, **options)
    for options in ({}, {"ulp": 4.0}, {"atol": 1e-30}, {"rtol": 1e-17}):
        assert check_gate(reports_slightly, 30, raise_exception=False, **options).verdict == "fail"
    with pytest.raises(GradientMismatch) as caught:
        check_gate(reports_slightly, 30)
    assert caught.value.gate is reports_slightly
    assert caught.value.report.points == 30
    assert caught.value.entries == caught.value.report.failures
    assert str(caught.value) == str(caught.value.report)
    assert check_gate(gates.multiply).points == 1000
    same, other = check_gate(gates.sinh, 40), check_gate(gates.sinh, 40, rng=random.Random(5))
    assert same.ulps_at == check_gate(gates.sinh, 40).ulps_at != other.ulps_at
    assert check_gate(gates.sinh, 40, rng=random.Random(0)).ulps_at == same.ulps_at


@gate(symbol="2", textbook="x * (1 + 2e-6)", partials=lambda z, x: 1 + 2e-6)
def reports_apart(x):
    """A value that is two millionths from its textbook's."""
    return x * 1.0


@gate(symbol="2", textbook="x * (1 + 5e-7)", partials=lambda z, x: 1 + 5e-7)
def reports_near(x):
    """A value that is half a millionth from its textbook's."""
    return x * 1.0


def test_a_value_of_another_function_is_a_failure():
    """From a millionth on, but not where numbers are too small or not finite, nor at minus 0."""
    first, second = check_point(reports_apart, [3.0])
    assert (first.name, first.at, first.analytic) == ("at (3.0) the value", 0.0, 3.0)
    assert first.numeric == 3.0 * (1 + 2e-6)
    assert (first.verdict, first.error, first.method) == ("fail", 0.0, "balls")
    assert first.note == "the textbook= formula and the gate's own formula are two functions"
    assert second.name == "x"
    assert [one.name for one in check_point(reports_near, [3.0])] == ["x"]
    assert len(check_point(reports_apart, [1e-291])) == 1
    assert len(check_point(reports_apart, [1e-289])) == 2
    assert len(check_point(reports_apart, [-3.0])) == 2
    value = checked._value_entry
    assert value(1.0, Q(10) ** 400, "") is None
    assert value(-1.0, Q(1), "x").verdict == "fail"
    assert value(1.0, Q(1) + Q(1, 10**6), "x") is None


def port(kind, recorded, right, **more):
    """A port at which a slope of 2 is right."""
    truth = Truth(kind, Q(0), Q(2), Q(2), **more)
    return Port(1, "y", recorded, truth, right, 3.0, 0.25)


def test_a_port_becomes_an_entry():
    """Verdict, reason, tolerance and note; a failure within what the user allows is a pass."""
    made = checked._entry_of(port(SMOOTH, 2.5, False), "label", 7.0, 0.0)
    assert (made.name, made.at, made.analytic, made.numeric) == ("label", 7.0, 2.5, 2.0)
    assert (made.verdict, made.reason, made.note) == ("fail", "", "3 ULP off")
    assert (made.error, made.output, made.ulps, made.tolerance) == (0.0, 0, 3.0, 0.25)
    assert (made.at_kink, made.method) == (False, "balls")
    made = checked._entry_of(port(SMOOTH, 2.5, False), "label", 7.0, 0.5)
    assert (made.verdict, made.tolerance) == ("pass", 0.75)
    assert checked._entry_of(port(SMOOTH, 2.5, False), "label", 7.0, 0.49).verdict == "fail"
    made = checked._entry_of(port(SMOOTH, 2.5, None), "label", 7.0, 9.0)
    assert (made.verdict, made.reason, made.note) == ("inconclusive", "noise", "")
    for kind, reason, note in [
        ("jump", "discontinuity", "at a jump: there is no slope"),
        ("vertical", "edge of the domain", "a vertical tangent"),
        ("undefined", "edge of the domain", "undefined on both sides"),
        ("unstable", "noise", "the slope does not settle"),
    ]:
        made = checked._entry_of(port(kind, 2.5, None), "label", 7.0, 0.0)
        assert (made.reason, made.note, made.at_kink) == (reason, note, kind == "jump")
    edge = Port(0, "x", 5.0, Truth("boundary", Q(0), None, Q(5)), True, 0.0, 0.0)
    made = checked._entry_of(edge, "x", 0.0, 0.0)
    assert (made.verdict, made.reason, made.note) == ("pass", "", "from the right alone")
    edge = Port(0, "x", 5.0, Truth("boundary", Q(0), Q(5), None), None, 0.0, 0.0)
    made = checked._entry_of(edge, "x", 0.0, 0.0)
    assert (made.reason, made.note) == ("edge of the domain", "from the left alone")
    edge = Port(0, "x", 5.0, Truth("boundary", Q(0), rising=(0, 1)), None, NAN, 0.0)
    assert checked._entry_of(edge, "x", 0.0, 0.0).note == "an edge: the slope grows without end"
    bent = Port(0, "x", 5.0, Truth(KINK, Q(0), Q(-1, 3), Q(1)), False, NAN, 0.0)
    made = checked._entry_of(bent, "x", 0.0, 0.0)
    assert (made.verdict, made.at_kink) == ("fail", True)
    assert made.note == "at a kink: -0.3333333333 from the left, 1 from the right"


def test_names_of_what_is_checked_at_a_point():
    """One input is called by its name, several with the point; at a tie all move together."""
    assert [one.name for one in check_point(gates.tanh, [0.5])] == ["x"]
    assert [(one.name, one.at) for one in check_point(gates.multiply, [2.0, 3.0])] == [
        ("at (2.0, 3.0) a", 2.0), ("at (2.0, 3.0) b", 3.0)]  # fmt: skip
    tied = check_point(gates.maximum, [2.0, 2.0])
    assert [(one.name, one.at) for one in tied] == [
        ("at (2.0, 2.0) x[0]", 2.0), ("at (2.0, 2.0) x[1]", 2.0),
        ("at (2.0, 2.0) all inputs", 0.0)]  # fmt: skip
    assert tied[-1].analytic == tied[-1].numeric == 1.0


def test_points_without_packages(monkeypatch):
    """By differences the same partials are judged, with the tolerances that are given."""
    monkeypatch.setattr(precise, "HIDDEN", {"flint", "mpmath"})
    tied = check_point(gates.maximum, [2.0, 2.0])
    assert tied[-1].name == "at (2.0, 2.0) all inputs moved by"
    assert (tied[-1].verdict, tied[-1].at, tied[-1].numeric) == ("pass", 0.0, 1.0)
    assert len(check_point(gates.maximum, [2.0, 1.0])) == 2
    assert [one.name for one in check_point(gates.tanh, [0.5])] == ["x"]
    assert [one.name for one in check_point(gates.multiply, [2.0, 3.0])][1] == "at (2.0, 3.0) b"
    (one,) = check_point(reports_slightly, [3.0])
    assert (one.verdict, one.tolerance) == ("pass", 1e-12 + 1e-6 * one.numeric)
    (one,) = check_point(reports_slightly, [3.0], atol=0.5, rtol=0.25)
    assert one.tolerance == 0.5 + 0.25 * one.numeric
    (one,) = check_point(reports_slightly, [3.0], atol=0.0)
    assert one.tolerance == 1e-6 * one.numeric


@gate(symbol="?", partials=lambda z, x, y: (1, 1), domain=lambda x, y, at: x + y > at,
      kinks=lambda x, y, at: (x - y, x - 1.0), edges=lambda x, y, at: y - at)  # fmt: skip
def reports_domain(x, y, *, at=-2.0):
    """A gate with a condition, two kinks and an edge, which ask a static parameter."""
    return x + y + 0.0 * at


def test_where_a_point_stands():
    """Inside or not, and the sign of each kink and edge in order; a gate of any number as well."""
    look = looker(reports_domain)

    assert look([3.0, 1.0]) == (True, [1, 1, 1])
    assert look([1.0, 1.0]) == (True, [0, 0, 1])
    assert look([-5.0, -2.0]) == (False, [-1, -1, 0])
    assert looker(reports_domain.bind(at=1.5))([1.0, 1.0]) == (True, [0, 0, -1])
    assert looker(gates.sin)([1.0]) == (True, [])
    assert looker(reports_domain) is look
    inside, signs = looker(gates.maximum)([1.0, 2.0, 2.0])
    assert inside
    assert 0 in signs
    assert 0 not in looker(gates.maximum)([1.0, 2.0, 3.0])[1]
    assert (crossed([1], [-1]), crossed([1], [1]), crossed([0], [0]), crossed([], [])) == (
        True, False, True, False)  # fmt: skip
    assert valuer(reports_domain)([3.0, 1.0]) == 4.0
    assert valuer(gates.clip.bind(low=0.0, high=2.0))([3.0]) == 2.0
    assert valuer(gates.dot)([1.0, 2.0, 3.0, 4.0]) == 11.0


def test_two_sides_are_compared():
    """As near as allowed passes, further fails, and what is not finite is an edge."""
    for one, other, tolerance, verdict, reason in [
        (1.0, 1.5, 0.5, "pass", ""), (1.0, 1.5, 0.49, "fail", ""), (1.5, 1.0, 0.49, "fail", ""),
        (NAN, 1.0, 1.0, "inconclusive", "edge of the domain"),
        (1.0, INF, 1.0, "inconclusive", "edge of the domain"),
        (1.0, 1.0, INF, "inconclusive", "edge of the domain"),
    ]:  # fmt: skip
        made = _compared("d", one, other, tolerance)
        assert (made.verdict, made.reason, made.tolerance) == (verdict, reason, tolerance)
        assert (made.name, made.at, made.error, made.method) == ("d", 0.0, 0.0, "the other side")


def test_the_bar_is_drawn():
    """As many marks as are done, the count, the name; at the end nothing is left."""
    stream = io.StringIO()
    _show(stream, 1, 3, "a_name_that_is_longer_than_twenty")
    assert stream.getvalue() == f"\r[{'#' * 10}{'.' * 20}] 1/3 a_name_that_is_longe"
    stream = io.StringIO()
    _show(stream, 0, 3, "tanh")
    assert stream.getvalue() == f"\r[{'.' * 30}] 0/3 {'tanh':<20}"
    stream = io.StringIO()
    _show(stream, 3, 3, "")
    assert stream.getvalue() == "\r" + " " * 70 + "\r"


MODULE = '''
"""Functions of all sorts."""
from gatenet import Unit
from gatenet.gates import relu
def cut(x: Unit) -> Unit:
    return relu(x * x) * x.detach()
def with_default(x: Unit, times: Unit = 3.0) -> Unit:
    return x * times
def plain(x: float) -> float:
    return x
def no_arguments() -> Unit:
    return Unit(1.0)
class Thing:
    pass
'''


def test_functions_of_a_module(tmp_path, monkeypatch):
    """Only functions of units that the module itself has; defaults stay; the worst one counts."""
    (tmp_path / "reports_sample.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    assert [name for name, _ in found("reports_sample")[1]] == [
        "reports_sample:cut", "reports_sample:with_default"]  # fmt: skip
    stream = io.StringIO()
    assert run("reports_sample:with_default", [], points=1, stream=stream, seed=3) == 0
    assert stream.getvalue() == (
        "reports_sample:with_default: pass at 10 points, random ones with seed=3: 10 pass, 0 "
        "fail, 0 inconclusive\n1 of 1 function pass\n"
    )
    stream = io.StringIO()
    assert run("reports_sample", [], points=1, stream=stream) == 1
    assert stream.getvalue().endswith("\n1 of 2 functions pass\n")
    with pytest.raises(WiringError, match=r"cannot import 'reports_none': No module named"):
        found("reports_none")
    with pytest.raises(WiringError, match=r"module 'reports_sample' has no function 'nothing'$"):
        found("reports_sample:nothing")


def test_reports_of_reports():
    """The verdict of a whole, its reason, its worst entry, and what is shown of many."""
    good = Entry("a", 1.0, 2.0, 2.0, 0.0, said.PASS)
    bad = Entry("b", 1.0, 2.0, 3.0, 0.1, said.FAIL, tolerance=0.4)
    vague = Entry("c", 1.0, 2.0, NAN, 0.0, said.INCONCLUSIVE, reason=said.KINK)
    unsaid = Entry("d", 1.0, 2.0, 2.5, 0.0, said.INCONCLUSIVE)

    assert (Report("r").verdict, Report("r").reason, Report("r").worst) == (
        "inconclusive", "noise", None)  # fmt: skip
    assert (Report("r").atol, Report("r").rtol, Report("r").remarks) == (None, None, [])
    report = Report("r", entries=[good, unsaid, vague])
    assert (report.verdict, report.reason) == ("inconclusive", "kink")
    assert report.worst is unsaid or report.worst is vague
    report = Report("r", entries=[good, vague, bad])
    assert (report.verdict, report.reason, report.worst) == ("fail", "", bad)
    assert (bad.difference, bad.excess) == (1.0, 2.0)
    assert (vague.excess, good.excess, unsaid.excess) == (INF, 0.0, INF)
    many = Report("r", entries=[good] * 25)
    assert str(many).splitlines()[0] == "r: pass: 25 derivatives, all agree"
    assert str(many).splitlines()[-1] == "  ... 5 more"
    assert len(str(many).splitlines()) == 22
    assert "more" not in str(Report("r", entries=[good] * 20))
    assert Entry("e", 0.0, INF, INF, 0.0, said.PASS).excess == INF
    assert Entry("e", 0.0, 1.0, 2.0, INF, said.PASS).excess == 0.0
    assert good.of_output(3).output == 3
    alone = Entry("e", 0.0, 1.0, 1.0, 0.0, said.PASS, note="from the right alone")
    assert (alone.doubted().verdict, alone.doubted().reason) == ("inconclusive", "kink")
    assert alone.doubted().note == (
        "from the right alone: on the other side an `if` goes another way"
    )
    assert good.doubted() is good
    assert bad.doubted() is bad
    exact = Entry("e", 0.0, 0.1, 0.1, 1e-15, said.PASS)
    assert "numeric 0.10000000000000001 ± 1.0e-15" in str(exact)
    assert "numeric 0.1 ± 1.1e-15" in str(Entry("e", 0.0, 0.1, 0.1, 1.1e-15, said.PASS))
