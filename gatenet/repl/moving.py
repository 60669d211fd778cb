"""Commands that move: forth, back, to a place, to a stop, and the undoing of any of them.

Knows the stepper; each move says the event it led to and where that is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property

from gatenet.errors import RangeError
from gatenet.record import Gate
from gatenet.repl.console import Console, Move
from gatenet.repl.places import Place, place_of, stop_text, target_of
from gatenet.repl.turns import Turns
from gatenet.stepper import Breakpoint, Event, Watch
from gatenet.texts import count, counted, figure

SAID = 10
"""How many events of one `n 25` are each said; of more the last alone."""
RESULTS = 12
"""How many leaves' gradients are listed at the end of a pass."""


class Moving(Console):
    """n, rn, c, rc, until, finish, goto, restart, run-forward, undo."""

    @cached_property
    def _turns(self) -> Turns:
        return Turns(self.stepper, self.label)

    def do_next(self, argument: str) -> None:
        """n(ext) [COUNT]

        Do the next event, or COUNT of them.  On the backward half a gate makes its pulls
        and a leaf takes its total; on the forward half a gate computes its value.
        """
        self._check_room(forth=True)
        n = self.count(argument)
        self._room(n)
        before = self.stepper.position
        if n == 1 or n > SAID:
            event = self.stepper.next(n)
            if n > 1:
                self.say(f"{count(n)} events done; the last of them:", "quiet")
        else:
            for _ in range(n - 1):
                self.say_event(self.stepper.next())
            event = self.stepper.next()
        self._remember(before)
        self.moved(event)

    def _room(self, n: int) -> None:
        left = len(self.stepper) - self.stepper.position
        if 0 < left < n:
            raise RangeError(f"only {counted(left, 'event')} left: `finish` does them all")

    def do_back(self, argument: str) -> None:
        """rn | back [COUNT]

        Take the last event back, or COUNT of them.  Every number is again what it was, to the bit.
        """
        self._check_room(forth=False)
        before = self.stepper.position
        event = self.stepper.back(self.count(argument))
        self._remember(before)
        self.moved(event)

    def do_continue(self, argument: str) -> None:
        """c(ont(inue))

        Go on to the next breakpoint or watched change.  Without one, to the end of the pass.
        """
        self.no_argument(argument)
        self._check_room(forth=True)
        self._travel(self.stepper.resume)

    def do_reverse_continue(self, argument: str) -> None:
        """rc | reverse-continue

        Go back to the breakpoint or watched change before.  Without one, to the start.
        """
        self.no_argument(argument)
        self._check_room(forth=False)
        self._travel(self.stepper.rewind)

    def do_until(self, argument: str) -> None:
        """unt(il) [UNIT | GATE | CONDITION]

        Go on to a unit, a kind of gate, or a condition.  `until x`, `until tanh`, `until abs(pull)
        > 10`: to the next event that it is true of.  Alone: until the selected unit's gradient is
        complete.  Breakpoints on the way stop, too.
        """
        self._check_room(forth=True)
        place = place_of(argument, self.names) if argument else Place(self.selected)
        target = target_of(place, argument)
        if isinstance(place.target, Gate):
            self._turns.check(place.target)
        self._travel(lambda: self.stepper.until(target))

    def do_finish(self, argument: str) -> None:
        """r(eturn) | finish

        Run to the end of this half, past every breakpoint.
        """
        self.no_argument(argument)
        self._check_room(forth=True)
        stepper = self.stepper
        if stepper.position < stepper.forwards:
            self._travel(lambda: stepper.goto(stepper.forwards))
        else:
            self._travel(stepper.finish)

    def do_goto(self, argument: str) -> None:
        """goto | j(ump) NUMBER | UNIT

        Go to an event by its number, or to a unit's.  Forwards or backwards, past every stop, to
        where so many events are done, or to the backward event of a unit.  The numbers are those
        of the position line.
        """
        if not argument:
            raise RangeError(f"goto where: a number from 0 to {len(self.stepper)}, or a unit")
        if argument.isdecimal() and len(argument) < 13:
            place = int(argument)
            self._travel(lambda: self.stepper.goto(place))
            return
        turn = self._turns.of(self.names.unit(argument))
        self._travel(lambda: self.stepper.goto(turn))

    def do_restart(self, argument: str) -> None:
        """run | restart

        Go back to where the backward pass begins.  Breakpoints, watches and displays stay.
        """
        self.no_argument(argument)
        self._travel(lambda: self.stepper.goto(self.stepper.forwards))

    def do_run_forward(self, argument: str) -> None:
        """rf | run-forward

        Go back to before the first gate.  The forward half can then be stepped as well: each gate
        computes its value again.
        """
        self.no_argument(argument)
        self._travel(lambda: self.stepper.goto(0))

    def do_undo(self, argument: str) -> None:
        """undo

        Take back the last command that moved, or set.  Again: the one before it.
        """
        self.no_argument(argument)
        if not self.moves:
            raise RangeError("nothing has moved yet: there is nothing to undo")
        move = self.moves[-1]
        if move.leaf is not None:
            self.rewritten(move.leaf, move.value)
            self.say(f"{self.label(move.leaf)} is {figure(move.value)} again")
        event = self.stepper.goto(move.position)
        self.moves.pop()
        self.moved(event)

    # Saying where it led.

    def _check_room(self, forth: bool) -> None:
        """Say the mend where a move would leave the pass.

        Raises RangeError at its end, or at its start.
        """
        if forth and self.stepper.phase == "finished":
            raise RangeError(
                "the pass is complete: rn goes back, restart begins it again, q leaves"
            )
        if not forth and not self.stepper.position:
            raise RangeError("this is the very beginning, before the first gate: n goes on")

    def _travel(self, move: Callable[[], Event | None]) -> None:
        before = self.stepper.position
        try:
            event = move()
        except BaseException:
            if self.stepper.position != before:
                self._remember(before)
            raise
        self._remember(before)
        self.moved(event)

    def _remember(self, position: int) -> None:
        if self.stepper.position != position:
            self.moves.append(Move(position))

    def moved(self, event: Event | None) -> None:
        """Say the event that a move led to, what stopped it, and where that is."""
        self._say_stop()
        stepper = self.stepper
        if stepper.position == stepper.forwards and not (event and event.phase == "forward"):
            self.selected = stepper.outputs[0]
        if event is not None and (event.undone or stepper.position != stepper.forwards):
            self.say_event(event)
        here = stepper.event
        if here is not None:
            self.selected = here.unit
        self.show_displays()
        self.say_position(event)
        if stepper.phase == "finished":
            self.say_results()

    def say_event(self, event: Event) -> None:
        """Say what happened, each pull on a line of its own."""
        text = event.sentence
        for name in dict.fromkeys(pull.name for pull in event.pulls):
            text = text.replace(f" To {name}: ", f"\n    To {name}: ")
        self.say(text.replace(" Watched: ", "\n    Watched: "))

    def _say_stop(self) -> None:
        stop = self.stepper.stop
        if isinstance(stop, Breakpoint):
            kind = "Temporary breakpoint" if stop.temporary else "Breakpoint"
            met = f", met {counted(stop.hits, 'time')}" if stop.hits > 1 else ""
            self.say(f"{kind} {stop.number}: {stop_text(stop)}{met}", "title")
        elif isinstance(stop, Watch):
            self.say(f"Watch {stop.number}: {stop.name} changed", "title")

    def say_position(self, event: Event | None = None) -> None:
        """The position line: how many events are done, of how many, in which half."""
        stepper = self.stepper
        phase = stepper.phase
        if phase != "finished" and stepper.position in (0, stepper.forwards):
            phase = f"before the {phase} half" if phase == "forward" else "before the backward pass"
        fault = broken(event) if event is not None and not event.undone else ""
        hint = f"  {fault} here: `genealogy` tells where it was born" if fault else ""
        self.say(
            f"({count(stepper.position)} of {count(len(stepper))}, {phase}){hint}",
            "broken" if fault else "quiet",
        )

    def say_results(self) -> None:
        """The gradients of the leaves, once the pass is complete."""
        leaves = [u for u in self.stepper.circuit.order if u.gate is None and u.requires_grad]
        said = [f"{self.label(unit)}.grad = {figure(unit.grad)}" for unit in leaves[:RESULTS]]
        more = len(leaves) - len(said)
        if more > 0:
            said.append(f"and {counted(more, 'more leaf')}".replace("leafs", "leaves"))
        self.say(f"The pass is complete: {', '.join(said)}." if said else "The pass is complete.")


def broken(event: Event) -> str:
    """What is not finite in an event: "nan", "inf", or "" when all is well."""
    numbers = [event.upstream, event.before, event.after]
    if event.phase == "forward":
        numbers = [event.after]
    numbers += [x for pull in event.pulls for x in (pull.pull, pull.after)]
    wrong = [x for x in numbers if x is not None and not math.isfinite(x)]
    if any(math.isnan(x) for x in wrong):
        return "nan"
    return "inf" if wrong else ""
