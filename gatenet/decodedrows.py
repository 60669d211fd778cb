"""Decoded rows: the rows of a document, checked one by one and built as units.

A row points only to rows before it, a gate is found by name among those that this process has
declared, and each value must be what its gate gives there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from gatenet.declaration import Gate, registry
from gatenet.eager import applied
from gatenet.errors import FlippedBranchError, FormatError
from gatenet.strictjson import Limits, fail, flag, keys, real, shown, text
from gatenet.unit import Unit
from gatenet.walk import topological

_LEAF = {"role", "value"}, {"name", "requires_grad"}
_GATE = {"gate", "operands", "value"}, {"static", "name"}
_PLAIN = frozenset(_GATE[0])  # most rows of most circuits
_BLOCK = {"block", "operands", "value"}, {"name"}


class Rows:
    """Builds the rows of one document in order; a constant's row is its float."""

    def __init__(self, modules: Mapping[str, str], limits: Limits, blocks: Sequence[Gate]) -> None:
        self.modules = modules
        self.limits = limits
        self.blocks = blocks
        self.built: list[Unit | float] = []
        self.waiting = 0  # constants since the last gate: the next one must use them, in order

    def build(self, rows: Any) -> None:
        """Build all rows."""
        if not isinstance(rows, list) or not rows:
            fail("rows", f"must be a list of rows, not {shown(rows)}")
        if len(rows) > self.limits.rows:
            fail("rows", f"{len(rows)} rows are more than {self.limits.rows} (limits.rows)")
        for k, row in enumerate(rows):
            rows[k] = None  # what is built need not stay in memory twice
            try:
                if isinstance(row, dict) and ("gate" in row or "block" in row):
                    self.built.append(self._gate(k, row))
                else:
                    self.built.append(self._leaf(row))
            except FormatError as error:
                fail(f"rows[{k}]" + f".{error.where}" * bool(error.where), error.reason)
        if self.waiting:
            fail(f"rows[{len(rows) - 1}]", "no gate uses this constant")

    def all_used(self, roots: list[Unit | float]) -> None:
        """Check that every unit is needed, so that row k here is row k of the circuit."""
        used = topological([unit for unit in roots if type(unit) is Unit])
        units = [(k, unit) for k, unit in enumerate(self.built) if type(unit) is Unit]
        if len(used) != len(units):
            known = {unit._serial for unit in used}
            dead = next(k for k, unit in units if unit._serial not in known)
            fail(f"rows[{dead}]", "no output needs this row")

    def _leaf(self, row: Any) -> Unit | float:
        keys(row, *_LEAF)
        role = row["role"]
        value = real(row["value"], "value")
        if role == "constant":
            keys(row, _LEAF[0], set())
            self.waiting += 1
            return value
        if role not in ("input", "parameter"):
            fail("role", f"{shown(role)} is none of 'input', 'parameter', 'constant'")
        if self.waiting:
            fail("", "a constant's row must stand right before the gate that uses it")
        unit = Unit(value, text(row["name"], "name") if "name" in row else None, role=role)
        unit.requires_grad = flag(row.get("requires_grad", True), "requires_grad")
        return unit

    def _gate(self, k: int, row: dict[str, Any]) -> Unit:
        if row.keys() != _PLAIN:
            keys(row, *(_BLOCK if "block" in row else _GATE))
        gate = self._block(row["block"]) if "block" in row else self._found(row["gate"])
        operands = self._operands(gate, row["operands"], k)
        if "static" in row:
            keys(row["static"], set(), set(gate.static))
            gate = gate.bind(
                **{name: real(value, f"static.{name}") for name, value in row["static"].items()}
            )
        stated = real(row["value"], "value")
        try:
            unit = applied(gate, operands)
        except FlippedBranchError as error:
            fail("value", str(error))
        if unit._value != stated and not _agree(unit, stated):
            fail("value", f"{gate.name} gives {unit._value!r} there, not {stated!r}")
        unit._value = stated  # to the bit, also from a machine whose libm rounds otherwise
        if "name" in row:
            unit._name = text(row["name"], "name")
        return unit

    def _found(self, name: Any) -> Gate:
        if type(name) is not str:
            fail("gate", f"must be the name of a gate, not {shown(name)}")
        gate = registry().get(name)
        if gate is None or gate.opaque:
            module = self.modules.get(name)
            home = f"the module {shown(module)}" if module else "the module that declares it"
            fail("gate", f"no gate {shown(name)} is declared here: import {home} before loading")
        return gate

    def _block(self, number: Any) -> Gate:
        if type(number) is not int or not 0 <= number < len(self.blocks):
            fail("block", f"{shown(number)} is not the number of one of {len(self.blocks)} blocks")
        return self.blocks[number]

    def _operands(self, gate: Gate, rows: Any, k: int) -> list[Unit | float]:
        if not isinstance(rows, list) or len(rows) > self.limits.operands:
            fail("operands", f"must be a list of at most {self.limits.operands} row numbers, "
                             f"not {shown(rows)}")  # fmt: skip
        if not gate.variadic and len(rows) != len(gate.inputs):
            fail("operands", f"{gate.name} takes {len(gate.inputs)} operand(s), not {len(rows)}")
        if gate.variadic and len(rows) % gate.groups:
            fail("operands", f"{gate.name} takes {gate.groups} lists of one length: {len(rows)}")
        found = []
        constant = k - self.waiting  # the row of the constant that must come next
        for row in rows:
            operand = self._at(row, k, "operands")
            if type(operand) is not Unit:
                if row != constant:
                    fail("operands", "constants stand right before their gate, a row each")
                constant += 1
            found.append(operand)
        if constant != k:
            fail("operands", "a constant since the last gate is not used here")
        if self.waiting == len(found):
            fail("operands", "a gate needs at least one operand that is no constant")
        self.waiting = 0
        return found

    def _at(self, row: Any, before: int, where: str) -> Unit | float:
        if type(row) is not int:
            fail(where, f"a row number is an integer, not {shown(row)}")
        if row < 0 or row >= before:
            fail(where, f"row {shown(row)} is not one of the {before} rows before")
        return self.built[row]

    def unit(self, row: Any, where: str) -> Unit:
        """The unit of a row, for an output or a comparison."""
        unit = self._at(row, len(self.built), where)
        if type(unit) is not Unit:
            fail(where, f"row {row} is a constant; a unit is needed here")
        return unit


def _agree(unit: Unit, stated: float) -> bool:
    """Whether a stated value is the gate's own but for the last digits of another libm."""
    given = unit._value
    if given != given and stated != stated:
        return True
    sizes = [abs(op._value if type(op) is Unit else op) for op in unit.inputs]
    scale = max([abs(given), abs(stated), *[size for size in sizes if math.isfinite(size)]])
    return abs(given - stated) <= 1e-9 * scale
