"""Exported C: compiled without a warning, it gives what the eager engine gives, to the bit."""

import ctypes
import math
import shutil
import subprocess

import pytest
from exportable import ODD, bits, case, flat

from gatenet import Circuit, Unit, gates, record
from gatenet.exporting import c_source
from gatenet.exporting.cbody import number
from gatenet.losses import mse_loss
from gatenet.nn import MLP

CC = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O2", "-ffp-contract=off"]
needs_cc = pytest.mark.skipif(CC is None, reason="needs a C compiler")


def built(folder, sources, *flags):
    """Compile some files together, with every warning an error."""
    for name, text in sources.items():
        (folder / f"{name}.c").write_text(text, encoding="ascii")
    target = folder / "built"
    files = [str(folder / f"{name}.c") for name in sources]
    subprocess.run([CC, *STRICT, *flags, *files, "-o", str(target), "-lm"], check=True)
    return target


def library(folder, sources):
    """Compile files to a library and load it."""
    return ctypes.CDLL(str(built(folder, sources, "-shared", "-fPIC")))


def called(function, rows, outputs, gradients, parameters=None, slopes=True):
    """Call the exported function; give the rows done, outputs and gradients, flat."""
    function.restype = ctypes.c_size_t
    given = flat(rows)
    found = (ctypes.c_double * max(1, outputs * len(rows)))()
    more = (ctypes.c_double * max(1, gradients * len(rows)))()
    numbers = None if parameters is None else (ctypes.c_double * len(parameters))(*parameters)
    done = function(
        (ctypes.c_double * max(1, len(given)))(*given),
        ctypes.c_size_t(len(rows)),
        numbers,
        found,
        more if slopes else None,
    )
    return done, found[: outputs * len(rows)], more[: gradients * len(rows)]


@needs_cc
def test_exported_c_is_the_eager_engine_to_the_bit(tmp_path):
    """Random circuits of every gate, nan, infinities and ties included; values alone as well."""
    cases = {f"f{seed}": case(seed) for seed in range(12)}
    exported = {name: c_source(one.compiled, name) for name, one in cases.items()}
    found = library(tmp_path, exported)

    for name, (compiled, rows, values, gradients) in cases.items():
        sizes = len(compiled.outputs), len(compiled.wrt)
        function = getattr(found, name)
        done, outputs, slopes = called(function, rows, *sizes)
        assert done == len(rows)
        assert bits(outputs) == bits(flat(values)), name
        assert bits(slopes) == bits(flat(gradients)), name
        done, outputs, _ = called(function, rows, *sizes, slopes=False)
        assert bits(outputs) == bits(flat(values)), name


@needs_cc
def test_no_library_function_is_replaced_by_another(tmp_path):
    """pow(x, 2) is the library's pow, not x * x, and so for every exponent compilers know."""
    x = Unit(0.1, "x")
    powers = [gates.power(x, y) for y in (2.0, 0.5, -1.0, 3.0, 1 / 3)]
    powers += [gates.power(2.0, x), gates.power(10.0, x), gates.sin(x), gates.cos(x)]
    compiled = Circuit(powers).compile([x], wrt=[], backend="python")
    rows = [[0.1 + 0.37 * k] for k in range(200)]
    f = library(tmp_path, {"f": c_source(compiled)}).f

    assert bits(called(f, rows, len(powers), 0)[1]) == bits(flat(compiled(rows)))


@needs_cc
def test_a_network_compiles_quickly_and_takes_other_parameters(tmp_path):
    """Values and gradients of an MLP's loss, with the parameters of the file or the caller's."""
    model = MLP(3, [6, 2], "gelu", rng=0)
    x = [Unit(0.0, f"x{k}") for k in range(3)]
    loss = mse_loss(model(x), [0.5, -0.5])
    compiled = Circuit(loss).compile(x, backend="python")
    rows = [[0.1, 0.2, 0.3], [-1.0, 2.0, 0.5]]
    values, slopes = compiled.value_and_grad(rows)
    f = library(tmp_path, {"f": c_source(compiled)}).f
    sizes = 1, len(compiled.wrt)

    assert called(f, rows, *sizes) == (2, [*values], flat(slopes))
    for parameter in model.parameters():
        parameter.value *= 1.5
    values, slopes = compiled.value_and_grad(rows, seed=0.25)
    numbers = [*[unit.value for unit in compiled.shared], 0.25]
    assert called(f, rows, *sizes, parameters=numbers) == (2, [*values], flat(slopes))


@needs_cc
def test_a_program_of_its_own_reads_rows(tmp_path):
    """With main=True the file is a command: rows in, outputs and gradients out, exactly."""
    x, y = Unit(0.0, ODD[0]), Unit(0.0, ODD[1])
    compiled = Circuit(x / y).compile([x, y], backend="python")
    command = str(built(tmp_path, {"quotient": c_source(compiled, "quotient", main=True)}))
    done = subprocess.run([command], input="1 3\ninf nan 1e-320 7", capture_output=True, text=True)
    rows = [[1.0, 3.0], [math.inf, math.nan], [1e-320, 7.0]]
    values, slopes = compiled.value_and_grad(rows)
    expected = flat([value, *slope] for value, slope in zip(values, slopes, strict=True))

    assert bits([float(word) for word in done.stdout.split()]) == bits(expected)
    assert len(done.stdout.splitlines()) == 3
    wrong = subprocess.run([command], input="1 3\n4 x", capture_output=True, text=True)
    assert wrong.returncode == 1
    assert wrong.stderr == "quotient: row 1, number 2: not there, or none\n"


@needs_cc
def test_a_program_without_inputs_prints_one_row(tmp_path):
    """Parameters alone make one row; a program without gradients prints none."""
    w = Unit(3.0, "w", role="parameter")
    compiled = Circuit([w * w, w + 1]).compile([], wrt=[])
    command = str(built(tmp_path, {"f": c_source(compiled, main=True)}))

    assert subprocess.run([command], capture_output=True, text=True).stdout == "9 4\n"


@needs_cc
def test_a_recorded_comparison_stops_at_its_row(tmp_path):
    """The function says how many rows it did before one that goes the other way."""
    x = Unit(1.0, "x")
    with record() as recording:
        y = x * 2 if x > 0 else x * 3
    compiled = Circuit(y, recording=recording).compile([x])
    f = library(tmp_path, {"f": c_source(compiled)}).f

    done, outputs, _ = called(f, [[2.0], [3.0], [-1.0], [4.0]], 1, 1)
    assert (done, outputs[:2]) == (2, [4.0, 6.0])
    assert outputs[3] == 0.0


@needs_cc
def test_a_large_workspace_comes_from_malloc(tmp_path, monkeypatch):
    """Where the stack might not hold it, it is asked for and given back."""
    monkeypatch.setattr("gatenet.exporting.c.STACK", 0)
    x, w = Unit(0.3, "x"), Unit(2.0, "w", role="parameter")
    compiled = Circuit((w.exp() * x).tanh() * x).compile([x], backend="python")
    source = c_source(compiled)
    f = library(tmp_path, {"f": source}).f
    values, slopes = compiled.value_and_grad([[1.0], [0.99]])

    assert "= malloc(" in source
    assert "free(s);" in source
    assert called(f, [[1.0], [0.99]], 1, 1) == (2, [*values], flat(slopes))


@pytest.mark.parametrize("value", [0.0, -0.0, 1.0, -3.5, 0.1, 5e-324, -1e308, 1e15, 1e16, 2.0**60])
def test_a_number_is_printed_to_the_bit(value):
    """C reads what is printed as the number it was; a negative one stands in brackets."""
    text = number(value)
    bare = text.strip("()")

    assert (text[0] == "(") == (math.copysign(1.0, value) < 0)
    assert bits([float.fromhex(bare) if "x" in bare else float(bare)]) == bits([value])
    assert "." in bare or "e" in bare
