"""Second derivatives of compiled circuits: Hessians times vectors.

Knows the circuit of second derivatives that `curving` wires; does not know how it is run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gatenet.circuit import Circuit
from gatenet.compiler.curving import Curved, curved
from gatenet.compiler.tables import beside, checked_rows, checked_vector, is_array, rows_of
from gatenet.unit import Unit

if TYPE_CHECKING:
    from gatenet.compiler.compiled import Compiled


class SecondDerivatives:
    """What a compiled circuit gives beyond first derivatives."""

    circuit: Circuit
    inputs: tuple[Unit, ...]
    wrt: tuple[Unit, ...]
    backend: str
    dtype: str
    _asked: tuple[Any, ...]
    _curves: dict[bool, tuple[Curved, Compiled, list[int]]]
    _seeds: Any

    def hvp(self, rows: Any, vector: Any, *, seed: Any = 1.0) -> Any:
        """For each row the Hessian of the seeded outputs in `wrt`, times a vector.

        `vector` has a number for each of `wrt`, the same for all rows, or is a table with one
        such vector for each row; for one `wrt` it may be that number alone.  The Hessian itself
        is never made.

        Raises WiringError for a vector of another length.

        >>> from gatenet import Circuit, Unit
        >>> x, y = Unit(0.0), Unit(0.0)
        >>> Circuit(x * x * y).compile([x, y]).hvp([[2.0, 3.0]], [1.0, 0.0])
        [[6.0, 4.0]]
        """
        given = checked_rows(rows, self.inputs)
        vectors, each = checked_vector(vector, self.wrt, len(given))
        if each not in self._curves:
            self._curves[each] = self._curved(each)
        curve, compiled, columns = self._curves[each]
        for unit, other in curve.leaves.items():
            other._value = unit._value
        for unit, value in zip(curve.seeds, self._seeds(seed), strict=True):
            unit._value = value
        if not each:
            for unit, value in zip(curve.vector, vectors, strict=True):
                unit._value = value
        table = beside(given, vectors if each else None, columns)
        if not columns:
            (row,) = compiled(None)
            return rows_of([[x] * len(given) for x in row], len(given), is_array(given))
        return compiled(table)

    def _curved(self, each: bool) -> tuple[Curved, Compiled, list[int]]:
        """Second derivatives, compiled; `each` row may have a vector of its own."""
        made: Any = type(self)
        curve = curved(self.circuit, self.wrt)
        moving = [curve.leaves[unit] for unit in self.inputs] + (curve.vector if each else [])
        known = {unit._serial for unit in curve.circuit.order}
        columns = [k for k, unit in enumerate(moving) if unit._serial in known]
        backend = "auto" if self.backend == "wide" else self._asked[0]
        found = made(curve.circuit, [moving[k] for k in columns], (), backend, dtype=self.dtype)
        return curve, found, columns
