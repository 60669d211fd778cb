"""What is checked: functions, circuits, pairs, other people's arrays, as functions of numbers."""

import math
import random

import numpy
import pytest

from gatenet import Circuit, Unit, gates, record
from gatenet.blocks import block, ifelse
from gatenet.checking import gradcheck
from gatenet.checking.foreign import PairSubject, library_of, subject_of
from gatenet.checking.guilt import Guilt
from gatenet.checking.inlining import inlined
from gatenet.checking.subjects import (
    BRANCHES,
    FOLLOWING,
    IMPURE,
    CircuitSubject,
    FunctionSubject,
    steady,
)
from gatenet.errors import OperandError, WiringError


def word(f, *inputs, seeds=4):
    """What is said of a function's steadiness, one word whatever the seed."""
    subject = FunctionSubject(f, list(inputs))
    here = subject.sample(subject.point)
    (said,) = {steady(subject, here, random.Random(seed)) for seed in range(seeds)}
    return said


@pytest.mark.parametrize("x", [1.0, -3.0, 0.0, 1e-30, 1e30])
def test_a_branch_is_seen_from_so_near(x):
    """An `if` that turns within 2**-40 of the size of the point is a doubt, one beyond is none."""
    size = abs(x) or 1.0
    turning = lambda far: lambda u: u * 2.0 if abs(u.value - x) < far * 2.0**-40 * size else u + 2.0

    assert word(turning(0.75), x) == BRANCHES
    assert word(turning(1.5), x) == ""
    assert word(turning(1.5 * 2.0**20), x) == ""
    assert word(lambda u: u * 2.0 if u.value >= x else u + 1.0, x) == BRANCHES
    assert word(lambda u, v: u * 2.0 if v.value > 2.0 else u * v, x, 2.0) == BRANCHES


def test_what_hides_a_part_of_the_slope_is_seen():
    """Constants and leaves that follow the inputs, on both sides or on one, and two answers."""
    answers = iter(range(100))

    assert word(lambda u: u * u.value, 3.0) == FOLLOWING
    assert word(lambda u: u * Unit(u.value), 3.0) == FOLLOWING
    assert word(lambda u: u * (7.0 if u.value < 3.0 else 8.0), 3.0) == BRANCHES
    assert word(lambda u: u * (7.0 if u.value <= 3.0 else 8.0), 3.0) == BRANCHES
    bent = lambda u: gates.leaky_relu(u, slope=0.1 if u.value <= 3.0 else 0.2)
    assert word(bent, 3.0) == BRANCHES
    assert word(bent, 2.0) == ""
    assert word(lambda u: u * 2.0, 3.0) == ""
    assert word(lambda u: u * float(next(answers)), 3.0) == IMPURE
    assert word(lambda u: u * math.nan, 3.0) == ""


def test_inputs_of_a_function():
    """Numbers become leaves named by their place, units stay; one input needs no list."""
    mine = Unit(2.0, "mine")
    subject = FunctionSubject(lambda a, b: [a["x"] * b, 5.0], [{"x": 3.0}, mine])

    assert subject.names == ["inputs[0]['x']", "mine"]
    assert (subject.point, subject.swept) == ([3.0, 2.0], True)
    assert subject.leaves[1] is mine
    assert subject.values_given() == [{"x": 3.0}, 2.0]
    assert subject.output_rows[1] is None
    assert subject.analytic(1) == [0.0, 0.0]
    assert subject.analytic(0) == [2.0, 3.0]
    assert subject.noise(1) == 0.0
    assert subject.noise(0) == 2.0**-51 * 6.0
    assert subject.sample([4.0, 5.0]).outputs == [20.0, 5.0]
    assert (mine.value, mine.visited) == (2.0, False)
    assert FunctionSubject(lambda x: x, 3.0).names == ["inputs[0]"]
    named = FunctionSubject(gates.sqrt, 4.0)
    assert (named.name, named.point) == ("sqrt", [4.0])
    with pytest.raises(OperandError, match=r"is the output of a gate: give its leaves, or its"):
        FunctionSubject(lambda x: x, [mine * 2.0])


def test_a_circuit_is_replayed():
    """Samples are taken on a copy, at any point; a flipped comparison is another wiring."""
    x, w = Unit(1.0, "x"), Unit(0.5, "w", role="parameter")
    with record() as recording:
        y = x * w if x < 2.0 else x + w
    subject = CircuitSubject(Circuit(y, recording=recording))

    assert (subject.name, subject.names, subject.point) == ("circuit", ["x", "w"], [1.0, 0.5])
    assert subject.swept
    here, there = subject.sample([1.5, 4.0]), subject.sample([3.0, 4.0])
    assert (here.outputs, here.wiring) == ([6.0], False)
    assert there.wiring is True
    assert subject.analytic(0) == [0.5, 1.0]
    assert subject.noise(0) == 2.0**-51 * 0.5
    assert (x.value, w.value) == (1.0, 0.5)
    two = CircuitSubject(Circuit([x * 2.0, x * x]), {"x": 3.0})
    assert two.sample([4.0]).outputs == [8.0, 16.0]
    assert [two.analytic(0), two.analytic(1)] == [[2.0], [6.0]]


def test_kinds_of_subjects():
    """A circuit, a pair, a pair on units and a function are told apart; the rest is refused."""
    pair = (lambda x: x * x, lambda x: 2 * x)

    assert subject_of(Circuit(Unit(1.0) * 2.0), None).name == "circuit"
    assert subject_of(pair, [3.0]).names == ["inputs[0]"]
    assert not subject_of(pair, [3.0]).swept
    assert subject_of(list(pair), 3.0).point == [3.0]
    given = subject_of(pair, [Unit(3.0, "x")])
    assert (given.name, given.names) == ("the gradient given for <lambda>", ["x"])
    assert given.analytic(0) == [6.0]
    for thing in ((1.0, 2.0), (pair[0], pair[1], pair[0]), "text"):
        with pytest.raises(OperandError, match="give a function of units, a Circuit, or a pair"):
            subject_of(thing, [1.0])


def seen(inputs):
    """What a function of a pair is given, at the point and beside it."""
    found = []

    def f(*arguments):
        found.append(arguments)
        return 1.0

    subject = PairSubject(f, inputs, lambda *a: [0.0] * len(subject.point))
    subject.sample([k + 0.5 for k in range(len(subject.point))])
    return subject, found[-1]


def test_numbers_come_in_the_containers_they_came_in():
    """Lists stay nested, arrays keep their shape, numbers of NumPy their type."""
    matrix = numpy.array([[1, 2, 3], [4, 5, 6]])
    subject, (a, b, c, d) = seen([[1.0, (2.0, [3.0])], matrix, numpy.float64(7.0), 8])

    assert subject.point == [1.0, 2.0, 3.0, *map(float, range(1, 7)), 7.0, 8.0]
    assert subject.names == [
        *[f"inputs[0][{k}]" for k in range(3)], *[f"inputs[1][{k}]" for k in range(6)],
        "inputs[2][0]" if hasattr(numpy.float64(7.0), "shape") else "inputs[2]", "inputs[3]",
    ]  # fmt: skip
    assert a == [0.5, [1.5, [2.5]]]
    assert (b.shape, b.dtype, b.tolist()) == (
        (2, 3), numpy.float64, [[3.5, 4.5, 5.5], [6.5, 7.5, 8.5]])  # fmt: skip
    assert float(c) == 9.5
    assert library_of(c) == "numpy"
    assert (d, type(d)) == (10.5, float)
    assert [library_of(x) for x in (1.0, matrix, [], Unit(1.0))] == ["", "numpy", "", ""]


def test_a_pair_that_raises_or_does_not_fit():
    """An error beside the point is a value that is none, one at the point is an error."""
    subject = PairSubject(lambda x: 1 / x, [2.0], lambda x: -1 / x**2)

    assert subject.sample([2.0]).outputs == [0.5]
    assert math.isnan(subject.sample([0.0]).outputs[0])
    with pytest.raises(ZeroDivisionError):
        PairSubject(lambda x: 1 / x, [0.0], lambda x: 0.0)
    with pytest.raises(WiringError, match=r"a pair \(f, gradient\) has one output; f gave 2"):
        PairSubject(lambda x: [x, x], [1.0], lambda x: 1.0)
    with pytest.raises(WiringError, match=r"the gradient has 3 number\(s\) for 1 input\(s\)"):
        PairSubject(lambda x: x, [1.0], lambda x: [1.0, 2.0, 3.0]).analytic(0)
    two = PairSubject(lambda x: [x, 2 * x], [1.0], None)
    assert two.output_rows == [None, None]


def noise_at(f, *point):
    """What is taken for the noise of a function's first output."""
    return PairSubject(f, list(point), lambda *a: [0.0] * len(point)).noise(0)


def test_noise_is_read_off_the_values():
    """A smooth function has that of its size; rounding, plateaus and jitter show as they are."""
    jitter = lambda x: 1.0 + 1e-6 * random.Random(x).gauss(0.0, 1.0)
    quiet = 2.0**-50

    assert noise_at(lambda x: 2 * x, 1.5) == 3.0 * quiet
    assert noise_at(lambda x: -2 * x, 1.5) == 3.0 * quiet
    assert noise_at(lambda x: 7.0, 1.5) == 7.0 * quiet
    assert noise_at(lambda x: x, 0.0) == 0.0
    assert noise_at(lambda x, y: x * y, 1.5, 3.0) < 8 * 4.5 * quiet
    assert 2e-6 < noise_at(jitter, 1.5) < 2e-5
    assert 2e-6 < noise_at(jitter, 0.0) < 2e-5
    assert 3e-4 < noise_at(lambda x: round(x, 3), 1.5003) < 4e-3
    assert 3e-6 < noise_at(lambda x: round(x, 5), 1.500003) < 4e-5
    assert noise_at(lambda x: round(x, 5), 1e-9) < 4e-5
    assert 1e-17 < noise_at(lambda x: (x + 1.0) - 1.0, 1e-3) < 1e-14
    assert 1e-4 < noise_at(lambda x: (x + 1e13) - 1e13, 1.5) < 1e-1
    both = PairSubject(lambda x: [round(x, 3), 2 * x], [1.5003], None)
    assert both.noise(1) == 2.0 * 1.5003 * quiet
    assert both.noise(0) > 3e-4
    assert math.isfinite(noise_at(lambda x: math.sqrt(x), 0.0))
    assert noise_at(lambda x: math.inf, 1.0) == math.inf


def test_a_plain_number_among_tensors_is_held_fixed():
    """PyTorch gives a plain number no gradient: it is no input of the check, and f is right."""
    torch = pytest.importorskip("torch")
    report = gradcheck(lambda x, k: x * x * k, [torch.tensor(1.5, dtype=torch.float64), 2.0])

    assert report
    assert [entry.analytic for entry in report.entries] == [6.0]


def test_functions_of_pytorch():
    """Tensors of any shape, several outputs, an output that ignores one tensor."""
    torch = pytest.importorskip("torch")
    x = torch.tensor([[0.5, 1.5]], dtype=torch.float64)
    y = torch.tensor(3.0, dtype=torch.float64)
    subject = subject_of(lambda x, y: (x.exp(), [y * 2.0][0]), [x, y])

    assert subject.names == ["inputs[0][0]", "inputs[0][1]", "inputs[1][0]"]
    assert subject.analytic(0) == pytest.approx([math.exp(0.5), 0.0, 0.0])
    assert subject.analytic(1) == pytest.approx([0.0, math.exp(1.5), 0.0])
    assert subject.analytic(2) == [0.0, 0.0, 2.0]
    assert subject.sample([0.0, 0.0, 4.0]).outputs == [1.0, 1.0, 8.0]
    shapes = []
    scaled = subject_of(lambda x, k: (shapes.append((x.shape, x.dtype)), (x * k).sum())[1],
                        [x, 2.0])  # fmt: skip
    assert scaled.analytic(0) == [2.0, 2.0]
    assert set(shapes) == {((1, 2), torch.float64)}
    wrong = gradcheck(lambda x: (x * x.detach()).sum(), [x], raise_exception=False)
    assert wrong.verdict == "fail"
    assert [entry.analytic for entry in wrong.entries] == [0.5, 1.5]
    assert library_of(x) == "torch"
    assert len(gradcheck(lambda x, y: (x.sigmoid() * y).sum(), [x, y]).entries) == 3
    assert len(gradcheck(lambda x: [x * 2, x.sin()], [x]).entries) == 8


def test_functions_of_jax():
    """Arrays of any shape and several outputs, with the arrays' own types."""
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        x = jax.numpy.array([[0.5, 1.5]])
        y = jax.numpy.array(3.0)
        subject = subject_of(lambda x, y: [x * y, y * y], [x, y])
        assert library_of(x) == "jax"
        assert subject.analytic(0) == [3.0, 0.0, 0.5]
        assert subject.analytic(2) == [0.0, 0.0, 6.0]
        assert gradcheck(lambda x: (jax.numpy.tanh(x) * x).sum(), [x])
        stopped = lambda x: (x * jax.lax.stop_gradient(x)).sum()
        assert gradcheck(stopped, [x], raise_exception=False).verdict == "fail"


@block
def subjects_inner(x, y):
    """A block inside a block."""
    return x * y + 1.0


@block
def subjects_outer(x, y):
    """A block that uses another one twice."""
    return subjects_inner(subjects_inner(x, y), y) * x


@block
def subjects_constant(x, y):
    """A block that does not look at its first input."""
    return y * 2.0


def test_blocks_are_opened_with_their_names():
    """Every level is opened, values and names stay, and what is not in a block is left alone."""
    x, y = Unit(2.0, "x"), Unit(3.0, "y")
    before = x + y
    made = subjects_outer(before, y)
    made.name = "made"
    out = made * 2.0
    opened, moved = inlined(Circuit(out))

    names = [row.gate.name for row in opened.rows if row.gate]
    assert names == ["add", "multiply", "add", "multiply", "add", "multiply", "multiply"]
    assert (
        opened.values[opened.index(moved[out.serial])]
        == ((5.0 * 3.0 + 1.0) * 3.0 + 1.0) * 5.0 * 2.0
    )
    assert moved[made.serial].name == "made"
    assert before.serial not in moved
    assert before in opened.order
    assert (x in opened.order, y in opened.order) == (True, True)
    chosen = ifelse(gates.less(x, 0.0), lambda a: a.sqrt(), lambda a: a * 3.0, x)
    opened, moved = inlined(Circuit([chosen, x * 2.0]))
    assert moved[chosen.serial].value == 6.0
    fixed = subjects_constant(x, 3.0)
    opened, moved = inlined(Circuit([fixed, x * 1.0]))
    assert [unit.value for unit in opened.ends] == [2.0, 6.0, 2.0]
    assert moved[fixed.serial].value == 6.0
    unopened = Circuit(x * y)
    assert inlined(unopened) == (unopened, {})


def test_guilt_without_a_gate_has_a_circuit_of_leaves():
    """Where sums are wrong the snippet shows the operands; a label of any kind is one line."""
    found = Guilt(3, "a\nb", None, "", (2.0, 3.0), 1.0, 5.0)

    assert [unit.value for unit in found.circuit.ends] == [2.0, 3.0]
    assert found.circuit.ends[0].name == "x0"
    assert str(found) == (
        "guilty: no gate; the pulls into a\\nb add up to 5.0, and the sweep gathered 1.0"
    )
    total = Guilt(3, "u1", gates.total, "x[0]", tuple(map(float, range(7))), 1.0, 5.0, 2.5)
    assert "at (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, ...): its derivative in x[0]" in str(total)
    assert "5.0 is right, 2.5 ULP off" in str(total)
    six = Guilt(3, "u1", gates.total, "x[0]", tuple(map(float, range(6))), 1.0, 5.0)
    assert "at (0.0, 1.0, 2.0, 3.0, 4.0, 5.0): its" in str(six)
    assert "is right\n" in str(six)
    assert [u.name for u in total.circuit.order if u.gate is None][:2] == ["x0", "x1"]
    one = Guilt(3, "u1", gates.power, "a", (2.0, 3.0), 1.0, 12.0)
    assert [u.name for u in one.circuit.order if u.gate is None] == ["a", "b"]
    pair = Guilt(3, "u1", gates.dot, "x[0]", (1.0, 2.0, 3.0, 4.0), 1.0, 3.0)
    assert pair.circuit.values[pair.circuit.outputs[0]] == 11.0
    assert one.snippet.endswith(
        "circuit.backward()\nprint([unit.grad for unit in circuit.units])  # a: 12.0 is right\n"
    )
