"""Names: which unit is meant by what somebody typed, and what a unit is called.

`u17` is always row 17 of the circuit, the same in listings, pictures and files; any other text is
a unit's own name, as it was given or as it is shown.  Also reads names off a program's variables,
so that `x = Unit(2.0)` is called x.  Knows circuits.
"""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from gatenet.circuit import Circuit
from gatenet.errors import WiringError
from gatenet.texts import counted, shown
from gatenet.unit import Unit

_ROW = re.compile(r"u(0|[1-9][0-9]{0,11})", re.ASCII)
_MOST = 100


class Names:
    """The names of a circuit's wires.

    >>> a = Unit(2.0, "a")
    >>> names = Names(Circuit(a * 3.0))
    >>> names.find("a") is a, names.find("u1"), names.unit("u2").value
    (True, 3.0, 6.0)
    >>> names.find("b")
    Traceback (most recent call last):
    gatenet.errors.WiringError: nothing here is called 'b'; u0 to u2 are rows...
    """

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit

    @cached_property
    def _rows(self) -> dict[str, list[int]]:
        """The rows of each name, as it was given and as it is shown."""
        found: dict[str, list[int]] = {}
        for k, row in enumerate(self.circuit.rows):
            if row.name is not None:
                for name in {row.name, shown(row.name)}:
                    found.setdefault(name, []).append(k)
        return found

    @cached_property
    def _sorted(self) -> list[str]:
        """The names as they are shown, each once, for completion."""
        return sorted({name for name in self._rows if shown(name) == name})

    def rows(self, text: str) -> list[int]:
        """The rows that a text may stand for: none, one, or several of one name."""
        match = _ROW.fullmatch(text)
        if match is not None and int(match[1]) < len(self.circuit):
            return [int(match[1])]
        return self._rows.get(text, [])

    def get(self, text: str) -> Unit | float | None:
        """The unit (or the constant) of a name; None when nothing is called so.

        Raises WiringError when several are.
        """
        rows = self.rows(text)
        if len(rows) > 1:
            which = ", ".join(f"u{k}" for k in rows[:8]) + (", ..." if len(rows) > 8 else "")
            raise WiringError(
                f"{counted(len(rows), 'unit')} are called {shown(text)!r}: say {which}"
            )
        return self._wire(rows[0]) if rows else None

    def find(self, text: str, others: Iterable[str] = ()) -> Unit | float:
        """The unit (or the constant) of a name.

        Raises WiringError that says which names, or which `others`, come near.
        """
        found = self.get(text)
        if found is not None:
            return found
        said = self.near(text, others) or self._choice()
        raise WiringError(f"nothing here is called {shown(text, 60)!r}{said}", name=text)

    def near(self, text: str, others: Iterable[str] = ()) -> str:
        """A question for a message, when a text comes near a name or near one of the others."""
        known = dict.fromkeys([*others, *self._sorted[:10_000]])
        found = difflib.get_close_matches(text[:100], known, n=3)
        return f"; did you mean {' or '.join(found)}?" if found else ""

    def _choice(self) -> str:
        """What names there are, for a message."""
        named = self._sorted[:8]
        more = ", ..." if len(self._sorted) > 8 else ""
        rows = f"u0 to u{len(self.circuit) - 1} are rows of the circuit"
        return f"; {rows}" + (f", and there are {', '.join(named)}{more}" if named else "")

    def unit(self, text: str) -> Unit:
        """The unit of a name, bare or in quotes.

        Raises WiringError when there is none, or when the row is a constant.
        """
        bare = text.strip()
        if not self.rows(bare) and len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "'\"":
            bare = bare[1:-1]
        found = self.find(bare)
        if type(found) is not Unit:
            raise WiringError(f"{shown(bare)} is the constant {found!r}: it has no gradient")
        return found

    def _wire(self, k: int) -> Unit | float:
        unit = self.circuit.units[k]
        return self.circuit.values[k] if unit is None else unit

    def row(self, unit: Unit) -> int:
        """The row number of a unit."""
        return self.circuit.index(unit)

    def label(self, unit: Unit) -> str:
        """What a unit is called, in one harmless line."""
        return shown(unit.name) if unit.name else f"u{self.row(unit)}"

    def starting(self, prefix: str) -> list[str]:
        """The names that begin with a text, for completion; at most a hundred."""
        found: list[str] = []
        for name in self._sorted[bisect_left(self._sorted, prefix) :]:
            if not name.startswith(prefix) or len(found) >= _MOST:
                break
            found.append(name)
        return found + [name for name in self._numbered(prefix) if name not in found]

    def _numbered(self, prefix: str) -> list[str]:
        """Row names that begin so: u1, u10, u11 ..."""
        if prefix == "u":
            return [f"u{k}" for k in range(min(len(self.circuit), _MOST))]
        match = _ROW.fullmatch(prefix)
        if match is None:
            return []
        found: list[int] = [int(match[1])]
        for width in range(1, len(str(len(self.circuit)))):
            first = int(match[1]) * 10**width
            found += range(first, first + 10**width) if first else []
            if len(found) > _MOST:
                break
        return [f"u{k}" for k in found[:_MOST] if k < len(self.circuit)]


def named_units(variables: Mapping[str, Any]) -> Iterator[tuple[str, Unit]]:
    """The units among a program's variables, and in its lists: ("x", x), ("w[0]", w[0]) ...

    Names that begin with an underscore are the program's own affair.
    """
    for name, item in variables.items():
        if not name.startswith("_"):
            yield from _units_in(name, item, 2)


def _units_in(name: str, item: Any, depth: int) -> Iterator[tuple[str, Unit]]:
    if type(item) is Unit:
        yield name, item
    elif depth and type(item) in (list, tuple):
        for k, part in enumerate(item[:10_000]):
            yield from _units_in(f"{name}[{k}]", part, depth - 1)
    elif depth and type(item) is dict:
        for key, part in list(item.items())[:10_000]:
            if type(key) in (str, int):
                yield from _units_in(f"{name}[{key!r}]", part, depth - 1)


def give_names(circuit: Circuit, variables: Mapping[str, Any]) -> list[Unit]:
    """Name the circuit's nameless units after the variables that hold them; give those units."""
    inside = {unit.serial for unit in circuit.units if unit is not None}
    taken = {row.name for row in circuit.rows}
    given: list[Unit] = []
    for name, unit in named_units(variables):
        if _ROW.fullmatch(name):  # u3 is row 3, whatever the program calls u3
            continue
        if unit.name is None and unit.serial in inside and name not in taken:
            unit.name = name
            taken.add(name)
            given.append(unit)
    return given
