"""Functions in Theano's manner: recorded wiring as something to call, with shared state."""

from __future__ import annotations

import copy
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from gatenet.circuit import Circuit
from gatenet.errors import OperandError, WiringError
from gatenet.modes import Comparison, Recording
from gatenet.real import number
from gatenet.tracing.placeholders import In
from gatenet.transforms.calls import unit_or_number, value_of
from gatenet.trees import Structure, checked, flatten, flatten_like, unflatten
from gatenet.unit import Unit, describe
from gatenet.walk import topological

Tree = Any
Pairs = Mapping[Any, Any] | Iterable[tuple[Any, Any]]

# A call reads the state and writes it back: two at once would lose an update.
_calling = threading.RLock()


def function(
    inputs: Sequence[Any], outputs: Tree = None, updates: Pairs = (), givens: Pairs = ()
) -> Function:
    """Turn recorded wiring into a function of plain numbers.

    `inputs` lists units, trees of units, or In(...) with a default; `outputs` is a unit or a tree
    of units, and a call gives numbers nested likewise.  `updates` pairs state with its next
    value: all are computed from the old state and written at once, after everything succeeded.
    `givens` puts another unit or number in the place of a unit.
    The function works on a copy: nobody's units change but the state.  State (every parameter) is
    read at each call.  A comparison recorded under `record()` that goes the other way is an error,
    as at any replay.

    Raises WiringError when an input that the outputs depend on is not listed, or something is
    listed twice; OperandError for what is no unit.

    >>> from gatenet import scalar, shared
    >>> state, inc = shared(0, "state"), scalar("inc")
    >>> accumulate = function([inc], state, updates=[(state, state + inc)])
    >>> accumulate(1), accumulate(300), state.value
    (0.0, 1.0, 301.0)
    """
    arguments = [_argument(item, k) for k, item in enumerate(inputs)]
    leaves, structure = flatten([] if outputs is None else outputs)
    leaves = checked(structure, leaves, "outputs", unit_or_number)
    updated = _paired(updates, "updates")
    replaced = _paired(givens, "givens")
    taken = [unit for argument in arguments for unit in argument.leaves]
    taken += [old for old, _ in [*updated, *replaced]]
    for unit, times in Counter(taken).items():
        if times > 1:
            raise WiringError(f"{describe(unit)} is listed twice among inputs, updates, givens")
    wanted = [*leaves, *[new for _, new in updated]]
    units = [unit for unit in wanted if type(unit) is Unit]
    recipe = _Recipe(
        arguments,
        None if outputs is None else structure,
        wanted,
        Circuit(units).comparisons if units else [],
        [_state(old, "updates") for old, _ in updated],
        replaced,
    )
    return Function(recipe)


class _Argument(NamedTuple):
    """One argument: its name, the units it fills, how they are nested, and the default."""

    name: str
    leaves: list[Unit]
    structure: Structure
    default: list[float] | None

    def read(self, given: Tree) -> list[float]:
        """Lay out what a call gave for this argument, checked."""
        leaves = flatten_like(self.structure, given, repr(self.name), "the units of this input")
        return checked(self.structure, leaves, repr(self.name), number)


class _Recipe(NamedTuple):
    """What a function was made from; a copy with other state is made from it again."""

    arguments: list[_Argument]
    output: Structure | None
    wanted: list[Any]
    comparisons: list[Comparison]
    states: list[Unit]
    givens: list[tuple[Unit, Any]]


class Function:
    """Wiring to be called with numbers; `circuit` is its own copy, None without any unit."""

    def __init__(self, recipe: _Recipe, swap: dict[Unit, Unit] | None = None) -> None:
        self._recipe = recipe
        memo, outer = _substituted(recipe.givens)
        self._results = [copy.deepcopy(item, memo) for item in recipe.wanted]
        watched = [
            c._replace(left=copy.deepcopy(c.left, memo), right=copy.deepcopy(c.right, memo))
            for c in recipe.comparisons
        ]
        units = [item for item in self._results if type(item) is Unit]
        self.circuit = Circuit(units, recording=Recording(watched)) if units else None
        own = set(self.circuit.units) - {None} if self.circuit else set()
        sides = [side for c in recipe.comparisons for side in c.operands()]
        roots = [unit for unit in [*recipe.wanted, *sides, *outer] if type(unit) is Unit]
        replaced = {old for old, _ in recipe.givens}
        olds = [u for u in topological(roots) if u.gate is None and u not in replaced]
        leaves = {old: memo[id(old)] for old in olds if memo.get(id(old)) in own}
        given = {unit for argument in recipe.arguments for unit in argument.leaves}
        _check_inputs([old for old in leaves if old not in given])
        self._slots = [[leaves.get(unit) for unit in arg.leaves] for arg in recipe.arguments]
        states = [old for old in leaves if old.role == "parameter" and old not in given]
        #: The state this function was made from, and the state it works on now.
        self._current = {old: old for old in [*states, *recipe.states]} | (swap or {})
        self._reads = [(leaves[old], self._current[old]) for old in states]
        self._writes = [self._current[old] for old in recipe.states]

    def __call__(self, *args: Tree, **kwargs: Tree) -> Tree:
        """Replay with these values; give the outputs as numbers, and write the updates.

        Raises OperandError for a wrong argument; nothing has changed then.
        """
        given = self._given(args, kwargs)
        with _calling:
            values = {leaf: state.value for leaf, state in self._reads}
            for slots, numbers in zip(self._slots, given, strict=True):
                pairs = zip(slots, numbers, strict=True)
                values.update({leaf: value for leaf, value in pairs if leaf is not None})
            if self.circuit is not None:
                self.circuit.forward(values)
            results = [value_of(item) for item in self._results]
            count = len(results) - len(self._writes)
            for state, value in zip(self._writes, results[count:], strict=True):
                state.value = value
        output = self._recipe.output
        return None if output is None else unflatten(output, results[:count])

    def _given(self, args: Sequence[Tree], kwargs: dict[str, Tree]) -> list[list[float]]:
        """Lay out the arguments of a call: by position, by name, or by default."""
        arguments = self._recipe.arguments
        names = [argument.name for argument in arguments]
        if len(args) > len(names):
            raise OperandError(f"got {len(args)} arguments; there are {len(names)}: {names}")
        found: dict[int, Tree] = dict(enumerate(args))
        for name, value in kwargs.items():
            if names.count(name) != 1:
                raise OperandError(f"{names.count(name)} inputs are named {name!r}, of {names}")
            if names.index(name) in found:
                raise OperandError(f"{name!r} was given twice, by position and by name")
            found[names.index(name)] = value
        given = []
        for k, argument in enumerate(arguments):
            if k not in found and argument.default is None:
                raise OperandError(
                    f"{argument.name!r} was not given and has no default: In(unit, value=...)"
                )
            given.append(argument.read(found[k]) if k in found else argument.default or [])
        return given

    def copy(self, swap: Pairs = ()) -> Function:
        """Give a function of the same wiring over other state: swap={state: new_state}.

        Raises WiringError when what is swapped is no state of this function.
        """
        pairs = {old: _state(new, "swap") for old, new in _paired(swap, "swap")}
        for old in pairs:
            if old not in self._current.values():
                raise WiringError(f"swap: {describe(old)} is no state of this function", unit=old)
        return Function(
            self._recipe, {first: pairs.get(now, now) for first, now in self._current.items()}
        )

    def __repr__(self) -> str:
        names = ", ".join(argument.name for argument in self._recipe.arguments)
        return f"<function of {names or 'nothing'}: {self.circuit!r}>"


def _argument(item: Any, place: int) -> _Argument:
    """Read one of `inputs`."""
    spec = item if isinstance(item, In) else In(item)
    leaves, structure = flatten(spec.units)
    for unit in leaves:
        if type(unit) is not Unit or unit.gate is not None:
            raise OperandError(
                f"input {place} of a function must be units that no gate drives; got {unit!r}"
            )
    stems = {(unit.name or "").split("[")[0] for unit in leaves}
    name = spec.name or (stems.pop() if len(stems) == 1 else "") or f"input {place}"
    found = _Argument(name, leaves, structure, None)
    return found if spec.value is None else found._replace(default=found.read(spec.value))


def _paired(pairs: Pairs, what: str) -> list[tuple[Unit, Any]]:
    """Read pairs of units, or of trees of units, and what they are paired with."""
    listed = pairs.items() if isinstance(pairs, Mapping) else pairs
    found: list[tuple[Unit, Any]] = []
    for old, new in listed:
        leaves, structure = flatten(old)
        news = flatten_like(structure, new, f"the second of a pair in {what}", "the first")
        news = checked(structure, news, what, unit_or_number)
        for unit, other in zip(leaves, news, strict=True):
            if type(unit) is not Unit:
                raise OperandError(f"{what} pairs units with something; {unit!r} is no unit")
            if any(unit is known for known, _ in found):
                raise WiringError(f"{what} names {describe(unit)} twice", unit=unit)
            found.append((unit, other))
    return found


def _state(unit: Any, what: str) -> Unit:
    """Check that something is state."""
    if type(unit) is not Unit or unit.role != "parameter":
        raise WiringError(f"{what} takes state made by shared(value, name); got {unit!r}")
    return unit


def _substituted(givens: Sequence[tuple[Unit, Any]]) -> tuple[dict[int, Any], list[Unit]]:
    """Start a copy in which given units are something else; give its memo and the replacements.

    Raises WiringError when a replacement depends on a unit that is replaced itself.
    """
    outer = [new for _, new in givens if type(new) is Unit]
    below = topological(outer)
    for old, _ in givens:
        if any(old is unit for unit in below):
            raise WiringError(f"givens: a replacement depends on {describe(old)}, replaced itself")
    first: dict[int, Any] = {}
    copies = [copy.deepcopy(new, first) for _, new in givens]
    memo: dict[int, Any] = {id(unit): first[id(unit)] for unit in below if unit.gate is None}
    for (old, _), new in zip(givens, copies, strict=True):
        memo[id(old)] = new if type(new) is Unit else Unit(new, old.name).detach()
    return memo, outer


def _check_inputs(leaves: Iterable[Unit]) -> None:
    """Raise WiringError for an input that the outputs depend on and nobody lists."""
    for unit in leaves:
        if unit.role == "input" and unit.requires_grad:
            raise WiringError(
                f"the outputs depend on {describe(unit)}, which is not among the inputs: list it, "
                "or make it state with shared(value, name)",
                unit=unit,
            )
