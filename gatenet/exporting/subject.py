"""Subjects: what is exported, as every printer reads it: a program, its numbers and its names.

Knows programs, and compiled circuits by what they hold.  A program that is printed is folded and
pruned first: what is left has no gate of constants alone, so that no other compiler works one out
in its own way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gatenet.compiler.assembling import gradient_program
from gatenet.compiler.compiled import Compiled
from gatenet.compiler.program import Program
from gatenet.errors import OperandError, WiringError
from gatenet.real import number


@dataclass(frozen=True)
class Subject:
    """A program that is to be printed; `values` are its uniform leaves' own, if they are known.

    `parameters` name the uniform leaves (the last of them are the outputs' seeds).
    """

    program: Program
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
) -> Subject:
    """Read what an exporter was given: a Program, or a compiled circuit with its present values.

    `parameters` are numbers for the program's uniform leaves, in their order, seeds included;
    a compiled circuit has its own, with seeds of 1.  `gradients=False` leaves the gradients out.

    Raises OperandError for anything else, WiringError for a wrong number of values.
    """
    outputs: Sequence[Any] = ()
    wrt: Sequence[Any] = ()
    values = None if parameters is None else [number(value) for value in parameters]
    program = program_of(what)
    if what is not program:
        outputs, wrt = what.outputs, what.wrt
        if values is None:
            values = [float(unit.value) for unit in what.shared]
            values += [1.0] * (len(program.uniform) - len(values))
    if values is not None and len(values) != len(program.uniform):
        raise WiringError(
            f"got {len(values)} value(s) for the {len(program.uniform)} leaves that every row "
            "shares: parameters first, then one seed for each output"
        )
    return Subject(
        folded(program.pruned(gradients=gradients)),
        None if values is None else tuple(values),
        tuple([program.labels.get(k, "") for k in program.inputs]),
        tuple([program.labels.get(k, "") for k in program.uniform]),
        _names(outputs, len(program.outputs)),
        _names(wrt, len(program.gradients) if gradients else 0),
    )


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


def _names(units: Sequence[Any], count: int) -> tuple[str, ...]:
    names = [unit.name or "" for unit in units]
    return tuple([*names, *[""] * count][:count])


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
