"""Commands that do something: give a leaf another value, draw, save.

Knows the stepper and files' own rooms; pictures are asked of `viz` when somebody wants one.
"""

from __future__ import annotations

import re
from pathlib import Path

from gatenet.errors import OperandError, WiringError
from gatenet.io import save
from gatenet.repl.console import Console, Move
from gatenet.repl.expressions import Expression
from gatenet.texts import figure, shown
from gatenet.unit import Unit


class Acting(Console):
    """set, draw, save."""

    def do_set(self, argument: str) -> None:
        """set UNIT = EXPRESSION

        Give an input or a parameter another value.  The forward half is replayed, so every gate has
        its new value, and the position is back where the backward pass begins.  `undo` takes it
        back.  `x = 2` alone does the same.
        """
        match = re.fullmatch(r"([^=]+?)\s*=\s*([^=].*)", argument)
        if match is None:
            raise OperandError("set what? `set x = 2` gives the leaf x the value 2")
        leaf = self.names.unit(match[1])
        if leaf.gate is not None:
            leaves = [self.label(op) for op in leaf.inputs if type(op) is Unit]
            raise WiringError(
                f"{self.label(leaf)} is the output of a gate, {self.formula(leaf)}: its value "
                f"follows from {' and '.join(leaves[:6])}. Set an input or a parameter"
            )
        value = Expression(match[2], self.names).value()
        if type(value) is Unit:
            value = value.value
        if not isinstance(value, float):
            raise OperandError(f"a unit's value is a number, not {shown(match[2], 40)!r}")
        move = Move(self.stepper.position, leaf, leaf.value)
        before = [unit.value for unit in self.stepper.outputs[:4]]
        self.rewritten(leaf, value)
        self.moves.append(move)
        said = [f"{self.label(leaf)} {figure(move.value)} → {figure(value)}"]
        said += [
            f"{self.label(unit)} {figure(old)} → {figure(unit.value)}"
            for unit, old in zip(self.stepper.outputs, before, strict=False)
            if unit is not leaf
        ]
        self.say(f"Replayed: {', '.join(said)}.")
        self.moved(None)

    def rewritten(self, leaf: Unit, value: float) -> None:
        """Take the pass back, write the leaf, compute every gate again; all of it or nothing.

        Raises FlippedBranchError when a recorded comparison would go the other way.
        """
        stepper, old, place = self.stepper, leaf.value, self.stepper.position
        stepper.goto(0)
        leaf.value = value
        try:
            stepper.goto(stepper.forwards)
        except BaseException:
            stepper.goto(0)
            leaf.value = old
            stepper.goto(stepper.forwards)
            stepper.goto(place)
            raise

    def do_draw(self, argument: str) -> None:
        """draw [FILE] [around UNIT]

        Draw the circuit as it stands.  Into FILE (.svg or .dot), else into step-NUMBER.svg in this
        folder; around a unit: its neighbourhood alone.  Large circuits are folded.
        """
        from gatenet.viz import draw

        match = re.fullmatch(r"(.*?)(?:^|\s+)around\s+(.+)", argument)
        file, centre = (match[1], self.names.unit(match[2])) if match else (argument, None)
        path = self._path(file or f"step-{self.stepper.position}.svg")
        drawing = draw(self.stepper, path, around=centre)
        self.say(f"wrote {path}: {shown(repr(drawing)).strip('<>')}")

    def do_save(self, argument: str) -> None:
        """save FILE

        Write the circuit, or the whole pass, to a file.  As .json the circuit, which gatenet.load
        reads; as .html a page that plays the pass in any browser; as .svg a picture.
        """
        if not argument:
            raise OperandError(
                "save where? .json for the circuit, .html to play it, .svg to see it"
            )
        path = self._path(argument)
        if path.suffix.lower() == ".html":
            from gatenet.viz import player

            player(self.stepper, path)
            self.say(f"wrote {path}: a page that plays the pass in any browser")
        elif path.suffix.lower() == ".json":
            save(self.stepper.circuit, path)
            self.say(f"wrote {path}: the circuit, for gatenet.load")
        else:
            self.do_draw(argument)

    def _path(self, text: str) -> Path:
        """A path as it was typed, quotes and ~ read as a shell would."""
        if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
            text = text[1:-1]
        return Path(text).expanduser()
