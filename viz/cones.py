"""Cones: the neurons of a circuit, found by its wiring.

The cone of a gate is what is made for it alone: itself, the gates whose one use is in the
cone, and so on down to what is shared.  A cone has one way out, so folding cones closes no
circle.  Chains of additions are found first, with their products (a dot product written out);
the longer terms of a sum are cones of their own, so that a loss over many samples is a sum of
equal cones.  Each cone has a signature: equal for equal gates wired alike.  Cost: linear,
without recursion.  Knows rows and scopes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .scopes import Scopes, adds, multiplies

TERMS = 4
"""From this many terms on a chain of additions is a Σ, and a gate's operands are terms."""
LARGEST = 64
"""The most gates of a cone that is worth a name, sums counted once."""

_OUTSIDE = {"input": -2, "parameter": -3, "constant": -4, "inner": -5}
"""What a signature has in place of an operand that is not in the cone."""


class Cones:
    """The sums and cones of a circuit, by row.

    `sums` has the last addition of the Σ that a row is part of, else the row itself; `roots`
    the gate at the top of its cone; `signs` the signature of what hangs below a gate.  `terms`
    counts the terms of each Σ, and `products` those that are single products.
    """

    def __init__(self, rows: Sequence[Any], uses: Sequence[int], scopes: Scopes) -> None:
        self.terms: dict[int, int] = {}
        self.products: dict[int, int] = {}
        self.sums = list(range(len(rows)))
        self._user = _users(rows)
        self._uses, self._scope = uses, scopes.of
        self._chain(rows)
        self.roots = self._rooted(rows)
        self.signs = self._signed(rows)

    def _private(self, row: int) -> bool:
        """Say whether a row has one use, by a gate of the same module."""
        user = self._user[row]
        return self._uses[row] == 1 and user >= 0 and self._scope[row] == self._scope[user]

    def _chain(self, rows: Sequence[Any]) -> None:
        """Find chains of additions, and the single products that they add up."""
        sums = self.sums
        links: dict[int, int] = {}
        for row in range(len(rows) - 1, -1, -1):
            gate = rows[row].gate
            if gate is None or not adds(gate):
                continue
            user = self._user[row]
            if self._private(row) and rows[user].gate is gate:
                sums[row] = sums[user]
            links[sums[row]] = links.get(sums[row], 1) + 1
        for row, wiring in enumerate(rows):
            if wiring.gate is None:
                continue
            lead = sums[row]
            if lead in links and links[lead] < TERMS:
                sums[row] = row
            elif lead in links:
                self.terms[lead] = links[lead]
                for operand in wiring.operands:
                    if self._is_product(rows, operand):
                        sums[operand] = lead
                        self.products[lead] = self.products.get(lead, 0) + 1

    def _is_product(self, rows: Sequence[Any], row: int) -> bool:
        """Say whether a row is the product of two things that are not made for it alone."""
        gate = rows[row].gate
        return (
            gate is not None
            and multiplies(gate)
            and self._private(row)
            and not any(rows[o].gate is not None and self._private(o) for o in rows[row].operands)
        )

    def _rooted(self, rows: Sequence[Any]) -> list[int]:
        """Find the top of each gate's cone; cones that grow too large fall apart."""
        roots = list(range(len(rows)))
        sizes = [0] * len(rows)
        for row in range(len(rows) - 1, -1, -1):
            if rows[row].gate is None:
                continue
            user = self._user[row]
            if self._private(row) and not self._is_term(rows, row, user):
                roots[row] = roots[user]
            sizes[roots[row]] += self.sums[row] == row
        for row, root in enumerate(roots):
            if sizes[root] > LARGEST:
                roots[row] = self.sums[row]
        return roots

    def _is_term(self, rows: Sequence[Any], row: int, user: int) -> bool:
        """Say whether a row is one of many terms of the gate or the Σ that uses it."""
        if self.sums[user] in self.terms:
            return self.sums[row] != self.sums[user]
        return bool(rows[user].gate.variadic) and len(rows[user].operands) >= TERMS

    def _signed(self, rows: Sequence[Any]) -> list[int]:
        """Number the shapes that hang below the gates, in the order in which they are met."""
        roots, known = self.roots, dict[Any, int]()
        signs = [-1] * len(rows)
        for row, wiring in enumerate(rows):
            if wiring.gate is None:
                continue
            root = roots[row]
            below = [
                signs[o]
                if rows[o].gate is not None and roots[o] == root
                else _OUTSIDE[rows[o].role]
                for o in wiring.operands
            ]
            static = tuple(wiring.static.items()) if wiring.static else ()
            signs[row] = known.setdefault((wiring.gate, static, *below), len(known))
        return signs


def _users(rows: Sequence[Any]) -> list[int]:
    """Return the last row that uses each row, -1 for none."""
    users = [-1] * len(rows)
    for row, wiring in enumerate(rows):
        for operand in wiring.operands:
            users[operand] = row
    return users


def used(rows: Sequence[Any], outputs: Sequence[int]) -> list[int]:
    """Count the uses of each row; an output has one more."""
    uses = [0] * len(rows)
    for wiring in rows:
        for operand in wiring.operands:
            uses[operand] += 1
    for row in outputs:
        uses[row] += 1
    return uses
