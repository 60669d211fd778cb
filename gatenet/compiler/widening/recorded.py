"""Recorded circuits as numbered steps: what widening reads of units, in plain lists.

Knows units by what they recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gatenet.circuit import Circuit
from gatenet.compiler.widening.gathering import Form, Terms, gathered
from gatenet.compiler.widening.nested import plan_inside
from gatenet.compiler.widening.plans import Plan, plan_of
from gatenet.unit import Unit


class Recorded:
    """A circuit's units by number, in their order; operands below 0 are constants, -1 - k.

    `needed` marks what depends on a unit of `wrt`, `terms` and `into` what was gathered.
    """

    def __init__(self, circuit: Circuit, wrt: Sequence[Unit]) -> None:
        order = circuit.order
        self.number = {unit._serial: k for k, unit in enumerate(order)}
        self.gates: list[Any] = [None] * len(order)
        self.operands: list[list[int]] = [[]] * len(order)
        self.constants: list[float] = []
        self.needed = bytearray(len(order))
        self._known: dict[str, int] = {}
        for unit in wrt:
            self.needed[self.number[unit._serial]] = 1
        self._plans: dict[tuple[Any, Any], Plan] = {}
        #: For each unit the plan of its gate.
        self.plans: list[Plan | None] = [None] * len(order)
        readers = [0] * len(order)
        forms: list[Form] = [None] * len(order)
        number, needed = self.number, self.needed
        for k, unit in enumerate(order):
            if unit._a is None:
                continue
            gate: Any = unit._gate
            given = []
            for op in unit.inputs:
                if type(op) is Unit:
                    j = number[op._serial]
                    readers[j] += 1
                    if needed[j]:
                        needed[k] = 1
                else:
                    j = self.constant(op)
                given.append(j)
            self.gates[k] = gate
            self.operands[k] = given
            plan = self._plan(gate, given, bool(needed[k]))
            self.plans[k] = plan
            forms[k] = plan.form
        for unit in circuit.ends:
            readers[number[unit._serial]] += 2
        for asked in circuit.comparisons:
            for side in asked.operands():
                if type(side) is Unit:
                    readers[number[side._serial]] += 2
        self.forms = forms
        self.terms: list[Terms | None]
        self.terms, self.into = gathered(self.operands, forms, [int(c == 1) for c in readers])

    def constant(self, value: float) -> int:
        """The number of a constant: -1 - k, equal bits having equal numbers."""
        key = value.hex()
        if key not in self._known:
            self._known[key] = -1 - len(self.constants)
            self.constants.append(value)
        return self._known[key]

    def _plan(self, gate: Any, given: Sequence[int], derivatives: bool) -> Plan:
        """The plan of a gate; one for each kind and number of operands or wanted derivatives."""
        key: Any
        if gate.opaque:
            key = (gate, tuple([derivatives and k >= 0 and self.needed[k] == 1 for k in given]))
            if key not in self._plans:
                self._plans[key] = plan_inside(*key)
            return self._plans[key]
        base = gate.base
        if base.variadic:
            key = (base, len(given), derivatives)
        else:
            # All derivatives first: a product or a sum is known by them.
            key = (base, None)
            found = self._plans.get(key)
            if found is None:
                found = self._plans[key] = plan_of(base, (True,) * len(given))
            if found.form is not None:
                return found
            key = (base, tuple([k >= 0 and self.needed[k] == 1 for k in given]))
        found = self._plans.get(key)
        if found is None:
            if base.variadic:
                found = plan_of(base, len(given))
                if found.form is None and not derivatives:
                    found = plan_of(base, len(given), derivatives=False)
            else:
                found = plan_of(base, key[1])
            self._plans[key] = found
        return found
