"""Declarations: what a gate is, the `@gate` decorator, and the registry of all gates.

A gate is declared once, as one decorated function: its body is the value, `partials=` the local
derivatives, `domain=`, `kinks=` and `edges=` where it holds, `symbol=` how it is drawn and
`textbook=` the formula a book prints.  Everything else in the project reads the record that comes
out.  Knows formulas and their printing; does not know units: an operand's own hook `__gate__`
says what applying a gate to it means.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any

from gatenet import formula
from gatenet.domain import Domain
from gatenet.errors import DeclarationError, OperandError, RangeError, WiringError
from gatenet.flattening import Bound, Lines
from gatenet.formula import Expr, Symbol, evaluate, lift, to_text
from gatenet.printing import Printer, compiled, guarded_block
from gatenet.real import number

_REGISTRY: dict[str, Gate] = {}


@dataclass(frozen=True)
class Primitive:
    """How a gate that is not a formula over others is written in Python and in C."""

    python: str
    c: str
    total: str = ""
    condition: bool = False

    def __post_init__(self) -> None:
        if not self.total:
            object.__setattr__(self, "total", self.python)


def operator(sign: str) -> Primitive:
    """A primitive gate that Python and C write as an infix operator that never raises."""
    return Primitive(f"({{}} {sign} {{}})", f"({{}} {sign} {{}})")


def comparison(sign: str) -> Primitive:
    """A primitive gate that is 1.0 where a comparison holds and 0.0 elsewhere."""
    return Primitive(
        f"(1.0 if {{}} {sign} {{}} else 0.0)", f"({{}} {sign} {{}} ? 1.0 : 0.0)", condition=True
    )


def libm(name: str, *, python: str = "", raises: bool = True) -> Primitive:
    """A primitive gate that is a function of the C library, by the same name in `math`."""
    arguments = "{}, {}" if name in ("pow", "atan2") else "{}"
    total = f"ieee.{python or name}({arguments})" if raises else ""
    return Primitive(f"{name}({arguments})", f"{name}({arguments})", total)


class Gate:
    """A kind of operation: one stateless object per kind, or per kind and static parameters.

    Call it with numbers for a number, with units for a unit.  `value` and `partials` work on
    plain floats; `formula` and `partial_formulas` are the expressions everything is printed from.
    """

    #: Whether the gate has no formula: a rule given as Python, or a block around a circuit.
    opaque = False
    #: The gate this one is a derivative of, where that is why it exists.
    slope_of = ""

    def __init__(
        self,
        name: str,
        *,
        inputs: Sequence[str],
        static: Mapping[str, float],
        variadic: bool,
        symbol: str,
        textbook: str,
        formula: Expr,
        primitive: Primitive | None,
        rules: Callable[[], tuple[Sequence[Expr], Domain]],
        doc: str,
        module: str,
        base: Gate | None = None,
    ) -> None:
        self.name = self.__name__ = self.__qualname__ = name
        self.inputs = tuple(inputs)
        self.static: Mapping[str, float] = MappingProxyType(dict(static))
        self.variadic = variadic
        self.groups = len(self.inputs) if variadic else 1
        self.symbol = symbol
        self.textbook = textbook
        self.formula = formula
        self.primitive = primitive
        self._rules = rules
        self.__doc__ = doc
        self.__module__ = module
        self.base = self if base is None else base
        #: What other rooms have made of this gate (the eager engine's functions), by their key.
        self.made: dict[Any, Any] = {}

    @cached_property
    def partial_formulas(self) -> tuple[Expr, ...]:
        """The local derivatives, one formula per input, in terms of the inputs and z."""
        return tuple(self._rules()[0])

    @cached_property
    def domain(self) -> Domain:
        """Where the gate is defined, its kinks and its edges."""
        return self._rules()[1]

    @cached_property
    def guarded(self) -> bool:
        """Whether a partial can be infinite: then an upstream of exactly 0 makes no pull."""
        return bool(self.domain.edges)

    def __call__(self, *operands: Any, **static: Any) -> Any:
        """Apply the gate: to numbers gives a float, to units a unit, to formulas a formula."""
        flat = self.gathered(operands)
        for operand in flat:
            hook = getattr(type(operand), "__gate__", None)
            if hook is not None:
                return hook(self, flat, static)
        return self.value(*[number(operand) for operand in flat], **static)

    def gathered(self, operands: Sequence[Any]) -> Sequence[Any]:
        """Check the number of operands and lay those of an n-ary gate out in a row."""
        if not self.variadic:
            if len(operands) != len(self.inputs):
                raise WiringError(
                    f"gate {self.name!r} got {len(operands)} operand(s); it takes "
                    f"{len(self.inputs)}: {', '.join(self.inputs)}",
                    gate=self,
                )
            return operands
        if any(isinstance(operand, Expr) for operand in operands):
            return operands
        if self.groups > 1:
            return self._grouped(operands)
        if len(operands) == 1 and _is_sequence(operands[0]):
            return tuple(operands[0])
        return operands

    def _grouped(self, operands: Sequence[Any]) -> Sequence[Any]:
        names = ", ".join(self.inputs)
        if len(operands) != self.groups or not all(_is_sequence(item) for item in operands):
            raise WiringError(
                f"gate {self.name!r} takes {self.groups} sequences ({names}) of one length; "
                f"got {len(operands)} operand(s)",
                gate=self,
            )
        lists = [tuple(item) for item in operands]
        if len({len(item) for item in lists}) != 1:
            raise WiringError(
                f"gate {self.name!r} takes sequences of one length; {names} have lengths "
                f"{', '.join(str(len(item)) for item in lists)}",
                gate=self,
            )
        return [operand for item in lists for operand in item]

    def bind(self, **static: Any) -> Gate:
        """Give this gate with its static parameters fixed; the same object for equal values."""
        if not static:
            return self
        for name, given in static.items():
            if name not in self.static:
                known = ", ".join(self.static) or "none"
                raise WiringError(
                    f"gate {self.name!r} has no static parameter {name!r}; it has: {known}",
                    gate=self,
                )
            if hasattr(type(given), "__gate__"):
                raise OperandError(
                    f"{name!r} of gate {self.name!r} is a static parameter: a plain number that "
                    f"gets no gradient; got {given!r}. Pass its .value, or wire the formula from "
                    "gates whose operands are units",
                    gate=self,
                )
        merged = {**self.static, **{name: number(given) for name, given in static.items()}}
        bits = tuple([(name, value.hex()) for name, value in merged.items()])  # 0.0 is not -0.0
        if bits == tuple([(name, value.hex()) for name, value in self.static.items()]):
            return self
        return _bound(self.base, bits)

    def value(self, *inputs: float, **static: float) -> float:
        """Give the gate's value at plain numbers."""
        bound = self.bind(**static)
        values = [number(value) for value in bound._flat(inputs)]
        if self.variadic and not values:
            return bound._empty()
        return bound._value_kernel(*bound._arguments(values))

    def partials(self, z: float, *inputs: float, **static: float) -> tuple[float, ...]:
        """Give the local derivatives at plain numbers; `z` is the gate's value there."""
        bound = self.bind(**static)
        values = [number(value) for value in bound._flat(inputs)]
        if not values:
            return ()
        return tuple(bound._partials_kernel(number(z), *bound._arguments(values)))

    def place(self, **static: float) -> PlacedGate:
        """Give a gate that stands in a circuit and is driven by hand."""
        return PlacedGate(self.bind(**static))

    def partials_on(self, z: Any, inputs: Sequence[Any], wanted: Sequence[bool]) -> list[Any]:
        """Evaluate the local derivatives on anything gates accept: units, to differentiate again.

        One result per input, 0.0 for one that is not wanted; what does not depend on the operands
        is a plain number.
        """
        names = dict(zip(self.inputs, self.split(inputs), strict=True))
        bindings = {**self.static, **names, "z": z}
        if not self.variadic:
            asked = [f for f, wants in zip(self.partial_formulas, wanted, strict=True) if wants]
            found = iter(evaluate(asked, bindings))
            return [next(found) if wants else 0.0 for wants in wanted]
        results = evaluate(self.partial_formulas, bindings)
        size = len(inputs) // self.groups
        lists = [r if isinstance(r, list) else [r] * size for r in results]
        return [item for one in lists for item in one]

    def split(self, inputs: Sequence[Any]) -> list[Any]:
        """Give the operands as the declaration names them: one each, or one list per group."""
        if not self.variadic:
            return list(inputs)
        size = len(inputs) // self.groups
        return [list(inputs[k * size : (k + 1) * size]) for k in range(self.groups)]

    def lines(
        self, needed: Sequence[bool] | None = None, size: int | None = None
    ) -> tuple[Lines, list[int | None]]:
        """Flatten the value and the needed partials; generated names are x0.., s0.., and z.

        With `size` an n-ary gate is laid out for that number of operands, x0 to x{size-1}.
        """
        lines = Lines()
        bindings = self._bindings(lines, size)
        value = lines.flatten(self.formula, bindings)
        roots: list[int | None] = [_single(value)]
        bindings["z"] = value
        wanted = [True] * len(self.partial_formulas) if needed is None else needed
        for wants, expr in zip(wanted, self.partial_formulas, strict=True):
            if not wants:
                roots.append(None)
                continue
            found = lines.flatten(expr, bindings)
            if isinstance(found, int) and size is not None:
                found = (found,) * (size // self.groups)
            roots.extend(found if isinstance(found, tuple) else (found,))
        return lines, roots

    def _bindings(self, lines: Lines, size: int | None = None) -> dict[str, Bound]:
        """Give every input and static parameter its name in generated code."""
        if size is None:
            names: list[Bound] = [
                lines.symbol(f"x{k}", self.variadic) for k in range(len(self.inputs))
            ]
        else:
            names = [
                tuple(part) for part in self.split([lines.symbol(f"x{k}") for k in range(size)])
            ]
        bindings = dict(zip(self.inputs, names, strict=True))
        bindings.update({name: lines.symbol(f"s{k}") for k, name in enumerate(self.static)})
        bindings["*"] = names[0]
        return bindings

    def body(self, lines: Lines, roots: Sequence[int], names: Sequence[str]) -> list[str]:
        """Print statements that assign the roots to `names`, in both styles."""
        styles = []
        for total in (False, True):
            printer = Printer(lines.lines, roots, total)
            results = [f"{n} = {t}" for n, t in zip(names, printer.texts, strict=True)]
            styles.append(printer.statements + results)
        return guarded_block(*styles)

    @cached_property
    def _value_kernel(self) -> Callable[..., float]:
        lines, roots = self.lines(needed=[False] * len(self.partial_formulas))
        body = self.body(lines, [_single(roots[0])], ["z"])
        return self._function("value", [], body, "z")

    @cached_property
    def _partials_kernel(self) -> Callable[..., tuple[float, ...]]:
        lines = Lines()
        bindings = self._bindings(lines)
        bindings["z"] = lines.symbol("z")
        roots = [_single(lines.flatten(expr, bindings)) for expr in self.partial_formulas]
        names = [f"p{k}" for k in range(len(roots))]
        body = self.body(lines, roots, names)
        if self.variadic:
            spread = [
                name if lines.lines[root].vector else f"[{name}] * len(x0)"
                for name, root in zip(names, roots, strict=True)
            ]
            return self._function("partials", ["z"], body, " + ".join(spread))
        return self._function("partials", ["z"], body, f"({', '.join(names)},)")

    def _function(
        self, kind: str, first: list[str], body: list[str], result: str
    ) -> Callable[..., Any]:
        arguments = first + [f"x{k}" for k in range(len(self.inputs))]
        arguments += [f"s{k}" for k in range(len(self.static))]
        text = "\n    ".join([f"def {kind}({', '.join(arguments)}):", *body, f"return {result}"])
        made: Callable[..., Any] = compiled(text, kind)
        return made

    def _flat(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Accept operands of an n-ary gate in a row (as a circuit keeps them) or as sequences."""
        if self.variadic and not any(_is_sequence(item) for item in inputs):
            if len(inputs) % self.groups:
                raise WiringError(f"gate {self.name!r} got {len(inputs)} numbers", gate=self)
            return inputs
        return self.gathered(inputs)

    def _arguments(self, values: Sequence[float]) -> list[Any]:
        return [*self.split(values), *self.static.values()]

    def _empty(self) -> float:
        names: dict[str, list[float]] = {name: [] for name in self.inputs}
        result = evaluate([self.formula], {**self.static, **names})[0]
        if result is None or result != result:
            raise RangeError(f"gate {self.name!r} needs at least one operand", gate=self)
        return float(result)

    def __repr__(self) -> str:
        static = [f"{k}={v!r}" for k, v in self.static.items()] if self.base is not self else []
        return f"{self.name}({', '.join(static)})" if static else self.name

    def __reduce__(self) -> Any:
        if self.base is not self:
            return _rebind, (self.base, dict(self.static))
        return self.__qualname__

    def __copy__(self) -> Gate:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Gate:
        return self

    @property
    def __signature__(self) -> inspect.Signature:
        keyword = inspect.Parameter.KEYWORD_ONLY
        if self.variadic and self.groups == 1:
            kinds = [inspect.Parameter(self.inputs[0], inspect.Parameter.VAR_POSITIONAL)]
        else:
            plain = inspect.Parameter.POSITIONAL_ONLY
            kinds = [inspect.Parameter(name, plain) for name in self.inputs]
        fixed = [inspect.Parameter(k, keyword, default=v) for k, v in self.static.items()]
        return inspect.Signature(kinds + fixed)

    def describe(self) -> str:
        """Say everything the record states: value, partials, domain, kinks, edges."""
        lines = [f"{self.name}  ({self.symbol})", f"  value    {to_text(self.formula)}"]
        for name, partial in zip(self.inputs, self.partial_formulas, strict=True):
            lines.append(f"  d/d{name:<6}{to_text(partial)}")
        return "\n".join(lines + [f"  {line}" for line in self.domain.describe()])


class PlacedGate:
    """A gate standing in a circuit, driven by hand as in the Hacker's guide.

    `forward` wires it to its operands and gives the output unit; `backward` reads the output's
    `.grad` and adds one pull to the `.grad` of each operand.
    """

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.output: Any = None

    def forward(self, *operands: Any) -> Any:
        """Compute the output from these operands and remember it for `backward`."""
        self.output = self.gate(*operands)
        return self.output

    def backward(self) -> None:
        """Add upstream times local derivative to each operand's gradient.

        Raises WiringError before the first `forward`, or when that made no unit.
        """
        if not hasattr(type(self.output), "__gate__"):
            raise WiringError(
                f"this {self.gate.name!r} gate has no output unit to pull from: call forward() "
                "with at least one unit first",
                gate=self.gate,
            )
        upstream = self.output.grad
        if upstream == 0 and self.gate.guarded:
            return
        for operand, partial in zip(self.output.inputs, self.output.partials, strict=True):
            if hasattr(type(operand), "__gate__"):
                operand.grad = operand.grad + upstream * partial

    def __repr__(self) -> str:
        return f"<placed {self.gate!r} gate>"


def gate(
    *,
    symbol: str,
    partials: Callable[..., Any],
    textbook: str = "",
    domain: Callable[..., Any] | None = None,
    kinks: Callable[..., Any] | None = None,
    edges: Callable[..., Any] | None = None,
    primitive: Primitive | None = None,
    groups: int = 0,
    slope_of: str = "",
) -> Callable[[Callable[..., Any]], Gate]:
    """Declare a gate: the decorated function's body is its value, as a formula over other gates.

    `partials(z, *inputs)` gives one local derivative per input as formulas of the inputs and the
    output z.  `domain(*inputs)` is a condition, `kinks(*inputs)` and `edges(*inputs)` are
    expressions that vanish there.  Keyword-only arguments of the function are static parameters.
    `groups=1` declares a gate of any number of inputs: its one argument stands for all of them, is
    worked on element by element and reduced with `fold`; `groups=2` pairs two such lists (dot).
    `slope_of` names the gate this one is a derivative of: it then becomes no method of units.

    Raises DeclarationError, at import, for anything that could not work later.

    >>> from gatenet.gates import exp
    >>> @gate(symbol="g", textbook="x * exp(x)", partials=lambda z, x: z + exp(x))
    ... def example_growth(x):
    ...     "Multiply x by its exponential."
    ...     return x * exp(x)
    >>> example_growth(0.0), example_growth.partials(0.0, 0.0)
    (0.0, (1.0,))
    """

    def declare(function: Callable[..., Any]) -> Gate:
        name = function.__name__
        declared = False
        inputs, static = _signature(function, groups)
        variadic = groups > 0
        symbols = [Symbol(k, vector=variadic) for k in inputs]
        statics = {k: Symbol(k) for k in static}

        def rules() -> tuple[Sequence[Expr], Domain]:
            given = _accepted(partials, statics)
            try:
                found = _several(_body(name, partials, [Symbol("z"), *symbols], given))
            except NameError as error:
                if not declared:
                    raise
                raise DeclarationError(f"gate {name!r}: in its partials, {error}") from error
            if len(found) != len(inputs):
                raise DeclarationError(
                    f"gate {name!r}: {len(inputs)} input(s) but {len(found)} partial(s)"
                )
            return found, _domain(name, symbols, statics, domain, kinks, edges)

        record = Gate(
            name,
            inputs=inputs,
            static=static,
            variadic=variadic,
            symbol=symbol,
            textbook=textbook,
            formula=symbols[0],
            primitive=primitive,
            rules=lru_cache(maxsize=1)(rules),
            doc=inspect.cleandoc(function.__doc__ or ""),
            module=function.__module__,
        )
        record.__qualname__ = function.__qualname__
        record.slope_of = slope_of
        if primitive is not None:
            record.formula = formula.Apply(record, tuple(symbols), {})
        else:
            try:
                found = _body(name, function, symbols, statics)
            except NameError as error:
                raise DeclarationError(f"gate {name!r}: in its body, {error}") from error
            if isinstance(found, tuple):
                raise DeclarationError(
                    f"gate {name!r}: its body gave {len(found)} formulas, and a gate has one value"
                )
            record.formula = found
        known = _REGISTRY.get(name)
        if known is not None and known.__module__ != record.__module__:
            raise DeclarationError(
                f"a gate named {name!r} is declared already, in {known.__module__}; "
                f"give the one in {record.__module__} another name"
            )
        _REGISTRY[name] = record
        if record.__module__.startswith("gatenet.gates."):
            formula.OPERATORS[name] = record
        try:
            record.lines()
        except NameError:
            pass  # The partials mention a gate declared further down: worked out at first use.
        except BaseException:
            del _REGISTRY[name]
            if known is not None:
                _REGISTRY[name] = known
            raise
        declared = True
        return record

    return declare


def registry() -> Mapping[str, Gate]:
    """Every gate declared in this process by name, a user's own included."""
    return MappingProxyType(_REGISTRY)


def _signature(function: Callable[..., Any], groups: int) -> tuple[list[str], dict[str, float]]:
    """Read the names of inputs and the static parameters with their defaults."""
    name = function.__name__
    inputs: list[str] = []
    static: dict[str, float] = {}
    for key, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            if parameter.default is parameter.empty:
                raise DeclarationError(f"gate {name!r}: static parameter {key!r} needs a default")
            try:
                static[key] = number(parameter.default)
            except OperandError as error:
                raise DeclarationError(
                    f"gate {name!r}: static parameter {key!r}: {error}"
                ) from None
        elif parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise DeclarationError(
                f"gate {name!r}: write one argument {key!r} and groups=1 for any number of inputs"
            )
        else:
            inputs.append(key)
    if not inputs:
        raise DeclarationError(f"gate {name!r} has no input")
    if groups and len(inputs) != groups:
        raise DeclarationError(f"gate {name!r}: groups={groups} but {len(inputs)} argument(s)")
    if "z" in [*inputs, *static]:
        raise DeclarationError(f"gate {name!r}: z is the output's name; call the input otherwise")
    return inputs, static


def _body(
    name: str, function: Callable[..., Any], symbols: Sequence[Any], statics: Mapping[str, Any]
) -> Any:
    """Call a declaration's function with symbols; whatever goes wrong names the gate."""
    try:
        found = function(*symbols, **statics)
        if isinstance(found, tuple):
            return tuple(lift(item) for item in found)
        if found is not None:
            return lift(found)
    except DeclarationError as error:
        raise DeclarationError(f"gate {name!r}: {error}") from None
    except AttributeError as error:
        raise DeclarationError(
            f"gate {name!r} cannot be read as a formula: {error}. Gates are functions there: "
            "write exp(x), not x.exp()"
        ) from error
    except (TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise DeclarationError(
            f"gate {name!r} cannot be read as a formula: {error}. Its body and partials must be "
            "expressions of their arguments built with operators and gates"
        ) from error
    raise DeclarationError(f"gate {name!r}: the function returned nothing; return its formula")


def _several(found: Any) -> tuple[Expr, ...]:
    return found if isinstance(found, tuple) else (found,)


def _accepted(function: Callable[..., Any], statics: Mapping[str, Any]) -> dict[str, Any]:
    """Pick the static parameters that a lambda asks for by name."""
    known = inspect.signature(function).parameters
    return {name: symbol for name, symbol in statics.items() if name in known}


def _domain(
    name: str, symbols: Sequence[Symbol], statics: Mapping[str, Any], *rules: Any
) -> Domain:
    found = [
        _several(_body(name, rule, symbols, _accepted(rule, statics))) if rule else ()
        for rule in rules
    ]
    return Domain(found[0][0] if found[0] else None, found[1], found[2])


@lru_cache(maxsize=1024)
def _bound(base: Gate, static: tuple[tuple[str, str], ...]) -> Gate:
    return Gate(
        base.name,
        inputs=base.inputs,
        static={name: float.fromhex(bits) for name, bits in static},
        variadic=base.variadic,
        symbol=base.symbol,
        textbook=base.textbook,
        formula=base.formula,
        primitive=base.primitive,
        rules=base._rules,
        doc=base.__doc__ or "",
        module=base.__module__,
        base=base,
    )


def _rebind(base: Gate, static: dict[str, float]) -> Gate:
    return base.bind(**static)


def _single(root: Bound | None) -> int:
    assert isinstance(root, int)
    return root


def _is_sequence(item: Any) -> bool:
    return hasattr(item, "__iter__") and not hasattr(type(item), "__gate__")
