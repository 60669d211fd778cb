"""Declarations: the `@gate` decorator, and the registry of all gates.

A gate is declared once, as one decorated function: its body is the value, `partials=` the local
derivatives, `domain=`, `kinks=` and `edges=` where it holds, `symbol=` how it is drawn,
`textbook=` the formula a book prints and `flat=` what it is called where its derivative is about 0.
Everything else in the project reads the record that comes out.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from gatenet import formula
from gatenet.calculation import laid_out
from gatenet.domain import Domain
from gatenet.errors import DeclarationError, OperandError
from gatenet.formula import Expr, Symbol, lift
from gatenet.placed import PlacedGate as PlacedGate
from gatenet.primitives import Primitive as Primitive
from gatenet.primitives import comparison as comparison
from gatenet.primitives import libm as libm
from gatenet.primitives import operator as operator
from gatenet.real import number
from gatenet.record import Gate as Gate

_REGISTRY: dict[str, Gate] = {}
#: The functions that a textbook may call, with how many arguments each takes (None: any number).
TEXTBOOK_FUNCTIONS: Mapping[str, int | None] = MappingProxyType({
    **dict.fromkeys(("acos", "asin", "atan", "cos", "cosh", "erf", "erfc", "exp", "expm1", "log",
                     "log1p", "sin", "sinh", "sqrt", "tan", "tanh", "abs", "len"), 1),
    "atan2": 2, "max": None, "min": None, "prod": None, "sum": None, "zip": None,
})  # fmt: skip
#: What a textbook is written with, besides names, calls and numbers.
_WRITTEN = (
    ast.Expression, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.UnaryOp, ast.USub,
    ast.UAdd, ast.IfExp, ast.Compare, ast.cmpop, ast.BoolOp, ast.boolop, ast.Not, ast.GeneratorExp,
    ast.ListComp, ast.comprehension, ast.Subscript, ast.Slice, ast.expr_context,
)  # fmt: skip


#: Textbook functions of lists: they, and brackets, belong to gates of any number of inputs.
_OF_LISTS = ("sum", "prod", "len", "zip")


def gate(
    *misplaced: Any,
    symbol: str = "",
    partials: Callable[..., Any] | None = None,
    textbook: str = "",
    domain: Callable[..., Any] | None = None,
    kinks: Callable[..., Any] | None = None,
    edges: Callable[..., Any] | None = None,
    primitive: Primitive | None = None,
    groups: int = 0,
    slope_of: str = "",
    flat: str = "",
) -> Callable[[Callable[..., Any]], Gate]:
    """Declare a gate: the decorated function's body is its value, as a formula over other gates.

    `partials(z, *inputs)` gives one local derivative per input as formulas of the inputs and the
    output z.  `domain(*inputs)` is a condition, `kinks(*inputs)` and `edges(*inputs)` are
    expressions that vanish there.  Keyword-only arguments of the function are static parameters.
    `groups=1` declares a gate of any number of inputs: its one argument stands for all of them, is
    worked on element by element and reduced with `fold`; `groups=2` pairs two such lists (dot).
    `slope_of` names the gate this one is a derivative of: it then becomes no method of units.
    `flat` is what people call the gate (of one input) or its input (of several) where the local
    derivative is 0 or nearly so: dead, saturated, masked. Explanations of gradients say it.

    Raises DeclarationError, at import, for anything that could not work later: a textbook that
    cannot be read, or `@gate` without its symbol and its partials.

    >>> from gatenet.gates import exp
    >>> @gate(symbol="g", textbook="x * exp(x)", partials=lambda z, x: z + exp(x))
    ... def example_growth(x):
    ...     "Multiply x by its exponential."
    ...     return x * exp(x)
    >>> example_growth(0.0), example_growth.partials(0.0, 0.0)
    (0.0, (1.0,))
    """
    if misplaced or partials is None or not symbol:
        raise _bare(*misplaced)

    def declare(function: Callable[..., Any]) -> Gate:
        name = function.__name__
        declared = False
        if not isinstance(flat, str):
            raise DeclarationError(
                f"gate {name!r}: flat is {flat!r}; it is a word or two, as in flat='saturated'"
            )
        inputs, static = _signature(function, groups)
        variadic = groups > 0
        symbols = [Symbol(k, vector=variadic) for k in inputs]
        statics = {k: Symbol(k) for k in static}
        _check_textbook(name, textbook, [*inputs, *static], variadic)

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
            module=function.__module__ or "__main__",
        )
        record.__qualname__ = function.__qualname__
        record.slope_of = slope_of
        record.flat = flat
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
            laid_out(record)
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


def _bare(*misplaced: Any) -> DeclarationError:
    """The error for `@gate` alone, or with something missing."""
    name = getattr(misplaced[0], "__name__", repr(misplaced[0])) if misplaced else ""
    said = f"@gate stands bare above {name}" if name else "@gate lacks its symbol or its partials"
    return DeclarationError(
        f"{said}: a gate needs a symbol to be drawn with and its local derivatives, by name, as "
        'in @gate(symbol="x²", partials=lambda z, x: 2 * x)'
    )


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


def _check_textbook(name: str, textbook: str, arguments: Sequence[str], listed: bool) -> None:
    """Refuse a textbook formula that nobody could judge the gate by; an empty one is none."""
    if textbook == "":
        return
    try:
        wrong = _unread(ast.parse(f"({textbook})", mode="eval"), arguments, listed)
    except (SyntaxError, ValueError, RecursionError) as error:
        wrong = f"it is no Python expression ({getattr(error, 'msg', None) or error})"
    if wrong:
        raise DeclarationError(
            f"gate {name!r}: textbook={textbook!r} cannot be read: {wrong}. Write + - * / and ** "
            f"for powers, of numbers, pi, {', '.join(arguments)} and the functions "
            f"{', '.join(sorted(TEXTBOOK_FUNCTIONS))}; or leave textbook out, and the declared "
            "formula is its own judge"
        )


def _unread(tree: ast.Expression, arguments: Sequence[str], listed: bool) -> str:
    """What of an expression is no textbook formula of these arguments; "" where all of it is."""
    nodes = list(ast.walk(tree))
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and _stored(node)}
    known = {*arguments, "pi", *bound}
    for node in nodes:
        if isinstance(node, ast.Call):
            function = ast.unparse(node.func)
            if function not in TEXTBOOK_FUNCTIONS:
                return f"{function} is none of its functions"
            count = TEXTBOOK_FUNCTIONS[function]
            if not listed and (
                function in _OF_LISTS or (function in ("max", "min") and len(node.args) == 1)
            ):
                return f"{ast.unparse(node)!r} is of a list, and each input here is one number"
            if node.keywords or count not in (None, len(node.args)) or not node.args:
                return f"{ast.unparse(node)!r} has not the arguments that {function} takes"
        elif isinstance(node, ast.Name):
            if id(node) not in called and node.id not in known:
                return f"{node.id} is no input, no static parameter and not pi"
        elif isinstance(node, ast.BitXor):
            return "^ is no power in Python"
        elif isinstance(node, ast.Constant):
            if type(node.value) not in (int, float):
                return f"{node.value!r} is no real number"
        elif not isinstance(node, _WRITTEN) and not _stored(node):
            return f"{type(node).__name__} is no part of a formula"
        elif not listed and isinstance(node, (ast.Subscript, ast.comprehension)):
            return f"{ast.unparse(node)!r} is of a list, and each input here is one number"
    return ""


def _stored(node: ast.AST) -> bool:
    """Whether a comprehension binds this name, or these."""
    return isinstance(getattr(node, "ctx", None), ast.Store)


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
