"""Subjects: what is exported, as every printer reads it: a program, its numbers and its names.

Knows programs, and compiled circuits by what they hold.  A program that is printed is folded and
pruned first: what is left has no gate of constants alone, so that no other compiler works one out
in its own way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gatenet.compiler.assembling import gradient_program
from gatenet.compiler.compiled import Compiled
from gatenet.compiler.program import Program
from gatenet.compiler.widening import WideProgram, widen
from gatenet.errors import CompileError, OperandError, WiringError
from gatenet.real import number

Kind = TypeVar("Kind", Program, WideProgram)


@dataclass(frozen=True)
class Subject(Generic[Kind]):
    """A program that is to be printed; `values` are its uniform leaves' own, if they are known.

    `parameters` name the uniform leaves (the last of them are the outputs' seeds).
    """

    program: Kind
    values: tuple[float, ...] | None
    inputs: tuple[str, ...]
    parameters: tuple[str, ...]
    outputs: tuple[str, ...]
    gradients: tuple[str, ...]

    def said(self) -> str:
        """Say in a few words how much of what there is."""
        counts = (
            (len(self.inputs), "input"),
            (len(self.parameters), "parameter"),
            (len(self.outputs), "output"),
            (len(self.gradients), "gradient"),
        )
        return ", ".join(f"{count} {word}{'s' * (count != 1)}" for count, word in counts)


def subject(
    what: Any, *, parameters: Iterable[float] | None = None, gradients: bool = True
) -> Subject[Program]:
    """Read what an exporter was given: a Program, or a compiled circuit with its present values.

    `parameters` are numbers for the program's uniform leaves, in their order, seeds included;
    a compiled circuit has its own, with seeds of 1.  `gradients=False` leaves the gradients out.

    Raises OperandError for anything else, WiringError for a wrong number of values.
    """
    program = program_of(what)
    bare = what is program
    values = _values(() if bare else what.shared, len(program.uniform), parameters, known=not bare)
    return Subject(
        folded(program.pruned(gradients=gradients)),
        values,
        tuple([program.labels.get(k, "") for k in program.inputs]),
        tuple([program.labels.get(k, "") for k in program.uniform]),
        _names(() if bare else what.outputs, len(program.outputs)),
        _names(() if bare else what.wrt, len(program.gradients) if gradients else 0),
    )


def wide_subject(
    what: Any,
    loops: bool | None = None,
    *,
    parameters: Iterable[float] | None = None,
    gradients: bool = True,
) -> Subject[WideProgram] | None:
    """Read the same as a wide program; None where none is wanted.

    Without `loops` it is wanted of what was compiled wide.

    Raises CompileError where there is no circuit to widen, or it cannot be widened.
    """
    if loops is False or not isinstance(what, Compiled):
        if loops:
            raise CompileError(
                f"loops=True needs a compiled circuit, not {type(what).__name__}: a program does "
                "not know its circuit, which is what is widened"
            )
        return None
    program: Any = what.program
    if not isinstance(program, WideProgram):
        if not loops:
            return None
        program = widen(what.circuit, what.inputs, what.shared, what.wrt)
    return Subject(
        program.pruned(gradients=gradients),
        _values(what.shared, program.uniform, parameters),
        _names(what.inputs, program.inputs),
        _names([*what.shared], program.uniform, "seed"),
        _names(what.outputs, len(program.outputs)),
        _names(what.wrt, len(program.gradients) if gradients else 0),
    )


def _values(
    shared: Sequence[Any], count: int, given: Iterable[float] | None, *, known: bool = True
) -> tuple[float, ...] | None:
    """The numbers of the uniform leaves: those given, or those of the units and seeds of 1."""
    if given is None:
        if not known:
            return None
        found = [float(unit.value) for unit in shared]
        return (*found, *[1.0] * (count - len(found)))
    values = tuple([number(value) for value in given])
    if len(values) != count:
        raise WiringError(
            f"got {len(values)} value(s) for the {count} leaves that every row "
            "shares: parameters first, then one seed for each output"
        )
    return values


def program_of(what: Any) -> Program:
    """The program of what is exported; a circuit compiled wide is laid out operation by operation.

    Raises OperandError for what has none.
    """
    if isinstance(what, Program):
        return what
    if not isinstance(what, Compiled):
        raise OperandError(
            f"only a program or a compiled circuit is exported, not {type(what).__name__}: write "
            "circuit.compile(inputs) first"
        )
    if isinstance(what.program, Program):
        return what.program
    return gradient_program(what.circuit, what.inputs, what.shared, what.wrt, {})


def _names(units: Sequence[Any], count: int, otherwise: str = "") -> tuple[str, ...]:
    names = [unit.name or "" for unit in units]
    return tuple([*names, *[otherwise] * count][:count])


def folded(program: Program) -> Program:
    """The same program with each gate of constants alone worked out, by its own declaration."""
    constants = dict(program.constants)
    gates = list(program.gates)
    args = [tuple(row) for row in program.args]
    for k, gate in enumerate(gates):
        if gate is not None and all(arg in constants for arg in args[k]):
            constants[k] = gate.value_kernel(*[constants[arg] for arg in args[k]])
            gates[k], args[k] = None, ()
    if len(constants) == len(program.constants):
        return program
    return Program(
        gates=gates,
        args=args,
        constants=constants,
        inputs=program.inputs,
        uniform=program.uniform,
        outputs=program.outputs,
        gradients=program.gradients,
        checks=program.checks,
        labels=program.labels,
        recorded=program.recorded,
    ).pruned()
