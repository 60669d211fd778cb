"""What transforms say about wrong functions, arguments and tangents."""

from collections import namedtuple

import pytest

from gatenet import Unit, grad, hvp, jacobian, jvp, vjp
from gatenet.errors import (
    GatenetError,
    OperandError,
    RangeError,
    WiringError,
)

Point = namedtuple("Point", "x y")


IDENTITY = lambda x: x
MISTAKES = [
    (lambda: grad(lambda x: None)(1.0), OperandError, "returned: None .* is a `return` missing"),
    (lambda: grad(lambda x: "s")(1.0), OperandError, "returned: 's' of type str is text"),
    (lambda: grad(lambda x: x > 0)(1.0), OperandError, "True of type bool"),
    (
        lambda: grad(lambda x: [x, x])(1.0),
        OperandError,
        r"one output; .* returned \[\*, \*\]",
    ),
    (lambda: grad(IDENTITY)([]), RangeError, r"argument 0 of <lambda> is \[\]: it holds no number"),
    (lambda: jvp(IDENTITY, ({},), ({},)), RangeError, "holds no number"),
    (lambda: grad(IDENTITY)(["1"]), OperandError, r"argument 0 of <lambda> at \[0\]: '1'"),
    (lambda: grad(IDENTITY)(True), OperandError, "True of type bool"),
    (lambda: grad(IDENTITY, 1)(1.0), WiringError, "argument 1 of <lambda>, .* 1 positional"),
    (lambda: grad(IDENTITY, (0, 0))(1.0), WiringError, r"argnums is \(0, 0\)"),
    (lambda: grad(IDENTITY, -2)(1.0), WiringError, "argnums is -2"),
    (lambda: grad(IDENTITY, "x")(1.0), WiringError, "argnums is 'x'"),
    (lambda: grad(IDENTITY, True)(1.0), WiringError, "argnums is True"),
    (lambda: grad(IDENTITY, ())(1.0), WiringError, r"argnums is \(\)"),
    (lambda: jvp(IDENTITY, ([1.0],), (1.0,)), WiringError, "tangent 0 must be nested as"),
    (lambda: jvp(IDENTITY, (1.0,), ()), WiringError, r"1 primal\(s\) and 0 tangent\(s\)"),
    (lambda: jvp(IDENTITY, 1.0, 1.0), WiringError, "as a tuple"),
    (lambda: jvp(IDENTITY, (1.0,), ("v",)), OperandError, "tangent 0: 'v'"),
    (lambda: hvp(IDENTITY, 1.0, 1.0), WiringError, r"hvp\(f, \(x,\), \(v,\)\)"),
    (lambda: vjp(lambda x: [x], 1.0)[1](1.0), WiringError, "the cotangent must be nested as"),
    (lambda: vjp(3.0, 1.0), OperandError, "vjp transforms a function"),
    (lambda: jacobian(lambda x: {"a": ["s"]})(1.0), OperandError, r"at \['a'\]\[0\]: 's'"),
    (lambda: jacobian(IDENTITY, mode="fast"), WiringError, "unknown mode 'fast'"),
    (lambda: jacobian(Unit(1.0)), OperandError, "jacobian transforms a function"),
]


@pytest.mark.parametrize(("mistake", "kind", "message"), MISTAKES)
def test_mistakes_are_named(mistake, kind, message):
    """Each wrong use is an error of its own kind that says what, why and the mend."""
    with pytest.raises(kind, match=message) as caught:
        mistake()

    assert isinstance(caught.value, GatenetError)


def test_an_error_inside_the_function_leaves_no_trace():
    """After f raised, transforms at the top give floats again."""
    with pytest.raises(ZeroDivisionError):
        grad(lambda x: x * (1 / 0))(1.0)

    assert type(grad(IDENTITY)(1.0)) is float
