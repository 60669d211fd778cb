"""The wide machine refuses code that is not sound, and says what is not there."""

from __future__ import annotations

import importlib.util
import os
import random
from array import array

import pytest

from gatenet import Circuit, Unit, gate
from gatenet.compiler.kernels import primitives
from gatenet.compiler.widening import WideBackend, widen
from gatenet.compiler.widening.native import MachineRunner
from gatenet.declaration import Primitive
from gatenet.errors import CompileError, ToolMissing


def native():
    """The C extension; the test is left out, with a word, where it was not built or is refused."""
    if os.environ.get("GATENET_PURE", "0") not in ("", "0"):
        pytest.skip("the extension is refused by GATENET_PURE")
    return pytest.importorskip("gatenet._native.wide", reason="the extension was not built")


def made(words, once=0, lanes=1, **changed):
    """A machine of these words: two numbers given, a constant, and one result, slot 0."""
    sizes = dict(given=2, constants=array("d", [1.0]), shared=20, slots=40, columns=1, results=1,
                 plain=1)  # fmt: skip
    sizes.update(changed)
    code = array("i", [*words, *[0] * sizes["results"]])
    return native().Wide(code=code, once=once, body=len(words), lanes=lanes, **sizes)


def test_the_machine_knows_every_primitive_gate():
    """The kernels were printed from the catalogue that is here now."""
    assert [one.name for one in primitives()] == list(native().gates)


ADD = [0, 8, 4, 0, 0, 1, 2]  # add, to slots 8 to 11: slots 0 to 3 and shared slots 2 to 5
SUMS = [-1, 1, 0, 0, 8, 4, 2, 0, 16, 1, 17]  # one part: slots 8 to 11, of two terms
COPY = [-2, 8, 2, 0, 3]


@pytest.mark.parametrize("lanes", [1, 8])
@pytest.mark.parametrize("words", [ADD, SUMS, COPY])
def test_sound_words_make_a_machine(words, lanes):
    """What the next test breaks is sound before it is broken."""
    assert made(words, lanes=lanes)


BROKEN = [
    (ADD, [(0, 999), (1, -1), (1, 37), (1, 1), (2, 0), (2, 40), (3, 8), (3, -1), (4, 37), (4, 8),
           (4, -1), (6, 17), (6, -1)]),
    (SUMS, [(0, -4), (1, 0), (1, 2), (3, 32), (3, -1), (4, -1), (4, 37), (5, 0), (5, 9), (6, 0),
            (6, 3), (7, 33), (7, -1), (8, 33), (10, -2)]),
    (COPY, [(1, -1), (1, 39), (2, 0), (2, 3), (3, 80), (3, -1), (4, 41)]),
]  # fmt: skip


@pytest.mark.parametrize(("words", "changes"), BROKEN)
def test_words_that_read_what_is_not_there_are_refused(words, changes):
    """Every slot, size and kind is checked before anything runs."""
    for place, wrong in changes:
        code = [*words]
        code[place] = wrong
        with pytest.raises(ValueError, match="what is not there"):
            made(code)
    for length in range(1, len(words)):
        with pytest.raises(ValueError, match="what is not there"):
            made(words[:length])


def test_copies_made_once_are_of_shared_slots():
    """A copy for all samples neither reads nor writes what differs between them."""
    made([-3, 8, 1, 3], once=4)
    for words in ([-3, 8, 1, 2], [-3, 20, 1, 3], [-2, 8, 1, 3], [*ADD]):
        with pytest.raises(ValueError, match="what is not there"):
            made(words, once=len(words))
    with pytest.raises(ValueError, match="what is not there"):
        made([-3, 8, 1, 3])


def test_factors_that_stand_apart_are_for_many_lanes():
    """One sample's vectors run across sums, which must stand together."""
    words = [-1, 1, 0, 3, 8, 2, 1, *[0] * 8, *[16] * 8]
    assert made(words, lanes=8)
    with pytest.raises(ValueError, match="what is not there"):
        made(words)
    both = [-1, 1, 0, 12, 8, 4, 1, 0, 0]
    assert made(both)
    with pytest.raises(ValueError, match="what is not there"):
        made(both, lanes=8)


@pytest.mark.parametrize(
    "changed",
    [dict(lanes=3), dict(lanes=256), dict(lanes=0), dict(slots=-1), dict(given=30),
     dict(columns=41), dict(plain=-1), dict(results=-1), dict(path=7)],
)  # fmt: skip
def test_sizes_that_cannot_be_are_refused(changed):
    """A machine of another number of lanes, or smaller than what is given, is not made."""
    with pytest.raises(ValueError, match=r"cannot be made|what is not there"):
        if changed.get("results") == -1:
            native().Wide(array("i"), 0, 0, 2, array("d"), 20, 40, 1, -1, 1, 1)
        else:
            made(ADD, **changed)


def test_buffers_that_are_too_small_are_refused():
    """What a run is given is measured before it is read or written."""
    machine = made(ADD)
    good = (array("d", [1.0, 2.0]), array("d", [3.0]), 1, array("d", [0.0]), array("d", [0.0]))
    machine.run(*good)
    assert good[3][0] == 3.0
    for place, word in ((0, "uniform"), (1, "rows"), (3, "out"), (4, "sums")):
        bad = [*good]
        bad[place] = array("d")
        with pytest.raises(ValueError, match=word):
            machine.run(*bad)
    with pytest.raises(ValueError, match="cannot be run"):
        machine.run(*good[:2], -1, None, None)
    with pytest.raises(ValueError, match="uniform"):
        machine.run(array("f", [1.0, 2.0]), *good[1:])


def test_random_words_never_crash():
    """Whatever the words are, the machine runs them or refuses them."""
    rng = random.Random(0)
    ran = 0
    for _ in range(3000):
        base = [*rng.choice([ADD, SUMS, COPY])]
        for _ in range(rng.randint(0, 2)):
            base[rng.randrange(len(base))] = rng.choice([-3, -1, 0, 1, 2, 3, 4, 8, 16, 19, 31, 39])
        lanes = rng.choice([1, 8])
        try:
            machine = made(base, lanes=lanes)
        except ValueError:
            continue
        ran += 1
        machine.run(array("d", [1.0, 2.0]), array("d", [3.0] * 9), 9, array("d", [0.0] * 9), None)
    assert ran > 300


def test_the_machine_can_be_refused(monkeypatch):
    """GATENET_PURE=1 leaves the extension alone, and the error says so."""
    monkeypatch.setenv("GATENET_PURE", "1")
    x = Unit(1.0, "x")
    with pytest.raises(ToolMissing, match="GATENET_PURE"):
        WideBackend(widen(Circuit(x * x), [x], [], [x]), "machine")
    if importlib.util.find_spec("numpy"):
        assert WideBackend(widen(Circuit(x * x), [x], [], [x])).runner == "numpy"


def test_a_primitive_gate_declared_later_has_no_kernel():
    """The machine's kernels were printed when it was built; another primitive gate is named."""
    native()

    @gate(
        symbol="h", partials=lambda z, x: 0.5, primitive=Primitive("({} / 2)", "({} / 2)"),
    )  # fmt: skip
    def halved_of_ones_own(x):
        """Halve."""

    x = Unit(1.0, "x")
    with pytest.raises(CompileError, match=r"halved_of_ones_own.*runner='numpy'"):
        WideBackend(widen(Circuit(halved_of_ones_own(x)), [x], [], [x]), "machine")


def test_code_is_made_for_what_is_asked():
    """One sample and many have words of their own, made at first use."""
    native()
    x, w = Unit(1.0, "x"), Unit(2.0, "w", role="parameter")
    runner = MachineRunner(widen(Circuit(x * w + w), [x], [w], [w]))

    assert list(runner.totals([2.0, 1.0], [[3.0]])) == [8.0, 4.0]
    assert list(runner.totals([2.0, 1.0], [[3.0]] * 130)) == [1040.0, 520.0]
    assert runner.code(True) is runner.code(True)
    assert runner.code(True) is not runner.code(False)
