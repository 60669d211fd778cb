"""The debugger: the console with all its commands, from its greeting to its leave.

Knows the parts; what a command does stands in them.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, TextIO

from gatenet.circuit import Circuit
from gatenet.repl.acting import Acting
from gatenet.repl.completing import Completing, own_history
from gatenet.repl.following import Following
from gatenet.repl.helping import Helping
from gatenet.repl.looking import Looking
from gatenet.repl.moving import Moving
from gatenet.repl.names import give_names
from gatenet.repl.stopping import Stopping
from gatenet.stepper import Stepper
from gatenet.texts import count, counted, figure
from gatenet.unit import Unit

MOST_LEFT = 8
"""How many leaves with earlier gradients the greeting names."""


class Debugger(Moving, Stopping, Looking, Following, Acting, Helping, Completing):
    """A conversation about one pass.

    >>> import io, sys
    >>> x = Unit(3.0, "x")
    >>> debugger = Debugger(Stepper(x * x), stdin=io.StringIO("n"), stdout=sys.stdout)
    >>> debugger.obey(["next", "p x.grad + 1"])
    (gatenet) next
    u1 = x * x: upstream 1 (the seed)...
    (2 of 3, backward)
    (gatenet) p x.grad + 1
    1.0
    False
    """

    def greet(self) -> None:
        """Say what is debugged, where it stands, and how to get help."""
        stepper = self.stepper
        gates = stepper.forwards
        leaves = len(stepper.circuit.order) - gates
        outputs = ", ".join(f"{self.label(u)} = {figure(u.value)}" for u in stepper.outputs[:4])
        more = ", ..." if len(stepper.outputs) > 4 else ""
        size = f"{counted(gates, 'gate')} and {count(leaves)} {'leaf' if leaves == 1 else 'leaves'}"
        self.say(f"{outputs}{more}, from {size}.", "title")
        left = [
            f"{self.label(u)}.grad = {figure(u.grad)}"
            for u in stepper.circuit.order
            if u.gate is None and u.grad and u.requires_grad
        ]
        if left and stepper.position == stepper.forwards:
            dots = ", ..." if len(left) > MOST_LEFT else ""
            self.say(f"There is a gradient already, and this pass adds to it: "
                     f"{', '.join(left[:MOST_LEFT])}{dots}.")  # fmt: skip
        self.say("n does the next gate, rn takes it back, c runs to the end, h helps, q leaves.")
        wrong = [unit for unit in stepper.outputs if not math.isfinite(unit.value)]
        for unit in wrong[:1]:
            self.say(
                f"{self.label(unit)} is {figure(unit.value)}: `genealogy` tells where that was "
                "born.", "broken",
            )  # fmt: skip
        self.say_position()

    def leave(self) -> None:
        """Take back a pass that stands in the middle, so that nothing is left half made.

        Values that were set stay, as they do in pdb; that is said.
        """
        stepper = self.stepper
        leaves = dict.fromkeys(move.leaf for move in self.moves if move.leaf is not None)
        if leaves:
            kept = ", ".join(f"{self.label(leaf)} = {figure(leaf.value)}" for leaf in leaves)
            self.say(f"Values that were set stay: {kept}.")
        if stepper.phase == "finished" or stepper.position == stepper.forwards:
            return
        where = f"{count(stepper.position)} of {count(len(stepper))}"
        stepper.goto(stepper.forwards)
        self.say(f"Left at {where}: the pass is taken back, every gradient is what it was before.")

    def run(
        self,
        script: Sequence[str] | None = None,
        *,
        converse: bool = True,
        history: str | os.PathLike[str] | None = None,
    ) -> None:
        """Greet, obey a script, converse until somebody leaves, and leave."""
        self.greet()
        keeping = own_history(history) if self.use_rawinput else nullcontext()
        with keeping:
            try:
                if not self.obey(script or ()) and converse:
                    self.converse()
            finally:
                self.leave()


def debug(
    what: Unit | Sequence[Unit] | Circuit | Stepper,
    seed: Any,
    *,
    names: Mapping[str, Any],
    stdin: TextIO | None,
    stdout: TextIO | None,
    script: str | Iterable[str] | None,
    history: str | os.PathLike[str] | None = None,
) -> None:
    """What `gatenet.debug` does once it is called; see there."""
    stepper = what if isinstance(what, Stepper) else Stepper(what, seed)
    lines = script.splitlines() if isinstance(script, str) else script
    given = give_names(stepper.circuit, names)
    try:
        debugger = Debugger(stepper, stdin=stdin, stdout=stdout)
        debugger.run(
            None if lines is None else list(lines),
            converse=lines is None or stdin is not None,
            history=history,
        )
    finally:
        for unit in given:
            unit.name = None
