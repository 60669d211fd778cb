"""Recording: the circuit of one sample, its inputs and target as columns.

Samples that are nested alike share a circuit.  Numbers become columns.  A whole number may be one
as well, or a class's number, or fixed (a token that is looked up): a `Way` says which.  Knows
models and losses as things to call; does not know batches.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

from gatenet.circuit import Circuit
from gatenet.compiler import Compiled
from gatenet.errors import CompileError
from gatenet.losses.choices import Choice
from gatenet.modes import enable_grad, record
from gatenet.nn import places
from gatenet.nn.module import Module
from gatenet.real import number
from gatenet.training.evaluation import Loss
from gatenet.trees import Structure, flatten, unflatten
from gatenet.unit import Unit

MEND = "train it eagerly (compiled=False)"


#: What `trees.flatten` gives.
Flat = tuple[list[Any], Structure]
_FLOAT = {float}


class Way(NamedTuple):
    """What whole numbers are among the inputs and the targets: "column", "class" or "fixed"."""

    inputs: str
    targets: str


class Sample(NamedTuple):
    """A sample and its target, taken apart; `key` is the same for samples of one circuit."""

    leaves: list[Any]
    kinds: list[str]
    key: Any
    structures: tuple[Structure, Structure]


class Table(NamedTuple):
    """A compiled circuit and its columns: (leaf, class) for each.

    A column is a leaf's number, or whether the leaf is that class.
    """

    compiled: Compiled
    columns: list[tuple[int, int | None]]

    def packed(self, leaves: Sequence[Any]) -> bytes:
        """A sample's columns as float64 numbers."""
        columns = [
            leaves[k] if chosen is None else 1.0 if leaves[k] == chosen else 0.0
            for k, chosen in self.columns
        ]
        return array("d", columns).tobytes()


class Recorded(NamedTuple):
    """What was recorded of samples nested alike: the loss, and the outputs in their shape."""

    loss: Table
    outputs: Table
    shape: Structure


def taken_apart(inputs: Flat, targets: Flat, way: Way) -> Sample:
    """Say what each leaf of a flattened sample and its target is.

    Raises CompileError for a leaf that can be neither a column nor fixed.
    """
    (some, first), (others, second) = inputs, targets
    leaves = [*some, *others]
    if {*map(type, leaves)} <= _FLOAT:
        return Sample(leaves, ["column"] * len(leaves), (first, second, ()), (first, second))
    kinds = [_kind(leaf, way.inputs) for leaf in some]
    kinds += [_kind(leaf, way.targets) for leaf in others]
    fixed = tuple([(type(x), x) for x, kind in zip(leaves, kinds, strict=True) if kind == "fixed"])
    key = (first, second, fixed)
    try:
        hash(key)
    except TypeError:
        raise CompileError(
            f"the samples hold {next(x for _, x in fixed if x.__hash__ is None)!r:.60}, which is "
            f"no number and can be no column of a compiled circuit: {MEND}"
        ) from None
    return Sample(leaves, kinds, key, (first, second))


def _kind(leaf: Any, whole: str) -> str:
    if isinstance(leaf, float):
        return "column"
    return whole if isinstance(leaf, int) and not isinstance(leaf, bool) else "fixed"


def recorded(model: Module, loss: Loss, sample: Sample, weighted: bool, backend: str) -> Recorded:
    """Wire one sample and its loss once, and compile that.

    `weighted` multiplies the loss by one more column, the leaf after the others.

    Raises CompileError for a model that draws random numbers or moves its buffers in training.
    """
    operands: list[Any] = [
        Unit(number(leaf)) if kind == "column" else Choice(leaf) if kind == "class" else leaf
        for leaf, kind in zip(sample.leaves, sample.kinds, strict=True)
    ]
    first, second = sample.structures
    state = _state(model)
    weight = Unit(1.0)
    with enable_grad(), record() as recording:
        (output,) = model.batch([unflatten(first, operands[: first.size])])
        value = loss([output], [unflatten(second, operands[first.size :])])
        if weighted and type(value) is Unit:
            value = value * weight
    _check_still(model, state)
    if type(value) is not Unit:
        raise CompileError(f"the loss of one sample gave {value!r} and not a unit: {MEND}")
    circuit = Circuit(value, recording=recording)
    units: dict[Unit, tuple[int, int | None]] = {weight: (len(operands), None)}
    for k, operand in enumerate(operands):
        if type(operand) is Choice:
            units.update((unit, (k, chosen)) for chosen, unit in enumerate(operand.units))
        elif type(operand) is Unit:
            units[operand] = (k, None)
    reached = {unit._serial for unit in circuit.order}
    wrt = [u for u in model.parameters() if u.requires_grad and u._serial in reached]
    ends, shape = flatten(output)
    outputs = Circuit([end if type(end) is Unit else Unit(number(end)) for end in ends])
    return Recorded(
        _table(circuit, units, wrt, backend), _table(outputs, units, (), backend), shape
    )


def _table(
    circuit: Circuit,
    units: dict[Unit, tuple[int, int | None]],
    wrt: Sequence[Unit],
    backend: str,
) -> Table:
    inputs = [unit for unit in circuit.order if unit in units]
    return Table(Compiled(circuit, inputs, wrt, backend), [units[unit] for unit in inputs])


def _state(model: Module) -> list[Any]:
    generators = [generator.getstate() for _, generator in model.named_generators()]
    return [generators, [value for _, value in model.named_buffers()]]


def _check_still(model: Module, before: list[Any]) -> None:
    """See that a recorded pass has drawn nothing and moved nothing; put it back where it has."""
    drawn = [
        name
        for (name, generator), state in zip(model.named_generators(), before[0], strict=True)
        if generator.getstate() != state
    ]
    moved = [
        name
        for (name, value), old in zip(model.named_buffers(), before[1], strict=True)
        if value != old
    ]
    if not drawn and not moved:
        return
    for (_, generator), state in zip(model.named_generators(), before[0], strict=True):
        generator.setstate(state)
    for (_, buffer, k), old in zip(places.buffers(model, "", set()), before[1], strict=True):
        buffer[k] = old
    what = (
        f"draws from {drawn[0]} in training, and a compiled circuit would keep the draw it was "
        "recorded with"
        if drawn
        else f"moves {moved[0]} in training, and a compiled circuit would leave it"
    )
    raise CompileError(f"the model {what}: {MEND}")


def ways(rows: Sequence[tuple[Flat, Flat]]) -> list[Way]:
    """The ways to try for flattened rows of inputs and target, the widest first."""
    found = []
    for place, options in ((0, ("column", "fixed")), (1, ("column", "class", "fixed"))):
        whole = any(_kind(leaf, "") == "" for row in rows for leaf in _odd(row[place][0]))
        found.append(options if whole else options[:1])
    return [Way(inputs, targets) for inputs in found[0] for targets in found[1]]


def _odd(leaves: list[Any]) -> list[Any]:
    """The leaves, where one of them is no plain float."""
    return [] if {*map(type, leaves)} <= _FLOAT else leaves
