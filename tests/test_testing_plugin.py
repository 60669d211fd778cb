"""The plugin for pytest: what a failing test's report shows, fixtures, marks and options."""

import configparser
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import gatenet.testing.drawing
import gatenet.viz
from gatenet import Circuit, Unit, custom_gradient
from gatenet.testing import Tape, showing, snippet

pytest_plugins = ["pytester"]
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def run(pytester, monkeypatch):
    """Run pytest in this process on a file of tests, with this plugin and no other."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def runs(text, *options):
        pytester.makepyfile(text)
        return pytester.runpytest_inprocess("-p", "gatenet.testing.plugin", *options)

    return runs


BUG = """
    from hypothesis import given, settings
    from gatenet.testing import circuits, tapes

    @settings(derandomize=True, database=None, deadline=None)
    @given(tape=tapes(["add", "multiply"], constants=False))
    def test_small(tape):
        circuit = tape.circuit()
        circuit.backward()
        assert sum(unit.grad for unit in circuit.units[:1]) < 2.0
"""


def shown(text):
    """The Python and the picture's path that a report shows."""
    section = text.partition("gatenet: the failing circuit")[2]
    code = re.search(r"^(from gatenet import.*?^circuit = .*?)$", section, re.S | re.M)
    path = re.search(r"^# picture: (.*\.svg)$", section, re.M)
    return code.group(1) if code else "", path.group(1) if path else ""


def test_the_report_shows_the_smallest_circuit(run):
    """The section holds Python that runs and fails alike, and the path of a picture."""
    result = run(BUG)
    result.assert_outcomes(failed=1)
    code, path = shown(result.stdout.str())
    scope = {}
    exec(code, scope)
    scope["circuit"].backward()

    assert scope["u0"].grad == 2.0
    assert len(scope["circuit"]) == 2
    result.stdout.fnmatch_lines(["*gatenet: the failing circuit*", "tape:",
                                 '# Tape([[]0.0[]], [[]("add", 0, 0)[]])'])  # fmt: skip
    texts = [part.text for part in ElementTree.parse(path).iter() if part.tag.endswith("text")]
    assert any("+" in (text or "") for text in texts)
    assert ".pytest_cache" in path


def test_pictures_go_where_they_are_told(run, pytester):
    """An option, or a line of the configuration, names the folder; `off` draws nothing."""
    text = """
        from gatenet import Unit
        def test_it():
            loss = Unit(2.0, "a") * 3.0
            assert loss.value == 7.0
    """
    result = run(text, "--gatenet-pictures=seen")
    assert len(list((pytester.path / "seen").glob("*test_it-loss.svg"))) == 1
    result.stdout.fnmatch_lines(["loss:", "u2 = gates.multiply(u0, 3.0)"])

    pytester.makeini("[pytest]\ngatenet_pictures = elsewhere\n")
    run(text)
    assert len(list((pytester.path / "elsewhere").glob("*.svg"))) == 1

    result = run(text, "--gatenet-pictures=off", "-p", "no:cacheprovider")
    assert "# picture" not in result.stdout.str()
    assert shown(result.stdout.str())[0]

    (pytester.path / "tox.ini").write_text("[pytest]\n")
    run(text, "-p", "no:cacheprovider")
    assert len(list((pytester.path / ".gatenet").glob("*.svg"))) == 1


def test_tests_without_circuits_are_left_alone(run):
    """A failure that holds no circuit, a pass and a skip get no section."""
    result = run(
        """
        import pytest
        from gatenet import Unit
        def test_plain():
            x = Unit(2.0)
            assert x.value == 1
        def test_passes():
            loss = Unit(2.0) * 3.0
        def test_skips():
            loss = Unit(2.0) * 3.0
            pytest.skip("so")
        """
    )

    result.assert_outcomes(failed=1, passed=1, skipped=1)
    assert "failing circuit" not in result.stdout.str()


def test_several_failures_and_helpers(run):
    """A circuit is found though the error was raised further down, in each error of a group."""
    result = run(
        """
        from gatenet.testing import Tape, assert_same_gradients
        def test_helper():
            mine = Tape([3.0], [("square", 0)])
            assert_same_gradients(mine, [5.0])
        def test_group():
            tape = Tape([3.0], [("exp", 0)])
            circuit = tape.circuit()
            other = tape.at([1.0]).circuit()
            last = tape.at([0.0]).circuit()
            try:
                assert circuit is None
            except AssertionError as error:
                raise ExceptionGroup("both", [error, ValueError("other")]) from None
        """
    )
    text = result.stdout.str()

    result.assert_outcomes(failed=2)
    assert "mine:" in text
    assert 'Tape([3.0], [("square", 0)])' in text
    assert len(re.findall(r"^(?:tape|circuit|other|last):$", text, re.M)) == 3


def test_marks(run):
    """`gates` runs a test for each gate asked for, `detect_anomaly` under that mode."""
    result = run(
        """
        import pytest
        from gatenet import Unit, log
        @pytest.mark.gates("relu", "tanh", "log", smooth=True)
        def test_each(gate):
            assert gate.name in ("tanh", "log")
        @pytest.mark.gates(arity=2, smooth=True)
        def test_more(gate, check_laws):
            assert check_laws(gate, 2, laws=["value"])
        @pytest.mark.detect_anomaly
        def test_watched():
            log(Unit(-1.0))
        @pytest.mark.detect_anomaly
        def test_fine():
            log(Unit(1.0))
        def test_unwatched():
            assert log(Unit(-1.0)).value != 0
        """,
        "--strict-markers", "-v",
    )  # fmt: skip

    result.stdout.fnmatch_lines(
        ["*test_each?tanh? PASSED*", "*test_each?log? PASSED*", "*test_more?multiply? PASSED*",
         "*test_watched FAILED*", "*test_fine PASSED*", "*DomainError: log gave nan at x=-1.0*"]
    )  # fmt: skip
    assert result.parseoutcomes()["failed"] == 1
    assert "test_each[relu]" not in result.stdout.str()


def test_fixtures(run):
    """Assertions come as fixtures, and a generator that is the same in every run of a test."""
    text = """
        import pytest
        def test_assertions(assert_gradients, assert_same_gradients, check_laws):
            assert assert_gradients(lambda x: x * x, [3.0])
            assert_same_gradients(lambda x: x * x, [6.0], [3.0])
            with pytest.raises(AssertionError):
                assert_same_gradients(lambda x: x * x, [5.0], [3.0])
        def test_first(gatenet_rng):
            print("drew", gatenet_rng.random())
        def test_second(gatenet_rng):
            print("drew", gatenet_rng.random())
    """
    draws = [re.findall(r"drew (\S+)", run(text, "-s").stdout.str()) for _ in range(2)]

    assert draws[0] == draws[1]
    assert len(set(draws[0])) == 2


def test_help_knows_options_and_marks(run):
    """`--help` and `--markers` say what there is."""
    run("", "--help").stdout.fnmatch_lines(["gatenet:", "*--gatenet-pictures=DIR*"])
    run("", "--markers").stdout.fnmatch_lines(
        ["@pytest.mark.gates(*", "@pytest.mark.detect_anomaly*"]
    )


def test_a_plain_pytest_is_not_disturbed(pytester, monkeypatch):
    """Without hypothesis the plugin loads, brings nothing heavy, and its fixtures work."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makepyfile(
        """
        import sys
        def test_it(check_laws, assert_gradients):
            for name in ("numpy", "gatenet.viz", "gatenet.nn", "gatenet.testing.drawing", "torch"):
                assert name not in sys.modules, name
            from gatenet import exp
            assert check_laws(exp, 2, laws=["value"])
        """
    )
    code = (
        "import sys; sys.modules['hypothesis'] = None; import pytest; "
        "sys.exit(pytest.main(['-p', 'gatenet.testing.plugin', '-W', 'error']))"
    )

    pytester.run(sys.executable, "-c", code).stdout.fnmatch_lines(["*1 passed*"])


def test_entry_points_are_declared():
    """What setup.cfg says of entry points leads to functions and modules that are there."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    points = settings["options.entry_points"]

    assert points["pytest11"].split() == ["gatenet", "=", "gatenet.testing.plugin"]
    assert points["hypothesis"].split() == ["gatenet", "=", "gatenet.testing.registering:register"]
    assert "hypothesis" in settings["options.extras_require"]["testing"]


def test_snippets_of_anything():
    """A circuit prints as it was drawn, one of somebody's as it is, a large one not at all."""
    circuit = Tape([2.0], [("exp", 0)]).circuit()
    circuit.forward({"x0": 5.0})

    @custom_gradient(partials=lambda z, x: 2.0)
    def twice(x):
        """Double a number."""
        return 2.0 * x

    long = Unit(1.0)
    for _ in range(500):
        long = long + 1.0

    assert "Unit(2.0, 'x0')" in snippet(circuit)
    assert snippet(Unit(3.0, "a").exp()) == snippet(Circuit(Unit(3.0, "a").exp()))
    assert "no source: 'twice' is a rule" in snippet(twice(Unit(1.0)))
    assert "too large to print" in snippet(long)


def test_a_picture_that_cannot_be_written(tmp_path):
    """A folder that is a file is no reason to lose the report."""
    (tmp_path / "taken").write_text("")

    assert showing.picture(Tape([1.0], [("exp", 0)]), tmp_path / "taken" / "a.svg").startswith(
        "none"
    )
    assert gatenet.viz and gatenet.testing.drawing
    assert showing.file_name(["a::b[x/y]", "loss", ""]) == "a-b-x-y-loss.svg"
