"""Compiled functions: a Python function of units, traced once for each structure and way it goes.

Knows trees, recordings and compiled circuits.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import update_wrapper
from types import FunctionType
from typing import Any, NamedTuple

from gatenet.circuit import Circuit
from gatenet.compiler.arguments import Arguments, Given
from gatenet.compiler.choosing import check_backend
from gatenet.compiler.compiled import Compiled
from gatenet.errors import CompileError, FlippedBranchError, OperandError, WiringError
from gatenet.modes import enable_grad, record
from gatenet.real import number
from gatenet.texts import counted
from gatenet.trees import Structure, flatten, unflatten
from gatenet.unit import Unit

#: Whether a function is being traced here.
_TRACING: ContextVar[bool] = ContextVar("gatenet tracing", default=False)


def check_traceable(thing: object) -> None:
    """Raise CompileError where something that draws is called while a function is traced."""
    if _TRACING.get():
        raise CompileError(
            f"{thing!r} draws in training, and a compiled function would keep the draw it was "
            "traced with: call model.eval() first, or call the function as it is"
        )


#: So many ways through one structure are kept before somebody is told that there are more.
WAYS = 64


#: So many structures and choices of static arguments are traced before a warning says so, once.
KINDS = 32


class Trace(NamedTuple):
    """One way through the function: for values and own parameters, and for its arguments."""

    circuit: Circuit
    inputs: list[Unit]
    places: list[int]
    structure: Structure
    outer: Compiled
    made: list[Compiled]


class CompiledFunction:
    """A function of units that runs as a compiled circuit; made by `gatenet.compile`."""

    def __init__(
        self,
        function: Callable[..., Any],
        static_argnums: int | Sequence[int],
        static_argnames: str | Sequence[str],
        backend: str,
    ) -> None:
        if not callable(function):
            raise OperandError(
                f"gatenet.compile takes a function, not {function!r:.60} of type "
                f"{type(function).__name__}. A circuit is compiled by its own compile()"
            )
        check_backend(backend)
        update_wrapper(self, function)
        self.function = function
        self.arguments = Arguments(function, static_argnums, static_argnames)
        self.backend = backend
        #: How often the function itself has run, to be recorded.
        self.traces = 0
        self._known: dict[Any, list[Trace]] = {}
        self._bound: dict[int, CompiledFunction] = {}

    def __get__(self, instance: Any, owner: Any = None) -> CompiledFunction:
        """Where it is a method: compiled for this one object, traces and all.

        The object is static by identity, so it is kept as long as the function is.  What the
        method reads from it is fixed when it is traced, but for the values of units.
        """
        if instance is None or type(self.function) is not FunctionType:
            return self
        found = self._bound.get(id(instance))
        if found is None:
            found = CompiledFunction(self.function.__get__(instance), (), (), self.backend)
            found.arguments = self.arguments.bound()
            found = self._bound.setdefault(id(instance), found)
        return found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function's value at plain numbers, in the structure that the function gives.

        Where there are units among the arguments, or another function is being traced, the
        function runs as it is and becomes part of what is recorded.
        """
        given = self.arguments.read(args, kwargs)
        if given.wired or _TRACING.get():
            args, kwargs = given.filled(given.leaves)  # type: ignore[assignment]
            return self.function(*args, **kwargs)
        leaves = self.arguments.numbers(given)
        return self._tried(given, leaves, lambda trace: self._values(trace, leaves))

    def value_and_grad(self, *args: Any, **kwargs: Any) -> tuple[float, Any]:
        """The value of a function of one output, and its gradient in every positional argument.

        The gradient has the arguments' structure (an array's is a list, None's is None); for one
        argument it is that argument's alone.  Static arguments and those given by name have none,
        as in JAX.

        Raises WiringError where there is no number among the positional arguments.
        """
        given = self.arguments.read(args, kwargs)
        leaves = self.arguments.numbers(given)
        if not given.positional:
            raise WiringError(
                f"{self._name} was given no number by position, and those are what is "
                "differentiated: value_and_grad(3.0) and not value_and_grad(x=3.0)"
            )

        def run(trace: Trace) -> tuple[float, Any]:
            self._check_single(trace)
            if not trace.made:
                found = Compiled(trace.circuit, trace.inputs, trace.inputs, self.backend)
                trace.made.append(found)
            values, slopes = trace.made[0].value_and_grad(self._row(trace, leaves))
            gradients = [0.0] * len(leaves)
            for place, slope in zip(trace.places, slopes[0], strict=True):
                gradients[place] = slope
            (value,) = values
            tree, _ = given.tree(gradients)
            return (value if type(value) is float else value[0]), tree[0] if len(
                tree
            ) == 1 else tree

        return self._tried(given, leaves, run)  # type: ignore[no-any-return]

    def own_gradient(self, *args: Any) -> Any:
        """The gradient in every positional argument: what `gradcheck` compares with differences."""
        return self.value_and_grad(*args)[1]

    def backward(self, *args: Any, seed: float = 1.0, **kwargs: Any) -> float:
        """The value; `seed` times its gradient is added to `.grad` of the parameters it reads."""
        given = self.arguments.read(args, kwargs)
        leaves = self.arguments.numbers(given)

        def run(trace: Trace) -> float:
            self._check_single(trace)
            value: Any = trace.outer.backward(self._row(trace, leaves), seed=seed)
            return float(value[0])

        return self._tried(given, leaves, run)  # type: ignore[no-any-return]

    @property
    def _name(self) -> str:
        return self.arguments.function

    def _check_single(self, trace: Trace) -> None:
        if not trace.structure.single:
            raise WiringError(f"{self._name} gives {trace.structure}: one output has a gradient")

    def _tried(self, given: Given, leaves: list[float], run: Callable[[Trace], Any]) -> Any:
        """Run on the trace that goes this way, or on a new one where none does."""
        known = self._known.setdefault(self.arguments.key(given), [])
        for trace in reversed(known):
            try:
                return run(trace)
            except FlippedBranchError:
                continue
        if len(known) == WAYS:
            raise CompileError(
                f"{self._name} goes another way each time: {WAYS} have been traced for one "
                "structure. Choose with gatenet.where, whose condition is part of the circuit, or "
                "call the function as it is"
            )
        known.append(self._traced(given, leaves))
        if len(self._known) == KINDS and len(known) == 1:
            warnings.warn(self._many_kinds(), stacklevel=3)
        return run(known[-1])

    def _many_kinds(self) -> str:
        """What to say when the function was traced for a lot of structures and static values."""
        structures = {key[0]: None for key in self._known}
        fixed = {key[2]: None for key in self._known if key[2]}
        some = [str(structure) for structure in [*structures][-2:]]
        parts = [f"{counted(len(structures), 'structure')} of arguments, such as "]
        parts.append(" and ".join(some))
        if fixed:
            parts.append(f", and {counted(len(fixed), 'choice')} of static arguments")
        return (
            f"{self._name} has been traced for {KINDS} kinds of calls, each kept and compiled "
            f"apart: {''.join(parts)}. Bring lists to a few lengths, hand numbers that vary in as "
            "numbers and not as static arguments, or call the function as it is, by .function"
        )

    def _traced(self, given: Given, leaves: list[float]) -> Trace:
        """Run the function on units, once, and compile what it recorded."""
        units = [Unit(value) for value in leaves]
        arguments, keywords = given.filled(units)
        self.traces += 1
        with enable_grad(), record() as recording:
            token = _TRACING.set(True)
            try:
                results, structure = flatten(self.function(*arguments, **keywords))
            finally:
                _TRACING.reset(token)
            outputs = [x if type(x) is Unit else Unit(number(x)) for x in results]
            circuit = Circuit(outputs, recording=recording)
        known = {unit._serial for unit in circuit.order}
        places = [k for k, unit in enumerate(units) if unit._serial in known]
        inputs = [units[k] for k in places]
        outer = [u for u in circuit.order if u._a is None and u.role == "parameter"]
        compiled = Compiled(circuit, inputs, outer, self.backend)
        return Trace(circuit, inputs, places, structure, compiled, [])

    def _row(self, trace: Trace, leaves: list[float]) -> list[list[float]] | None:
        return [[leaves[k] for k in trace.places]] if trace.places else None

    def _values(self, trace: Trace, leaves: list[float]) -> Any:
        (row,) = trace.outer(self._row(trace, leaves))
        return unflatten(trace.structure, row)

    def __reduce__(self) -> Any:
        """Pickled by its name, as every function is; a method by its object and name."""
        name = getattr(self.function, "__qualname__", "")
        owner = getattr(self.function, "__self__", None)
        if owner is not None and getattr(owner, self._name, None) is self:
            return getattr, (owner, self._name)
        found: Any = sys.modules.get(getattr(self.function, "__module__", None) or "")
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is not self:
            raise CompileError(
                f"{self!r} cannot be pickled: a pickle holds a function's name, and "
                f"{name or self._name} is not this one. Decorate a function at the top of its "
                "module; or record a circuit, and save() what its compile() gives"
            )
        return name

    def __deepcopy__(self, memo: dict[int, Any]) -> CompiledFunction:
        return self

    def __copy__(self) -> CompiledFunction:
        return self

    def __repr__(self) -> str:
        return f"<compiled {self._name}, traced {counted(self.traces, 'time')}>"


def compile(  # the name PyTorch has for it; it is never star-imported
    function: Callable[..., Any] | None = None,
    *,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
    backend: str = "auto",
) -> Any:
    """Compile a function of units: traced at its first call, run without units from then on.

    Arguments and results may be containers of numbers; an array among the arguments is handed on
    as lists, None as it is.  A new structure is a new trace, and so is a comparison of units that
    goes another way than it did (comparing their `.value` is outside this promise).  Arguments
    listed in `static_argnums` (negative ones count from the end), or by name in
    `static_argnames`, are handed to the function as they are, given by position or by name, and
    must be hashable: one trace for each.  Units the function takes from around it keep their
    present values at each call; `backward` adds to the gradients of the parameters among them.

    Called with units, or while another function is traced, it runs as it is.  On a method it is
    compiled for each object apart, which is kept as long as the function is.

    Warns once when it was traced for 32 structures or choices of static arguments.

    Raises RangeError for a static parameter or a backend that there is not, OperandError for what
    is no function; at a call CompileError for gates that are Python code, and for a function that
    goes another way each time.

    >>> import gatenet
    >>> @gatenet.compile
    ... def area(side):
    ...     return side * side if side > 0 else 0.0 * side
    >>> area(3.0), area.value_and_grad(-2.0), area.traces
    (9.0, (-0.0, 0.0), 2)
    """
    if function is None:
        return lambda found: CompiledFunction(found, static_argnums, static_argnames, backend)
    return CompiledFunction(function, static_argnums, static_argnames, backend)
