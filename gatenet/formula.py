"""Formulas: what a gate's declaration evaluates to when it is called with symbols.

A formula is an expression over symbols, constants and gates.  It is built once, when the gate is
declared, and read many times: printed as text (here) and as Python (`printing`), evaluated on
floats, units, mpmath numbers or arrays (`evaluate`).  Knows gates only by their attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gatenet.errors import DeclarationError

if TYPE_CHECKING:
    from gatenet.record import Gate

#: The gates behind Python's operators, by name; `declaration` fills it as they are declared.
OPERATORS: dict[str, Gate] = {}


def _operator(name: str) -> Gate:
    """Find the gate behind an operator; a NameError while the gates are still being declared."""
    if name not in OPERATORS:
        raise NameError(f"gate {name!r} is not declared yet")
    return OPERATORS[name]


class Expr:
    """An expression; `vector` is true when it has one value per operand of an n-ary gate."""

    __slots__ = ("vector",)
    vector: bool

    @staticmethod
    def __gate__(gate: Gate, operands: Sequence[Any], static: Mapping[str, Any]) -> Expr:
        """Apply a gate to operands of which at least one is an expression."""
        return Apply(gate, tuple(lift(operand) for operand in operands), static)

    def __add__(self, other: Any) -> Expr:
        return self.__gate__(_operator("add"), (self, other), {})

    def __radd__(self, other: Any) -> Expr:
        return self.__gate__(_operator("add"), (other, self), {})

    def __sub__(self, other: Any) -> Expr:
        return self.__gate__(_operator("subtract"), (self, other), {})

    def __rsub__(self, other: Any) -> Expr:
        return self.__gate__(_operator("subtract"), (other, self), {})

    def __mul__(self, other: Any) -> Expr:
        return self.__gate__(_operator("multiply"), (self, other), {})

    def __rmul__(self, other: Any) -> Expr:
        return self.__gate__(_operator("multiply"), (other, self), {})

    def __truediv__(self, other: Any) -> Expr:
        return self.__gate__(_operator("divide"), (self, other), {})

    def __rtruediv__(self, other: Any) -> Expr:
        return self.__gate__(_operator("divide"), (other, self), {})

    def __pow__(self, other: Any) -> Expr:
        return self.__gate__(_operator("power"), (self, other), {})

    def __rpow__(self, other: Any) -> Expr:
        return self.__gate__(_operator("power"), (other, self), {})

    def __neg__(self) -> Expr:
        return self.__gate__(_operator("negate"), (self,), {})

    def __pos__(self) -> Expr:
        return self

    def __abs__(self) -> Expr:
        return self.__gate__(_operator("absolute"), (self,), {})

    def __lt__(self, other: Any) -> Expr:
        return self.__gate__(_operator("less"), (self, other), {})

    def __le__(self, other: Any) -> Expr:
        return self.__gate__(_operator("less_equal"), (self, other), {})

    def __gt__(self, other: Any) -> Expr:
        return self.__gate__(_operator("greater"), (self, other), {})

    def __ge__(self, other: Any) -> Expr:
        return self.__gate__(_operator("greater_equal"), (self, other), {})

    def __eq__(self, other: object) -> Any:
        raise DeclarationError(
            f"a gate's formula asked whether {to_text(self)} == {other!r}, which Python answers at "
            "once: use the gates equal(a, b) and not_equal(a, b)"
        )

    __ne__ = __eq__
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise DeclarationError(
            f"a gate's formula asked whether {to_text(self)} is true; it is a formula, with no "
            "value yet: write where(condition, a, b) instead of `if`, `and`, `or` or `not`"
        )

    def __float__(self) -> float:
        raise DeclarationError(
            f"a gate's formula passed {to_text(self)} to a function of plain numbers; it is a "
            "formula, with no value yet: use the gates (gatenet.gates.exp, not math.exp)"
        )

    __int__ = __index__ = __float__

    def __repr__(self) -> str:
        return to_text(self)


class Symbol(Expr):
    """An input, the output z, a static parameter, or an element inside a fold."""

    __slots__ = ("name",)

    def __init__(self, name: str, vector: bool = False) -> None:
        self.name = name
        self.vector = vector


class Constant(Expr):
    """A plain number."""

    __slots__ = ("value",)

    def __init__(self, value: float) -> None:
        self.value = value
        self.vector = False


class Apply(Expr):
    """A gate applied to expressions; elementwise where one of them is a vector."""

    __slots__ = ("args", "gate", "static")

    def __init__(self, gate: Gate, args: tuple[Expr, ...], static: Mapping[str, Any]) -> None:
        self.gate = gate
        self.args = args
        self.static = {name: lift(value) for name, value in static.items()}
        # An n-ary gate eats its vector whole; every other gate maps over it.
        self.vector = any(arg.vector for arg in args) and not gate.variadic


class Count(Expr):
    """The number of inputs of an n-ary gate."""

    __slots__ = ()

    def __init__(self) -> None:
        self.vector = False


class Fold(Expr):
    """A vector reduced from left to right: `body` combines the symbols `FOLDED` and `ITEM`.

    With `others` the result is a vector: for each element the fold of all the other elements.
    """

    __slots__ = ("body", "empty", "others", "over")

    def __init__(self, over: Expr, body: Expr, empty: float | None, others: bool) -> None:
        self.over = over
        self.body = body
        self.empty = None if empty is None else float(empty)
        self.others = others
        self.vector = others


FOLDED = Symbol("folded")
ITEM = Symbol("item")


def lift(value: Any) -> Expr:
    """Turn a number into a constant; leave an expression as it is."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Constant(float(value))
    raise DeclarationError(
        f"{value!r} of type {type(value).__name__} cannot stand in a gate's formula: "
        "use numbers, the gate's inputs, and other gates"
    )


def fold(combine: Callable[[Any, Any], Any], over: Any, empty: float | None = None) -> Any:
    """Reduce a vector symbol from left to right with a gate, or a formula of two arguments.

    `empty` is the value for no operands at all (0 for a sum); without it that is an error.
    """
    return Fold(_vector(over), _combined(combine), empty, False)


def others(combine: Callable[[Any, Any], Any], over: Any, empty: float) -> Any:
    """For each element of a vector, fold all the other elements; `empty` where there is none.

    Needs an associative `combine`: it is worked out from running folds of both ends.
    """
    return Fold(_vector(over), _combined(combine), empty, True)


def _combined(combine: Callable[[Any, Any], Any]) -> Expr:
    """What combines two values in a fold: a formula of these two and of nothing else."""
    body = lift(combine(FOLDED, ITEM))
    for expr in ordered([body]):
        stranger = isinstance(expr, Symbol) and expr is not FOLDED and expr is not ITEM
        if stranger or isinstance(expr, (Count, Fold)):
            raise DeclarationError(
                f"a fold combines two values by a formula of these two alone, and this one uses "
                f"{to_text(expr)}: map first, as in fold(add, s * x)"
            )
    return body


def count(over: Any) -> Any:
    """The number of inputs of an n-ary gate."""
    _vector(over)
    return Count()


def _vector(over: Any) -> Expr:
    if not (isinstance(over, Expr) and over.vector):
        raise DeclarationError(
            f"fold, others and count need the inputs of an n-ary gate, declared as f(*x), "
            f"but got {over!r}"
        )
    return over


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions that `expr` is made of."""
    if isinstance(expr, Apply):
        return expr.args + tuple(expr.static.values())
    if isinstance(expr, Fold):
        return (expr.over,)
    return ()


def ordered(roots: Sequence[Expr]) -> Iterator[Expr]:
    """Every distinct expression under the roots, what it is made of first; no recursion."""
    done: set[int] = set()
    stack: list[tuple[Expr, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        expr, ready = stack.pop()
        if id(expr) in done:
            continue
        if ready:
            done.add(id(expr))
            yield expr
        else:
            stack.append((expr, True))
            stack.extend((child, False) for child in reversed(children(expr)))


def evaluate(roots: Sequence[Expr], bindings: Mapping[str, Any]) -> list[Any]:
    """Evaluate formulas on anything the gates accept: floats, units, numbers of other kinds.

    `bindings` maps names to values; a vector symbol's value is a list.
    """
    known: dict[int, Any] = {}
    length = next((len(v) for v in bindings.values() if isinstance(v, (list, tuple))), 0)

    def spread(arg: Expr) -> list[Any]:
        value = known[id(arg)]
        return list(value) if arg.vector else [value] * length

    for expr in ordered(roots):
        result: Any
        if isinstance(expr, Symbol):
            result = bindings[expr.name]
        elif isinstance(expr, Constant):
            result = expr.value
        elif isinstance(expr, Count):
            result = float(length)
        elif isinstance(expr, Fold):
            result = _folded(expr, known[id(expr.over)], bindings)
        elif isinstance(expr, Apply):
            static = {name: known[id(value)] for name, value in expr.static.items()}
            if expr.gate.variadic:
                result = expr.gate(*[known[id(arg)] for arg in expr.args], **static)
            elif expr.vector:
                columns = zip(*[spread(arg) for arg in expr.args], strict=True)
                result = [expr.gate(*column, **static) for column in columns]
            else:
                result = expr.gate(*[known[id(arg)] for arg in expr.args], **static)
        known[id(expr)] = result
    return [known[id(root)] for root in roots]


def _folded(expr: Fold, items: Sequence[Any], bindings: Mapping[str, Any]) -> Any:
    """Run one fold; `others` joins a running fold from the left with one from the right."""

    def combine(left: Any, right: Any) -> Any:
        return evaluate([expr.body], {**bindings, "folded": left, "item": right})[0]

    if expr.others:
        return exclusive(combine, items, expr.empty)
    if not items:
        return expr.empty
    result = items[0]
    for item in items[1:]:
        result = combine(result, item)
    return result


def exclusive(combine: Callable[[Any, Any], Any], items: Sequence[Any], empty: Any) -> list[Any]:
    """For each item the fold of all others, in time linear in their number.

    >>> exclusive(lambda a, b: a * b, [2.0, 3.0, 0.0], 1.0)
    [0.0, 0.0, 6.0]
    """
    n = len(items)
    if n < 2:
        return [empty] * n
    right = [items[-1]]  # right[k] folds the last k + 1 items
    for item in reversed(items[1:-1]):
        right.append(combine(item, right[-1]))
    result = [right[-1]]
    left = items[0]
    for k in range(1, n - 1):
        result.append(combine(left, right[n - 2 - k]))
        left = combine(left, items[k])
    result.append(left)
    return result


_INFIX = {"add": ("+", 1), "subtract": ("-", 1), "multiply": ("*", 2), "divide": ("/", 2),
          "power": ("**", 4), "less": ("<", 0), "less_equal": ("<=", 0), "greater": (">", 0),
          "greater_equal": (">=", 0), "equal": ("==", 0), "not_equal": ("!=", 0)}  # fmt: skip


def to_text(root: Expr) -> str:
    """Print a formula as people write it.

    >>> x = Symbol("x")
    >>> to_text(Constant(2.0))
    '2'
    """
    text: dict[int, tuple[str, int]] = {}
    for expr in ordered([root]):
        text[id(expr)] = _text_of(expr, text)
    return text[id(root)][0]


def _text_of(expr: Expr, text: Mapping[int, tuple[str, int]]) -> tuple[str, int]:
    """Give the text of one expression and how tightly it binds."""
    if isinstance(expr, Symbol):
        return expr.name, 9
    if isinstance(expr, Count):
        return "n", 9
    if isinstance(expr, Constant):
        short = str(int(expr.value)) if expr.value == int_or_nan(expr.value) else repr(expr.value)
        return short, 3 if short.startswith("-") else 9
    if isinstance(expr, Fold):
        body = to_text(expr.body).replace("folded", "a").replace("item", "b")
        kind = "others" if expr.others else "fold"
        return f"{kind}[{body}]({text[id(expr.over)][0]})", 9
    if isinstance(expr, Apply):
        name = expr.gate.name
        args = [text[id(arg)] for arg in expr.args]
        if name in _INFIX and len(args) == 2:
            sign, level = _INFIX[name]
            left, right = args
            a = (
                left[0]
                if (left[1] >= level and name != "power") or left[1] == 9
                else f"({left[0]})"
            )
            b = right[0] if right[1] > level else f"({right[0]})"
            return f"{a} {sign} {b}", level
        if name == "negate":
            return (f"-{args[0][0]}" if args[0][1] > 2 else f"-({args[0][0]})"), 3
        static = [f"{key}={text[id(value)][0]}" for key, value in expr.static.items()]
        return f"{name}({', '.join([a for a, _ in args] + static)})", 9
    raise TypeError(expr)


def int_or_nan(value: float) -> float:
    """The integer nearest to a small float, nan for one that has no short integer form."""
    return float(round(value)) if abs(value) < 1e15 else float("nan")
