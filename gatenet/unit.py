"""Units: the wires of a circuit.

A unit carries a value forwards and a gradient backwards.  A leaf is made by hand; every other
unit is the output of a gate and remembers, from the moment it is made, its operands and the
gate's local derivatives at their values.  That is all backpropagation needs.

The operators and methods at the end are printed from the gates by `eager`; nothing here knows a
derivative.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, final

from gatenet.errors import DetachError, OperandError, RangeError, WiringError
from gatenet.methods import Methods
from gatenet.modes import HOLDS, Comparison, calling_line, current
from gatenet.printing import NAMESPACE
from gatenet.real import number
from gatenet.storage import NATIVE, Storage, clock
from gatenet.storage import last_write as last_write
from gatenet.storage import tick as tick
from gatenet.storage import write_now as write_now

if TYPE_CHECKING:
    from gatenet.declaration import Gate


#: What stands in a unit's second derivative slot when its operands are in a tuple.
MANY = ...


class Leaf(NamedTuple):
    """What drives a unit that no gate drives."""

    role: str
    requires_grad: bool


LEAVES = {
    (role, grad): Leaf(role, grad) for role in ("input", "parameter") for grad in (True, False)
}

NAMESPACE["renamed"] = 0  # how often any unit was given a name: rows show the present ones


@final
class Unit(Storage, Methods):
    """A wire with a value and a gradient.

    `Unit(value, name=None, role="input")` makes a leaf; role "parameter" marks what an optimizer
    may change.  Operators and methods make gates: `(a * x + b).relu()`.

    >>> x, y, z = Unit(-2.0, "x"), Unit(5.0, "y"), Unit(-4.0, "z")
    >>> f = (x + y) * z
    >>> f.backward()
    >>> f.value, x.grad, y.grad, z.grad
    (-12.0, -4.0, -4.0, 3.0)

    Raises OperandError (a TypeError) when the value is not a real number.
    """

    # What is stored, `_value` and so on, is in `storage`: slots, or the same in C.
    __slots__ = ()

    _gate: Gate | Leaf

    # NumPy's arrays then leave operators to us, and we refuse them with a mend.
    __array_ufunc__ = None

    def __init__(self, value: Any, name: str | None = None, *, role: str = "input") -> None:
        if (role, True) not in LEAVES:
            raise WiringError(f"unknown role {role!r}: a leaf is an 'input' or a 'parameter'")
        self._value = number(value)
        self._grad = None
        self._gate = LEAVES[role, True]
        self._serial = self._time = tick()
        self._a = self._b = self._pa = self._pb = self._name = None
        if name is not None:
            self.name = name
        if NAMESPACE["active"]:
            NAMESPACE["noted"](self)

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("Unit is final: declare a gate or write functions of units instead")

    @property
    def value(self) -> float:
        """The number on the wire.  Writing it is for leaves; circuits built on it are then stale.

        Raises WiringError when written on the output of a gate.
        """
        return self._value

    @value.setter
    def value(self, value: Any) -> None:
        if self._a is not None:
            raise WiringError(
                f"{describe(self)} is the output of the gate {self._gate!r}: its value follows "
                "from its inputs. Write theirs, then call Circuit(...).forward()",
                unit=self,
            )
        self._value = number(value)
        self._time = write_now()

    data = value  # micrograd's name

    @property
    def grad(self) -> float:
        """The gradient of the last output that was swept, in this unit: 0.0 before any pass."""
        return 0.0 if self._grad is None else self._grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        # None is how PyTorch's users zero a gradient.
        self._grad = None if grad is None else number(grad)

    @property
    def visited(self) -> bool:
        """Whether a pass has reached this unit since it was made or zeroed."""
        return self._grad is not None

    @property
    def name(self) -> str | None:
        """A name for pictures and messages; it never becomes code and need not be unique."""
        return self._name

    @name.setter
    def name(self, name: str | None) -> None:
        if name is not None and not isinstance(name, str):
            raise OperandError(f"a unit's name is text or None, not {name!r}", unit=self)
        self._name = name
        NAMESPACE["renamed"] += 1

    @property
    def gate(self) -> Gate | None:
        """The gate this unit is the output of; None for a leaf."""
        return None if isinstance(self._gate, Leaf) else self._gate.base

    @property
    def static(self) -> dict[str, float]:
        """The gate's static parameters (leaky_relu's slope) as they were given."""
        return {} if isinstance(self._gate, Leaf) else dict(self._gate.static)

    @property
    def inputs(self) -> tuple[Unit | float, ...]:
        """The gate's operands in order, repeats included; constants as plain floats."""
        if self._a is None:
            return ()
        if self._pb is MANY:
            return self._a  # type: ignore[no-any-return]
        return (self._a,) if self._b is None else (self._a, self._b)

    @property
    def partials(self) -> tuple[float, ...]:
        """The local derivative in each input at the recorded values; 0.0 for a constant."""
        if self._a is None:
            return ()
        if self._pb is MANY:
            if self._pa is None:  # a block works its derivatives out when it is asked
                return tuple(self._gate.late_partials(self))  # type: ignore[union-attr]
            return self._pa  # type: ignore[no-any-return]
        pa = 0.0 if self._pa is None else self._pa
        return (pa,) if self._b is None else (pa, 0.0 if self._pb is None else self._pb)

    @property
    def role(self) -> str:
        """What this unit is in a circuit: "input", "parameter" or "inner"."""
        return self._gate.role if isinstance(self._gate, Leaf) else "inner"

    @property
    def requires_grad(self) -> bool:
        """Whether gradients are kept; settable on leaves (False freezes a parameter)."""
        return not isinstance(self._gate, Leaf) or self._gate.requires_grad

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if not isinstance(self._gate, Leaf):
            raise WiringError(
                f"{describe(self)} is a gate's output; use detach() to cut it off", unit=self
            )
        self._gate = LEAVES[self._gate.role, bool(wanted)]

    @property
    def serial(self) -> int:
        """This unit's number in order of creation: larger than that of every input."""
        return self._serial

    def backward(self, seed: Any = 1.0) -> None:
        """Sweep from here to the leaves: fill `.grad` on the way, accumulate it on leaves.

        Raises StaleCircuitError when a leaf was written after this unit was computed.

        >>> x = Unit(3.0)
        >>> y = x * x * x
        >>> y.backward(); y.backward(); x.grad
        54.0
        """
        from gatenet.sweep import backward

        backward(self, seed)

    def zero_grad(self) -> None:
        """Forget the gradient: 0.0, and not visited."""
        self._grad = None

    def detach(self) -> Unit:
        """Give a new leaf of the same value that no gradient flows through."""
        leaf = Unit(self._value, self._name)
        leaf._gate = LEAVES["input", False]
        return leaf

    @staticmethod
    def __gate__(gate: Gate, operands: Sequence[Any], static: dict[str, Any]) -> Unit:
        """Apply a gate to operands of which at least one is a unit: the gates' hook."""
        flat = [op if type(op) is Unit else number(op) for op in operands]
        unit: Unit = NAMESPACE["applied"](gate.bind(**static), flat)
        return unit

    def __lt__(self, other: Any) -> bool:
        return _compare(self, other, "<")

    def __le__(self, other: Any) -> bool:
        return _compare(self, other, "<=")

    def __gt__(self, other: Any) -> bool:
        return _compare(self, other, ">")

    def __ge__(self, other: Any) -> bool:
        return _compare(self, other, ">=")

    # Equality and hash are identity: a unit is a wire, and wires are keys of dicts.
    # So `u == 1.0` is never true, which inside `record()` would choose a branch for ever.

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        if NAMESPACE["active"] and isinstance(other, Real) and current().recording is not None:
            raise DetachError(
                f"{describe(self)} == {other!r} asks whether a wire is a number: it never is, also "
                "where their values are equal. Compare with < and >, or wire the choice: "
                "gatenet.where(gatenet.equal(u, number), a, b)",
                unit=self,
            )
        return True if self is other else NotImplemented

    def __pos__(self) -> Unit:
        return self

    def __float__(self) -> NoReturn:
        raise DetachError(
            f"float({describe(self)}) would cut it off from its gradient: use gatenet's function "
            "(gatenet.exp(u), not math.exp(u)), or .value for the plain number",
            unit=self,
        )

    def __int__(self) -> NoReturn:
        raise DetachError(
            f"int({describe(self)}) would cut it off from its gradient: int(u.value) says "
            "so (a compiled function takes it as it is when it is listed in static_argnums)",
            unit=self,
        )

    __index__ = __int__

    def __bool__(self) -> NoReturn:
        raise DetachError(
            f"whether {describe(self)} is true is not a question a circuit can replay: compare "
            "it (`u > 0`), choose with gatenet.where(u, a, b), or ask for u.value != 0",
            unit=self,
        )

    def __format__(self, spec: str) -> str:
        return format(self._value, spec) if spec else repr(self)

    def __repr__(self) -> str:
        parts = [repr(self._value)]
        if self._name is not None:
            parts.append(f"name={self._name!r}")
        if self._grad is not None:
            parts.append(f"grad={self._grad!r}")
        if not isinstance(self._gate, Leaf):
            parts.append(f"gate={self._gate!r}")
        elif self._gate.role != "input":
            parts.append(f"role={self._gate.role!r}")
        if not self.requires_grad:
            parts.append("detached")
        return f"Unit({', '.join(parts)})"

    def __copy__(self) -> NoReturn:
        raise OperandError(
            f"copy.copy({describe(self)}) would share half a circuit: use copy.deepcopy for a "
            "circuit of its own, or detach() for a new leaf of this value",
            unit=self,
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> Unit:
        from gatenet.copying import deep_copied

        return deep_copied(self, memo)

    def __reduce__(self) -> Any:
        from gatenet.copying import reduced

        return reduced(self)

    def __setstate__(self, state: Any) -> None:
        from gatenet.copying import restore

        restore(self, state)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from gatenet.viz import bundle

        return bundle(self, include, exclude)

    if TYPE_CHECKING:  # installed below, from the gates of these names

        def __add__(self, other: Unit | float) -> Unit: ...
        def __radd__(self, other: float) -> Unit: ...
        def __sub__(self, other: Unit | float) -> Unit: ...
        def __rsub__(self, other: float) -> Unit: ...
        def __mul__(self, other: Unit | float) -> Unit: ...
        def __rmul__(self, other: float) -> Unit: ...
        def __truediv__(self, other: Unit | float) -> Unit: ...
        def __rtruediv__(self, other: float) -> Unit: ...
        def __pow__(self, other: Unit | float) -> Unit: ...
        def __rpow__(self, other: float) -> Unit: ...
        def __neg__(self) -> Unit: ...
        def __abs__(self) -> Unit: ...


NAMESPACE.update(Unit=Unit, new=object.__new__, clock=clock)
if NATIVE is not None:
    NATIVE.adopt(Unit, tuple(sorted(LEAVES.values(), key=lambda leaf: not leaf[1])), NAMESPACE)


def _compare(unit: Unit, other: Any, sign: str) -> bool:
    """Compare values; inside `record()` remember the answer, to check it at each replay."""
    side = other if type(other) is Unit else number(other)
    held = HOLDS[sign](unit._value, side._value if type(side) is Unit else side)
    if NAMESPACE["active"]:
        recording = current().recording
        if recording is not None:
            recording.comparisons.append(Comparison(sign, unit, side, held, calling_line()))
    return held


def describe(unit: Unit) -> str:
    """Name a unit in a message: unit 'loss' (2.5), or the output of multiply (2.5)."""
    if unit._name:
        return f"unit {unit._name!r} ({unit._value!r})"
    if isinstance(unit._gate, Leaf):
        return f"unit ({unit._value!r})"
    return f"the output of {unit._gate.name} ({unit._value!r})"


def as_units(units: Any, *, empty: bool = False) -> list[Unit]:
    """Check that something is a unit or a sequence of units; give the list.

    Raises OperandError naming what is not a unit, RangeError for none unless `empty` is fine.
    """
    if type(units) is Unit:
        return [units]
    try:
        found = list(units)
    except TypeError:
        mend = ": call it first, and give what it returns" if callable(units) else ""
        raise OperandError(f"expected a unit or a list of units, got {units!r}{mend}") from None
    for k, unit in enumerate(found):
        if type(unit) is not Unit:
            raise OperandError(f"expected a list of units; item {k} is {unit!r}", item=unit)
    if not found and not empty:
        raise RangeError("expected at least one unit, got an empty list")
    return found
