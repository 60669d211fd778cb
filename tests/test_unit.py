"""Units: operators, comparisons, what would detach, names, reading and writing."""

import inspect
import math
import operator
import pickle

import pytest
from tapes import bits

from gatenet import Circuit, Unit, gates, grad
from gatenet.errors import DetachError, OperandError, RangeError, WiringError

BINARY = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul,
    "divide": operator.truediv, "power": operator.pow,
}  # fmt: skip
IN_PLACE = {
    "add": operator.iadd, "subtract": operator.isub, "multiply": operator.imul,
    "divide": operator.itruediv, "power": operator.ipow,
}  # fmt: skip
#: The derivatives by hand: in a and in b, at (a, b).
SLOPES = {
    "add": lambda a, b: (1.0, 1.0),
    "subtract": lambda a, b: (1.0, -1.0),
    "multiply": lambda a, b: (b, a),
    "divide": lambda a, b: (1 / b, -a / b**2),
    "power": lambda a, b: (b * a ** (b - 1), a**b * math.log(a)),
}


@pytest.mark.parametrize("name", BINARY)
def test_operators_between_units(name):
    """a ∘ b of units has Python's value and the derivatives of the textbook."""
    a, b = Unit(1.5), Unit(2.5)
    z = BINARY[name](a, b)
    z.backward()

    assert z.value == pytest.approx(BINARY[name](1.5, 2.5), rel=1e-15)
    assert (a.grad, b.grad) == pytest.approx(SLOPES[name](1.5, 2.5), rel=1e-14)
    assert z.gate is gates.CATALOGUE[name]
    assert z.inputs == (a, b)


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("constant", [2.5, 3, -0.0 + 7])
def test_operators_with_a_number_on_either_side(name, constant):
    """A number beside a unit is a constant: same value and slope, no unit of its own."""
    u = Unit(1.5)
    z, reflected = BINARY[name](u, constant), BINARY[name](constant, u)
    z.backward()
    right = u.grad
    u.zero_grad()
    reflected.backward()

    assert z.value == pytest.approx(BINARY[name](1.5, constant), rel=1e-15)
    assert reflected.value == pytest.approx(BINARY[name](constant, 1.5), rel=1e-15)
    assert right == pytest.approx(SLOPES[name](1.5, constant)[0], rel=1e-14)
    assert u.grad == pytest.approx(SLOPES[name](constant, 1.5)[1], rel=1e-14)
    assert z.inputs == (u, float(constant))
    assert type(z.inputs[1]) is float


@pytest.mark.parametrize("name", BINARY)
def test_operators_in_place_rebind(name):
    """`u += v` makes a new unit and leaves the old one alone."""
    for other in (Unit(2.5), 2.5):
        u = old = Unit(1.5)
        u = IN_PLACE[name](u, other)
        assert u is not old
        assert old.value == 1.5
        assert u.value == pytest.approx(BINARY[name](1.5, 2.5), rel=1e-15)
        number = IN_PLACE[name](1.5, Unit(2.5))
        assert number.value == u.value


def test_unary_operators():
    """-u, +u and abs(u)."""
    u = Unit(-3.0)
    for z, value, slope in [(-u, 3.0, -1.0), (abs(u), 3.0, -1.0)]:
        u.zero_grad()
        z.backward()
        assert (z.value, u.grad) == (value, slope)
    assert +u is u


@pytest.mark.parametrize(
    "operation",
    [operator.floordiv, operator.mod, operator.matmul, divmod, operator.and_, operator.or_,
     operator.xor, operator.lshift, operator.rshift],
)  # fmt: skip
def test_operators_that_do_not_exist(operation):
    """//, %, @ and the operators of bits are TypeErrors on both sides."""
    for pair in [(Unit(5.0), 2.0), (2.0, Unit(5.0)), (Unit(5.0), Unit(2.0))]:
        with pytest.raises(TypeError):
            operation(*pair)


@pytest.mark.parametrize("call", [round, math.trunc, lambda u: pow(u, 2, 5), operator.invert])
def test_functions_that_do_not_exist(call):
    """Rounding, powers with a modulus and ~ are TypeErrors."""
    with pytest.raises(TypeError):
        call(Unit(2.5))


@pytest.mark.parametrize(
    ("thing", "word"),
    [(True, "bool"), ("1", "str"), (None, "NoneType"), (1j, "complex"), ([1.0], "list"),
     (b"1", "bytes"), (object(), "object")],
)  # fmt: skip
@pytest.mark.parametrize("name", BINARY)
def test_operators_refuse_what_is_no_number(name, thing, word):
    """Anything but a real number beside a unit is a TypeError that names its type."""
    for pair in [(Unit(1.0), thing), (thing, Unit(1.0))]:
        with pytest.raises(OperandError, match=word):
            BINARY[name](*pair)


def test_an_int_past_float64_is_refused():
    """An int that no float holds is a ValueError, never an infinity."""
    with pytest.raises(RangeError):
        Unit(1.0) * 10**400
    with pytest.raises(RangeError):
        Unit(2**2000)


def test_sum_prod_max_and_min_of_the_standard_library():
    """sum starts with the int 0, which adds no gate; max and min give back one of the units."""
    u, v, w = Unit(1.0), Unit(4.0), Unit(2.0)
    added, multiplied = sum([u, v, w]), math.prod([u, v, w])
    added.backward()

    assert added.value == 7.0
    assert added.inputs[0].inputs == (u, v)
    assert sum([u]) is u
    assert (u.grad, v.grad, w.grad) == (1.0, 1.0, 1.0)
    assert multiplied.value == 8.0
    assert max([u, v, w]) is v
    assert min(u, v, w) is u
    assert sorted([v, u, w]) == [u, w, v]
    assert max(u, 3.0) == 3.0


def test_zero_adds_no_gate_only_as_the_int_of_sum():
    """0 + u is u; 0.0 + u is a gate like any other number."""
    u = Unit(-0.0)

    assert 0 + u is u
    assert u + 0 is u
    assert bits((u + 0.0).value) == bits(0.0)


def test_comparisons_are_plain_bools():
    """<, <=, > and >= compare values, with numbers on either side."""
    u, v = Unit(1.0), Unit(2.0)
    answers = [u < v, u <= v, u > v, u >= v, u < 2, 2 > u, 2 >= u, 0.5 < u, u <= 1, 1 <= u, 3 < u]

    assert answers == [True, True, False, False, True, True, True, True, True, True, False]
    assert {type(answer) for answer in answers} == {bool}
    nan = Unit(math.nan)
    assert not (nan < u or nan > u or nan <= u or nan >= u)
    with pytest.raises(OperandError, match="'high'"):
        _ = u < "high"


def test_equality_and_hash_are_identity():
    """Two units of one value are two wires: keys of dicts, members of sets."""
    u, v = Unit(1.0), Unit(1.0)

    assert u == u
    assert u != v
    assert u != 1.0
    assert len({u, v, u}) == 2
    assert {u: "u", v: "v"}[v] == "v"
    assert v in [u, v]
    assert [u, v].index(v) == 1
    assert gates.equal(u, v).value == 1.0


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (float, [".value", "gatenet.exp"]), (int, ["int(u.value)"]), (bool, ["gatenet.where"]),
        (math.exp, ["gatenet.exp(u)", ".value"]), (math.floor, [".value"]),
        (lambda u: [1, 2, 3][u], ["u.value"]), (lambda u: u and 1, ["u.value"]),
        (lambda u: not u, ["where"]), (lambda u: 1 if u else 0, ["where"]),
        (lambda u: math.hypot(u, 1.0), [".value"]), (complex, [".value"]),
        (lambda u: list(range(u)), ["u.value"]),
    ],
)  # fmt: skip
def test_what_would_detach_in_silence_is_an_error(question, words):
    """float, int, bool, indexing and the functions of math say what to write instead."""
    with pytest.raises(TypeError) as caught:
        question(Unit(2.0, "score"))

    assert isinstance(caught.value, DetachError)
    assert "'score' (2.0)" in str(caught.value)
    assert all(word in str(caught.value) for word in words)


def test_format_shows_the_value():
    """format with a specification formats the number, without one the repr."""
    u = Unit(2.5, "x")

    assert f"{u:.3f}" == "2.500"
    assert f"{u:>8}" == "     2.5"
    assert f"{u}" == repr(u)


def test_repr_says_what_one_wants_to_know():
    """Value, name, gradient when visited, gate, role, detached."""
    x, w = Unit(2.0, "x"), Unit(-0.5, role="parameter")
    y = x * w
    assert repr(y) == "Unit(-1.0, gate=multiply)"
    y.backward()

    assert repr(x) == "Unit(2.0, name='x', grad=-0.5)"
    assert repr(w) == "Unit(-0.5, grad=2.0, role='parameter')"
    assert repr(x.detach()) == "Unit(2.0, name='x', detached)"
    assert repr(Unit(1.0)) == "Unit(1.0)"


def test_a_leaf_is_read_and_written():
    """Value and data are one thing; writing converts; a gate's output cannot be written."""
    u = Unit(3, "x")
    u.value = 4
    assert (u.value, u.data, type(u.value)) == (4.0, 4.0, float)
    u.data = 5.0
    assert u.value == 5.0
    with pytest.raises(OperandError):
        u.value = "6"
    assert u.value == 5.0
    y = u * u
    with pytest.raises(WiringError, match=r"output of the gate multiply.*forward\(\)"):
        y.value = 1.0
    assert y.value == 25.0


def test_attributes_of_leaves_and_outputs():
    """Roles, gates, static parameters, inputs, partials and serial numbers are there to read."""
    x, w = Unit(2.0, "x"), Unit(3.0, "w", role="parameter")
    y = x * w
    z = gates.total(y, 1.0, x)

    assert [u.role for u in (x, w, y, z)] == ["input", "parameter", "inner", "inner"]
    assert (x.gate, x.inputs, x.partials, x.static) == (None, (), (), {})
    assert (y.gate, y.inputs, y.partials) == (gates.multiply, (x, w), (3.0, 2.0))
    assert (z.inputs, z.partials[0], z.partials[2]) == ((y, 1.0, x), 1.0, 1.0)
    assert (x * 2.0).partials == (2.0, 0.0)
    assert (2.0 * x).partials == (0.0, 2.0)
    assert gates.leaky_relu(x, slope=0.5).static == {"slope": 0.5}
    assert gates.leaky_relu(x).static == {"slope": 0.01}
    assert (y.static, z.static) == ({}, {})
    assert x.serial < w.serial < y.serial < z.serial
    for name, value in [("gate", None), ("inputs", ()), ("serial", 0), ("partials", ()),
                        ("role", "input"), ("visited", True), ("static", {})]:  # fmt: skip
        with pytest.raises(AttributeError):
            setattr(y, name, value)
    with pytest.raises(AttributeError):
        y.colour = "red"


def test_names_are_text_or_none():
    """A name can be given and taken away; what is no text is refused."""
    u = Unit(1.0, "a")
    u.name = None
    assert u.name is None
    u.name = "b"
    for wrong in (1, b"a", ["a"], True):
        with pytest.raises(OperandError, match="name"):
            u.name = wrong
        with pytest.raises(OperandError, match="name"):
            Unit(1.0, wrong)
    assert u.name == "b"


def test_roles_are_input_or_parameter():
    """Any other role is an error that shows it."""
    for role in ("inner", "constant", "weights", None):
        with pytest.raises(WiringError, match=repr(role)):
            Unit(1.0, role=role)


def test_a_unit_of_a_unit_is_refused():
    """Unit(unit) would lose the gradient: a TypeError."""
    with pytest.raises(OperandError, match="unit already"):
        Unit(Unit(1.0))


def test_unit_is_final():
    """No subclasses, no weak references, no new attributes."""
    import weakref

    with pytest.raises(TypeError, match="final"):
        type("Wire", (Unit,), {})
    with pytest.raises(TypeError):
        weakref.ref(Unit(1.0))
    assert not hasattr(Unit(1.0), "__dict__")


def test_detach_gives_a_new_leaf():
    """detach() keeps the value and the name, and no circuit."""
    x = Unit(3.0, "x")
    y = x * x
    y.name = "y"
    cut = y.detach()

    assert (cut.value, cut.name, cut.inputs, cut.role) == (9.0, "y", (), "input")
    assert not cut.requires_grad
    assert y.requires_grad


METHODS = sorted(
    name for name, gate in gates.CATALOGUE.items()
    if len(gate.inputs) == 1 and not gate.variadic
)  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_every_gate_of_one_input_is_a_method(name):
    """u.relu() and gates.relu(u) are one thing, documented, listed and completed."""
    u = Unit(0.5)
    gate = gates.CATALOGUE[name]
    method = getattr(u, name)
    for _ in range(2):  # the second call goes through the printed function
        assert bits(method().value) == bits(gate(0.5))
        method = getattr(u, name)
    assert method().gate is gate
    assert name in dir(u)
    assert getattr(Unit, name).__doc__ == gate.__doc__
    assert getattr(Unit, name).__name__ == name
    with pytest.raises((WiringError, TypeError)):
        method(1.0, 2.0, 3.0)


def test_methods_take_operands_and_static_parameters():
    """Gates of more inputs are methods too: u.maximum(v), u.where(a, b)."""
    u, v = Unit(1.0), Unit(2.0)

    assert u.maximum(v).value == 2.0
    assert u.where(v, 5.0).value == 2.0
    assert u.add(1.0).value == 2.0
    assert u.power(v).inputs == (u, v)


def test_the_stub_and_the_methods_agree():
    """What type checkers are told about is what is there."""
    from gatenet import methods

    source = inspect.getsourcefile(methods).replace(".py", ".pyi")
    with open(source, encoding="utf-8") as file:
        stub = file.read()
    methods_of = [name for name, gate in gates.CATALOGUE.items() if gate.groups == 1]
    missing = [name for name in methods_of if f"def {name}(" not in stub]

    assert missing == []


def test_numpy_scalars_on_either_side_make_units():
    """np.float64(2) * u is a unit, as u * np.float64(2) is."""
    numpy = pytest.importorskip("numpy", reason="NumPy is not installed")
    u = Unit(1.5)
    for kind in (numpy.float64, numpy.float32, numpy.int8, numpy.int64):
        for name, operation in BINARY.items():
            left, right = operation(kind(2), u), operation(u, kind(2))
            assert type(left) is Unit
            assert left.value == pytest.approx(operation(2.0, 1.5), rel=1e-15), name
            assert right.value == pytest.approx(operation(1.5, 2.0), rel=1e-15), name
            assert type(left.inputs[0]) is float
    assert (numpy.float64(2) > u, numpy.float64(2) < u) == (True, False)


def test_numpy_arrays_beside_a_unit_are_refused():
    """An array of numbers and a unit is a TypeError with the mend, on both sides."""
    numpy = pytest.importorskip("numpy", reason="NumPy is not installed")
    u, array = Unit(1.5), numpy.array([1.0, 2.0])
    for operation in BINARY.values():
        for pair in [(array, u), (u, array)]:
            with pytest.raises(TypeError, match="one by one"):
                operation(*pair)
    for wrong in [lambda: numpy.exp(u), lambda: numpy.float64(u), lambda: numpy.sqrt(u)]:
        with pytest.raises(TypeError):
            wrong()
    with pytest.raises(TypeError):
        array += u


def test_numpy_arrays_of_units_work_element_by_element():
    """An object array of units and numbers adds, multiplies and sums."""
    numpy = pytest.importorskip("numpy", reason="NumPy is not installed")
    units = numpy.array([Unit(1.0), Unit(2.0), Unit(3.0)], dtype=object)
    total = (units * numpy.array([1.0, 10.0, 100.0]) + 1.0).sum()
    total.backward()

    assert total.value == 324.0
    assert [unit.grad for unit in units] == [1.0, 10.0, 100.0]


def test_power_with_a_constant_exponent_of_a_negative_base():
    """(-2)**3 is -8 with slope 12, (-2)**-3 has slope -0.1875, (-2)**0.5 is nan."""
    for exponent, value, slope in [(3, -8.0, 12.0), (-3, -0.125, -0.1875), (2, 4.0, -4.0)]:
        x = Unit(-2.0)
        y = x**exponent
        y.backward()
        assert y.value == value
        assert x.grad == pytest.approx(slope, rel=1e-15)
    half = Unit(-2.0) ** 0.5
    half.backward()
    assert math.isnan(half.value)
    assert math.isnan(half.inputs[0].grad)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda u: u / 0.0, math.inf), (lambda u: -u / 0.0, -math.inf),
        (lambda u: u / -0.0, -math.inf), (lambda u: (u - 1.0) / 0.0, math.nan),
        (lambda u: (u * 710.0).exp(), math.inf), (lambda u: (u - 1.0).log(), -math.inf),
        (lambda u: (-u).log(), math.nan), (lambda u: (10.0 * u) ** 400.0, math.inf),
        (lambda u: (-10.0 * u) ** 401.0, -math.inf), (lambda u: (u - 1.0) ** -1.0, math.inf),
        (lambda u: (u - 1.0) ** 0.0, 1.0), (lambda u: (-8.0 * u) ** 0.5, math.nan),
        (lambda u: u * math.inf - math.inf, math.nan), (lambda u: 1e308 * (u * 10), math.inf),
        (lambda u: (u * -745.0).exp(), 5e-324),
    ],
)  # fmt: skip
def test_nothing_raises_where_ieee_has_an_answer(make, expected):
    """Division by zero, overflow and domains give IEEE's inf and nan, not an exception."""
    u = Unit(1.0)
    y = make(u)
    y.backward()

    assert bits(y.value) == bits(expected)


def test_a_unit_of_each_kind_can_be_pickled_after_use():
    """Using operators and methods leaves nothing on a unit that cannot be stored."""
    u = Unit(2.0, "u")
    y = (u**2 + 1.0).log() / u.exp()

    assert pickle.loads(pickle.dumps(y)).value == y.value


def test_the_guides_neuron():
    """The Hacker's guide's neuron: 0.8808 and gradients -0.105, 0.315, 0.105, 0.105, 0.210."""
    a, b, c = Unit(1.0, "a"), Unit(2.0, "b"), Unit(-3.0, "c")
    x, y = Unit(-1.0, "x"), Unit(3.0, "y")
    s = (a * x + b * y + c).sigmoid()
    s.backward()

    assert s.value == pytest.approx(0.8808, abs=5e-5)
    assert [u.grad for u in (a, b, c, x, y)] == pytest.approx(
        [-0.105, 0.315, 0.105, 0.105, 0.210], abs=5e-4
    )


def test_grad_of_a_unit_function_agrees():
    """The transform and the method give one gradient."""
    x = Unit(0.7)
    (x.tanh() * x).backward()

    assert grad(lambda u: u.tanh() * u)(0.7) == x.grad


def test_none_zeroes_a_gradient_as_in_pytorch():
    """`u.grad = None` is zero_grad()."""
    x = Unit(2.0)
    (x * x).backward()
    x.grad = None

    assert (x.grad, x.visited) == (0.0, False)


def test_a_notebook_passes_on_what_it_asks_for(monkeypatch):
    """A unit and a circuit hand themselves over, with the kinds of picture wanted and unwanted."""
    monkeypatch.setattr("gatenet.viz.bundle", lambda *asked: asked)
    unit = Unit(2.0) * 3.0
    for thing in (unit, Circuit(unit)):
        assert thing._repr_mimebundle_(["a"], ["b"]) == (thing, ["a"], ["b"])
