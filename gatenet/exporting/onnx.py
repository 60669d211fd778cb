"""ONNX: the values of a program as a graph of float64 operators over a batch of rows.

A gate is ONNX's operator where there is one that onnxruntime has a float64 kernel for, else it is
built of others (`onnxforms`).  Knows onnx where it is installed; names of units stand in the
model's metadata as JSON, its wires have names of ours.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from typing import Any

from gatenet import io
from gatenet._version import __version__
from gatenet.compiler.compiled import Compiled
from gatenet.compiler.program import Program
from gatenet.compiler.templates import template
from gatenet.declaration import Gate
from gatenet.errors import CompileError, ToolMissing, WiringError
from gatenet.exporting.layers import Layer, layers
from gatenet.exporting.onnxforms import COMPARISONS, FORMS, OPERATORS
from gatenet.exporting.subject import Subject, subject
from gatenet.flattening import Lines
from gatenet.formula import Symbol, lift
from gatenet.gates import where

#: The version of ONNX's operators: onnxruntime 1.14 and later have it.
OPSET = 18


def onnx_model(
    what: Any, *, parameters: Iterable[float] | None = None, matrices: bool = True
) -> Any:
    """The values of a program or compiled circuit as an `onnx.ModelProto`.

    Its input `rows` is float64 of shape (n, inputs), its output `outputs` of (n, outputs); the
    parameters stand in it as they are now.  Sums of weights times values that share their values
    become products of matrices, in which the order of the additions is the runtime's;
    `matrices=False` keeps every operation as it was recorded: arithmetic, comparisons and square
    roots are then the eager engine's bits.  A runtime's own exp, tanh and the like may be a few
    units in the last place apart, and so are the gates that are built of others here.

    Raises ToolMissing where onnx is not installed, CompileError for a gate that ONNX has no
    float64 operator for (erf, erfc) and for recorded comparisons, which a graph cannot refuse.
    """
    try:
        import onnx
    except ImportError as error:
        raise ToolMissing("onnx is not installed: pip install onnx", tool="onnx") from error
    found = subject(what, parameters=parameters, gradients=False)
    if found.values is None:
        raise WiringError(
            "a program does not know its parameters' values: give parameters=, or export the "
            "compiled circuit in place of its program"
        )
    if found.program.checks:
        raise CompileError(
            f"this circuit checks recorded comparisons ({found.program.checks[0].text}), which an "
            "ONNX graph cannot: write the choice with gatenet.where"
        )
    writer = _Writer(onnx.helper, onnx.TensorProto.DOUBLE, found, matrices, _users(what))
    model = writer.model()
    onnx.checker.check_model(model)
    return model


def save_onnx(
    what: Any,
    path: str | PathLike[str],
    *,
    parameters: Iterable[float] | None = None,
    matrices: bool = True,
) -> None:
    """Write `onnx_model` to a file.

    Raises what `onnx_model` raises, and OSError as `open` does.
    """
    io.write(onnx_model(what, parameters=parameters, matrices=matrices).SerializeToString(), path)


class _Writer:
    """Writes one graph; a wire is known by its name."""

    def __init__(
        self,
        helper: Any,
        double: int,
        found: Subject[Program],
        matrices: bool,
        users: Callable[[Gate], str],
    ) -> None:
        self.matrices, self.users = matrices, users
        self.helper, self.double, self.subject = helper, double, found
        self.nodes: list[Any] = []
        self.stored: list[Any] = []
        self._constants: dict[str, str] = {}
        #: The same wire as a truth value, where it was one.
        self._truths: dict[str, str] = {}
        self._forms: dict[Gate, tuple[list[Any], int]] = {}
        self._number = 0

    def model(self) -> Any:
        """The whole model."""
        found, helper = self.subject, self.helper
        wide, many = len(found.inputs), len(found.outputs)
        columns = self._laid()
        self._node("Concat", columns, "outputs", axis=1)
        rows = helper.make_tensor_value_info("rows", self.double, ["n", wide])
        outputs = helper.make_tensor_value_info("outputs", self.double, ["n", many])
        graph = helper.make_graph(self.nodes, "gatenet", [rows], [outputs], self.stored)
        names = {"inputs": found.inputs, "parameters": found.parameters, "outputs": found.outputs}
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=8,
            producer_name="gatenet",
            producer_version=__version__,
        )
        helper.set_model_props(model, {key: json.dumps(one) for key, one in names.items()})
        return model

    def _laid(self) -> list[str]:
        """Lay the program out; give the wires of the outputs, each a column."""
        found, program = self.subject, self.subject.program
        wide = len(found.inputs)
        wires = {node: f"x{k}" for k, node in enumerate(program.inputs)}
        if wide == 1:
            self._node("Identity", ["rows"], "x0")
        elif wide:
            self._node("Split", ["rows"], [f"x{k}" for k in range(wide)], axis=1, num_outputs=wide)
        known = {**program.constants, **dict(zip(program.uniform, found.values or (), strict=True))}
        found_layers = layers(program, known) if self.matrices else []
        # A layer is laid out where the first of its outputs stands: all it reads is there by then.
        first = {layer.outputs[0]: layer for layer in found_layers}
        needed = _needed(program, {k: one for one in found_layers for k in one.outputs})
        for k, gate in enumerate(program.gates):
            if k in wires or not needed[k]:
                continue
            if k in first:
                self._layer(first[k], wires)
            elif gate is not None:
                wires[k] = self._applied(gate, [wires[arg] for arg in program.args[k]])
            elif k in known:
                wires[k] = self._constant(known[k])
        varying = program.varying
        return [wires[k] if varying[k] else self._repeated(wires[k]) for k in program.outputs]

    def _layer(self, layer: Layer, wires: dict[int, str]) -> None:
        """Lay out a product of matrices; give each of its outputs its wire."""
        joined, product, moved = self._fresh("m"), self._fresh("m"), self._fresh("m")
        wide, many = len(layer.inputs), len(layer.outputs)
        weights = [row[k] for k in range(wide) for row in layer.weights]
        for name, shape, numbers in (
            (f"{product}_weights", [wide, many], weights),
            (f"{product}_biases", [many], layer.biases),
        ):
            self.stored.append(self.helper.make_tensor(name, self.double, shape, numbers))
        self._node("Concat", [wires[k] for k in layer.inputs], joined, axis=1)
        self._node("MatMul", [joined, f"{product}_weights"], product)
        self._node("Add", [product, f"{product}_biases"], moved)
        wires.update({k: f"{moved}_{j}" for j, k in enumerate(layer.outputs)})
        names = [wires[k] for k in layer.outputs]
        self._node("Split", [moved], names, axis=1, num_outputs=many)

    def _node(self, operator: str, takes: Sequence[str], gives: Any, **facts: Any) -> None:
        made = [gives] if isinstance(gives, str) else gives
        self.nodes.append(self.helper.make_node(operator, takes, made, **facts))

    def _fresh(self, letter: str = "v") -> str:
        self._number += 1
        return f"{letter}{self._number}"

    def _constant(self, value: float) -> str:
        """A number in the file; one for all uses of the same bits."""
        key = value.hex()
        if key not in self._constants:
            name = self._constants[key] = f"c{len(self._constants)}"
            self.stored.append(self.helper.make_tensor(name, self.double, [], [value]))
        return self._constants[key]

    def _repeated(self, wire: str) -> str:
        """A number that every row shares, as a column."""
        if "column" not in self._constants:
            self._constants["column"] = "column"
            self.stored.append(self.helper.make_tensor("one", 7, [1], [1]))
            self._node("Shape", ["rows"], "count", start=0, end=1)
            self._node("Concat", ["count", "one"], "column", axis=0)
        made = self._fresh()
        self._node("Expand", [wire, "column"], made)
        return made

    def _applied(self, gate: Gate, takes: Sequence[str]) -> str:
        """Add what a gate is here; give the wire of its value."""
        operator = OPERATORS.get(gate)
        made = self._fresh()
        if operator is not None:
            self._node(operator, takes, made)
        elif gate in COMPARISONS:
            truth = self._truths[made] = self._fresh("t")
            self._node(COMPARISONS[gate], takes, truth)
            self._node("Cast", [truth], made, to=self.double)
        elif gate is where:
            self._node("Where", [self._truth(takes[0]), *takes[1:]], made)
        elif gate in FORMS:
            return self._built(gate, takes)
        else:
            raise CompileError(
                f"gate {gate.name!r}{self.users(gate)} has no operator in ONNX that runs in "
                "float64: write it as a formula of other gates, or export C or Python",
                gate=gate,
            )
        return made

    def _truth(self, wire: str) -> str:
        """A wire as a truth value: it is true where it is not 0."""
        if wire not in self._truths:
            zero = self._fresh("t")
            self._truths[wire] = self._fresh("t")
            self._node("Equal", [wire, self._constant(0.0)], zero)
            self._node("Not", [zero], self._truths[wire])
        return self._truths[wire]

    def _built(self, gate: Gate, takes: Sequence[str]) -> str:
        """Lay out the form that a gate is built by."""
        if gate not in self._forms:
            symbols = [Symbol(name) for name in gate.inputs]
            lines = Lines()
            places = {name: lines.symbol(name) for name in gate.inputs}
            root = lines.flatten(lift(FORMS[gate](*symbols)), places)
            assert isinstance(root, int)
            self._forms[gate] = lines.lines, root
        lines_, root = self._forms[gate]
        given = dict(zip(gate.inputs, takes, strict=True))
        wires: list[str] = []
        for line in lines_:
            if line.kind == "symbol":
                wires.append(given[line.data])
            elif line.kind == "constant":
                wires.append(self._constant(float(line.data)))
            else:
                wires.append(self._applied(line.data, [wires[arg] for arg in line.args]))
        return wires[root]


def _users(what: Any) -> Callable[[Gate], str]:
    """What says of a primitive gate which of the circuit's own gates are made of it."""

    def said(gate: Gate) -> str:
        if type(what) is not Compiled:
            return ""
        found = set()
        for unit in what.circuit.order:
            used = unit.gate
            if used is not None and not used.opaque and used.base is not gate:
                count = len(unit.inputs)
                steps = template(used, count if used.variadic else (False,) * count).steps
                if any(type(step) is tuple and step[0] is gate for step in steps):
                    found.add(used.base.name)
        return f", which {' and '.join(sorted(found))} is made of," if found else ""

    return said


def _needed(program: Program, summed: Mapping[int, Layer]) -> bytearray:
    """For each node 1 where an output needs it, and no layer stands for it."""
    found = bytearray(len(program.gates))
    for k in program.outputs:
        found[k] = 1
    for k in range(len(found) - 1, -1, -1):
        if found[k]:
            for arg in summed[k].inputs if k in summed else program.args[k]:
                found[arg] = 1
    return found
