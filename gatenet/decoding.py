"""Decoding: JSON text to a circuit, whatever the text is: a circuit or a FormatError.

Nothing in the text is executed, imported or trusted: gates are found by name among those that
this process has declared, rows point only to earlier rows, sizes are bounded before anything is
built, and each value must be what its gate gives.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from gatenet.circuit import Circuit, topological
from gatenet.declaration import Gate, registry
from gatenet.eager import applied
from gatenet.encoding import FORMAT, VERSION
from gatenet.errors import FormatError
from gatenet.modes import Comparison, Recording, enable_grad
from gatenet.strictjson import Limits, fail, flag, keys, parsed, real, shown, text
from gatenet.unit import Unit

_DOCUMENT = {"format", "version", "rows"}, {"gates", "output", "outputs", "comparisons"}
_LEAF = {"role", "value"}, {"name", "requires_grad"}
_GATE = {"gate", "operands", "value"}, {"static", "name"}
_PLAIN = frozenset(_GATE[0])  # most rows of most circuits
LIMITS = Limits()


def loads(source: str | bytes, *, limits: Limits = LIMITS) -> Circuit:
    """Read a circuit from JSON text as `dumps` writes it.

    Values have the bits they had, on any machine; gradients are 0.0.  A gate of one's own must be
    imported first: a text never imports anything.

    Raises FormatError, which says where in the text and why, for anything else than a circuit.

    >>> source = '{"format": "gatenet.circuit", "version": 1, "output": 0, "rows": [{"role": 1}]}'
    >>> loads(source)
    Traceback (most recent call last):
    gatenet.errors.FormatError: rows[0]: 'value' is missing
    """
    document = parsed(source, limits)
    keys(document, *_DOCUMENT)
    if document["format"] != FORMAT:
        fail("format", f"{shown(document['format'])} is not {FORMAT!r}: this is another file")
    version = document["version"]
    if type(version) is not int or version < 1:
        fail("version", f"{shown(version)} is no version number")
    if version > VERSION:
        fail("version", f"{version} is newer than this gatenet reads ({VERSION}): update gatenet")
    modules = document.get("gates", {})
    if not isinstance(modules, dict) or not all(isinstance(m, str) for m in modules.values()):
        fail("gates", "must be an object of gate names and module names")
    builder = _Builder(modules, limits)
    with enable_grad():
        builder.rows(document["rows"])
    outputs = builder.outputs(document)
    compared = builder.comparisons(document.get("comparisons", []))
    circuit = Circuit(
        outputs[0] if "output" in document else outputs, recording=Recording(compared)
    )
    builder.all_used([*outputs, *[c.left for c in compared], *[c.right for c in compared]])
    return circuit


class _Builder:
    """Builds the rows of one document in order; a constant's row is its float."""

    def __init__(self, modules: Mapping[str, str], limits: Limits) -> None:
        self.modules = modules
        self.limits = limits
        self.built: list[Unit | float] = []
        self.waiting = 0  # constants since the last gate: the next one must use them, in order

    def rows(self, rows: Any) -> None:
        """Build all rows."""
        if not isinstance(rows, list) or not rows:
            fail("rows", f"must be a list of rows, not {shown(rows)}")
        if len(rows) > self.limits.rows:
            fail("rows", f"{len(rows)} rows are more than {self.limits.rows} (limits.rows)")
        for k, row in enumerate(rows):
            rows[k] = None  # what is built need not stay in memory twice
            try:
                if isinstance(row, dict) and "gate" in row:
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
            keys(row, *_GATE)
        gate = self._found(row["gate"])
        operands = self._operands(gate, row["operands"], k)
        if "static" in row:
            keys(row["static"], set(), set(gate.static))
            gate = gate.bind(
                **{name: real(value, f"static.{name}") for name, value in row["static"].items()}
            )
        stated = real(row["value"], "value")
        unit = applied(gate, operands)
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

    def _unit(self, row: Any, where: str) -> Unit:
        unit = self._at(row, len(self.built), where)
        if type(unit) is not Unit:
            fail(where, f"row {row} is a constant; a unit is needed here")
        return unit

    def outputs(self, document: Mapping[str, Any]) -> list[Unit]:
        """Find the output or outputs."""
        if ("output" in document) == ("outputs" in document):
            fail("", "a circuit has either an 'output' or a list of 'outputs'")
        if "output" in document:
            return [self._unit(document["output"], "output")]
        listed = document["outputs"]
        if not isinstance(listed, list) or not listed:
            fail("outputs", f"must be a list of row numbers, not {shown(listed)}")
        return [self._unit(row, "outputs") for row in listed]

    def comparisons(self, listed: Any) -> list[Comparison]:
        """Read the comparisons to check at replay."""
        if not isinstance(listed, list):
            fail("comparisons", f"must be a list, not {shown(listed)}")
        found = []
        for k, entry in enumerate(listed):
            try:
                found.append(self._comparison(entry))
            except FormatError as error:
                fail(f"comparisons[{k}]" + f".{error.where}" * bool(error.where), error.reason)
        return found

    def _comparison(self, entry: Any) -> Comparison:
        side = "number" if isinstance(entry, dict) and "number" in entry else "right"
        keys(entry, {"left", "sign", "held", "place", side}, set())
        sign = entry["sign"]
        if sign not in ("<", "<=", ">", ">="):
            fail("sign", f"{shown(sign)} is none of <, <=, >, >=")
        left = self._unit(entry["left"], "left")
        right = (
            real(entry["number"], "number")
            if side == "number"
            else self._unit(entry["right"], "right")
        )
        place = text(entry["place"], "place")
        return Comparison(sign, left, right, flag(entry["held"], "held"), place)


def _agree(unit: Unit, stated: float) -> bool:
    """Whether a stated value is the gate's own but for the last digits of another libm."""
    given = unit._value
    if given != given and stated != stated:
        return True
    sizes = [abs(op._value if type(op) is Unit else op) for op in unit.inputs]
    scale = max([abs(given), abs(stated), *[size for size in sizes if math.isfinite(size)]])
    return abs(given - stated) <= 1e-9 * scale
