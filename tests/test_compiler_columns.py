"""Many units at once: their values into one array, and gradients from one array into them."""

import math
from array import array

import pytest

from gatenet import Circuit, Unit
from gatenet.errors import OperandError
from gatenet.storage import NATIVE, add_grads, values_of, write_columns

ODD = [1.0, -0.0, 0.0, math.inf, -math.inf, 5e-324, 1.7976931348623157e308, 0.1]


def hexes(numbers):
    """Numbers to the bit."""
    return [None if x is None else float(x).hex() for x in numbers]


def test_values_come_in_order_and_to_the_bit():
    """Values of units, odd ones too, then whatever follows them."""
    found = values_of([Unit(x) for x in ODD], [0.5])
    assert type(found) is array
    assert found.typecode == "d"
    assert hexes(found) == hexes([*ODD, 0.5])
    assert math.isnan(values_of([Unit(math.nan)])[0])
    assert values_of([]) == array("d")


@pytest.mark.parametrize("kind", [list, tuple])
@pytest.mark.parametrize("buffer", [list, lambda x: array("d", x)])
def test_gradients_are_added_and_none_is_nothing(kind, buffer):
    """None + x is x, even where x is -0.0; a number is added to."""
    units = [Unit(0.0) for _ in range(2 * len(ODD))]
    before = [None if k % 2 else 0.25 * k for k in range(len(units))]
    for unit, grad in zip(units, before, strict=True):
        unit._grad = grad
    numbers = [x for x in ODD for _ in range(2)]
    add_grads(kind(units), buffer([9.0, *numbers, 9.0]), 1)
    expected = [x if b is None else b + x for b, x in zip(before, numbers, strict=True)]
    assert hexes(unit._grad for unit in units) == hexes(expected)
    assert all(unit.visited for unit in units)


def test_a_unit_that_stands_twice_is_added_to_twice():
    """The sums are those of one addition after the other."""
    x = Unit(1.0)
    add_grads([x, x, x], [0.1, 0.2, 0.3])
    assert x.grad.hex() == ((0.1 + 0.2) + 0.3).hex()


def test_values_gradients_and_time_are_written():
    """Everything built on such units before is stale then."""
    x, y = Unit(1.0), Unit(2.0)
    write_columns([x, y], array("d", [3.0, -0.0]), array("d", [0.5, 0.25]), 12345)
    assert hexes([x.value, y.value, x.grad, y.grad]) == hexes([3.0, -0.0, 0.5, 0.25])
    assert (x._time, y._time) == (12345, 12345)


@pytest.mark.skipif(NATIVE is None, reason="the C extension stores no units here")
@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda units: NATIVE.add_grads([*units, 1.0], array("d", [1.0] * 3), 0), TypeError),
        (lambda units: NATIVE.add_grads(units, array("d", [1.0]), 0), ValueError),
        (lambda units: NATIVE.add_grads(units, array("d", [1.0] * 9), 8), ValueError),
        (lambda units: NATIVE.add_grads(units, array("d", [1.0] * 2), -1), ValueError),
        (lambda units: NATIVE.add_grads(units, array("d", [1.0] * 2), 3), ValueError),
        (lambda units: NATIVE.add_grads(units, array("f", [1.0] * 4), 0), ValueError),
        (lambda units: NATIVE.add_grads(units, "numbers", 0), TypeError),
        (lambda units: NATIVE.add_grads(7, array("d", [1.0] * 2), 0), TypeError),
        (lambda units: NATIVE.values(units, array("d", [1.0])), ValueError),
        (lambda units: NATIVE.values([None], array("d", [1.0])), TypeError),
        (lambda units: NATIVE.values(units, bytes(16)), BufferError),
        (lambda units: NATIVE.write(units, array("d", [1.0] * 2), array("d"), 3), ValueError),
        (lambda units: NATIVE.write(units, array("d"), array("d", [1.0] * 2), 3), ValueError),
        (lambda units: NATIVE.write([2], array("d", [1.0]), array("d", [1.0]), 3), TypeError),
    ],
)
def test_wrong_columns_change_nothing(call, kind):
    """What is no unit, or too short a buffer, is refused before the first unit is written."""
    units = [Unit(1.0), Unit(2.0)]
    with pytest.raises(kind):
        call(units)
    assert [(u.value, u._grad, u._time == u._serial) for u in units] == [
        (1.0, None, True),
        (2.0, None, True),
    ]


@pytest.mark.parametrize("backend", ["auto", "python", "wide"])
def test_backward_adds_what_one_unit_after_the_other_would_get(backend):
    """A compiled backward twice: the gradients of both, added, whatever there was before."""
    pytest.importorskip("numpy")
    x, t = Unit(0.0, "x"), Unit(0.0, "t")
    w, b = (Unit(v, n, role="parameter") for v, n in ((0.3, "w"), (-0.1, "b")))
    compiled = Circuit((w * x + b - t) ** 2).compile([x, t], backend=backend)
    rows = [[0.1 * k, 0.7 - 0.2 * k] for k in range(5)]
    _, slopes = compiled.sums(rows, seed=0.2)
    w.grad = 0.7
    first = compiled.backward(rows, seed=0.2)
    compiled.backward(rows, seed=0.2)
    at = dict(zip(compiled.wrt, slopes, strict=True))
    assert hexes([w.grad, b.grad]) == hexes([(0.7 + at[w]) + at[w], at[b] + at[b]])
    assert type(first) is float
    with pytest.raises(OperandError):
        compiled.backward([["no", "number"]])
    assert hexes([w.grad, b.grad]) == hexes([(0.7 + at[w]) + at[w], at[b] + at[b]])
