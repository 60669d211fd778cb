"""The stepper: moves, sentences, what it says of a pass, and what it refuses."""

import math
import sys
from pathlib import Path

import pytest

from gatenet import (
    Circuit,
    Stepper,
    Unit,
    block,
    checkpoint,
    detect_anomaly,
    record,
    relu,
    total,
)
from gatenet.errors import (
    DomainError,
    FlippedBranchError,
    OperandError,
    RangeError,
    StaleCircuitError,
    UnfinishedPassError,
    WiringError,
)
from gatenet.optim import SGD
from gatenet.stepper import Stepper as FromRoom


def simple():
    """A product with a sum behind it: a feeds two gates."""
    a, b = Unit(2.0, "a"), Unit(-3.0, "b")
    c = a * b
    c.name = "c"
    loss = c + a
    loss.name = "loss"
    return a, b, c, loss


def chain(length):
    """A chain of products."""
    x = Unit(1.0, "x")
    y = x
    for _ in range(length):
        y = y * 1.0
    return x, y


def test_the_story_of_a_pass():
    """Each move says the chain rule in names and numbers: gate, upstream, pull, sum, path."""
    *_, loss = simple()

    assert [str(event) for event in Stepper(loss)] == [
        "loss = c + a: upstream 1 (the seed). To c: 1 × 1 = 1, gathered 0 → 1 (pull 1 of 1). "
        "To a: 1 × 1 = 1, gathered 0 → 1 (pull 1 of 2).",
        "c = a * b: upstream 1. To a: 1 × -3 = -3, gathered 1 → -2 (pull 2 of 2). "
        "To b: 1 × 2 = 2, gathered 0 → 2 (pull 1 of 1).",
        "b is an input: its 1 pull brought 2. b.grad 0 → 2.",
        "a is an input: its 2 pulls brought -2. a.grad 0 → -2.",
    ]


def test_the_forward_half():
    """`forward=True` computes the values again, one gate at a time, and says so."""
    a, _, c, loss = simple()
    a.value = 5.0
    stepper = Stepper(loss, forward=True)

    assert (stepper.position, stepper.phase, stepper.computed(c)) == (0, "forward", False)
    assert str(stepper.next()) == "c = a * b = 5 * (-3) = -15 (was -6)."
    assert (stepper.computed(c), stepper.computed(loss), stepper.computed(a)) == (True, False, True)
    assert str(stepper.next()) == "loss = c + a = (-15) + 5 = -10 (was -4)."
    assert stepper.phase == "backward"
    assert str(stepper.back()) == "Taken back: loss = c + a = (-15) + 5 = -10 (was -4)."
    assert loss.value == -4.0
    stepper.finish()
    assert (loss.value, a.grad) == (-10.0, -2.0)


def test_a_replay_of_what_is_fresh_disturbs_nobody():
    """Stepping through a forward half that changes nothing makes no other circuit stale."""
    a, _, c, loss = simple()
    other = c.exp()
    for _ in Stepper(loss, forward=True):
        pass
    other.backward()

    assert a.grad == -2.0 + math.exp(-6.0) * -3.0


def test_a_replay_of_what_is_stale_makes_others_stale():
    """A unit that was computed again is younger than what others made of it before."""
    a, _, c, loss = simple()
    other = c.exp()
    a.value = 0.5
    Stepper(loss, forward=True).finish()

    with pytest.raises(StaleCircuitError):
        other.backward()


def test_an_event_holds_facts():
    """Gate, upstream, local derivatives, pulls, sums before and after, path k of n."""
    a, b, c, loss = simple()
    stepper = Stepper(loss)
    stepper.next()
    event = stepper.next()
    first, second = event.pulls

    assert (event.index, event.unit, event.name, event.upstream) == (4, c, "c", 1.0)
    assert (event.gate.name, event.partials, event.phase) == ("multiply", (-3.0, 2.0), "backward")
    assert (first.unit, first.name, first.port, first.partial) == (a, "a", 0, -3.0)
    assert (first.pull, first.before, first.after, first.path, first.paths) == (-3, 1, -2, 2, 2)
    assert (second.unit, second.before, second.after, second.path) == (b, 0.0, 2.0, 1)
    assert stepper.event.sentence == event.sentence
    assert Circuit(loss).label(event.row) == "c"


def test_an_event_remembers_what_it_saw():
    """An event kept aside says the same after the stepper moved on and values changed."""
    a, *_, loss = simple()
    stepper = Stepper(loss, forward=True)
    events = list(stepper)
    said = [str(event) for event in events]
    stepper.goto(0)
    a.value = 100.0

    assert [str(event) for event in events][2:] == said[2:]


def test_the_same_operand_twice():
    """`x * x` makes two pulls into x, numbered, and the sum is exact."""
    x = Unit(3.0, "x")
    event = Stepper(x * x).next()

    assert [(p.before, p.after, p.path, p.paths) for p in event.pulls] == [
        (0.0, 3.0, 1, 2),
        (3.0, 6.0, 2, 2),
    ]


def test_what_has_been_gathered_so_far():
    """Between its pulls a unit's gradient is partial, and the stepper says how much has come."""
    a, b, c, loss = simple()
    stepper = Stepper(loss)

    assert [stepper.gradient(u) for u in (a, b, c, loss)] == [None] * 4
    stepper.next()
    assert [stepper.gradient(u) for u in (a, b, c, loss)] == [1.0, None, 1.0, 1.0]
    assert [stepper.gathered(u) for u in (a, b, c)] == [(1, 2), (0, 1), (1, 1)]
    assert [stepper.visited(u) for u in (a, c, loss)] == [False, False, True]
    assert a.grad == 0.0
    stepper.finish()
    assert [stepper.visited(u) for u in (a, c, loss)] == [True] * 3
    assert stepper.gathered(a) == (2, 2)


def test_an_upstream_of_zero_makes_no_pull():
    """Through log, whose derivative may be infinite, an upstream of 0 sends nothing; it is said."""
    y = Unit(0.0, "y")
    stepper = Stepper(y.log() * 0.0)
    stepper.next()
    event = stepper.next()

    assert event.pulls[0].blocked
    assert (event.pulls[0].pull, event.pulls[0].after) == (0.0, 0.0)
    assert "makes no pull to y: the local derivative of log can be infinite" in str(event)


def test_many_operands_are_not_all_spelled_out():
    """A sum of a hundred says four pulls and counts the rest."""
    event = Stepper(total([Unit(float(k)) for k in range(100)])).next()

    assert len(event.pulls) == 100
    assert str(event).count("To ") == 4
    assert str(event).endswith("And 96 more operands.")


def test_a_detached_leaf_keeps_nothing():
    """A frozen parameter is visited, and its event says that it keeps no gradient."""
    x, w = Unit(1.0, "x"), Unit(2.0, "w", role="parameter")
    w.requires_grad = False
    stepper = Stepper(x * w)
    stepper.next()

    assert str(stepper.next()) == (
        "w is a parameter: its 1 pull brought 1, but it is detached and keeps no gradient."
    )
    assert not w.visited


def test_a_leaf_alone():
    """The output may be a leaf: one event, the seed itself."""
    x = Unit(2.0, "x")

    assert str(Stepper(x, 3.0).next()) == (
        "x is an input: it is the output itself, with a seed of 3. x.grad 0 → 3."
    )


def test_hostile_names_are_safe_in_sentences():
    """Control characters of a name never reach a terminal."""
    x = Unit(2.0, "\x1b[31mred\x07\nline")

    assert "\x1b" not in str(Stepper(x.exp()).next())
    assert "\n" not in str(Stepper(x.exp()).next())


def test_next_n_and_back_n():
    """A count moves that many events; the last is given."""
    *_, loss = simple()
    stepper = Stepper(loss)

    assert stepper.next(3).name == "b"
    assert stepper.back(2).name == "c"
    assert (stepper.position, stepper.event.name, stepper.upcoming.name) == (3, "loss", "c")


@pytest.mark.parametrize("n", [0, -1, 1.5, "2", 99])
def test_moves_that_lead_nowhere(n):
    """A count that is no whole number from 1, or past either end, moves nothing."""
    *_, loss = simple()
    stepper = Stepper(loss)
    for move in (stepper.next, stepper.back):
        with pytest.raises(RangeError):
            move(n)
        assert stepper.position == stepper.forwards


def test_the_ends():
    """At the end next, finish and resume say so; at the start back and rewind."""
    *_, loss = simple()
    stepper = Stepper(loss)
    stepper.finish()
    for move in (stepper.next, stepper.finish, stepper.resume):
        with pytest.raises(RangeError, match=r"there is no event after this one.*event 6 of 6"):
            move()
    stepper.goto(0)
    for move in (stepper.back, stepper.rewind):
        with pytest.raises(RangeError, match="no event before"):
            move()
    assert stepper.event is None


def test_goto_refuses_what_is_no_event():
    """Events are numbered from 1 to the length; nothing else is a place."""
    *_, loss = simple()
    for index in (-1, 7, 1.0, None):
        with pytest.raises(RangeError, match="there is no event"):
            Stepper(loss).goto(index)


def test_until_a_unit_a_gate_a_condition():
    """until stops after the event of a unit or gate kind, or one that a function accepts."""
    a, b, c, loss = simple()

    assert Stepper(loss).until(c).unit is c
    assert Stepper(loss).until(c.gate).unit is c
    assert Stepper(loss).until(lambda event: event.upstream == 2.0).unit is b
    assert Stepper(loss).until(relu).unit is a  # none is there: to the end


def test_until_a_turn_that_is_over():
    """A unit whose event is behind is refused with its number; a stranger likewise."""
    *_, c, loss = simple()
    stepper = Stepper(loss)
    stepper.finish()
    stepper.back()
    with pytest.raises(RangeError, match="over: it was event 4"):
        stepper.until(c)
    with pytest.raises(WiringError, match="not part of this circuit"):
        stepper.until(Unit(1.0))


def test_breakpoints_stop_in_both_directions():
    """resume and rewind stop at the same positions."""
    *_, c, loss = simple()
    stepper = Stepper(loss)
    made = stepper.break_at(c)

    assert (stepper.resume().unit, stepper.stop, stepper.position) == (c, made, 4)
    stepper.resume()
    assert (stepper.phase, stepper.stop) == ("finished", None)
    assert (stepper.rewind().unit, stepper.stop, stepper.position) == (c, made, 4)
    stepper.rewind()
    assert (stepper.stop, stepper.position) == (None, stepper.forwards)
    assert made.hits == 2


def test_kinds_of_breakpoints():
    """A gate kind, a function of the event, a bound on gradients, and place and bound together."""
    a, b, c, loss = simple()
    stepper = Stepper(loss)

    def big(event):
        return event.phase == "backward" and abs(event.upstream) >= 2

    texts = [
        stepper.break_at(c.gate).text,
        stepper.break_at(big).text,
        stepper.break_at(above=2.5).text,
        stepper.break_at(a, above=10).text,
    ]

    assert texts == ["at a gate multiply", "if big", "|gradient| > 2.5", "at a, |gradient| > 10"]
    assert [stepper.resume().unit for _ in range(3)] == [c, b, a]
    assert Stepper(loss, 3.0).until(lambda e: False).unit is a


def test_a_bound_is_met_where_it_is_passed():
    """above= stops where a gradient comes to exceed the bound, not wherever it is large."""
    x = Unit(1.0, "x")
    stepper = Stepper(((x * 10.0) * 10.0) * 1.0)
    stepper.break_at(above=50.0)

    assert stepper.resume().pulls[0].after == 100.0
    stepper.resume()
    assert stepper.phase == "finished"


def test_a_nan_breaks_where_it_is_born():
    """The break is at the pull that made nan of numbers, not at every one after."""
    x = Unit(0.0, "x")
    root = x.sqrt()
    loss = (root * root).exp() * 2.0
    stepper = Stepper(loss)
    stepper.break_at("inf")
    stepper.break_at("nan")
    hits = []
    while stepper.phase != "finished":
        event = stepper.resume()
        hits += [event.unit] if stepper.stop else []

    # The slope of sqrt at 0 is infinite and its upstream is exactly 0: no pull, so no nan.
    assert hits == []
    y = Unit(-1.0, "y")
    logarithm = y.log()
    stepper = Stepper((logarithm * 3.0) + 1.0, forward=True)
    stepper.break_at("nan")
    assert stepper.resume().unit is logarithm


def test_stops_are_met_where_an_event_by_event_look_meets_them():
    """Skipping events that cannot be stops changes nothing about where one stops."""
    x = Unit(0.3, "x")
    y = (x * 4.0).exp()
    root = (y - y).sqrt()
    loss = total([root * 3.0, y * y, (x - 0.3).log()]) * 2.0
    for where, above in [("nan", None), ("inf", None), ("nonfinite", None), (None, 5.0),
                         (y, None), (y.gate, None), (x, 1.0)]:  # fmt: skip
        stepper = Stepper(loss, forward=True)
        test = stepper.break_at(where, above=above).test
        expected = [event.index for event in Stepper(loss, forward=True) if test(event)]
        x.zero_grad()
        found = []
        while stepper.phase != "finished":
            event = stepper.resume()
            found += [event.index] if stepper.stop else []
        assert found == expected, (where, above)
        x.zero_grad()


def test_ignore_disable_condition_and_temporary():
    """A breakpoint can be passed by, switched off, asked further, or meant for once."""
    _, y = chain(6)
    stepper = Stepper(y)
    made = stepper.break_at(y.gate)
    made.ignore = 2
    assert stepper.resume().index == stepper.forwards + 3
    made.condition = lambda event: event.index == stepper.forwards + 5
    assert stepper.resume().index == stepper.forwards + 5
    made.enabled = False
    stepper.break_at(y.gate, temporary=True)
    assert stepper.resume().index == stepper.forwards + 6
    assert list(stepper.breakpoints) == [1]
    stepper.clear(1)
    assert stepper.breakpoints == {}
    with pytest.raises(RangeError, match="no breakpoint 1"):
        stepper.clear(1)


@pytest.mark.parametrize(
    ("where", "error", "words"),
    [
        ("zero", WiringError, "no unit of this circuit is named 'zero'.*'nonfinite'"),
        ("los", WiringError, "did you mean 'loss'"),
        (None, OperandError, "needs a place"),
        (3.5, OperandError, "a breakpoint at 3.5"),
    ],
)
def test_places_that_are_none(where, error, words):
    """A breakpoint somewhere senseless is refused with what would make sense."""
    *_, loss = simple()

    with pytest.raises(error, match=words):
        Stepper(loss).break_at(where)


def test_watches_report_each_change():
    """A watched unit's value and gradient are reported as they change, in either direction."""
    a, _, c, loss = simple()
    a.value = 7.0
    stepper = Stepper(loss, forward=True)
    stepper.watch(a)
    stepper.watch(c)
    seen = []
    while stepper.phase != "finished":
        event = stepper.resume()
        seen += [str(change) for change in event.changes]

    assert seen == [
        "the value of c -6 → -21",
        "the gradient of a – → 1",
        "the gradient of c – → 1",
        "the gradient of a 1 → -2",
        "the .grad of a 0 → -2",
    ]
    assert [str(one) for one in stepper.back().changes] == ["the .grad of a -2 → 0"]
    stepper.unwatch(a)
    with pytest.raises(WiringError, match="not watched"):
        stepper.unwatch(a)


def test_places_go_by_name():
    """Units are given by name or row, gates by theirs, wherever a stepper takes either."""
    a, _, c, loss = simple()
    stepper = Stepper(loss)

    stepper.goto(4)
    assert stepper.break_at("c").text == "at c"
    assert stepper.break_at("multiply").text == "at a gate multiply"
    assert stepper.break_at("u0").text == "at a"
    assert Stepper(loss).until("c").unit is c
    assert stepper.watch("a").unit is a
    assert (stepper.gradient("a"), stepper.gathered("a"), stepper.visited("c")) == (
        -2,
        (2, 2),
        True,
    )
    assert stepper.explain("a").total == -2.0
    assert stepper.genealogy("a") is None
    with pytest.raises(WiringError, match="not part of this circuit"):
        stepper.gradient(Unit(1.0))


def test_a_name_that_two_units_have():
    """A name that is not one unit's is refused."""
    loss = Unit(1.0, "x") + Unit(2.0, "x")

    with pytest.raises(WiringError, match="2 units of this circuit are named 'x'"):
        Stepper(loss).gradient("x")


def test_the_repr_is_the_sentence_in_lines():
    """At a prompt each pull stands on a line of its own."""
    *_, loss = simple()

    assert repr(Stepper(loss).next()) == (
        "loss = c + a: upstream 1 (the seed).\n"
        "    To c: 1 × 1 = 1, gathered 0 → 1 (pull 1 of 1).\n"
        "    To a: 1 × 1 = 1, gathered 0 → 1 (pull 1 of 2)."
    )


def test_an_optimizer_waits_for_the_end():
    """A step on a half-finished pass is refused and moves nothing; afterwards it moves."""
    a, b, _, loss = simple()
    optimizer = SGD([a, b], lr=0.1)
    stepper = Stepper(loss)
    stepper.next(3)
    with pytest.raises(UnfinishedPassError, match="event 5 of 6"):
        optimizer.step()
    assert (a.value, b.value) == (2.0, -3.0)
    stepper.finish()
    optimizer.step()
    assert (a.value, b.value) == (2.2, -3.2)


def test_a_forgotten_stepper_blocks_nobody():
    """A stepper that nobody holds any more does not stop an optimizer, nor one that was reset."""
    a, b, _, loss = simple()
    Stepper(loss).next(2)
    held = Stepper(loss)
    held.next(2)
    held.reset()
    loss.backward()
    SGD([a, b], lr=0.1).step()

    assert a.value == 2.2


def test_a_value_changed_in_mid_pass():
    """The rest of a pass never mixes with new values."""
    a, *_, loss = simple()
    stepper = Stepper(loss)
    stepper.next()
    a.value = 3.0
    with pytest.raises(StaleCircuitError, match="in the middle of this pass"):
        stepper.next()
    Circuit(loss).forward()
    with pytest.raises(StaleCircuitError, match="in the middle of this pass"):
        stepper.finish()
    assert stepper.position == stepper.forwards + 1
    stepper.reset()
    stepper.finish()
    assert a.grad == -2.0


def test_a_stale_circuit_is_refused_at_once():
    """Without the forward half, old values are refused before the first step."""
    a, *_, loss = simple()
    a.value = 3.0

    with pytest.raises(StaleCircuitError):
        Stepper(loss)


def test_a_gradient_changed_by_somebody_else():
    """A leaf whose gradient was zeroed since is not given an old gradient back."""
    a, *_, loss = simple()
    stepper = Stepper(loss)
    stepper.finish()
    a.zero_grad()
    with pytest.raises(WiringError, match="somebody changed it since"):
        stepper.back()
    assert (a.grad, stepper.phase) == (0.0, "finished")


def test_two_passes_add_up():
    """A second stepper adds its pass to the leaves, as a second backward() does."""
    x = Unit(3.0, "x")
    y = x * x * x
    for _ in range(2):
        Stepper(y).finish()

    assert x.grad == 54.0


def test_a_comparison_that_flips_stops_the_forward_half():
    """Replaying past a recorded branch that would go the other way is an error, and undone."""
    x = Unit(2.0, "x")
    with record() as recording:
        y = x * x if x > 0 else -x
    x.value = -1.0
    stepper = Stepper(Circuit(y, recording=recording), forward=True)
    with pytest.raises(FlippedBranchError):
        stepper.next()
    assert (stepper.position, y.value) == (0, 4.0)


def test_strict_mode_stops_before_the_harm():
    """Under detect_anomaly() a pull that is not finite is an error, and the step is not done."""
    x = Unit(1e-320, "x")
    y = x.log() * 2.0
    stepper = Stepper(y)
    stepper.next()
    with detect_anomaly():
        with pytest.raises(DomainError):
            stepper.next()
        with pytest.raises(DomainError):
            stepper.finish()
    assert stepper.position == stepper.forwards + 1
    assert not y.inputs[0].visited
    stepper.finish()
    assert x.grad == math.inf


def interrupted_at(line, act):
    """Run `act`, raising KeyboardInterrupt at the given executed line of the stepper's rooms."""
    count = 0

    def trace(frame, event, _):
        nonlocal count
        if Path(frame.f_code.co_filename).name not in ("timeline.py", "sweep.py"):
            return None
        # While a lock is held a real interruption waits for the block's end; a tracer would not.
        count += event == "line" and not sys.modules["gatenet.sweep"]._accumulating.locked()
        if event == "line" and count == line:
            sys.settrace(None)
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.parametrize("move", ["finish", "next"])
def test_an_interruption_leaves_whole_events(move):
    """Ctrl-C at any line of a move leaves a position from which back and forth are exact."""
    hits = 0
    for line in range(1, 140):
        x, w = Unit(0.5, "x"), Unit(-2.0, "w")
        loss = total([x * w, w, x.exp()]) + x
        units = [x, w, loss, *loss.inputs[:1]]
        stepper = Stepper(loss)
        stepper.next(2)
        hits += interrupted_at(line, getattr(stepper, move))
        while stepper.position > stepper.forwards:
            stepper.back()
        assert [u.visited for u in units] == [False] * 4
        stepper.finish()
        assert (x.grad, w.grad) == (-2.0 + math.exp(0.5) + 1.0, 1.5)
    assert hits > 20


def test_an_interrupted_replay_leaves_whole_events():
    """Ctrl-C at any line of the forward half takes the value back or has computed it."""
    hits = 0
    for line in range(1, 60):
        x = Unit(0.5, "x")
        loss = (x * 3.0).exp()
        values = [loss.inputs[0].value, loss.value]
        x.value = 1.0
        stepper = Stepper(loss, forward=True)
        hits += interrupted_at(line, stepper.next)
        while stepper.position:
            stepper.back()
        assert [loss.inputs[0].value, loss.value] == values
        stepper.finish()
        assert (loss.value, x.grad) == (math.exp(3.0), 3.0 * math.exp(3.0))
    assert hits > 5


def test_checkpoints_and_blocks_are_stepped_over():
    """Blocks are one event each, and going back through them restores every sum."""

    def pair(a, b):
        return a * b, (a + b).exp()

    for wrapped in (checkpoint(pair), block(pair)):
        a, b = Unit(0.3, "a"), Unit(-0.7, "b")
        first, second = wrapped(a, b)
        loss = first * second + a
        stepper = Stepper(loss)
        states = {}
        for event in stepper:
            assert str(event)
            states[event.index] = [stepper.gradient(u) for u in (a, b, first, second)]
        exact = (a.grad, b.grad)
        for index in range(len(stepper), stepper.forwards, -1):
            assert [stepper.gradient(u) for u in (a, b, first, second)] == states[index]
            stepper.back()
        assert (a.grad, b.grad) == (0.0, 0.0)
        loss.backward()
        assert (a.grad, b.grad) == exact


def test_a_deep_chain_is_stepped():
    """A hundred thousand gates are stepped in both directions without recursion."""
    x, y = chain(100_000)
    stepper = Stepper(y)
    stepper.goto(stepper.forwards + 60_000)
    stepper.back(59_000)
    stepper.finish()

    assert x.grad == 1.0
    assert repr(stepper) == "<Stepper at event 200001 of 200001, finished>"


def test_the_stepper_is_at_the_top():
    """gatenet.Stepper is the room's own."""
    assert Stepper is FromRoom
