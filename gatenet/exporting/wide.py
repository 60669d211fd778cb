"""Wide programs for frameworks of arrays: each step as a few calls of whole arrays.

What JAX and PyTorch share: which leaves are given and which are parameters, the steps with their
operands worked out, and the run of these steps by a framework's own functions.  A gate is the
function that its declaration names.  Knows wide programs; knows no framework.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from gatenet.circuit import Circuit
from gatenet.compiler.assembling import leaves
from gatenet.compiler.compiled import Compiled
from gatenet.compiler.curving import curved
from gatenet.compiler.widening import WideProgram, widen
from gatenet.compiler.widening.program import WideStep
from gatenet.compiler.widening.tables import matrix
from gatenet.declaration import Gate
from gatenet.errors import CompileError, OperandError, WiringError
from gatenet.exporting.widetables import Operand, Places
from gatenet.unit import Unit

#: So many products are worth a product of matrices.
MATRIX = 128


class Arrays(Protocol):
    """A framework's functions; axes in front of those of a step are rows of a batch."""

    def constant(self, values: Sequence[float], shape: Sequence[int]) -> Any:
        """An array of constants; one value fills the shape."""

    def read(self, operand: Operand, arrays: Sequence[Any]) -> Any:
        """Cut an operand out of arrays."""

    def function(self, gate: Gate) -> Callable[..., Any]:
        """What computes a primitive gate."""

    def summed(self, terms: Any) -> Any:
        """The sums along the last axis but one."""

    def product(self, left: Any, right: Any) -> Any:
        """The product of matrices over the last two axes."""

    def moved(self, array: Any, order: Sequence[int], size: int) -> Any:
        """Put the last axes in another order, and make them one of this size."""


class Product(NamedTuple):
    """Sums that are a product of matrices; `beside` are the factors of one term more."""

    left: Operand
    right: Operand
    order: tuple[int, ...]
    beside: tuple[Operand, Operand] | None


class Laid(NamedTuple):
    """A step with its operands worked out."""

    step: WideStep
    operands: tuple[Operand, ...]
    product: Product | None


class Steps:
    """A wide program laid out for arrays; `run` gives its outputs, gradients and checks."""

    def __init__(self, program: WideProgram) -> None:
        self.program = program
        self.places = places = Places(program)
        self.steps = [self._laid(step) for step in program.steps]
        self.results = [
            places.operand(slots, (len(slots),)) if slots else None
            for slots in (
                program.outputs,
                program.gradients,
                [check.node for check in program.checks],
            )
        ]

    def _laid(self, step: WideStep) -> Laid:
        operand = self.places.operand
        if step.gate is not None:
            return Laid(step, tuple([operand(table, (step.size,)) for table in step.args]), None)
        product = self._product(step)
        shape = (step.terms, step.size)
        operands = () if product else tuple([operand(table, shape) for table in step.args])
        return Laid(step, operands, product)

    def _product(self, step: WideStep) -> Product | None:
        if len(step.args) == 1 or step.size * step.terms < MATRIX:
            return None
        found = matrix(step.args[0], step.args[1], step.terms, step.size)
        if found is None:
            return None
        operand = self.places.operand
        groups, rows, columns = found.shape
        left = operand(_table(*found.left, shape := (groups, rows, found.terms)), shape)
        right = operand(_table(*found.right, shape := (groups, found.terms, columns)), shape)
        axes = [kind for kind, _ in found.order]
        order = (*axes, *[kind for kind in range(3) if kind not in axes])
        beside = None
        if found.terms < step.terms:
            row = 0 if found.first else step.terms - 1
            part = slice(row * step.size, (row + 1) * step.size)
            one, other = [operand(table[part], (step.size,)) for table in step.args]
            beside = one, other
        return Product(left, right, order, beside)

    def run(self, ops: Arrays, parameters: Any, seeds: Any, inputs: Any) -> list[Any]:
        """Run the steps; give three arrays, None for what there is none of."""
        # The constants stand where the operands look for them.
        constants = [*self.program.constants]
        arrays = [parameters, seeds, ops.constant(constants, (len(constants),)), inputs]
        read = ops.read
        for step, operands, product in self.steps:
            if product is not None:
                found = ops.product(read(product.left, arrays), read(product.right, arrays))
                found = ops.moved(found, product.order, step.size)
                if product.beside is not None:
                    one, other = product.beside
                    found = found + read(one, arrays) * read(other, arrays)
            else:
                given = [read(operand, arrays) for operand in operands]
                if step.gate is not None:
                    found = ops.function(step.gate)(*given)
                else:
                    found = ops.summed(given[0] if len(given) == 1 else given[0] * given[1])
            arrays.append(found)
        return [None if one is None else read(one, arrays) for one in self.results]


def _table(start: int, strides: Sequence[int], shape: Sequence[int]) -> list[int]:
    """The slots of an affine table."""
    table = [start]
    for length, stride in zip(reversed(shape), reversed(strides), strict=True):
        table = [slot + k * stride for k in range(length) for slot in table]
    return table


class Bent(NamedTuple):
    """Second derivatives: steps whose parameters are inputs, parameters, seeds, a vector, `fixed`.

    `picks` takes the steps' parameters out of these, side by side.
    """

    steps: Steps
    picks: list[int]
    fixed: list[float]


class Wide:
    """A circuit for a framework of arrays: its leaves in order, and its programs.

    Every leaf that is no input is a parameter.  `wrt` are the leaves to differentiate by.
    """

    def __init__(
        self, what: Any, inputs: Iterable[Unit] | None, wrt: Iterable[Unit] | None
    ) -> None:
        if isinstance(what, Compiled):
            if inputs is not None:
                raise WiringError(
                    "a compiled circuit has its inputs: leave inputs= out, or call this of its "
                    "circuit"
                )
            self.circuit, inputs, order = what.circuit, what.inputs, [*what.inputs, *what.shared]
        elif isinstance(what, Circuit):
            self.circuit, order = what, [unit for unit in what.order if unit._a is None]
        else:
            raise OperandError(
                f"only a circuit or a compiled one becomes a function of arrays, not "
                f"{type(what).__name__}"
            )
        known = {unit._serial for unit in order}
        self.single = self.circuit.single
        self.outputs = tuple(self.circuit.ends)
        self.inputs = leaves(inputs, known, "inputs", [u for u in order if u.role == "input"])
        varying = {unit._serial for unit in self.inputs}
        self.parameters = tuple([unit for unit in order if unit._serial not in varying])
        both = [*self.inputs, *self.parameters]
        self.wrt = leaves(wrt, known, "wrt", [unit for unit in both if unit.requires_grad])
        chosen = {unit._serial for unit in self.wrt}
        #: For each argument the places of the leaves that are differentiated by.
        self.moving = tuple(
            [k for k, unit in enumerate(units) if unit._serial in chosen]
            for units in (self.inputs, self.parameters)
        )
        wanted = [units[k] for units, some in zip(
            (self.inputs, self.parameters), self.moving, strict=True) for k in some]  # fmt: skip
        self.program = widen(self.circuit, self.inputs, self.parameters, wanted, reassociate=True)
        self._steps: dict[tuple[bool, bool], Steps] = {}

    def steps(self, asked: tuple[bool, bool]) -> Steps:
        """The steps to the outputs and checks, and to the gradients in the arguments asked for."""
        if asked not in self._steps:
            cut = len(self.moving[0])
            gradients = self.program.gradients
            some = [*(gradients[:cut] if asked[0] else ()), *(gradients[cut:] if asked[1] else ())]
            self._steps[asked] = Steps(replace(self.program, gradients=some).pruned())
        return self._steps[asked]

    def bent(self) -> Bent:
        """The Hessian of the seeded outputs in `wrt` times a vector, widened."""
        units = (self.inputs, self.parameters)
        moving = [units[k][i] for k in (0, 1) for i in self.moving[k]]
        curve = curved(self.circuit, moving)
        leaves = [unit for unit in curve.circuit.order if unit._a is None]
        given = [curve.leaves[unit] for unit in (*self.inputs, *self.parameters)]
        given += [*curve.seeds, *curve.vector]
        place = {unit._serial: k for k, unit in enumerate(given)}
        # Leaves that are none of these are numbers: derivatives that are the same everywhere.
        fixed = [unit.value for unit in leaves if unit._serial not in place]
        for unit in leaves:
            place.setdefault(unit._serial, len(place))
        program = widen(curve.circuit, (), leaves, (), reassociate=True)
        return Bent(Steps(program.pruned()), [place[unit._serial] for unit in leaves], fixed)

    def filled(self, argument: int) -> list[int] | None:
        """Where the gradients of an argument's numbers are, -1 for none; None for all in order."""
        units = (self.inputs, self.parameters)[argument]
        some = self.moving[argument]
        if len(some) == len(units):
            return None
        places = {k: place for place, k in enumerate(some)}
        return [places.get(k, -1) for k in range(len(units))]

    def refuse(self, argument: int) -> None:
        """Raise WiringError where an argument is differentiated by that has no leaf in `wrt`."""
        name, units = (("inputs", self.inputs), ("parameters", self.parameters))[argument]
        if units and not self.moving[argument]:
            raise WiringError(
                f"differentiated in the {name}, of which none of {len(units)} is in wrt: list them "
                "in wrt="
            )


def named(gate: Gate, modules: Sequence[Any], words: dict[str, str], framework: str) -> Any:
    """The framework's function of a primitive gate, by the name of NumPy's or the C library's.

    `words` are the framework's names for those that it calls otherwise.

    Raises CompileError where it has none.
    """
    primitive = gate.primitive
    assert primitive is not None
    name = primitive.ufunc or primitive.c.partition("(")[0]
    for module in modules:
        found = getattr(module, words.get(name, name), None)
        if name and callable(found):
            return found
    raise CompileError(
        f"gate {gate.name!r} has no function in {framework}: its declaration names "
        f"{name or primitive.c!r}. Write it as a formula of other gates, or give its Primitive a "
        f"ufunc that {framework} has",
        gate=gate,
    )
