"""Commands that do something: give a leaf another value, draw, save.

Knows the stepper and files' own rooms; pictures are asked of `viz` when somebody wants one.
"""

from __future__ import annotations

import difflib
import errno
import itertools
import re
from pathlib import Path

from gatenet.errors import OperandError, WiringError
from gatenet.io import save
from gatenet.repl.console import Console, Move
from gatenet.repl.expressions import Expression
from gatenet.texts import figure, shown
from gatenet.unit import Unit

PICTURES = (".svg", ".dot", ".gv")
"""The endings of pictures."""


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
        folder, or step-NUMBER-2.svg where that is taken; around a unit: its neighbourhood alone.
        Large circuits are folded.
        """
        from gatenet.viz import draw

        file, around = _parted(argument)
        centre = self.names.unit(around) if around else None
        path = self._path(file) if file else _free(f"step-{self.stepper.position}")
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
        file, around = _parted(argument)
        path = self._path(file)
        if path.suffix.lower() in PICTURES:
            self.do_draw(argument)
        elif around:
            raise OperandError("only a picture, .svg or .dot, can be of what is around a unit")
        elif path.suffix.lower() == ".html":
            from gatenet.viz import player

            player(self.stepper, path)
            self.say(f"wrote {path}: a page that plays the pass in any browser")
        elif path.suffix.lower() == ".json":
            save(self.stepper.circuit, path)
            self.say(f"wrote {path}: the circuit, for gatenet.load")
        else:
            raise OperandError(
                f"cannot save as {shown(file, 60)!r}: the ending says the form; use .json for the "
                "circuit, .html to play the pass, .svg or .dot for a picture"
            )

    def _path(self, text: str) -> Path:
        """A path as it was typed, quotes and ~ read as a shell would.

        Raises OSError, naming both, when its folder is missing.
        """
        if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
            text = text[1:-1]
        path = Path(text).expanduser()
        if not path.parent.is_dir():
            raise FileNotFoundError(
                errno.ENOENT, f"{path} cannot be written, there is no folder {path.parent}"
            )
        return path


def _parted(argument: str) -> tuple[str, str]:
    """The file, and the unit that it is to be drawn around; either may be "".

    >>> _parted("x.svg around u8"), _parted("around u8"), _parted("'my picture.svg'")
    (('x.svg', 'u8'), ('', 'u8'), ("'my picture.svg'", ''))

    Raises OperandError for a word after the file that is not `around`.
    """
    match = re.fullmatch(r"(.*?)(?:^|\s+)around\s+(.+)", argument)
    if match is not None:
        return match[1], match[2]
    # What stands in quotes is a file, whatever words it is made of.
    bare = re.sub(r"""^(["']).*?\1""", "quoted.svg", argument)
    after = re.search(r"\.(?:svg|dot|gv|json|html)\s+(\S+)", bare)
    near = difflib.get_close_matches("around", bare.split(), n=1, cutoff=0.7)
    word = after[1] if after else near[0] if near else ""
    if word == "around":
        raise OperandError("around which unit? `draw around x`")
    if word:
        hint = " (did you mean around?)" if word in near else ""
        raise OperandError(f"{shown(word, 40)!r} says nothing here{hint}: FILE around UNIT")
    return argument, ""


def _free(stem: str) -> Path:
    """A picture's name that no file has yet: step-7.svg, else step-7-2.svg, step-7-3.svg ..."""
    names = (f"{stem}-{k}.svg" if k > 1 else f"{stem}.svg" for k in itertools.count(1))
    return next(path for path in map(Path, names) if not path.exists())
