"""Calls: how a transform calls the user's function.

Each number or unit in the arguments that are differentiated becomes a fresh unit, so that two
transforms nested in one another never take one's argument for the other's.  A context variable
counts how deep the nesting is: at the top, float arguments give floats back; inside another
transform, or given units, the results are units that can be differentiated again.
Knows units, the sweep and trees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from gatenet.eager import applied
from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.gates import identity as identity
from gatenet.modes import current, enable_grad, record
from gatenet.real import number
from gatenet.trees import Structure, checked, flatten, unflatten
from gatenet.unit import Unit

Tree = Any
Function = Callable[..., Any]

_depth: ContextVar[int] = ContextVar("gatenet_transforms_depth", default=0)


def constant(value: float) -> Unit:
    """Give a unit that no leaf drives: to be differentiated like any other, with gradient 0."""
    return applied(identity, [value])


@contextmanager
def inside() -> Iterator[None]:
    """While the user's function runs: one level deeper, and recording even under `no_grad`."""
    token = _depth.set(_depth.get() + 1)
    try:
        with nullcontext() if current().grad else enable_grad():
            yield
    finally:
        _depth.reset(token)


@contextmanager
def aside() -> Iterator[None]:
    """While Python code that no transform looks into runs: as if it were called at the top."""
    token = _depth.set(0)
    try:
        with record():  # its comparisons concern nobody outside
            yield
    finally:
        _depth.reset(token)


def nested() -> bool:
    """Whether a transform is running around this one."""
    return _depth.get() > 0


@dataclass(frozen=True)
class Call:
    """One call of a function with fresh units for the arguments that are differentiated.

    `live` says that results are to be units; `since` is where the call began, as a serial number.
    """

    roots: list[Unit]
    arguments: list[Structure]
    outputs: list[Unit | float]
    output: Structure
    live: bool

    @property
    def since(self) -> int:
        """The oldest unit a pass has to look at; 0 at the top, where staleness is checked."""
        return self.roots[0].serial if nested() else 0

    def arranged(self, leaves: Sequence[Any]) -> list[Tree]:
        """Put one result per root together as the differentiated arguments are nested."""
        rest = iter(leaves)
        return [unflatten(s, [next(rest) for _ in range(s.size)]) for s in self.arguments]


def called(
    f: Function,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    argnums: Sequence[int],
    who: str,
) -> Call:
    """Call `f` with fresh units in the arguments `argnums`; `who` is the transform's name.

    Raises OperandError for an argument or an output that is no number, WiringError for an
    argument that is not there, RangeError for one that holds no number at all.
    """
    given = list(args)
    leaves: list[Any] = []
    arguments: list[Structure] = []
    for k in argnums:
        if k >= len(given):
            raise WiringError(
                f"{who} was asked for argument {k} of {name_of(f)}, which was called with "
                f"{len(given)} positional argument(s); argnums counts from 0"
            )
        found, structure = flatten(given[k])
        if not found:
            raise RangeError(
                f"argument {k} of {name_of(f)} is {given[k]!r}: it holds no number that {who} "
                "could differentiate by; give at least one"
            )
        leaves += checked(structure, found, f"argument {k} of {name_of(f)}", unit_or_number)
        arguments.append(structure)
    live = nested() or any(type(leaf) is Unit for leaf in leaves)
    with inside():
        roots = [applied(identity, [leaf]) if live else Unit(leaf) for leaf in leaves]
        rest = iter(roots)
        for k, structure in zip(argnums, arguments, strict=True):
            given[k] = unflatten(structure, [next(rest) for _ in range(structure.size)])
        outputs, output = flatten(f(*given, **kwargs))
    outputs = checked(output, outputs, f"{who}: {name_of(f)} returned", unit_or_number)
    return Call(roots, arguments, outputs, output, live)


def unit_or_number(leaf: Any) -> Unit | float:
    """Leave a unit as it is; turn a real number into a float; refuse everything else."""
    return leaf if type(leaf) is Unit else number(leaf)


def one_output(call: Call, f: Function, who: str) -> Unit | float:
    """The output of a function that must have one.

    Raises OperandError that names what came instead.
    """
    if not call.output.single:
        raise OperandError(
            f"{who} needs a function with one output; {name_of(f)} returned {call.output}: "
            "combine the outputs (gatenet.gates.total), or use jacobian or vjp"
        )
    return call.outputs[0]


def finished(results: Sequence[Unit | float], live: bool) -> list[Any]:
    """Results as they leave a transform: all floats, or, where `live`, all units."""
    if not live:
        return [value_of(result) for result in results]
    if not current().grad:
        return [constant(value_of(result)) for result in results]
    return [result if type(result) is Unit else constant(number(result)) for result in results]


def value_of(result: Unit | float) -> float:
    """The plain number on a unit; a number is given back."""
    return result.value if type(result) is Unit else number(result)


def positions(argnums: int | Sequence[int], count: int, who: str) -> tuple[list[int], bool]:
    """Read `argnums`: the positions it names, and whether it is one number.

    Raises WiringError for anything but an int or a list of different ints.
    """
    single = type(argnums) is int
    listed: Any = [argnums] if single else argnums
    if not isinstance(listed, (list, tuple)) or not all(type(k) is int for k in listed):
        raise WiringError(f"{who}: argnums is {argnums!r}; it must be an int or a tuple of ints")
    found = [k + count if k < 0 else k for k in listed]
    if not found or min(found) < 0 or len(set(found)) != len(found):
        raise WiringError(
            f"{who}: argnums is {argnums!r}, for {count} positional argument(s); it must name "
            "at least one of them, each once"
        )
    return found, single


def name_of(f: Function) -> str:
    """What to call a function in a message."""
    return str(getattr(f, "__name__", None) or repr(f))
