"""Declarations: what a gate is, what is refused at import, and a user's gate everywhere."""

import copy
import importlib
import inspect
import math
import pickle
import sys
import textwrap

import pytest
from tapes import all_bits, bits

import gatenet
from gatenet import Circuit, Unit, gates
from gatenet.checking.precise import Series, Wide
from gatenet.declaration import TEXTBOOK_FUNCTIONS, Gate, PlacedGate, gate, libm, registry
from gatenet.errors import DeclarationError, GatenetError, OperandError, RangeError, WiringError
from gatenet.formula import count, fold, others
from gatenet.gates import add, exp, maximum, multiply, where
from gatenet.io import dumps, loads


@gate(
    symbol="bump",
    textbook="s * x * exp(-x * x)",
    partials=lambda z, x, s: s * exp(-x * x) * (1 - 2 * x * x),
)
def user_bump(x, *, s=1.0):
    """Rise and fall: a gate of a user's own, with a static parameter."""
    return s * x * exp(-x * x)


@gate(symbol="rms²", textbook="", partials=lambda z, x: 2 * x / count(x), groups=1)
def user_mean_square(x):
    """The mean of squares, of any number of inputs."""
    return fold(add, x * x, empty=0) / count(x)


@gate(symbol="g²", textbook="", partials=lambda z, x: 2 * x * user_own_slope(0 * x) + 2 * x)
def user_own_slope(x):
    """A gate whose partial mentions the gate itself, which has no name yet when it is read."""
    return x * x


def module_named(name, source, folder, monkeypatch):
    """Import a module written for one test."""
    (folder / f"{name}.py").write_text(textwrap.dedent(source))
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module(name)


def test_a_users_gate_is_a_gate_everywhere():
    """One declaration: numbers, units, backward, replay, text, files, pickles, higher orders."""
    x = Unit(0.5, "x")
    y = user_bump(x, s=3.0)
    circuit = Circuit(y)
    circuit.backward()
    slope = 3.0 * math.exp(-0.25) * 0.5

    assert user_bump(0.5, s=3.0) == y.value == pytest.approx(1.5 * math.exp(-0.25), rel=1e-15)
    assert x.grad == pytest.approx(slope, rel=1e-15)
    assert circuit.forward({"x": 0.0}) == 0.0
    assert "user_bump(x, s=3)" in circuit.pprint()
    assert loads(dumps(circuit)).rows == circuit.rows
    assert pickle.loads(pickle.dumps(y)).gate is user_bump
    assert y.gate is user_bump
    assert y.static == {"s": 3.0}
    assert registry()["user_bump"] is user_bump
    second = gatenet.grad(gatenet.grad(lambda u: user_bump(u, s=3.0)))(0.5)
    exact = 3.0 * math.exp(-0.25) * (4 * 0.125 - 6 * 0.5)
    assert second == pytest.approx(exact, rel=1e-14)


def test_a_users_gate_of_any_number_of_inputs():
    """An n-ary gate of a user's own takes operands in a row, a list, or a generator."""
    units = [Unit(float(k)) for k in range(1, 5)]
    y = user_mean_square(*units)
    y.backward()

    assert y.value == user_mean_square([1.0, 2.0, 3.0, 4.0]) == 7.5
    assert user_mean_square(float(k) for k in range(1, 5)) == 7.5
    assert [unit.grad for unit in units] == [0.5, 1.0, 1.5, 2.0]


def test_a_partial_may_mention_the_gate_itself():
    """What has no name yet while it is declared is looked up at the first use."""
    x = Unit(3.0)
    user_own_slope(x).backward()

    assert x.grad == 6.0


def test_a_record_says_what_was_declared():
    """Name, symbol, inputs, static parameters, formulas and documentation can be read."""
    assert user_bump.name == "user_bump"
    assert user_bump.symbol == "bump"
    assert user_bump.inputs == ("x",)
    assert dict(user_bump.static) == {"s": 1.0}
    assert not user_bump.variadic
    assert user_mean_square.variadic
    assert user_bump.textbook == "s * x * exp(-x * x)"
    assert user_bump.__doc__.startswith("Rise and fall")
    assert user_bump.__module__ == __name__
    assert str(inspect.signature(user_bump)) == "(x, /, *, s=1.0)"
    assert str(inspect.signature(user_mean_square)) == "(*x)"
    assert "d/dx" in user_bump.describe()
    with pytest.raises(TypeError):
        user_bump.static["s"] = 2.0


def test_a_gate_without_a_docstring_has_none_made_up():
    """What the declaration does not say stays empty."""

    def user_silent(x):
        return x + x

    silent = gate(symbol="s", partials=lambda z, x: 2)(user_silent)

    assert (silent.__doc__, silent.textbook, silent.flat, silent.slope_of) == ("", "", "", "")
    assert silent.__qualname__.endswith("<locals>.user_silent")


def test_a_gate_describes_itself():
    """Value, partials, domain, kinks and edges, a line each, from the formulas."""
    assert gates.atan2.describe().splitlines()[0] == "atan2  (atan2)"
    assert gates.log1p.describe() == (
        "log1p  (log1p)\n"
        "  value    log1p(x)\n"
        "  d/dx     where(x < -1, nan, 1 / (1 + x))\n"
        "  domain   x > -1\n"
        "  edges    1 + x = 0"
    )
    assert gates.hard_tanh.describe().splitlines()[3:] == [
        "  domain   everywhere",
        "  kinks    x - low = 0, x - high = 0",
    ]
    assert gates.multiply.describe().splitlines()[1:4] == [
        "  value    a * b",
        "  d/da     b",
        "  d/db     a",
    ]


def test_value_and_partials_take_plain_numbers():
    """`value` and `partials` work on floats alone, static parameters by keyword."""
    assert multiply.value(2.0, 3.0) == 6.0
    assert multiply.partials(6.0, 2, 3) == (3.0, 2.0)
    assert user_bump.partials(0.0, 0.0, s=4.0) == (4.0,)
    assert maximum.value(1.0, 5.0, 5.0) == 5.0
    assert maximum.partials(5.0, 1.0, 5.0, 5.0) == (0.0, 0.5, 0.5)
    assert gates.dot.value([1.0, 2.0], [3.0, 4.0]) == gates.dot.value(1.0, 2.0, 3.0, 4.0) == 11.0


def test_no_operands_at_all():
    """An empty sum is 0, an empty maximum an error that names the gate; neither has partials."""
    assert gates.total([]) == 0.0
    with pytest.raises(RangeError, match="'maximum' needs at least one operand"):
        maximum([])
    assert maximum.partials(0.0) == ()
    assert gates.total.partials(0.0) == ()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: multiply(1.0), ["'multiply'", "1 operand", "a, b"]),
        (lambda: multiply(1.0, 2.0, 3.0), ["'multiply'", "3 operand"]),
        (lambda: multiply(Unit(1.0)), ["'multiply'", "1 operand"]),
        (lambda: gates.dot([1.0], [1.0, 2.0]), ["'dot'", "1, 2"]),
        (lambda: gates.dot(Unit(1.0), Unit(1.0)), ["'dot'", "2 sequences"]),
        (lambda: gates.dot([1.0]), ["'dot'", "1 operand"]),
        (lambda: gates.dot.value(1.0, 2.0, 3.0), ["'dot'", "3 numbers"]),
        (lambda: user_bump(1.0, slope=2.0), ["'user_bump'", "'slope'", "it has: s"]),
        (lambda: exp(1.0, base=2.0), ["'exp'", "it has: none"]),
    ],
)
def test_wrong_calls_name_the_gate_and_what_it_takes(call, words):
    """A call with the wrong operands is a WiringError with the gate's name and its inputs."""
    with pytest.raises(WiringError) as caught:
        call()

    assert all(word in str(caught.value) for word in words)


def test_a_static_parameter_is_no_unit():
    """A unit given as a static parameter would lose its gradient: refused with the mend."""
    with pytest.raises(OperandError, match=r"'s' of gate 'user_bump'.*\.value"):
        user_bump(1.0, s=Unit(2.0))
    with pytest.raises(OperandError, match="'two'"):
        user_bump(1.0, s="two")


def test_binding_gives_one_gate_per_values():
    """Equal static parameters give the same object, default values the gate itself."""
    assert user_bump.bind(s=1.0) is user_bump
    assert user_bump.bind(s=2) is user_bump.bind(s=2.0)
    assert user_bump.bind(s=2.0).base is user_bump
    assert user_bump.bind(s=2.0).bind(s=1.0).static == {"s": 1.0}
    assert repr(user_bump.bind(s=2.0)) == "user_bump(s=2.0)"
    assert repr(user_bump) == "user_bump"


def test_a_negative_zero_is_a_static_value_of_its_own():
    """0.0 and -0.0 are equal numbers and different static parameters."""

    @gate(symbol="+0", partials=lambda z, x: 1)
    def user_offset(x, *, by=0.0):
        """Add nothing, of one sign or the other."""
        return x + by

    assert bits(user_offset(-0.0, by=-0.0)) == bits(-0.0)
    assert bits(user_offset(-0.0, by=0.0)) == bits(0.0)
    assert bits(user_offset(Unit(-0.0), by=-0.0).value) == bits(-0.0)
    assert math.isnan(user_offset(1.0, by=math.nan))
    assert user_offset.bind(by=math.nan) is user_offset.bind(by=math.nan)


def test_gates_pickle_and_copy_as_themselves():
    """A gate is one object per kind: pickle, copy and deepcopy give it back."""
    for one in [multiply, maximum, user_bump, user_bump.bind(s=2.0)]:
        assert pickle.loads(pickle.dumps(one)) is one
        assert copy.copy(one) is one
        assert copy.deepcopy([one])[0] is one


def _with_if(x):
    """Doc."""
    return x if x > 0 else -x


def _with_equality(x):
    """Doc."""
    return 1 if x == 0 else x


def _with_inequality(x):
    """Doc."""
    return x if x != 0 else 1


def _with_and(x):
    """Doc."""
    return where((x > 0) and (x < 1), x, 0)


def _with_math(x):
    """Doc."""
    return math.exp(x)


def _with_method(x):
    """Doc."""
    return x.exp()


def _with_int(x):
    """Doc."""
    return [1.0, 2.0][x]


def _with_floor(x):
    """Doc."""
    return x // 2


def _with_nothing(x):
    """Doc."""
    x * 2


def _with_text(x):
    """Doc."""
    return "x"


def _with_unknown_name(x):
    """Doc."""
    return sigmoidd(x)  # noqa: F821


def _with_pair(x):
    """Doc."""
    return x, x


def _with_division(x):
    """Doc."""
    return x * (1 / 0)


def _with_unit(x):
    """Doc."""
    return x * Unit(1.0)


def _with_fold_of_one(x):
    """Doc."""
    return fold(add, x)


REFUSED_BODIES = [
    (_with_if, "where"), (_with_equality, "equal"), (_with_inequality, "equal"),
    (_with_and, "where"), (_with_math, "gates.exp"), (_with_method, r"write exp\(x\)"),
    (_with_int, "no value yet"), (_with_floor, "//"), (_with_nothing, "return its formula"),
    (_with_text, "'x' of type str"), (_with_unknown_name, "sigmoidd"), (_with_pair, "one value"),
    (_with_division, "division by zero"), (_with_unit, "of type Unit cannot stand"),
    (_with_fold_of_one, "n-ary"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "mend"), REFUSED_BODIES, ids=lambda v: getattr(v, "__name__", ""))
def test_a_body_that_is_no_formula_is_refused_at_import(body, mend):
    """Whatever a formula cannot do is a DeclarationError with the gate's name and the mend."""
    with pytest.raises(DeclarationError, match=mend) as caught:
        gate(symbol="?", partials=lambda z, x: 1)(body)

    assert body.__name__ in str(caught.value)
    assert isinstance(caught.value, TypeError)
    assert body.__name__ not in registry()


def _square(x):
    """Doc."""
    return x * x


REFUSED_PARTIALS = [
    (lambda z, x: (x, x), r"1 input\(s\) but 2 partial\(s\)"),
    (lambda z, x: (), r"1 input\(s\) but 0 partial\(s\)"),
    (lambda z: 1, "positional argument"),
    (lambda z, x: None, "returned nothing"),
    (lambda z, x: 2 * x if x > 0 else 0, "where"),
    (lambda z, x: 2 * math.cos(x), "gates"),
    (lambda z, x: x.cos(), r"write exp\(x\)"),
    (lambda z, x: "2x", "str"),
]


@pytest.mark.parametrize(("partials", "mend"), REFUSED_PARTIALS)
def test_wrong_partials_are_refused_at_import(partials, mend):
    """A wrong number of partials, or something that is no formula, is found at import."""
    with pytest.raises(DeclarationError, match=mend) as caught:
        gate(symbol="?", partials=partials)(_square)

    assert "_square" in str(caught.value)
    assert "_square" not in registry()


def test_a_misspelt_name_in_a_partial_is_an_error_of_the_gate():
    """A name that is still unknown at the first use is a DeclarationError, not a NameError."""

    @gate(symbol="?", partials=lambda z, x: sigmoidd(x))  # noqa: F821
    def user_misspelt(x):
        """Doc."""
        return x * x

    with pytest.raises(DeclarationError, match=r"'user_misspelt'.*'sigmoidd'"):
        user_misspelt(Unit(1.0))


def _refused_signatures():
    def without_inputs():
        """Doc."""

    def without_default(x, *, slope):
        """Doc."""

    def with_text_default(x, *, slope="steep"):
        """Doc."""

    def with_bool_default(x, *, sure=True):
        """Doc."""

    def with_star(*x):
        """Doc."""

    def with_keywords(x, **options):
        """Doc."""

    def with_output_name(z):
        """Doc."""

    return [
        (without_inputs, 0, "has no input"), (without_default, 0, "'slope' needs a default"),
        (with_text_default, 0, "'slope'"), (with_bool_default, 0, "'sure'"),
        (with_star, 0, "groups=1"), (with_keywords, 0, "groups=1"),
        (with_output_name, 0, "output's name"), (_square, 2, "groups=2"),
    ]  # fmt: skip


@pytest.mark.parametrize(("body", "groups", "mend"), _refused_signatures())
def test_signatures_that_cannot_work_are_refused(body, groups, mend):
    """The inputs and static parameters are read from the signature; odd ones are refused."""
    with pytest.raises(DeclarationError, match=mend):
        gate(symbol="?", partials=lambda z, x: 1, groups=groups)(body)


def test_others_folds_all_but_one():
    """`others` gives each element the fold of the rest: the partials of a product."""

    @gate(symbol="∏", partials=lambda z, x: others(multiply, x, empty=1), groups=1)
    def user_product(x):
        """Multiply any number of values."""
        return fold(multiply, x, empty=1)

    assert user_product([2.0, 3.0, 0.0]) == 0.0
    assert user_product.partials(0.0, 2.0, 3.0, 0.0) == (0.0, 0.0, 6.0)
    assert user_product.partials(5.0, 5.0) == (1.0,)
    assert user_product([]) == 1.0


def test_two_modules_cannot_declare_one_name(tmp_path, monkeypatch):
    """A name that another module has taken is refused with that module's name."""
    source = '''
        from gatenet.declaration import gate
        @gate(symbol="2", partials=lambda z, x: {slope})
        def clash_double(x):
            """Doc."""
            return {slope} * x
    '''
    first = module_named("clash_one", source.format(slope=2), tmp_path, monkeypatch)
    with pytest.raises(DeclarationError, match=r"'clash_double'.*clash_one.*another name"):
        module_named("clash_two", source.format(slope=3), tmp_path, monkeypatch)
    assert registry()["clash_double"] is first.clash_double

    (tmp_path / "clash_one.py").write_text(textwrap.dedent(source.format(slope=4)))
    importlib.invalidate_caches()
    sys.modules.pop("clash_one")
    again = importlib.import_module("clash_one")
    assert again.clash_double(1.0) == registry()["clash_double"](1.0)


def test_a_gate_of_gatenet_cannot_be_taken_over():
    """Nobody's module replaces `multiply` for everybody else."""

    def declare():
        @gate(symbol="*", partials=lambda z, a, b: (b, a))
        def multiply(a, b):
            """Doc."""
            return a * b

    with pytest.raises(DeclarationError, match=r"gatenet\.gates\.arithmetic"):
        declare()
    assert registry()["multiply"] is gates.multiply


def test_a_failed_declaration_leaves_the_one_before():
    """Declaring a name again in one module replaces it, unless the new one is refused."""

    def declare(partials):
        @gate(symbol="1", partials=partials)
        def user_again(x):
            """Doc."""
            return x + 0.0

        return user_again

    declare(lambda z, x: 1)
    second = declare(lambda z, x: 1)
    assert registry()["user_again"] is second
    with pytest.raises(DeclarationError):
        declare(lambda z, x: (1, 1))
    assert registry()["user_again"] is second


def test_the_registry_is_read_only():
    """Nobody adds or removes a gate but by declaring one."""
    with pytest.raises(TypeError):
        registry()["nothing"] = multiply  # type: ignore[index]


def test_a_primitive_gate_of_a_users_own():
    """A gate can be a function of the C library that gatenet does not have."""

    @gate(
        symbol="Γ", partials=lambda z, x: 0 * x,
        primitive=libm("lgamma", raises=False),
    )  # fmt: skip
    def user_lgamma(x):
        """The logarithm of the gamma function."""

    assert user_lgamma(5.0) == math.lgamma(5.0)
    assert user_lgamma(Unit(5.0)).value == math.lgamma(5.0)


@pytest.mark.parametrize(
    ("textbook", "wrong"),
    [("x^3", r"\^ is no power"), ("foo(x)", "foo is none"), ("y*y", "y is no input"),
     ("log(1 + exp(x)", "no Python expression"), ("x * e", "e is no input"),
     ("exp(x, s)", "arguments that exp takes"), ("exp()", "arguments that exp takes"),
     ("x // 2", "FloorDiv"), ("x * 1j", "1j is no real"), ("x.exp()", "x.exp is none"),
     ("sum(x)", "of a list, and each input"), ("x + len(x)", "of a list"), ("max(x)", "of a list"),
     ("x[0] * s", "of a list"), ("prod(x)", "of a list"),
     ("max(x, *[v for v in x])", "no part of a formula"), ("[v for v in x]", "of a list"),
     ("exp * x", "exp is no input"), (" ", "Tuple is no part"), ("x * 'a'", "'a' is no real")],
)  # fmt: skip
def test_a_textbook_that_cannot_be_read_is_refused(textbook, wrong):
    """No gate is judged by a formula that is dropped; the error says what is wrong and the mend."""
    before = dict(registry())

    def user_unread(x, *, s=1.0):
        """A gate whose textbook nobody can read."""
        return s * x * x

    with pytest.raises(DeclarationError, match=wrong) as caught:
        gate(symbol="?", textbook=textbook, partials=lambda z, x, s: 2 * s * x)(user_unread)
    said = str(caught.value)
    assert f"'user_unread': textbook={textbook!r}" in said
    assert all(
        part in said for part in ("** for powers", "pi, x, s and", "atan2", "leave textbook")
    )
    assert dict(registry()) == before


def test_a_bare_gate_says_what_it_needs():
    """`@gate` without brackets, or without symbol or partials, names the function and the mend."""

    def user_bare(x):
        """A gate that says nothing of itself."""
        return x * x

    with pytest.raises(DeclarationError, match=r"stands bare above user_bare: .*@gate\(symbol="):
        gate(user_bare)
    for some in ({}, {"symbol": "b"}, {"partials": lambda z, x: 2 * x}):
        with pytest.raises(DeclarationError, match=r"lacks its symbol or its partials: .* by name"):
            gate(**some)(user_bare)
    assert "user_bare" not in registry()


@pytest.mark.parametrize(
    "textbook", ["s * x ** 2", "-x if x < 0 and s > 1 else x / pi", "max(x, s) * x", "2", ""]
)
def test_a_textbook_that_can_be_read_is_kept(textbook):
    """Inputs, static parameters, powers, conditions, and no textbook at all."""

    def user_read(x, *, s=1.0):
        """A gate whose textbook can be read."""
        return s * x * x

    assert gate(symbol="?", textbook=textbook, partials=lambda z, x, s: 2 * s * x)(
        user_read
    ).textbook == textbook  # fmt: skip


def test_a_textbook_may_call_what_the_checkers_know():
    """The functions that a declaration allows are those that exact numbers have, and Python's."""
    own = {"abs", "len", "max", "min", "prod", "sum", "zip"}

    assert set(TEXTBOOK_FUNCTIONS) - own == set(Series.functions) == set(Wide.functions)


def test_a_long_formula_works():
    """A formula of a thousand terms is printed as statements, not as one nested expression."""

    @gate(symbol="p", partials=lambda z, x: 0 * x)
    def user_long(x):
        """Horner's rule with many coefficients."""
        result = x
        for k in range(1000):
            result = result * x + 0.001 * k
        return result

    expected = 0.5
    for k in range(1000):
        expected = expected * 0.5 + 0.001 * k
    assert user_long(0.5) == expected
    assert user_long(Unit(0.5)).value == expected


_held = [-0.0]


@pytest.mark.parametrize("constant", [-0.0, 0.1, 1e22, 5e-324, math.inf, -math.inf, math.nan])
def test_constants_in_a_formula_keep_their_bits(constant):
    """A constant is printed into the generated code so that it comes back bit for bit."""
    _held[0] = constant

    @gate(symbol="c", partials=lambda z, x: _held[0])
    def user_held(x):
        """Give the constant."""
        return where(x > 0, x, _held[0])

    assert bits(user_held(-1.0)) == bits(constant)
    assert bits(user_held(Unit(-1.0)).value) == bits(constant)
    assert all_bits(user_held.partials(0.0, 1.0)) == all_bits([constant])


def test_a_placed_gate_is_driven_by_hand():
    """`place`, `forward`, a gradient on the output, `backward`: as in the Hacker's guide."""
    a, b = Unit(-2.0, "a"), Unit(3.0, "b")
    placed = multiply.place()
    q = placed.forward(a, b)
    q.grad = 2.0
    placed.backward()
    placed.backward()

    assert isinstance(placed, PlacedGate)
    assert q.value == -6.0
    assert (a.grad, b.grad) == (12.0, -8.0)
    assert repr(placed) == "<placed multiply gate>"
    assert user_bump.place(s=2.0).forward(a).static == {"s": 2.0}


def test_a_placed_gate_leaves_constants_alone():
    """A constant operand receives nothing, and both uses of one unit count."""
    a = Unit(3.0)
    square, shift = multiply.place(), add.place()
    y = shift.forward(square.forward(a, a), 1.0)
    y.grad = 1.0
    shift.backward()
    square.backward()

    assert a.grad == 6.0


def test_a_placed_gate_without_an_output_cannot_pull():
    """`backward` before `forward`, or on numbers alone, says what is missing."""
    placed = multiply.place()
    with pytest.raises(WiringError, match=r"'multiply'.*forward\(\)"):
        placed.backward()
    placed.forward(2.0, 3.0)
    with pytest.raises(WiringError, match="at least one unit"):
        placed.backward()


def test_a_blocked_edge_is_blocked_by_hand_too():
    """A placed gate that is guarded makes no pull when its upstream is exactly 0."""
    x = Unit(0.0)
    placed = gates.log.place()
    placed.forward(x).grad = 0.0
    placed.backward()

    assert x.grad == 0.0


def test_every_error_of_a_declaration_is_a_gatenet_error():
    """One except clause catches everything that gatenet raises on purpose."""
    assert issubclass(DeclarationError, GatenetError)
    assert isinstance(multiply, Gate)


@pytest.mark.parametrize("name", ["mean", "logsumexp", "maximum", "minimum"])
def test_a_reduction_of_nothing_says_what_it_needs(name):
    """An n-ary gate without a value for no operands asks for one."""
    with pytest.raises(RangeError, match=f"gate '{name}' needs at least one operand"):
        registry()[name]([])


def test_a_static_parameter_given_by_place_is_asked_for_by_name():
    """leaky_relu(u, 0.2) says how slope is given."""
    with pytest.raises(WiringError, match="slope= is given by name"):
        registry()["leaky_relu"](1.0, 0.2)


def test_a_gate_can_be_declared_where_there_is_no_module():
    """Code run by exec, without a __name__, declares a gate like any other."""
    source = (
        "from gatenet import gate\n"
        "@gate(symbol='h', textbook='x / 2', partials=lambda z, x: 0.5)\n"
        "def user_halved(x):\n"
        "    'Halve.'\n"
        "    return x / 2\n"
    )
    scope = {}
    exec(source, scope)

    assert scope["user_halved"](3.0) == 1.5
