"""Commands that follow a gradient: along a path, to its reasons, to the line that built a unit.

Knows the stepper and the explanations; how those are found is not known here.
"""

from __future__ import annotations

import linecache
import re

from gatenet.errors import OperandError, WiringError
from gatenet.explaining import Explanation
from gatenet.modes import place_of
from gatenet.repl.columns import Column
from gatenet.repl.console import Console
from gatenet.repl.trail import Trail
from gatenet.texts import count, counted, figure
from gatenet.unit import Unit, last_write

LONGEST_TRAIL = 24
"""How many links of a path `w` shows: the first and the last of them."""


class Following(Console):
    """w, u, d, select, why, genealogy, source."""

    _trail: Trail | None = None
    _explained: tuple[Unit, int, Explanation] | None = None  # the last, and when it was so

    # A path.

    def do_where(self, argument: str) -> None:
        """w(here) | bt [UNIT]

        Show the path from the loss to the selected unit.  The local derivatives along it are
        multiplied from the top: the chain rule.  Of several paths it is the one that contributes
        most, or the one that was walked with u and d.  With a unit: select it first.
        """
        if argument:
            self._select(self.names.unit(argument))
        trail = self.trail
        products = trail.products()
        rows = []
        for k in range(trail.place + 1):
            unit = trail.links[k].unit
            made = f" = {self.formula(unit)}" if unit.gate is not None else f" ({unit.role})"
            local = figure(trail.local(k)) if k else "seed"
            rows.append([
                ">" if k == trail.place else "", self.label(unit) + made, figure(unit.value),
                local, figure(products[k]),
            ])  # fmt: skip
        if len(rows) > LONGEST_TRAIL:
            half = LONGEST_TRAIL // 2
            gone = f"... {counted(len(rows) - 2 * half, 'gate')} more"
            rows[half:-half] = [["", gone, "", "", ""]]
        columns = [
            Column(""), Column("unit", least=10), Column("value", True),
            Column("partial", True), Column("product", True),
        ]  # fmt: skip
        self.screen.table(columns, rows)
        self.say(self._along(trail, products[-1]))

    def _along(self, trail: Trail, product: float) -> str:
        """What the path brings, and what else there is."""
        factors = [figure(trail.seed), *(figure(trail.local(k)) for k in range(1, trail.place + 1))]
        if len(factors) > 8:
            factors[4:-3] = ["..."]
        said = f"{' × '.join(factors)} = {figure(product)}" if len(factors) > 1 else factors[0]
        paths = self.explanation(trail.here, most=1).count
        if paths <= 1:
            return f"The one path to {self.label(trail.here)} brings {said}."
        which = "This path" if trail.walked else "The largest"
        many = count(paths) if paths < 10**15 else f"about 2**{paths.bit_length() - 1}"
        return (
            f"{which} of {many} paths to {self.label(trail.here)} brings {said}; the gradient is "
            "the sum over all: `why` lists them."
        )

    def do_up(self, argument: str) -> None:
        """u(p) [COUNT]

        Select the unit above, nearer to the loss.
        """
        self._show_link(self.trail.up(self.count(argument)).unit)

    def do_down(self, argument: str) -> None:
        """d(own) [COUNT | UNIT]

        Select the unit below, nearer to the inputs.  That is where u came from, else the operand
        with the largest local derivative, or the operand that is named.
        """
        if argument and not argument.isdecimal():
            link = self.trail.down(to=self.names.unit(argument))
        else:
            link = self.trail.down(self.count(argument))
        self._show_link(link.unit)

    def do_select(self, argument: str) -> None:
        """f(rame) | select UNIT

        Select a unit.  w, u, d, why, until, pp and source are about it when no other is named.
        Each move selects the unit it led to.
        """
        if not argument:
            raise OperandError("select which unit? name it")
        self._select(self.names.unit(argument))
        self._show_link(self.selected)

    def _select(self, unit: Unit) -> None:
        self.selected, self._trail = unit, None

    def _show_link(self, unit: Unit) -> None:
        self.selected = unit
        self.say(f"> {self.described(unit)}")

    @property
    def trail(self) -> Trail:
        """The path to the selected unit: the one that contributes most, until it is walked."""
        if self._trail is None or self._trail.here is not self.selected:
            paths = self.explanation(self.selected, most=1).paths
            if not paths:
                raise WiringError(f"no path leads from the loss to {self.label(self.selected)}")
            self._trail = Trail(paths[0].units, paths[0].ports, paths[0].seed)
        return self._trail

    # Reasons.

    def explanation(self, unit: Unit, most: int) -> Explanation:
        """Why a unit's gradient is what it is."""
        known = self._explained
        if known is not None and known[0] is unit and known[1] == last_write() and most == 1:
            return known[2]
        found = self.stepper.explain(unit, most=most)
        self._explained = (unit, last_write(), found)
        return found

    def do_why(self, argument: str) -> None:
        """why | explain [UNIT] [COUNT]

        Explain a gradient.  The paths that contribute to it are listed, the largest first (ten, or
        COUNT of them), each with its product of local derivatives; and what makes the gradient
        zero, tiny, huge or nan, if it is.  In the middle of a pass it tells what the pass comes to.
        """
        name, _, most = argument.rpartition(" ")
        if not name or not most.isdecimal() or self.names.rows(argument):
            name, most = argument, "10"
        unit = self.unit(name)
        head, *rest = str(self.explanation(unit, most=self.count(most))).split("\n", 1)
        if not self._complete(unit):
            head += " (when the pass is complete)"
        self.screen.tell("\n".join([head, *rest]))

    def _complete(self, unit: Unit) -> bool:
        """Whether a unit's gradient already is what this pass makes it."""
        if unit.gate is None:
            return self.stepper.visited(unit)
        done, all_of_them = self.stepper.gathered(unit)
        return self.stepper.gradient(unit) is not None and done == all_of_them

    def do_genealogy(self, argument: str) -> None:
        """genealogy | nan [UNIT]

        Find where a nan or an inf was born.  The gate is shown with its operands and the line that
        built it, and the way from there to the unit (the loss, when none is named).
        """
        found = self.stepper.genealogy(self.names.unit(argument) if argument else None)
        self.screen.tell(str(found) if found is not None else "Every value and gradient is finite.")

    def do_source(self, argument: str) -> None:
        """source [UNIT]

        Show the program's lines that built a unit.
        """
        unit = self.unit(argument)
        place = place_of(unit)
        match = re.match(r"(.*?):(\d+)(?:: |$)", place)
        if match is None:
            self.say(
                f"The line that built {self.label(unit)} was not noted: "
                "`python -m gatenet debug FILE` notes them, and `detect_anomaly(check_nan=False)`."
            )
            return
        path, line = match[1], int(match[2])
        self.say(f"{self.label(unit)} was built at {path}:{line}", "title")
        for k in range(max(1, line - 5), line + 6):
            text = linecache.getline(path, k).rstrip().expandtabs()
            if text or k == line:
                self.screen.raw(f"{k:4} {'->' if k == line else '  '} {text}")
