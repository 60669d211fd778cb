"""Compiled functions and circuits as people call them: arguments, methods, rows, pickles."""

from __future__ import annotations

import copy
import functools
import inspect
import pickle
from array import array

import pytest
from backends import available

import gatenet
from gatenet import Circuit, Unit, io
from gatenet.compiler import Compiled
from gatenet.errors import CompileError, OperandError, RangeError, WiringError


def power(x, n=2):
    """A whole power, by a loop that needs a plain number."""
    y = x
    for _ in range(n - 1):
        y = y * x
    return y


STATIC = [{"static_argnums": 1}, {"static_argnums": -1}, {"static_argnums": [1]},
          {"static_argnames": "n"}, {"static_argnames": ["n"]}]  # fmt: skip


@pytest.mark.parametrize("static", STATIC)
def test_a_static_parameter_is_static_however_it_is_given(static):
    """By number, from the end or by name: static by position and by name alike."""
    f = gatenet.compile(power, **static)

    assert f(2.0, 3) == f(2.0, n=3) == f(n=3, x=2.0) == 8.0
    assert f(2.0) == 4.0
    assert f.value_and_grad(2.0, n=3) == (8.0, 12.0)


def test_static_arguments_beyond_the_named_ones():
    """Parameters that may be given one way only, and any number of further ones."""

    @gatenet.compile(static_argnums=[0, 3], static_argnames=["kind", "word"])
    def f(sign, /, x, *rest, kind="plain", **more):
        return sign * x * len(rest[1]) if kind == "plain" else x * len(more["word"])

    assert f(-1, 2.0, 0.0, "bbb") == -6.0
    assert f(-1, 2.0, kind="long", word="four") == 8.0


def test_a_function_without_a_signature_takes_what_it_is_told():
    """Where nothing can be looked up, positions and names are taken as they are."""

    class Hidden:
        __signature__ = "none"

        def __call__(self, x, n):
            return power(x, n)

    f = gatenet.compile(Hidden(), static_argnums=[1], static_argnames=["n"], backend="python")
    assert f(2.0, 3) == f(2.0, n=3) == 8.0
    assert repr(f) == "<compiled Hidden, traced 2 times>"
    with pytest.raises(RangeError, match="no last argument"):
        gatenet.compile(Hidden(), static_argnums=-1)


DECORATIONS = [
    (lambda: gatenet.compile(power, static_argnums=2), RangeError, "has 2.*2 positional"),
    (lambda: gatenet.compile(power, static_argnums=-3), RangeError, "has -3"),
    (lambda: gatenet.compile(power, static_argnums="n"), OperandError, "'n'.*number"),
    (lambda: gatenet.compile(power, static_argnums=[0.5]), OperandError, "0.5.*static_argnames"),
    (lambda: gatenet.compile(power, static_argnames="q"), RangeError, "'q'.*power.*it has x, n"),
    (lambda: gatenet.compile(power, static_argnames=[1]), OperandError, "names of parameters"),
    (lambda: gatenet.compile(power, backend="cuda"), RangeError, "'cuda'.*auto, machine"),
    (lambda: gatenet.compile(power, backend=3), RangeError, "backend is 3"),
    (lambda: gatenet.compile(3), OperandError, "3 of type int"),
    (lambda: gatenet.compile(static_argnames="q")(power), RangeError, "'q'"),
]


@pytest.mark.parametrize(("decorate", "error", "words"), DECORATIONS)
def test_a_wrong_decoration_is_an_error_at_once(decorate, error, words):
    """Unknown parameters, backends and things that are no functions never wait for a call."""
    with pytest.raises(error, match=words):
        decorate()


def test_a_static_argument_that_cannot_be_hashed_is_named():
    """The error names the argument, its type and what to give."""
    f = gatenet.compile(power, static_argnames="n")
    for call in (lambda: f(2.0, [3]), lambda: f(2.0, n=[3])):
        with pytest.raises(OperandError, match=r"static argument n of power is \[3\].*tuple"):
            call()


def test_equal_static_arguments_of_two_kinds_are_two():
    """1, 1.0 and True are equal, and so are 0.0 and -0.0: each has a trace of its own."""

    @gatenet.compile(static_argnums=1, backend="python")
    def f(x, n):
        return x * {int: 2.0, float: 3.0, bool: 5.0}[type(n)] * (-1.0 if str(n)[0] == "-" else 1.0)

    assert [f(1.0, n) for n in (1, 1.0, True, 0.0, -0.0)] == [2.0, 3.0, 5.0, 3.0, -3.0]
    assert f(1.0, 1) == 2.0
    assert f.traces == 5


class Scaler:
    """A class with compiled methods; equal to every other of its kind, and not hashable."""

    __hash__ = None

    def __init__(self, scale):
        self.scale = scale

    def __eq__(self, other):
        return True

    @gatenet.compile(static_argnames="n", backend="python")
    def scaled(self, x, n=2):
        """The scale times a power."""
        return self.scale * power(x, n)

    @gatenet.compile(static_argnums=[2], backend="python")
    def counted(self, x, n):
        """The same, with the power by its number."""
        return self.scale * power(x, n)

    @staticmethod
    @gatenet.compile(backend="python")
    def double(x):
        """Twice a number."""
        return x * 2.0


def test_a_method_is_compiled_for_each_object():
    """The object is static by identity, and kept; its units are read at each call."""
    one, two = Scaler(3.0), Scaler(Unit(5.0, "s", role="parameter"))

    assert one.scaled(2.0) == 12.0
    assert two.scaled(2.0, n=3) == two.counted(2.0, 3) == 40.0
    assert one.scaled.value_and_grad(2.0) == (12.0, 12.0)
    assert one.scaled is one.scaled
    assert one.scaled.traces == 1
    assert two.scaled.backward(2.0) == 20.0
    assert two.scale.grad == 4.0
    two.scale.value = 7.0
    assert two.scaled(2.0, n=3) == 56.0
    assert one.double(4.0) == Scaler.double(4.0) == 8.0
    assert one.scaled.__doc__ == "The scale times a power."


def test_with_units_a_compiled_function_is_the_function():
    """It is wired into the circuit around it: called, differentiated, or traced by another."""

    @gatenet.compile(backend="python")
    def f(x, y=3.0):
        return x * x * y

    x = Unit(2.0, "x")
    z = f(x)
    z.backward()
    assert (z.value, x.grad, f.traces) == (12.0, 12.0, 0)
    assert gatenet.grad(f)(2.0) == 12.0

    w = Unit(0.5, "w", role="parameter")
    inner = gatenet.compile(lambda x: w * x, backend="python")
    outer = gatenet.compile(lambda x: x * inner(2.0) + f(x), backend="python")
    assert outer.value_and_grad(1.0) == (4.0, 7.0)
    assert outer.backward(1.0) == 4.0
    assert w.grad == 2.0  # an inner function's parameters are not lost
    with pytest.raises(OperandError, match=r"argument y of f is a unit.*ask the result"):
        f.value_and_grad(1.0, x)


def test_arrays_and_none_are_arguments():
    """An array is lists of numbers, None is handed on as it is, whatever holds them."""
    np = pytest.importorskip("numpy")

    @gatenet.compile(backend="python")
    def f(x, rows, bias=None):
        total = sum(x[k] * rows[k][0] for k in range(len(x)))
        return total if bias is None else total + bias

    x, rows = np.arange(3.0), np.array([[1], [2], [3]])
    assert f(x, rows) == f([0.0, 1.0, 2.0], [[1.0], [2.0], [3.0]], None) == 8.0
    assert f(x, rows, 0.5) == f(x, rows, bias=np.float32(0.5)) == 8.5
    assert f(x, rows, np.array(0.5)) == f(array("d", x), rows, np.int64(1)) - 0.5 == 8.5
    assert f.value_and_grad(x, rows, None) == (
        8.0, ([1.0, 2.0, 3.0], [[0.0], [1.0], [2.0]], None)
    )  # fmt: skip
    slopes = f.value_and_grad(x, rows, None)[1]
    assert type(slopes[0][0]) is float
    with pytest.raises(OperandError, match="masked"):
        f(np.ma.array([1.0], mask=[True]), [[1.0]])


WRONG = [
    (lambda f: f({1.0}), r"argument d of f is \{1.0\} of type set, which is no number"),
    (lambda f: f({"a": [1.0, "b"]}), r"argument d\['a'\]\[1\] of f is 'b' of type str"),
    (lambda f: f({"a": 1.0}, flag=True), "argument flag of f is True of type bool.*static_argnums"),
    (lambda f: f(1.0, 2.0, [1j]), r"argument 2\[0\] of f is 1j"),
]


@pytest.mark.parametrize(("call", "words"), WRONG)
def test_what_is_no_argument_is_named_as_the_function_names_it(call, words):
    """The message says which argument, its type, and what to list as static."""

    @gatenet.compile(backend="python")
    def f(d, flag=1.0, *rest):
        return d["a"]

    with pytest.raises(OperandError, match=words) as caught:
        call(f)
    assert "return" not in str(caught.value)
    assert "?." not in str(caught.value)


def test_there_is_no_gradient_of_nothing():
    """Without a number given by position, value_and_grad is an error that says so."""
    f = gatenet.compile(power, static_argnames="n", backend="python")

    for call in (lambda: f.value_and_grad(x=3.0), lambda: f.value_and_grad(None, x=3.0)):
        with pytest.raises(WiringError, match="by position"):
            call()


def test_several_outputs_have_no_one_gradient():
    """value_and_grad and backward are for one output, and say how many there are."""
    f = gatenet.compile(lambda x: [x, x * x], backend="python")

    for call in (f.value_and_grad, f.backward):
        with pytest.raises(WiringError, match=r"gives \[\*, \*\]: one output"):
            call(2.0)
    assert f.traces == 1


@pytest.mark.parametrize("backend", ["auto", "machine", "numpy", "python", "wide"])
def test_lists_hold_plain_floats_and_arrays_give_arrays(backend):
    """What comes back is of the kind that went in, with every backend."""
    if backend not in ("auto", *available()):
        pytest.skip(f"{backend} is not to be had")
    x, y = Unit(1.0, "x"), Unit(2.0, "y")
    compiled = Circuit([x * y + x, x * x]).compile([x, y], backend=backend)
    one = Circuit(x * y).compile([x, y], backend=backend)
    rows = [[1, 2.0], [3.0, 4.0]]

    values, gradients = compiled.value_and_grad(rows)
    found = [*compiled(rows), *values, *gradients, *compiled.jacobian(rows)[1], one(rows)]
    found += [*compiled.hvp(rows, [1.0, 0.0]), *one.hvp(rows, [1.0, 0.0]), *compiled.sums(rows)]
    assert {type(number) for row in found for number in row} == {float}
    assert {type(row) for row in found} == {list}
    f = gatenet.compile(lambda x: [x * x, {"e": x.exp()}], backend=backend)
    value, rest = f(2.0)
    assert type(value) is type(rest["e"]) is float
    assert type(gatenet.compile(lambda x: x.exp(), backend=backend).value_and_grad(0.0)[0]) is float

    np = pytest.importorskip("numpy")
    given = np.array(rows, dtype=np.float32)
    found = [compiled(given), *compiled.value_and_grad(given), compiled.jacobian(given),
             compiled.hvp(given, [1.0, 0.0]), one.hvp(given, [1.0, 0.0])]  # fmt: skip
    assert {(type(table), table.dtype.name) for table in found} == {(np.ndarray, "float64")}
    assert found[-1].tolist() == one.hvp(rows, [1.0, 0.0]) == [[0.0, 1.0]] * 2


def test_rows_of_a_constant_product_are_apart():
    """Where the Hessian is the same for all rows, each still has a list of its own."""
    x = Unit(1.0, "x")
    found = Circuit(x * x).compile([x], backend="python").hvp([[1.0], [2.0]], 1.0)

    found[0][0] = 5.0
    assert found == [[5.0], [2.0]]


def test_a_vector_of_one_number_may_be_that_number():
    """For one leaf a number is a vector; for two it is an error that says how many there are."""
    x, y = Unit(1.0, "x"), Unit(2.0, "y")

    assert Circuit(x * x * x).compile([x], backend="python").hvp([[2.0]], 1) == [[12.0]]
    with pytest.raises(WiringError, match="has 1 number"):
        Circuit(x * y).compile([x, y], backend="python").hvp([[1.0, 2.0]], 1.0)
    with pytest.raises(OperandError, match="no number"):
        Circuit(x * y).compile([x, y], backend="python").hvp([[1.0, 2.0]], None)


@pytest.mark.parametrize("pure", ["1", "0"])
def test_auto_changes_no_bit(monkeypatch, pure):
    """Auto takes NumPy for arithmetic at most; its exp and tanh have to be asked for by name."""
    monkeypatch.setenv("GATENET_PURE", pure)
    x = Unit(0.1, "x")
    arithmetic = Circuit(x * x + 1.0).compile([x])
    other = Circuit((x * 3.7).tanh()).compile([x])

    best = next(name for name in ("machine", "numpy", "python") if name in available())
    assert arithmetic.backend == best
    assert other.backend == ("python" if best == "numpy" else best)
    rows = [[k / 7.0] for k in range(50)]
    assert other(rows) == [(Unit(row[0]) * 3.7).tanh().value for row in rows]


def test_masked_arrays_and_arrays_of_objects_are_refused():
    """What is masked is no number; objects are made floats by who knows that they are."""
    np = pytest.importorskip("numpy")
    x, y = Unit(1.0, "x"), Unit(2.0, "y")
    compiled = Circuit(x * y).compile([x, y], backend="python")

    for mask in ([[True, False]], [[False, False]]):
        with pytest.raises(OperandError, match=r"masked array.*rows\.filled"):
            compiled(np.ma.array([[1.0, 2.0]], mask=mask))
    with pytest.raises(OperandError, match=r"array of object.*\.astype\(float\)"):
        compiled(np.array([[1.0, 2.0]], dtype=object))
    with pytest.raises(OperandError, match=r"real numbers$"):
        compiled(np.array([["a", "b"]]))


def copies():
    """The ways to a second one: a pickle of each protocol, and a deep copy."""
    ways = [functools.partial(pickle.dumps, protocol=k) for k in range(2, 6)]
    return [*[lambda thing, dump=way: pickle.loads(dump(thing)) for way in ways], copy.deepcopy]


@pytest.mark.parametrize("copied", copies())
@pytest.mark.parametrize("backend", ["auto", "machine", "numpy", "python", "wide"])
def test_a_compiled_circuit_is_pickled_and_copied(backend, copied):
    """The second one has leaves of its own, and the same bits in everything it gives."""
    if backend not in ("auto", *available()):
        pytest.skip(f"{backend} is not to be had")
    with gatenet.record() as recording:
        x, w = Unit(1.0, "x"), Unit(2.0, "w", role="parameter")
        z = (w * x).exp() if x > 0 else x
    compiled = Circuit([z, w * w], recording=recording).compile([x], backend=backend)
    second = copied(compiled)

    assert second.backend == compiled.backend
    assert second([[0.3]]) == compiled([[0.3]])
    assert second.jacobian([[0.3]]) == compiled.jacobian([[0.3]])
    second.backward([[0.3]])
    assert second.wrt[0].visited
    assert not w.visited
    with pytest.raises(gatenet.errors.FlippedBranchError):
        second([[-1.0]])


def test_a_circuit_from_a_file_is_pickled_and_copied(tmp_path):
    """One that was loaded has no circuit; its program and values go along."""
    x, w = Unit(1.0, "x"), Unit(0.1, "w", role="parameter")
    Circuit(w * x).compile([x]).save(tmp_path / "model.json")
    loaded = Compiled.load(tmp_path / "model.json", backend="python")
    loaded.wrt[0].value = 0.7

    for copied in copies():
        second = copied(loaded)
        assert second([[3.0]]) == [0.7 * 3.0]
        assert (second.backend, second.wrt[0].name) == ("python", "w")


@gatenet.compile(backend="python")
def doubled(x):
    """Twice a number."""
    return 2.0 * x


def test_a_compiled_function_is_pickled_by_its_name():
    """At the top of a module it is found by name, a method by its object; else it is an error."""
    inner = gatenet.compile(lambda x: x, backend="python")
    for copied in copies():
        assert copied(doubled) is doubled
        method = copied(Scaler(2.0).scaled)
        assert method(3.0) == 18.0
    assert copy.copy(inner) is copy.deepcopy(inner) is inner
    with pytest.raises(CompileError, match=r"cannot be pickled.*save\(\)"):
        pickle.dumps(inner)


def test_a_missing_file_is_the_error_of_open(tmp_path):
    """It names the file, as it does for circuits."""
    for load in (io.load, Compiled.load):
        with pytest.raises(FileNotFoundError, match=r"gone\.json"):
            load(tmp_path / "gone.json")


def test_the_exports_show_their_options():
    """What help() shows is what the printing function takes, with the same defaults."""
    from gatenet import exporting

    for method, function in [(Compiled.to_c, exporting.c_source),
                             (Compiled.to_python, exporting.python_source),
                             (Compiled.to_numpy, exporting.numpy_source),
                             (Compiled.to_onnx, exporting.save_onnx)]:  # fmt: skip
        _, *shown = inspect.signature(method).parameters.values()
        _, *wanted = inspect.signature(function).parameters.values()
        assert shown == wanted


def test_many_kinds_of_calls_are_warned_of_once():
    """The warning names the last structures, counts the static choices, and says what to do."""

    @gatenet.compile(static_argnames=["power"])
    def total(xs, power=1):
        return sum(xs) ** power

    for count in range(1, 31):
        total([1.0] * count)
    total([2.0], power=2)
    with pytest.warns(UserWarning) as caught:
        assert total([2.0], power=3) == 8.0
    (warning,) = caught
    text = str(warning.message)
    assert text.startswith(
        "total has been traced for 32 kinds of calls, each kept and compiled apart: 30 structures "
        "of arguments, such as "
    )
    assert ", and 2 choices of static arguments. " in text
    assert "Bring lists to a few lengths" in text
    assert warning.filename == __file__
    total([2.0], power=4)
    assert total.traces == 33
    assert repr(total) == "<compiled total, traced 33 times>"


def test_one_trace_is_told_in_the_singular():
    """One time, and one of each thing in what is printed."""

    @gatenet.compile
    def double(x):
        return 2.0 * x

    double(1.0)
    assert repr(double) == "<compiled double, traced 1 time>"
    x = Unit(0.5)
    compiled = Circuit(x * 2.0).compile([x])
    assert repr(compiled.program) == (
        f"<Program of {compiled.program.stats()['operations']} operations for 1 gate; 1 input, "
        "1 output, 1 gradient>"
    )
    start, _, end = repr(compiled).partition("; in ")
    assert (
        start == f"<Compiled for {compiled.backend}: 1 input, 0 shared leaves, 1 output, 1 gradient"
    )
    assert compiled.seconds > 0.0
    assert end == f"{compiled.seconds * 1e3:.3g} ms>"
