"""Causes: each way for a gradient to be zero, tiny, huge or not finite is named, with its gate."""

import ast
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tapes import leaves_of, play, tapes

import gatenet.explaining
from gatenet import Unit, detect_anomaly, explain, gates, no_grad
from gatenet.declaration import gate
from gatenet.errors import DeclarationError
from gatenet.explaining.cone import Cone
from gatenet.explaining.cuts import least_cut
from gatenet.gates import CATALOGUE
from gatenet.nn import MLP


def named(unit, name):
    """Name a unit and give it."""
    unit.name = name
    return unit


def told(loss, unit, **more):
    """The kinds of causes, and the text as one line."""
    found = explain(loss, unit, **more)
    return [cause.kind for cause in found.causes], " ".join(str(found).split())


X = 2.0
# name, what is built from x (and what to ask about), the kinds, what the text must say
STOPPED = [
    ("dead", lambda x: named(x * -3.0, "s").relu() + 1.0, "dead", "relu(s) is dead: s is -6"),
    ("kink", lambda x: named(x - 2.0, "s").relu(), "kink", "stands on its kink: s is 0"),
    ("absolute", lambda x: abs(named(x - 2.0, "s")), "kink", "absolute(s) stands on its kink"),
    ("saturated", lambda x: named(x * 1e3, "s").tanh(), "saturated", "tanh(s) is saturated: s is"),
    ("masked", lambda x: gates.where(0.0, x, 1.0), "masked", "the operand x is masked"),
    ("decides", lambda x: gates.where(x, 1.0, 3.0), "a step", "the operand x only decides"),
    ("largest", lambda x: gates.maximum(x, 5.0), "not the largest", "x is not the largest: x is 2"),
    ("smallest", lambda x: gates.minimum(x, 1.0), "not the smallest", "and the result is 1"),
    ("times 0", lambda x: x * Unit(0.0, "w"), "multiplied by 0", "multiplies x by w, which is 0"),
    ("constant 0", lambda x: x * 0.0, "multiplied by 0", "multiplies x by 0"),
    ("dot", lambda x: gates.dot([x, 1.0], [Unit(0.0, "w"), x * 0.0 + 1.0]), "multiplied by 0",
     "multiplies x by w, which is 0"),
    ("product", lambda x: gates.product(x, 0.0, 3.0), "multiplied by 0", "x is multiplied by 0"),
    ("comparison", lambda x: gates.greater(x, 1.0), "a step", "x > 1 is a step"),
    ("sign", lambda x: x.sign(), "a step", "sign(x) is a step"),
    ("heaviside", lambda x: x.heaviside(), "a step", "heaviside(x) is a step"),
    ("clip", lambda x: x.clip(low=0.0, high=1.0), "clipped", "clip(x, low=0, high=1) is clipped"),
    ("turning", lambda x: (x - 2.0).cos(), "flat", "is flat there"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "kind", "text"), [row[1:] for row in STOPPED],
                         ids=[row[0] for row in STOPPED])  # fmt: skip
def test_what_stops_a_gradient_is_named(build, kind, text):
    """A gradient of 0 names the gate that stops it, what it is called, and its operand's value."""
    x = Unit(X, "x")
    kinds, said = told(build(x) * 3.0, x)

    assert kinds[0] == kind
    assert text in said
    assert said.startswith("why is x.grad 0?")


def test_a_cut_is_no_larger_than_it_need_be():
    """Of hundreds of paths with a 0, the one gate they all go through is named, and no other."""
    x = Unit(X, "x")
    wide = gates.total([(x * float(k)).relu() for k in range(20)])
    narrow = named((wide * -1.0).relu(), "narrow")
    loss = gates.total([(narrow * float(k)).tanh() for k in range(1, 20)])
    found = explain(loss, x)

    assert found.count == 20 * 19
    assert [(cause.kind, cause.label) for cause in found.causes] == [("dead", "narrow")]


@given(tapes(hard=True, max_steps=8), st.integers(0, 20))
def test_a_cut_stops_every_path(tape, pick):
    """Without the edges of the cut nothing leads from the output to the unit."""
    made = play(tape, leaves_of(tape))
    cone = Cone([made[-1]], [1.0], made[pick % len(made)])
    if not cone.ends or cone.alive:
        return
    cut = {e for edges in least_cut(cone).values() for e in edges}
    reached = set(cone.ends)
    for e in range(len(cone.source) - 1, -1, -1):
        if cone.target[e] in reached and e not in cut:
            reached.add(cone.source[e])

    assert cut
    assert 0 not in reached


def test_many_gates_are_counted():
    """Where many gates stop a gradient, a few are named and the others counted."""
    x = Unit(X, "x")
    loss = gates.total([named(x * -float(k), f"s{k}").relu() for k in range(1, 11)])
    kinds, said = told(loss, x)

    assert kinds == ["dead"] * 3
    assert "so are 7 more relu gates" in said


def test_part_of_the_paths_may_be_stopped():
    """A gradient that is not 0 has no cause, but what stops some of its paths is told."""
    x = Unit(X, "x")
    found = explain(named(x * -1.0, "s").relu() + x * 3.0, x)

    assert (found.total, found.causes) == (3.0, ())
    assert (found.count, found.alive) == (2, 1)
    assert [stop.kind for stop in found.stops] == ["dead"]
    assert "1 path brings nothing: - u3 = relu(s) is dead" in " ".join(str(found).split())


def test_ordinary_gradients_have_no_cause():
    """A gradient of ordinary size is explained by its paths alone."""
    mlp = MLP(2, [4, 1], "tanh", rng=3)
    loss = mlp([0.5, -0.3])[0] ** 2
    for parameter in mlp.parameters():
        found = explain(loss, parameter)
        assert found.causes == found.stops == ()


def test_disconnected():
    """No path: what was made later, what is computed the other way round, what is not used."""
    x, z = Unit(X, "x"), Unit(1.0, "z")
    y = named(x * 3.0, "y")
    late = Unit(1.0, "late")

    assert told(y, z)[0] == ["disconnected"]
    assert "nothing that y is computed from uses z" in told(y, z)[1]
    assert "late was made after y" in told(y, late)[1]
    assert "y is computed from x, not the other way round" in told(x, y)[1]
    assert explain(y, z).count == 0
    assert explain(y, z).paths == ()


def test_another_unit_of_the_same_name():
    """A notebook's classic: the circuit has another w than the one that is asked about."""
    old = Unit(1.0, "w")
    new = Unit(5.0, "w")
    kinds, said = told(new * 2.0, old)

    assert kinds == ["disconnected", "namesake"]
    assert "another unit called w is part of the circuit, with the value 5" in said


def test_detached():
    """What was cut by detach() or made under no_grad() is pointed out."""
    x = Unit(X, "x")
    h = named(x * 3.0, "h")
    assert told(h.detach() * 2.0, h)[0] == ["disconnected", "detached"]
    assert "was h cut off there" in told(h.detach() * 2.0, h)[1]
    assert "a detached leaf, h (6)" in told(h.detach() * 2.0, x)[1]
    with no_grad():
        y = named(x * 2.0, "y")
    assert told(y, x)[0] == ["detached"]
    assert "nothing leads back from it" in told(y, x)[1]


def test_a_frozen_parameter():
    """A leaf that keeps no gradient is told apart from one that gets none."""
    w = Unit(2.0, "w", role="parameter")
    w.requires_grad = False
    found = explain(w * 3.0, w)

    assert (found.total, [cause.kind for cause in found.causes]) == (3.0, ["detached"])
    assert str(found).startswith("why is w.grad 0, and not 3?")


def test_cancellation():
    """Large contributions of both signs and a small sum: both are told, and what rounding lost."""
    x = Unit(X, "x")
    kinds, said = told(x * 1e10 - x * 1e10 + x * 1e-7, x)
    assert kinds == ["cancellation"]
    assert "rounding lost the 1e-07 that they make exactly" in said
    kinds, said = told((x - x) * 3.0, x)
    assert kinds == ["cancellation"]
    assert "(the largest are 3 and -3)" in said


def test_vanishing():
    """A long product of small factors: how small, by which gates, and who is saturated."""
    x = Unit(X, "x")
    h = x
    for k in range(10):
        h = named((h * 2.0).sigmoid(), f"h{k}")
    kinds, said = told(h, x)
    slopes = math.prod(path.partials[0] for path in [explain(h, x).paths[0]])

    assert kinds == ["vanishing"]
    assert 0 < slopes < 1
    assert "the 20 factors of the path multiply to" in said
    assert "of these 10 sigmoid gates to" in said
    assert "the smallest factor is" in said
    assert told((x * 10.0).sigmoid() * 1e-3, x)[0] == ["vanishing", "saturated"]


def test_underflow():
    """A product below the smallest float is a 0 without any factor of 0."""
    x = Unit(X, "x")
    h = x
    for _ in range(400):
        h = h * 0.1
    kinds, said = told(h, x)
    assert kinds == ["underflow"]
    assert "about 1e-400, below the smallest float" in said
    h = x
    for factor in (10.0, 0.1):
        for _ in range(400):
            h = h * factor
    assert "part of that is below the smallest float" in told(h, x)[1]


def test_exploding():
    """A product of large factors names the largest; many small paths say that they are many."""
    x = Unit(X, "x")
    h = x
    for _ in range(8):
        h = h * 9.0
    kinds, said = told(named(h, "h") * 0.5, x)
    assert kinds == ["exploding"]
    assert "the largest factor is 9" in said
    h = x
    for _ in range(60):
        h = h + h
    kinds, said = told(h, x)
    assert kinds == ["exploding"]
    assert "by the number of paths" in said


def test_overflow():
    """Finite factors whose product is past the largest float, and pulls whose sum is."""
    x = Unit(X, "x")
    kinds, said = told(named(x * 1e200, "s") * 1e200, x)
    assert kinds == ["overflow"]
    assert "the upstream gradient 1e+200 times the local derivative 1e+200 overflows" in said
    kinds, said = told(x * 1.5e308 + x * 1.5e308, x)
    assert kinds == ["overflow"]
    assert "the pulls into x are finite and add up past the largest float" in said


def test_infinite_derivatives():
    """The gate whose local derivative is infinite is named with its operand; so is inf - inf."""
    p = Unit(0.0, "p")
    kinds, said = told(p.sqrt() + 1.0, p)
    assert kinds == ["infinite derivative"]
    assert "sqrt(p) has the local derivative inf where p is 0" in said
    assert told((p * p).sqrt(), p)[0] == ["0 * inf", "infinite derivative"]
    assert told(p.sqrt() - p.sqrt(), p)[0][0] == "inf - inf"


def test_zero_times_infinity():
    """Where a gate without the rule meets an infinite derivative under 0, that is the cause."""
    x, big = Unit(X, "x"), Unit(math.inf, "big")
    kinds, said = told((x * big) * 0.0, x)

    assert kinds == ["forward"]
    assert "big was given the value inf" in said
    assert "which 0 from above turns into nan" in said


def test_nan_from_the_forward_pass():
    """A derivative that is nan because a value is: the first value that went wrong is named."""
    w, data = Unit(2.0, "w"), Unit(math.nan, "data")
    kinds, said = told((w * data).tanh(), w)
    assert kinds == ["forward"]
    assert "data was given the value nan" in said
    low = Unit(-1.0, "low")
    assert (
        "the value of bad = log(low) is nan (low is -1)"
        in told(named(low.log(), "bad") * 2.0, low)[1]
    )


@pytest.mark.parametrize("seed", [0.0, math.inf, math.nan])
def test_the_seed_is_a_cause(seed):
    """A seed of 0, inf or nan is what makes the gradient so."""
    x = Unit(X, "x")

    assert told(x * 3.0, x, seed=seed)[0] == ["seed"]


def test_anomaly_detection_does_not_stop_an_explanation():
    """Under detect_anomaly() a nan can be explained as well; it is what is asked about."""
    p = Unit(0.0, "p")
    y = p.sqrt() * 2.0
    with detect_anomaly():
        assert explain(y, p).total == math.inf


def test_a_gate_names_its_own_flatness():
    """A user's gate is called what its declaration says where its derivative is 0."""

    @gate(symbol="r", partials=lambda z, x: gates.where(x > 1, 1, 0), flat="asleep")
    def drowsy_ramp(x):
        return gates.where(x > 1, x, 1)

    x = Unit(0.5, "x")
    kinds, said = told(drowsy_ramp(x) * 2.0, x)

    assert kinds == ["asleep"]
    assert "drowsy_ramp(x) is asleep: x is 0.5" in said
    assert drowsy_ramp.bind().flat == "asleep"
    with pytest.raises(DeclarationError, match="flat is 3"):
        gate(symbol="r", partials=lambda z, x: 1, flat=3)(drowsy_ramp)


def test_bound_gates_keep_their_word():
    """A gate with other static parameters is called the same."""
    assert gates.clip.bind(low=0.0).flat == gates.clip.flat == "clipped"


def test_no_gate_is_known_by_its_name():
    """What is said of a gate is read off its declaration: no code here compares with a name."""
    for path in Path(gatenet.explaining.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert node.value not in CATALOGUE, f"{path.name}:{node.lineno}: {node.value!r}"
