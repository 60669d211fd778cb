"""The stepper driven at random: every position is one state, however one got there."""

import copy

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tapes import Tape, all_bits, bits, built, tapes

from gatenet import Circuit, Stepper
from gatenet.errors import RangeError
from gatenet.viz import draw
from gatenet.walk import topological


class Walker(RuleBasedStateMachine):
    """Moves, stops and looks in any order; the state of each position is remembered."""

    def __init__(self):
        super().__init__()
        self.seen = {}

    @initialize(
        tape=tapes(max_steps=8), seed=st.sampled_from([1.0, -2.5, 0.0]), again=st.booleans()
    )
    def begin(self, tape, seed, again):
        """A random circuit, sometimes with gradients of an earlier pass on its leaves."""
        _, output = built(tape)
        if again:
            output.backward()
        self.units = topological([output])
        self.expected = copy.deepcopy(output)
        self.expected.backward(seed)
        self.stepper = Stepper(output, seed)

    def state(self):
        """Everything a user can see of the units at this position."""
        return (
            all_bits([unit.grad for unit in self.units]),
            [unit.visited for unit in self.units],
            all_bits([unit.value for unit in self.units]),
            [bits(self.stepper.gradient(unit) or 0.0) for unit in self.units],
            [self.stepper.gathered(unit) for unit in self.units],
        )

    @invariant()
    def one_position_is_one_state(self):
        """Coming back to a position restores every gradient and value to the bit."""
        if hasattr(self, "stepper"):
            state = self.state()
            assert self.seen.setdefault(self.stepper.position, state) == state
            event = self.stepper.event
            assert event is None or event.index == self.stepper.position

    @precondition(lambda self: self.stepper.position < len(self.stepper))
    @rule(n=st.integers(1, 3))
    def forth(self, n):
        """Step on."""
        n = min(n, len(self.stepper) - self.stepper.position)
        assert self.stepper.next(n).index == self.stepper.position

    @precondition(lambda self: self.stepper.position > 0)
    @rule(n=st.integers(1, 3))
    def back(self, n):
        """Step back."""
        n = min(n, self.stepper.position)
        assert self.stepper.back(n).index == self.stepper.position + 1

    @rule(where=st.floats(0.0, 1.0))
    def goto(self, where):
        """Go anywhere."""
        self.stepper.goto(round(where * len(self.stepper)))

    @precondition(lambda self: self.stepper.position < len(self.stepper))
    @rule(pick=st.integers(0, 30))
    def until(self, pick):
        """Go on to a unit's turn, if it is not over."""
        unit = self.units[pick % len(self.units)]
        try:
            event = self.stepper.until(unit)
        except RangeError:
            assert self.stepper.visited(unit)
        else:
            assert event.unit is unit or self.stepper.stop is not None

    @rule(pick=st.integers(0, 30), nan=st.booleans())
    def stops(self, pick, nan):
        """Set a breakpoint or a watch, and take an old one away."""
        unit = self.units[pick % len(self.units)]
        if nan:
            self.stepper.break_at("nonfinite")
        elif pick % 2:
            self.stepper.break_at(unit, temporary=True)
        else:
            self.stepper.watch(unit)
        if len(self.stepper.breakpoints) > 2:
            self.stepper.clear(min(self.stepper.breakpoints))

    @precondition(lambda self: self.stepper.position < len(self.stepper))
    @rule()
    def resume(self):
        """Go on to a stop."""
        self.stepper.resume()
        assert self.stepper.stop is not None or self.stepper.phase == "finished"

    @precondition(lambda self: self.stepper.position > 0)
    @rule()
    def rewind(self):
        """Go back to a stop."""
        self.stepper.rewind()

    @precondition(lambda self: self.stepper.position < len(self.stepper))
    @rule()
    def finish(self):
        """Run to the end."""
        self.stepper.finish()

    @rule()
    def reset(self):
        """Go back to where it began."""
        self.stepper.reset()
        assert self.stepper.position == self.stepper.forwards

    @rule()
    def look(self):
        """Looking and printing change nothing."""
        assert repr(self.stepper)
        assert str(self.stepper.explain(self.units[0]))
        event, upcoming = self.stepper.event, self.stepper.upcoming
        assert (event is None) or str(event)
        assert (upcoming is None) == (self.stepper.phase == "finished")

    @rule()
    def picture(self):
        """Drawing changes nothing."""
        assert draw(self.stepper, engine="builtin").svg.endswith("</svg>\n")

    def teardown(self):
        """Stepped to its end it has done what backward() does."""
        if hasattr(self, "stepper"):
            self.stepper.goto(len(self.stepper))
            twins = topological([self.expected])
            assert all_bits([u.grad for u in self.units]) == all_bits([u.grad for u in twins])
            assert [u.visited for u in self.units] == [u.visited for u in twins]


TestWalker = Walker.TestCase
TestWalker.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_a_circuit_of_several_outputs_is_stepped_as_it_is_swept():
    """Seeds for several outputs, one of them inside another, give backward()'s gradients."""
    (x, *_), output = built(Tape([0.5, -1.5], [("multiply", 0, 1), ("tanh", 2)]))
    inner = output.inputs[0]
    twin = copy.deepcopy([inner, output, x])
    Circuit(twin[:2]).backward([2.0, -1.0])
    for _ in (stepper := Stepper([inner, output], [2.0, -1.0])):
        pass

    assert stepper.phase == "finished"
    assert (x.grad, inner.grad) == (twin[2].grad, twin[0].grad)
