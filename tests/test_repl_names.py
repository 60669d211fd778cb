"""What a text stands for in the debugger, and what a program's variables are called."""

from __future__ import annotations

import pytest

from gatenet import Circuit, Unit
from gatenet.errors import WiringError
from gatenet.repl.names import Names, give_names, named_units


def test_rows_and_names() -> None:
    """A name finds its unit, u and a number the row; a constant is its number."""
    a, b = Unit(2.0, "a"), Unit(3.0, "b")
    loss = a * b + 7.0
    names = Names(Circuit(loss))

    assert names.find("a") is a
    assert names.find("u1") is b
    assert names.find("u3") == 7.0
    assert names.unit("u4") is loss
    assert names.unit(" 'b' ") is b
    assert [names.label(unit) for unit in (a, loss)] == ["a", "u4"]


def test_a_row_is_a_row_whatever_units_are_called() -> None:
    """u0 is row 0 also where another unit has been given that name."""
    first, second = Unit(1.0, "u1"), Unit(2.0, "u0")
    names = Names(Circuit(first * second))

    assert names.find("u0") is first
    assert names.find("u1") is second


def test_several_of_one_name() -> None:
    """A name that several units bear is refused with their rows."""
    names = Names(Circuit(Unit(1.0, "w") * Unit(2.0, "w")))

    with pytest.raises(WiringError, match="2 units are called 'w': say u0, u1"):
        names.find("w")


def test_hostile_names() -> None:
    """A name full of control characters is found as given and as shown, and shown harmlessly."""
    wild = "\x1b[31m\nrm -rf\u202e"
    unit = Unit(1.0, wild)
    names = Names(Circuit(unit * 2.0))
    label = names.label(unit)

    assert label.isprintable()
    assert "\x1b" not in label
    assert names.find(wild) is unit
    assert names.find(label) is unit
    assert names.starting(label[:1]) == [label]


def test_unknown_names() -> None:
    """What is called nothing here is refused with what comes near, or with what there is."""
    names = Names(Circuit(Unit(1.0, "weight") * 2.0))

    with pytest.raises(WiringError, match="did you mean weight"):
        names.find("wieght")
    with pytest.raises(WiringError, match="u0 to u2 are rows of the circuit, and there are weight"):
        names.find("xyz")
    with pytest.raises(WiringError, match=r"u1 is the constant 2\.0"):
        names.unit("u1")
    for text in ("", "u", "u3", "u-1", "u00", "u1.5", "u²", "U0", "u99999999999999999999"):
        assert names.get(text) is None


def test_completion() -> None:
    """Names and rows that begin with what was typed are offered, a hundred at most."""
    loss = Unit(1.0, "loss_weight")
    for _ in range(300):
        loss = -loss
    loss.name = "loss"
    names = Names(Circuit(loss))

    assert names.starting("lo") == ["loss", "loss_weight"]
    assert names.starting("loss_") == ["loss_weight"]
    assert names.starting("x") == []
    assert names.starting("u29")[:4] == ["u29", "u290", "u291", "u292"]
    assert set(names.starting("u3")) == {"u3", *[f"u{k}" for k in range(30, 40)], "u300"}
    assert len(names.starting("u")) == len(names.starting("u1")) == 100
    assert all(names.get(name) is not None for name in names.starting("u"))


def test_units_among_variables() -> None:
    """Units are found by themselves, in lists, tuples and dicts, in the order of the program."""
    x, y, z = Unit(1.0), Unit(2.0), Unit(3.0)
    variables = {
        "x": x, "number": 3, "rows": [[x, y], "text"], "_hidden": z, "table": {"z": z, 2: y},
        "deep": [[[z]]],
    }  # fmt: skip

    found = [name for name, _ in named_units(variables)]

    assert found == ["x", "rows[0][0]", "rows[0][1]", "table['z']", "table[2]"]


def test_giving_names() -> None:
    """Nameless units take the first variable that holds them; names that are taken stay."""
    x, y, other = Unit(1.0), Unit(2.0, "why"), Unit(3.0)
    loss = x * y
    circuit = Circuit(loss)
    given = give_names(
        circuit, {"x": x, "again": x, "y": y, "why": loss, "u7": loss, "z": loss, "other": other}
    )

    assert [x.name, y.name, loss.name, other.name] == ["x", "why", "z", None]
    assert given == [x, loss]
    assert circuit.label(2) == "z"
