"""Exported ONNX graphs: checked by onnx, run by onnxruntime, equal to the eager engine."""

import json
import math

import pytest
from exportable import HARD, ODD, bits, case, flat

from gatenet import Circuit, Unit, gates, record
from gatenet.errors import CompileError, OperandError, WiringError
from gatenet.exporting import onnx_model, save_onnx
from gatenet.exporting.layers import layers
from gatenet.exporting.onnxforms import COMPARISONS, FORMS, OPERATORS
from gatenet.gates import CATALOGUE
from gatenet.nn import MLP

np = pytest.importorskip("numpy")
pytest.importorskip("onnx", reason="needs onnx")
runtime = pytest.importorskip("onnxruntime", reason="needs onnxruntime")
runtime.set_default_logger_severity(3)

#: Numbers for the gates that are built of others.
POINTS = [*HARD, -1e-9, 1e-5, 0.1, -0.3, 0.7, 0.999, 1.5, 2.7, -5.0, 10.0, 30.0, -33.0, 100.0,
          1e9, -1e9, 700.0, 1e160]  # fmt: skip


def ran(model, rows):
    """What onnxruntime makes of some rows."""
    session = runtime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(["outputs"], {"rows": np.asarray(rows, dtype=float)})[0]


def test_random_circuits_give_what_the_eager_engine_gives():
    """Every gate that has a float64 operator, nan and infinities included, one by one."""
    run = 0
    for seed in range(60):
        compiled, rows, values, _ = case(seed, 6)
        try:
            model = onnx_model(compiled, matrices=False)
        except CompileError as error:
            assert error.gate.name in ("erf", "erfc")
            continue
        run += 1
        found = ran(model, rows if compiled.inputs else np.zeros((1, 0)))
        np.testing.assert_allclose(found, values, rtol=1e-11)

    assert run > 40


@pytest.mark.parametrize("gate", FORMS, ids=lambda gate: gate.name)
def test_gates_that_are_built_of_others_are_good_to_a_few_ulp(gate):
    """Also at zeros, infinities, nan, poles and the borders between two forms."""
    leaves = [Unit(0.0, name) for name in gate.inputs]
    rows = [[a] for a in POINTS] if len(leaves) == 1 else [[a, b] for a in POINTS for b in POINTS]
    compiled = Circuit(gate(*leaves)).compile(leaves, wrt=[], backend="python")
    found = ran(onnx_model(compiled), rows)[:, 0]

    np.testing.assert_allclose(found, compiled(rows), rtol=2e-15, atol=1e-320)


def test_arithmetic_is_the_same_to_the_bit():
    """Without matrices each operation stands as it was recorded."""
    x = [Unit(0.0, f"x{k}") for k in range(3)]
    w = [Unit(0.1 * k + 0.3, f"w{k}", role="parameter") for k in range(3)]
    y = gates.dot(x, w).relu() / 3 - gates.sqrt(abs(x[0]))
    compiled = Circuit([y, gates.where(gates.greater(y, 0), x[1], -x[2])]).compile(
        x, backend="python"
    )
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(50, 3)).tolist()

    found = ran(onnx_model(compiled, matrices=False), rows)
    assert bits(flat(compiled(rows))) == bits(flat(found.tolist()))


def test_layers_become_products_of_matrices():
    """An MLP is a handful of nodes, whatever its width, and predicts the same."""
    model = MLP(8, [16, 4], "tanh", rng=0)
    x = [Unit(0.0, f"x{k}") for k in range(8)]
    compiled = Circuit(model(x)).compile(x, backend="python")
    exported = onnx_model(compiled)
    rows = np.random.default_rng(0).normal(size=(5, 8)).tolist()
    kinds = [node.op_type for node in exported.graph.node]

    assert kinds.count("MatMul") == 2
    assert "Mul" not in kinds
    np.testing.assert_allclose(ran(exported, rows), compiled(rows), rtol=1e-12)


def test_only_sums_of_known_weights_are_layers():
    """Squares, products of two inputs and sums that are read elsewhere stay as they are."""
    x, y = Unit(1.0, "x"), Unit(2.0, "y")
    a, b = 2.0 * x + 3.0 * y, 4.0 * x + 5.0 * y + 1.0
    program = (
        Circuit([a, b, x * y + x, x * x + y * y, a + b])
        .compile([x, y])
        .program.pruned(gradients=False)
    )
    found = layers(program, program.constants)

    assert [sorted(map(tuple, layer.weights)) for layer in found] == [[(2.0, 3.0), (4.0, 5.0)]]
    assert found[0].biases == [0.0, 1.0]


def test_outputs_that_no_row_changes_are_repeated():
    """A parameter, a constant, a zero times nothing: a column of the same number."""
    x, w = Unit(1.0, "x"), Unit(3.0, "w", role="parameter")
    compiled = Circuit([w * w, x * 2]).compile([x])

    assert ran(onnx_model(compiled), [[1.0], [5.0]]).tolist() == [[9.0, 2.0], [9.0, 10.0]]


def test_names_of_units_are_metadata(tmp_path):
    """Wires have names of ours; units' names come back from the file letter by letter."""
    units = [Unit(1.0, name) for name in ODD]
    path = tmp_path / "model.onnx"
    save_onnx(Circuit(gates.total(units)).compile(units), path)
    import onnx

    model = onnx.load(path)
    facts = {one.key: json.loads(one.value) for one in model.metadata_props}
    assert facts["inputs"] == list(ODD)
    assert all(name.replace("_", "").isalnum() for node in model.graph.node for name in node.output)
    assert ran(model, [[1.0] * len(ODD)]).tolist() == [[float(len(ODD))]]


def test_what_onnx_cannot_say_is_named():
    """erf has no float64 kernel, a graph refuses no row, a circuit is compiled first."""
    x = Unit(1.0, "x")
    with record() as recording:
        y = x * 2 if x > 0 else x * 3

    with pytest.raises(CompileError, match="gate 'erf' has no operator"):
        onnx_model(Circuit(gates.erf(x)).compile([x]))
    with pytest.raises(CompileError, match="gate 'erfc', which gelu is made of, has no operator"):
        onnx_model(Circuit(gates.gelu(x) + gates.dot([x, 2.0], [x, x])).compile([x]))
    with pytest.raises(
        CompileError, match=r"comparisons \(the comparison > asked at .*which held\)"
    ):
        onnx_model(Circuit(y, recording=recording).compile([x]))
    with pytest.raises(OperandError, match=r"circuit\.compile"):
        onnx_model(Circuit(y))
    with pytest.raises(WiringError, match="give parameters="):
        onnx_model(Circuit(x * x).compile([x]).program)


def test_every_primitive_gate_is_said_or_named():
    """A new primitive gate has to be looked at here."""
    primitive = {gate for gate in CATALOGUE.values() if gate.primitive is not None}
    said = {*OPERATORS, *COMPARISONS, *FORMS, gates.where}

    assert {gate.name for gate in primitive - said} == {"erf", "erfc"}
    assert math.isnan(
        ran(onnx_model(Circuit(a := Unit(1.0, "a")).compile([a])), [[math.nan]])[0, 0]
    )
