"""Exported wide programs, C with loops and NumPy: they give what the eager engine gives."""

import random
import re
import shutil
import subprocess

import pytest
from exportable import ODD, bits, case, flat, run
from test_exporting_c import STRICT, called

from gatenet import Circuit, Unit, block, dot, gates, record
from gatenet.compiler import Compiled
from gatenet.compiler.widening.program import VARYING, WideStep
from gatenet.errors import CompileError, RangeError
from gatenet.exporting import c_header, c_source, numpy_source
from gatenet.exporting.views import RUNS, nests
from gatenet.losses import cross_entropy, mse_loss
from gatenet.nn import MLP

COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)] or ["cc"]
needs_cc = pytest.mark.skipif(shutil.which(COMPILERS[0]) is None, reason="needs a C compiler")


def library(folder, sources, compiler, *flags):
    """Compile files to a library, every warning an error, and load it."""
    import ctypes

    for name, text in sources.items():
        (folder / f"{name}.c").write_text(text, encoding="ascii")
    target = folder / "built.so"
    files = [str(folder / f"{name}.c") for name in sources]
    flags = [*STRICT, "-shared", "-fPIC", *flags]
    subprocess.run([compiler, *flags, *files, "-o", str(target), "-lm"], check=True)
    return ctypes.CDLL(str(target))


def network(rows):
    """The loss of a classifier of sums and exponentials, compiled wide, and rows for it."""
    model = MLP(5, [6, 6, 3], "gelu", rng=0)
    x, t = [Unit(0.0, f"x{k}") for k in range(5)], [Unit(float(k == 1), f"t{k}") for k in range(3)]
    scores = model(x)
    loss = cross_entropy(scores, t) + mse_loss(scores, [0.25, -1.0, 0.5])
    rng = random.Random(0)
    some = [[*[rng.gauss(0.0, 1.0) for _ in x], 0.0, 1.0, 0.0] for _ in range(rows)]
    return model, Circuit(loss).compile([*x, *t], backend="wide"), some


@needs_cc
@pytest.mark.parametrize("compiler", COMPILERS)
def test_loops_are_the_eager_engine_to_the_bit(tmp_path, compiler):
    """Random circuits of every gate, nan, infinities and ties included; values alone as well."""
    cases = {f"f{seed}": case(seed) for seed in range(100, 108)}
    sources = {name: c_source(one.compiled, name, loops=True) for name, one in cases.items()}
    found = library(tmp_path, sources, compiler)

    for name, (compiled, rows, values, gradients) in cases.items():
        sizes = len(compiled.outputs), len(compiled.wrt)
        done, outputs, slopes = called(getattr(found, name), rows, *sizes)
        assert done == len(rows)
        assert bits(outputs) == bits(flat(values)), name
        assert bits(slopes) == bits(flat(gradients)), name
        _, outputs, _ = called(getattr(found, name), rows, *sizes, slopes=False)
        assert bits(outputs) == bits(flat(values)), name


@needs_cc
@pytest.mark.parametrize("compiler", COMPILERS)
def test_a_network_in_loops_takes_other_parameters(tmp_path, compiler):
    """Many rows, vectors of the compiler's own making, the caller's parameters and seed."""
    model, compiled, rows = network(9)
    values, slopes = compiled.value_and_grad(rows)
    f = library(tmp_path, {"f": compiled.to_c()}, compiler, "-O3").f
    sizes = 1, len(compiled.wrt)

    done, outputs, gradients = called(f, rows, *sizes)
    assert (done, bits(outputs), bits(gradients)) == (9, bits(values), bits(flat(slopes)))
    for parameter in model.parameters():
        parameter.value *= 1.5
    values, slopes = compiled.value_and_grad(rows, seed=0.25)
    numbers = [*[unit.value for unit in compiled.shared], 0.25]
    done, outputs, gradients = called(f, rows, *sizes, parameters=numbers)
    assert (done, bits(outputs), bits(gradients)) == (9, bits(values), bits(flat(slopes)))


def test_what_was_compiled_wide_has_loops():
    """Unless it is asked for otherwise; and no function holds more than some steps."""
    _, compiled, _ = network(1)
    source = c_source(compiled)
    parts = source.split("_APART void ")[1:]

    assert source == c_source(compiled, loops=True) == compiled.to_c()
    assert "for (int k" in source
    assert "for (int i" not in c_source(compiled, loops=False)
    assert max(part.count("/*") for part in parts) <= 10
    steps = sum(len(re.findall(r"    /\* .*: .* \*/", part)) for part in parts)
    assert steps == len(compiled.program.steps)
    assert len(source) < len(c_source(compiled, loops=False))
    assert "gradients[" not in c_source(compiled, gradients=False)


def test_what_rows_share_is_worked_out_once(tmp_path):
    """A step of parameters alone stands before the loop over the rows."""
    x, w = Unit(0.5, "x"), Unit(2.0, "w", role="parameter")
    source = Circuit(w.exp() * x).compile([x], backend="wide").to_c()
    before, _, after = source.partition("for (row = 0")

    assert re.search(r"f_shared_0\(w\);", before)
    assert "lib_exp" in before.split("f_shared_0(")[1].split("}")[0]
    assert "f_shared" not in after


@needs_cc
def test_a_recorded_comparison_stops_loops_at_its_row(tmp_path):
    """As without loops, the function says how many rows it did."""
    x = Unit(1.0, "x")
    with record() as recording:
        y = x * 2 if x > 0 else x * 3
    compiled = Circuit(y, recording=recording).compile([x], backend="wide")
    f = library(tmp_path, {"f": c_source(compiled)}, COMPILERS[0]).f

    done, outputs, _ = called(f, [[2.0], [3.0], [-1.0], [4.0]], 1, 1)
    assert (done, outputs[:2]) == (2, [4.0, 6.0])


@needs_cc
def test_a_command_with_loops_reads_rows(tmp_path):
    """`main=True` makes the same command of it, and a large workspace comes from malloc."""
    x = [Unit(0.0, name) for name in ODD[:3]]
    w = [Unit(k / 7, ODD[3], role="parameter") for k in range(4200)]
    total = gates.total([dot(x, w[k : k + 3]) for k in range(0, 4200, 3)])
    compiled = Circuit(total).compile(x, wrt=x, backend="wide")
    source = compiled.to_c("total", main=True)
    (tmp_path / "a.c").write_text(source, encoding="ascii")
    command = str(tmp_path / "a")
    flags = [*STRICT, str(tmp_path / "a.c"), "-o", command, "-lm"]
    subprocess.run([COMPILERS[0], *flags], check=True)
    rows = [[1.0, 2.0, 3.0], [0.1, -0.5, 1e-3]]
    given = "\n".join(" ".join(map(repr, row)) for row in rows)
    done = subprocess.run([command], input=given, capture_output=True, text=True, check=True)
    values, slopes = compiled.value_and_grad(rows)
    wanted = flat([value, *slope] for value, slope in zip(values, slopes, strict=True))

    assert "double *w = malloc(" in source
    assert "free(w);" in source
    assert bits([float(word) for word in done.stdout.split()]) == bits(wanted)


def test_loops_need_a_circuit(tmp_path):
    """A program has none, and what was loaded from a file neither; a block is widened as it is."""
    pytest.importorskip("numpy")
    x = Unit(1.0, "x")

    @block
    def looping_cell(a):
        return a * a + a / 3

    compiled = Circuit(looping_cell(looping_cell(x))).compile([x], backend="python")
    with pytest.raises(CompileError, match="does not know its circuit"):
        c_source(compiled.program, loops=True)
    compiled.save(tmp_path / "a.json")
    with pytest.raises(CompileError, match="loaded from a file"):
        c_source(Compiled.load(tmp_path / "a.json"), loops=True)
    values, slopes = compiled.value_and_grad([[2.0], [-0.3]])
    found, gradients = run(numpy_source(compiled, loops=True))["f_and_gradients"]([[2.0], [-0.3]])
    assert bits(flat(found.tolist())) == bits(values)
    assert bits(flat(gradients.tolist())) == bits(flat(slopes))


@needs_cc
def test_a_header_is_for_c_and_for_cpp(tmp_path):
    """A program of either language includes it, and calls what was compiled as C."""
    cpp = shutil.which("g++") or shutil.which("c++")
    x, w = Unit(0.0, ODD[0]), Unit(3.0, ODD[1], role="parameter")
    compiled = Circuit(x * w).compile([x], backend="wide")
    (tmp_path / "f.h").write_text(compiled.to_c_header(), encoding="ascii")
    (tmp_path / "f.c").write_text('#include "f.h"\n' + compiled.to_c(), encoding="ascii")
    text = """#include "f.h"
    int main(void) {
        double row[f_INPUTS] = {2.0}, table[f_PARAMETERS] = {5.0, 1.0};
        double out[f_OUTPUTS], slopes[f_GRADIENTS];
        if (f(row, 1, 0, out, slopes) != 1 || out[0] != 6.0 || slopes[0] != 2.0) return 1;
        return f(row, 1, table, out, 0) != 1 || out[0] != 10.0;
    }\n"""
    subprocess.run([COMPILERS[0], *STRICT, "-c", "f.c", "-o", "f.o"], cwd=tmp_path, check=True)
    languages = {"c": [COMPILERS[0], *STRICT]}
    if cpp:
        languages["cpp"] = [cpp, "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    for ending, command in languages.items():
        (tmp_path / f"main.{ending}").write_text(text, encoding="ascii")
        files = [f"main.{ending}", "f.o", "-o", ending, "-lm"]
        subprocess.run([*command, *files], cwd=tmp_path, check=True)
        assert subprocess.run([str(tmp_path / ending)]).returncode == 0

    with pytest.raises(RangeError, match="name is"):
        c_header(compiled, "for")


def test_wide_numpy_is_numpy_operation_by_operation(monkeypatch):
    """Random circuits: the same functions on the same numbers; and rows part by part."""
    pytest.importorskip("numpy")
    monkeypatch.setattr("gatenet.exporting.numpywide.NUMBERS", 1)
    for seed in range(200, 230):
        compiled, rows, _, _ = case(seed, 12)
        found = run(numpy_source(compiled, loops=True))
        wanted = run(numpy_source(compiled, loops=False))
        for one, other in zip(
            (found["f"](rows), *found["f_and_gradients"](rows)),
            (wanted["f"](rows), *wanted["f_and_gradients"](rows)),
            strict=True,
        ):
            assert bits(flat(one.tolist())) == bits(flat(other.tolist())), seed


def test_wide_numpy_of_arithmetic_is_the_eager_engine_to_the_bit():
    """A network of sums, products and a ReLU, in a statement for each of its steps."""
    pytest.importorskip("numpy")
    model = MLP(7, [12, 12, 3], "relu", rng=1)
    x = [Unit(0.0, f"x{k}") for k in range(7)]
    loss = Circuit(mse_loss(model(x), [0.25, -1.0, 0.5]))
    compiled = loss.compile(x, backend="wide")
    rng = random.Random(0)
    rows = [[rng.gauss(0.0, 1.0) for _ in x] for _ in range(5)]
    source = compiled.to_numpy("g")
    module = run(source)
    values, slopes = module["g_and_gradients"](rows)

    for k, row in enumerate(rows):
        assert bits(values[k].tolist()) == bits([loss.forward(dict(zip(x, row, strict=True)))])
        for unit in compiled.wrt:
            unit.zero_grad()
        loss.backward()
        assert bits(slopes[k].tolist()) == bits([unit.grad for unit in compiled.wrt])
    single, alone = module["g_and_gradients"](rows[:1])
    assert bits(single[0].tolist()) == bits(values[0].tolist())
    assert bits(alone[0].tolist()) == bits(slopes[0].tolist())
    assert module["g"](values[:0, :1].repeat(7, axis=1)).shape == (0, 1)
    statements = re.findall(r"^    (?:w\[|at\(w).* = ", source, re.MULTILINE)
    assert len(statements) < 2 * len(compiled.program.steps) < 100
    assert len(source) < len(compiled.to_numpy("g", loops=False))


def test_wide_numpy_checks_its_rows():
    """A comparison that goes the other way in any row is an error; so is another width."""
    pytest.importorskip("numpy")
    x = Unit(1.0, "x")
    with record() as recording:
        y = x * 2 if x > 0 else x * 3
    f = run(Circuit(y, recording=recording).compile([x], backend="wide").to_numpy())["f"]

    assert f([[2.0], [1.0]]).tolist() == [[4.0], [2.0]]
    with pytest.raises(ValueError, match="comparison"):
        f([[2.0], [-1.0]])
    with pytest.raises(ValueError, match="rows of 1 and 1 parameters"):
        f([[1.0, 2.0]])


def entry(nest, view, k, i):
    """Where term k of number i of a view stands, from what the loops would read."""
    if view.term is None:
        return view.start + view.table[k * (len(view.table) // nest.terms) + i]
    place = view.start + (view.term[k] if isinstance(view.term, tuple) else k * view.term)
    if view.strides is None:
        return place + view.table[i]
    for length, stride in zip(reversed(nest.lengths), reversed(view.strides), strict=True):
        place, i = place + i % length * stride, i // length
    return place


@pytest.mark.parametrize("seed", range(20))
def test_nests_read_what_the_tables_say(seed):
    """Strides, tables of either part or of both, runs of terms: every entry is found again."""
    rng = random.Random(seed)
    size, terms = rng.choice([1, 2, 6, 12]), rng.choice([1, 2, 3, 8])

    def table():
        kind = rng.randrange(4)
        along = (
            [rng.randrange(9) for _ in range(terms)] if kind == 1 else [3 * k for k in range(terms)]
        )
        width = rng.choice([1, 2, 3])
        across = [i // width * 5 + i % width for i in range(size)]
        if kind == 2:
            across = [rng.randrange(9) for _ in range(size)]
        found = [a + b + 20 for a in along for b in across]
        if kind == 3:
            found = [rng.randrange(30) for _ in found]
        return [slot + VARYING if slot >= 15 else slot for slot in found]

    step = WideStep(None, VARYING + 90, size, [table(), table()], terms)
    found = nests(step, 15)

    assert 1 <= len(found) <= RUNS
    assert sum(nest.terms for nest in found) == terms
    for number, wanted in enumerate(step.args):
        places = [
            entry(nest, nest.views[number], k, i)
            for nest in found for k in range(nest.terms) for i in range(size)
        ]  # fmt: skip
        assert places == [s - VARYING + 15 if s >= VARYING else s for s in wanted]
