"""Compiled functions: a Python function of units, traced once for each structure and way it goes.

Knows trees, recordings and compiled circuits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from functools import update_wrapper
from typing import Any, NamedTuple

from gatenet.circuit import Circuit
from gatenet.compiler.compiled import Compiled
from gatenet.errors import CompileError, FlippedBranchError, OperandError, WiringError
from gatenet.modes import enable_grad, record
from gatenet.real import number
from gatenet.trees import Structure, checked, flatten, unflatten
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


class Trace(NamedTuple):
    """One way through the function: for values and own parameters, and for its arguments."""

    circuit: Circuit
    inputs: list[Unit]
    places: list[int]
    structure: Structure
    outer: Compiled
    made: list[Compiled]


class Given(NamedTuple):
    """What a call was given: the numbers in it, how they are nested, and the rest."""

    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    leaves: list[float]
    structure: Structure
    fixed: Any


class CompiledFunction:
    """A function of units that runs as a compiled circuit; made by `gatenet.compile`."""

    def __init__(
        self,
        function: Callable[..., Any],
        static_argnums: Sequence[int],
        static_argnames: Sequence[str],
        backend: str,
    ) -> None:
        update_wrapper(self, function)
        self.function = function
        self.static: frozenset[int | str] = frozenset([*static_argnums, *static_argnames])
        self.backend = backend
        #: How often the function itself has run, to be recorded.
        self.traces = 0
        self._known: dict[Any, list[Trace]] = {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function's value at plain numbers, in the structure that the function gives."""
        given = self._read(args, kwargs)
        return self._tried(given, lambda trace: self._values(trace, given.leaves))

    def value_and_grad(self, *args: Any, **kwargs: Any) -> tuple[float, Any]:
        """The value of a function of one output, and its gradient in every positional argument.

        The gradient has the arguments' structure; for one argument it is that argument's alone.
        Static arguments and those given by name have none, as in JAX.
        """
        given = self._read(args, kwargs)
        leaves = given.leaves

        def run(trace: Trace) -> tuple[float, Any]:
            if not trace.structure.single:
                raise WiringError(
                    f"{self._name} gives {trace.structure}: one output has a gradient"
                )
            if not trace.made:
                found = Compiled(trace.circuit, trace.inputs, trace.inputs, self.backend)
                trace.made.append(found)
            values, slopes = trace.made[0].value_and_grad(self._row(trace, leaves))
            gradients = [0.0] * len(leaves)
            for place, slope in zip(trace.places, slopes[0], strict=True):
                gradients[place] = slope
            (value,) = values
            tree, _ = unflatten(given.structure, gradients)
            return (value if type(value) is float else value[0]), tree[0] if len(
                tree
            ) == 1 else tree

        return self._tried(given, run)  # type: ignore[no-any-return]

    def own_gradient(self, *args: Any) -> Any:
        """The gradient in every positional argument: what `gradcheck` compares with differences."""
        return self.value_and_grad(*args)[1]

    def backward(self, *args: Any, seed: float = 1.0, **kwargs: Any) -> float:
        """The value; `seed` times its gradient is added to `.grad` of the parameters it reads."""
        given = self._read(args, kwargs)

        def run(trace: Trace) -> float:
            if not trace.structure.single:
                raise WiringError(
                    f"{self._name} gives {trace.structure}: one output has a gradient"
                )
            value: Any = trace.outer.backward(self._row(trace, given.leaves), seed=seed)
            return float(value[0])

        return self._tried(given, run)  # type: ignore[no-any-return]

    @property
    def _name(self) -> str:
        return getattr(self.function, "__name__", "the function")

    def _read(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Given:
        """Tell the numbers among the arguments from what is handed on as it is."""
        moving = (
            tuple([arg for k, arg in enumerate(args) if k not in self.static]),
            {name: arg for name, arg in kwargs.items() if name not in self.static},
        )
        fixed = (
            tuple([arg for k, arg in enumerate(args) if k in self.static]),
            tuple([(name, arg) for name, arg in kwargs.items() if name in self.static]),
        )
        leaves, structure = flatten(moving)
        numbers = checked(structure, leaves, f"argument of {self._name}", _number)
        return Given(args, kwargs, numbers, structure, fixed)

    def _tried(self, given: Given, run: Callable[[Trace], Any]) -> Any:
        """Run on the trace that goes this way, or on a new one where none does."""
        known = self._known.setdefault((given.structure, given.fixed), [])
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
        known.append(self._traced(given))
        return run(known[-1])

    def _traced(self, given: Given) -> Trace:
        """Run the function on units, once, and compile what it recorded."""
        units = [Unit(value) for value in given.leaves]
        moving, named = unflatten(given.structure, units)
        rest = iter(moving)
        arguments = [arg if k in self.static else next(rest) for k, arg in enumerate(given.args)]
        keywords = {**given.kwargs, **named}
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

    def __repr__(self) -> str:
        return f"<compiled {self._name}, traced {self.traces} times>"


def _number(leaf: Any) -> float:
    """A number among the arguments; anything else has to be called static."""
    try:
        return number(leaf)
    except OperandError as error:
        raise OperandError(
            f"{error}. A compiled function's arguments are numbers and containers of numbers: list "
            "what else it takes in static_argnums or static_argnames"
        ) from None


def compile(  # the name PyTorch has for it; it is never star-imported
    function: Callable[..., Any] | None = None,
    *,
    static_argnums: Sequence[int] = (),
    static_argnames: Sequence[str] = (),
    backend: str = "auto",
) -> Any:
    """Compile a function of units: traced at its first call, run without units from then on.

    Arguments and results may be containers of numbers; a new structure is a new trace, and so is
    a comparison of units that goes another way than it did (comparing their `.value` is outside
    this promise).  Arguments listed in `static_argnums`, or by name in `static_argnames`, are
    handed to the function as they are and must be hashable: one trace for each.  Units the
    function takes from around it keep their present values at each call; `backward` adds to the
    gradients of the parameters among them.

    Raises CompileError for gates that are Python code, and for a function that goes another way
    each time.

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
