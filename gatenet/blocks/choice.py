"""Blocks and choices: gates around nested circuits, `block`, and `ifelse`, of which only the
branch that is taken is ever evaluated.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from gatenet.blocks.branch import Branch, Frame, closed_over
from gatenet.blocks.nested import Nested, from_circuit
from gatenet.blocks.opaque import OpaqueGate
from gatenet.circuit import Circuit
from gatenet.eager import wired
from gatenet.errors import OperandError
from gatenet.gates import where
from gatenet.modes import current
from gatenet.real import number
from gatenet.transforms.calls import name_of, unit_or_number, value_of
from gatenet.trees import Structure, checked, flatten, unflatten
from gatenet.unit import Unit


class _Nest(OpaqueGate):
    """What a block and a choice have in common: nested wiring for one output.

    `slots[k]` lists, for circuit number k, the operand that each of its leaves stands for.
    """

    def __init__(self, name: str, branches: Sequence[Branch], index: int, first: str = "") -> None:
        names = branches[0].frame.names()
        super().__init__(name, inputs=[first, *names] if first else names, symbol=name)
        self.branches = tuple(branches)
        self.index = index

    @abstractmethod
    def _chosen(self, operands: Sequence[Any]) -> tuple[Branch, Sequence[Any]]:
        """The branch that runs at these operands, and what it runs on."""

    def computed(self, values: Sequence[float]) -> float:
        """The value at plain numbers, by running the nested wiring on them."""
        branch, rest = self._chosen(values)
        value: float = branch.attempt(lambda nested: nested.value(rest), rest, self.index)
        return value

    def partials(self, z: float, *inputs: float, **static: float) -> tuple[float, ...]:
        """Give the local derivatives at plain numbers, by a sweep over the nested wiring."""
        branch, rest = self._chosen([number(value) for value in inputs])
        found = branch.attempt(lambda nested: nested.partials(rest), rest, self.index)
        return (*[0.0] * (len(inputs) - len(rest)), *found)

    def partials_on(self, z: Any, inputs: Sequence[Any], wanted: Sequence[bool]) -> list[Any]:
        """Wire the local derivatives from the gates inside, to differentiate again."""
        branch, rest = self._chosen(inputs)
        skip = len(inputs) - len(rest)
        found = branch.attempt(
            lambda nested: nested.partials_on(rest, wanted[skip:]), rest, self.index
        )
        return [0.0] * skip + list(found)

    @property
    def nested(self) -> tuple[Nested, ...]:
        """The wiring of each branch, as it was first traced."""
        return tuple(branch.first(self.index) for branch in self.branches)

    @property
    def circuits(self) -> tuple[Circuit, ...]:
        """Each branch as a circuit of its own, which shares nothing with any other."""
        return tuple(nested.circuit for nested in self.nested)

    @property
    def slots(self) -> tuple[tuple[int, ...], ...]:
        """For each circuit the operand behind each of its leaves, the condition not counted."""
        return tuple(nested.slots for nested in self.nested)

    @property
    def size(self) -> int:
        """The number of operands of the nested circuits, the condition not counted."""
        return self.branches[0].frame.size

    def __reduce__(self) -> Any:
        return _renested, (self.kind, self.name, self.nested)


class Block(_Nest):
    """A circuit as one gate: as many operands as it has leaves, one output.

    Its row keeps the value alone; a replay runs the circuit on plain numbers, a sweep runs it on
    fresh units, and nobody's recorded values are touched.  Derivatives of any order.

    Raises WiringError for a circuit of more than one output.

    >>> from gatenet import Unit, Circuit, grad
    >>> a, b = Unit(2.0), Unit(3.0)
    >>> cell = Block(Circuit(a * b + a), name="cell")
    >>> cell(4.0, 5.0), grad(lambda x: cell(x, x))(3.0)
    (24.0, 7.0)
    """

    kind = "block"

    def __init__(self, circuit: Circuit | Branch, index: int = 0, *, name: str = "block") -> None:
        if not isinstance(circuit, Branch):
            circuit = _still([from_circuit(circuit)])[0]
        super().__init__(name, [circuit], index)

    def _chosen(self, operands: Sequence[Any]) -> tuple[Branch, Sequence[Any]]:
        return self.branches[0], operands


class IfElse(_Nest):
    """A choice as one gate: the condition, then the operands of both branches."""

    kind = "ifelse"

    def __init__(self, branches: Sequence[Branch], index: int = 0, *, name: str = "ifelse") -> None:
        super().__init__(name, branches, index, first="condition")

    def _chosen(self, operands: Sequence[Any]) -> tuple[Branch, Sequence[Any]]:
        return self.branches[value_of(operands[0]) == 0.0], operands[1:]


def block(f: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function of units one row per output, around a circuit traced at the first call.

    Arguments and results may be containers.  Each call wires rows that keep values alone, so a
    long scan of a block is small; the insides can be saved and drawn.  What f takes from around
    it is fixed at the first call.  Comparisons of units in f choose its wiring each time.

    >>> from gatenet import Unit
    >>> @block
    ... def cell(x, h):
    ...     return (x + h).tanh() * x
    >>> x = Unit(0.5)
    >>> y = cell(x, cell(x, 0.0)); y.gate, len(y.inputs)
    (cell, 2)
    """
    frames: dict[Structure, tuple[Branch, list[Block]]] = {}
    name = name_of(f) if name_of(f).isidentifier() else "block"

    @wraps(f)
    def wired_block(*args: Any) -> Any:
        if not current().grad:
            return f(*args)
        leaves, arguments = flatten(args)
        leaves = checked(arguments, leaves, f"argument of {name_of(f)}", unit_or_number)
        if arguments not in frames:
            branch = Branch(f, Frame(arguments))
            count = len(branch.trace(leaves))
            branch.frame.closed = True
            frames[arguments] = branch, [Block(branch, k, name=name) for k in range(count)]
        branch, gates = frames[arguments]
        operands = [*leaves, *branch.frame.around]
        assert branch.frame.output is not None
        return unflatten(branch.frame.output, [gate(*operands) for gate in gates])

    return wired_block


def ifelse(condition: Any, then: Any, otherwise: Any, *operands: Any) -> Any:
    """Give then(*operands) where the condition is not 0, else otherwise(*operands).

    Only the branch that is taken is evaluated, at a replay too: the condition is an operand.
    Both must give the same structure.  Units they take from their closures become operands.  A
    branch may also be a unit or a number; where both are, this is the gate `where`.

    Raises OperandError for a bool, which a replay could not compute again.

    >>> from gatenet import Circuit, Unit
    >>> from gatenet.gates import less
    >>> x = Unit(-2.0, "x")
    >>> y = ifelse(less(x, 0), lambda x: -x, lambda x: x.exp(), x)
    >>> y.value, Circuit(y).forward({"x": 0.0})
    (2.0, 1.0)
    """
    if isinstance(condition, bool):
        raise OperandError(
            f"the condition of ifelse is {condition!r}, a plain bool that no replay can compute "
            "again: compare with a gate, gatenet.gates.less(a, b) in place of a < b"
        )
    condition = unit_or_number(condition)
    if not callable(then) and not callable(otherwise):
        return where(condition, then, otherwise)
    functions = [f if callable(f) else _always(f) for f in (then, otherwise)]
    taken = int(value_of(condition) == 0.0)
    if type(condition) is not Unit or not current().grad:
        return functions[taken](*operands)
    leaves, arguments = flatten(operands)
    leaves = checked(arguments, leaves, "operand of ifelse", unit_or_number)
    frame = Frame(arguments)
    for f in functions:
        frame.take(closed_over(f), f)
    branches = [Branch(f, frame) for f in functions]
    values = branches[taken].trace(leaves)
    frame.closed = True
    wires = (condition, *leaves, *frame.around)
    frame.sample = [value_of(wire) for wire in wires[1:]]
    rows = [wired(IfElse(branches, k), wires, value, None) for k, value in enumerate(values)]
    assert frame.output is not None
    return unflatten(frame.output, rows)


#: Theano's name for a choice; here it, too, evaluates one branch alone.
switch = ifelse


def _always(result: Any) -> Callable[..., Any]:
    def branch(*_: Any) -> Any:
        return result

    return branch


def _still(nested: Sequence[Nested]) -> list[Branch]:
    """Branches without functions, one for each nested wiring."""
    frame = Frame(flatten(list(nested[0].names))[1])
    frame.given = nested[0].names
    branches = [Branch(None, frame) for _ in nested]
    for branch, one in zip(branches, nested, strict=True):
        branch.variants.append([one])
    return branches


def _renested(kind: str, name: str, nested: Sequence[Nested]) -> Block | IfElse:
    branches = _still(nested)
    if kind == "block":
        return Block(branches[0], name=name)
    return IfElse(branches, name=name)


def rebuilt(
    kind: str,
    circuits: Sequence[Circuit],
    slots: Sequence[Sequence[int]],
    size: int,
    *,
    name: str = "",
) -> Block | IfElse:
    """Make a block again from what a file holds: the inverse of kind, circuits, slots and size.

    Raises OperandError for a kind that is not "block" or "ifelse".
    """
    if kind not in ("block", "ifelse"):
        raise OperandError(f"unknown kind of block: {kind!r} (must be 'block' or 'ifelse')")
    nested = [
        from_circuit(circuit, dict(enumerate(places)), size)
        for circuit, places in zip(circuits, slots, strict=True)
    ]
    return _renested(kind, name or kind, nested)
