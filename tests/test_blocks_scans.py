"""Scans: a loop with a carry."""

import pytest

import gatenet as gn
from gatenet import (
    Unit,
    block,
    checkpoint,
    grad,
    scan,
)
from gatenet.errors import (
    OperandError,
    RangeError,
    WiringError,
)
from gatenet.gates import tanh, total


def test_scan_is_the_loop_it_stands_for():
    """Values, outputs and gradients of a recurrence equal the unrolled loop's, to the bit."""
    w, xs = Unit(0.7), [0.1, -0.4, 0.9]
    twin = Unit(0.7)
    h, ys = scan(lambda h, x: (tanh(h * w + x), h * x), 0.5, xs)
    g, zs = 0.5, []
    for x in xs:
        g, z = tanh(g * twin + x), g * x
        zs.append(z)
    (h + total(ys)).backward()
    (g + total(zs)).backward()

    assert (h.value, [y if type(y) is float else y.value for y in ys]) == (
        g.value,
        [z if type(z) is float else z.value for z in zs],
    )
    assert w.grad == twin.grad


@pytest.mark.parametrize("wrap", [lambda f: f, checkpoint, block], ids=["plain", "kept", "block"])
def test_scan_carries_containers_and_can_be_differentiated(wrap):
    """A carry of two numbers, outputs as dicts, steps of two numbers; second derivatives too."""

    def fibonacci(x):
        step = wrap(lambda c, k: ({"a": c["b"], "b": c["a"] * k[0] + c["b"] * k[1]}, {"y": c["a"]}))
        carry, ys = scan(step, {"a": x, "b": x * x}, zip([1, 1, 1], [1, 1, 2], strict=True))
        return carry["b"] + ys[2]["y"]

    # a, b = x, x^2; then x^2, x + x^2; then x + x^2, x + 2 x^2; then b = (x + x^2) + 2 (x + 2 x^2)
    assert value_of(fibonacci, 2.0) == 3 * 2 + 5 * 4 + (2 + 4)
    assert grad(fibonacci)(2.0) == pytest.approx(4 + 12 * 2.0, rel=1e-14)
    assert grad(grad(fibonacci))(2.0) == pytest.approx(12.0, rel=1e-13)


def value_of(f, x):
    """The value of a function at a float."""
    return gn.value_and_grad(f)(x)[0]


def test_scan_backwards_and_by_length():
    """reverse starts at the end and keeps ys in the order of xs; length runs without xs."""
    assert scan(lambda c, x: (c * 2 + x, c), 0.0, [1.0, 2.0, 3.0], reverse=True) == (
        ((3.0 * 2) + 2.0) * 2 + 1.0,
        [8.0, 3.0, 0.0],
    )
    assert scan(lambda c, x: (c + 1, x), 0, length=3) == (3, [None, None, None])
    assert scan(lambda c, x: (c, x), 7.0, []) == (7.0, [])


def test_scan_against_jax():
    """JAX's scan has the same signature and gives the same gradient."""
    jax = pytest.importorskip("jax", reason="JAX is not installed: its comparison is left out")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy
    xs = [0.1, -0.4, 0.9, 0.3]
    ours = lambda w: total(scan(lambda h, x: (tanh(h * w + x),) * 2, 0.5, xs)[1])
    theirs = lambda w: jax.lax.scan(
        lambda h, x: (jnp.tanh(h * w + x),) * 2, 0.5, jnp.array(xs)
    )[1].sum()  # fmt: skip

    assert grad(ours)(0.7) == pytest.approx(float(jax.grad(theirs)(0.7)), rel=1e-13)


@pytest.mark.parametrize(
    ("mistake", "kind", "message"),
    [
        (lambda: scan(lambda c, x: c, 0.0, [1.0]), OperandError, "returned 0.0 at step 0"),
        (lambda: scan(lambda c, x: ([c], x), 0.0, [1.0]), WiringError, "the carry after step 0"),
        (lambda: scan(lambda c, x: (c, x), 0.0), RangeError, "needs a length"),
        (lambda: scan(lambda c, x: (c, x), 0.0, [1.0], 2), RangeError, "length=2 and 1 steps"),
        (lambda: scan(lambda c, x: (c, x), 0.0, {"a": [1.0]}), WiringError, "list of steps"),
    ],
)
def test_mistakes_with_scan_are_named(mistake, kind, message):
    """A step that gives no pair, a carry that changes, lengths that disagree."""
    with pytest.raises(kind, match=message):
        mistake()
