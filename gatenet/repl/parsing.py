"""Parsing: text to a syntax tree that holds nothing but names and arithmetic, or an error.

What is too long, too deep or too busy is refused before it can exhaust a parser, and every kind of
node that is not on a short list is refused before anything is looked up.  Knows the standard
library alone.
"""

from __future__ import annotations

import ast
import re
import warnings

from gatenet.errors import OperandError, RangeError
from gatenet.texts import shown

LONGEST = 10_000
"""The most characters of an expression."""
DEEPEST = 100
"""How deep an expression may be nested; the 101st term of a sum is too deep as well."""
BUSIEST = 500
"""The most operators, dots and brackets: what is past it is not even parsed."""

ATTRIBUTES = ("value", "grad", "gate", "inputs", "partials", "name")
"""What may be asked of a unit."""
_BUSY = re.compile(r"[-+~*/.<>=(\[{]")
_LEGAL = (
    ast.Expression, ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.BinOp, ast.UnaryOp,
    ast.BoolOp, ast.Compare, ast.Call, ast.keyword, ast.Load, ast.And, ast.Or, ast.Not, ast.USub,
    ast.UAdd, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow,
    ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq,
)  # fmt: skip


def parsed(text: str) -> ast.expr:
    """Parse an expression and check it, node by node.

    >>> ast.unparse(parsed("-x + 2*loss.grad"))
    '-x + 2 * loss.grad'
    >>> parsed("x.__class__")
    Traceback (most recent call last):
    gatenet.errors.OperandError: a unit has no '__class__' here; it has value, grad, gate...

    Raises OperandError for what is not arithmetic, RangeError for what is too long or too deep.
    """
    tree = _parsed(text)
    _check(tree, text)
    return tree


def _parsed(text: str) -> ast.expr:
    """Parse one expression, having refused what a parser could choke on."""
    if not text:
        raise OperandError("there is nothing to work out: name a unit, or give an expression")
    if len(text) > LONGEST:
        raise RangeError(f"{len(text):,} characters are too many: {LONGEST:,} at most")
    if len(_BUSY.findall(text)) > BUSIEST:
        raise RangeError(f"more than {BUSIEST} operators and brackets are too many")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        where = shown(text[max(0, (error.offset or 1) - 1) :][:20]) or "its end"
        raise OperandError(f"this is not an expression, from {where!r} on: {error.msg}") from None
    except (ValueError, MemoryError, RecursionError) as error:
        raise RangeError(f"this cannot be read: {error or type(error).__name__}") from None


def _check(tree: ast.expr, text: str) -> None:
    """Refuse whatever is not on the list, before anything is looked up."""
    stack: list[tuple[ast.AST, int]] = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        if depth > DEEPEST:
            raise RangeError(f"nested more than {DEEPEST} deep (a sum nests with each term)")
        if isinstance(node, ast.Attribute) and node.attr not in ATTRIBUTES:
            raise OperandError(
                f"a unit has no {shown(node.attr, 40)!r} here; it has {', '.join(ATTRIBUTES)}"
            )
        if isinstance(node, (ast.operator, ast.unaryop, ast.cmpop)) and not isinstance(
            node, _LEGAL
        ):
            raise OperandError(
                f"there is no operator {type(node).__name__} here; there are + - * / **, "
                "comparisons, and, or, not"
            )
        if not isinstance(node, _LEGAL) or (isinstance(node, ast.keyword) and node.arg is None):
            raise OperandError(f"only names and arithmetic of units: not {extract(node, text)}")
        if isinstance(node, ast.Constant) and not isinstance(node.value, (int, float, str)):
            raise OperandError(f"only real numbers: not {extract(node, text)}")
        stack.extend((child, depth + 1) for child in ast.iter_child_nodes(node))


def extract(node: ast.AST, text: str = "") -> str:
    """The words a message quotes: at most forty characters of what was typed."""
    source = ast.get_source_segment(text, node) if text else None
    if source is None:
        source = ast.unparse(node) if isinstance(node, ast.expr) else type(node).__name__
    return repr(shown(source, 40))
