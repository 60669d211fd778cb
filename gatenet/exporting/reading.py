"""Reading: JSON text to a program, whatever the text is: a program or a FormatError.

Nothing in the text is executed, imported or trusted; sizes are bounded before anything is built.
Knows the declared gates, by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from gatenet.compiler.program import Check, Program
from gatenet.declaration import Gate, registry
from gatenet.decoding import LIMITS
from gatenet.errors import FormatError
from gatenet.exporting.writing import COMPILED, PROGRAM, VERSION
from gatenet.strictjson import Limits, fail, flag, keys, parsed, real, shown, text
from gatenet.unit import Unit

_LISTS = ("inputs", "uniform", "outputs", "gradients")
_BODY = {"nodes", *_LISTS, "recorded"}, {"gates", "checks"}
_COMPILED = {"format", "version", "single", "inputs", "shared", "wrt", "outputs", "program"}


class Read(NamedTuple):
    """A compiled circuit as it stood in a file; `wrt` are places among inputs and shared."""

    program: Program
    single: bool
    inputs: list[Unit]
    shared: list[Unit]
    wrt: list[int]
    outputs: list[str | None]


def program_loads(source: str | bytes, *, limits: Limits = LIMITS) -> Program:
    """Read a program from JSON text as `program_dumps` writes it.

    A gate of one's own must be imported first: a text never imports anything.

    Raises FormatError, which says where in the text and why, for anything else than a program.

    >>> program_loads('{"format": "gatenet.program", "version": 1}')
    Traceback (most recent call last):
    gatenet.errors.FormatError: 'gradients' is missing
    """
    document = parsed(source, limits, "a program")
    keys(document, {"format", "version", *_BODY[0]}, _BODY[1])
    _versioned(document, PROGRAM)
    return _program(document, limits)


def compiled_loads(source: str | bytes, *, limits: Limits = LIMITS) -> Read:
    """Read a compiled circuit from JSON text as `compiled_dumps` writes it.

    Raises FormatError for anything else.
    """
    document = parsed(source, limits, "a compiled circuit")
    keys(document, _COMPILED, set())
    _versioned(document, COMPILED)
    keys(document["program"], *_BODY)
    try:
        program = _program(document["program"], limits)
    except FormatError as error:
        fail(f"program.{error.where}" if error.where else "program", error.reason)
    inputs = [_leaf(entry, f"inputs[{k}]") for k, entry in enumerate(_list(document, "inputs"))]
    shared = [_leaf(entry, f"shared[{k}]") for k, entry in enumerate(_list(document, "shared"))]
    outputs = [
        None if name is None else text(name, f"outputs[{k}]")
        for k, name in enumerate(_list(document, "outputs"))
    ]
    wrt = _places(document, "wrt", len(inputs) + len(shared))
    single = flag(document["single"], "single")
    for name, count, wanted in (
        ("inputs", len(inputs), len(program.inputs)),
        ("outputs", len(outputs), len(program.outputs)),
        ("shared", len(shared) + len(outputs), len(program.uniform)),
        ("wrt", len(wrt), len(program.gradients)),
    ):
        if count != wanted:
            fail(name, f"goes with {count} of its program's nodes, which has {wanted} for them")
    if single and len(outputs) != 1:
        fail("single", f"is true of one output, not of {len(outputs)}")
    if not outputs:
        fail("outputs", "must be a list of at least one name or null")
    if len({*wrt}) != len(wrt):
        fail("wrt", "lists a leaf twice")
    return Read(program, single, inputs, shared, wrt, outputs)


def _versioned(document: Mapping[str, Any], wanted: str) -> None:
    if document["format"] != wanted:
        fail("format", f"{shown(document['format'])} is not {wanted!r}: this is another file")
    version = document["version"]
    if type(version) is not int or version < 1:
        fail("version", f"{shown(version)} is no version number")
    if version > VERSION:
        fail("version", f"{version} is newer than this gatenet reads ({VERSION}): update gatenet")


def _program(document: Mapping[str, Any], limits: Limits) -> Program:
    modules = document.get("gates", {})
    if not isinstance(modules, dict) or not all(isinstance(m, str) for m in modules.values()):
        fail("gates", "must be an object of gate names and module names")
    nodes = _list(document, "nodes")
    if len(nodes) > limits.rows:
        fail("nodes", f"has {len(nodes)} nodes; at most {limits.rows} are read (limits.rows)")
    gates: list[Gate | None] = []
    args: list[tuple[int, ...]] = []
    constants: dict[int, float] = {}
    labels: dict[int, str] = {}
    known: dict[str, Gate] = {}
    for k, node in enumerate(nodes):
        gate: Gate | None = None
        operands: tuple[int, ...] = ()
        if isinstance(node, list):
            gate, operands = _applied(node, k, known, modules)
        elif isinstance(node, dict):
            keys_at(node, f"nodes[{k}]")
            labels[k] = text(node["leaf"], f"nodes[{k}].leaf")
        else:
            constants[k] = real(node, f"nodes[{k}]")
        gates.append(gate)
        args.append(operands)
    found = {name: _places(document, name, len(nodes)) for name in _LISTS}
    _leaves(found, labels)
    recorded = document["recorded"]
    if type(recorded) is not int or not 0 <= recorded <= 1 << 53:
        fail("recorded", f"{shown(recorded)} is no number of gates")
    return Program(
        gates=gates,
        args=args,
        constants=constants,
        **found,
        checks=_checks(document.get("checks", []), len(nodes)),
        labels={k: label for k, label in labels.items() if label},
        recorded=recorded,
    )


def keys_at(node: dict[str, Any], where: str) -> None:
    """Check that a node in an object is a leaf."""
    if node.keys() != {"leaf"}:
        fail(where, f'a leaf is {{"leaf": its name or ""}}, not {shown(node)}')


def _applied(
    node: list[Any], k: int, known: dict[str, Gate], modules: Mapping[str, str]
) -> tuple[Gate, tuple[int, ...]]:
    """Read a gate and its operands."""
    where = f"nodes[{k}]"
    name = node[0] if node else None
    if type(name) is not str:
        fail(where, f"must begin with the name of a gate, not {shown(name)}")
    gate = known.get(name)
    if gate is None:
        gate = registry().get(name)
        if gate is None:
            module = modules.get(name)
            home = f"the module {shown(module)}" if module else "the module that declares it"
            fail(where, f"no gate {shown(name)} is declared here: import {home} before loading")
        if gate.primitive is None:
            fail(where, f"{name} is no primitive gate, and a program has no others")
        known[name] = gate
    operands = node[1:]
    if len(operands) != len(gate.inputs):
        fail(where, f"{name} takes {len(gate.inputs)} node(s), not {len(operands)}")
    for arg in operands:
        if type(arg) is not int or not 0 <= arg < k:
            fail(where, f"{shown(arg)} is not the number of an earlier node")
    return gate, tuple(operands)


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    found = document[name]
    if not isinstance(found, list):
        fail(name, f"must be a list, not {shown(found)}")
    return found


def _places(document: Mapping[str, Any], name: str, count: int) -> list[int]:
    """Read a list of numbers of nodes."""
    found = _list(document, name)
    for k in found:
        if type(k) is not int or not 0 <= k < count:
            fail(name, f"{shown(k)} is not the number of one of {count}")
    return found


def _leaves(found: Mapping[str, list[int]], labels: Mapping[int, str]) -> None:
    """Check that each leaf is an input or uniform, once, and that those are leaves."""
    seen: set[int] = set()
    for name in ("inputs", "uniform"):
        for k in found[name]:
            if k not in labels:
                fail(name, f"node {k} is no leaf")
            if k in seen:
                fail(name, f"node {k} stands there twice")
            seen.add(k)
    if len(seen) < len(labels):
        k = min(labels.keys() - seen)
        fail(f"nodes[{k}]", "a leaf is one of the inputs or uniform, and this is neither")


def _checks(listed: Any, count: int) -> list[Check]:
    if not isinstance(listed, list):
        fail("checks", f"must be a list, not {shown(listed)}")
    found = []
    for k, entry in enumerate(listed):
        where = f"checks[{k}]"
        if not isinstance(entry, dict) or entry.keys() != {"node", "text"}:
            fail(where, f'must be an object of "node" and "text", not {shown(entry)}')
        node = entry["node"]
        if type(node) is not int or not 0 <= node < count:
            fail(where, f"{shown(node)} is not the number of one of {count} nodes")
        found.append(Check(node, text(entry["text"], where)))
    return found


def _leaf(entry: Any, where: str) -> Unit:
    """Read a leaf of a compiled circuit."""
    try:
        keys(entry, {"role", "value"}, {"name", "requires_grad"})
    except FormatError as error:
        fail(where, error.reason)
    if entry["role"] not in ("input", "parameter"):
        fail(where, f"{shown(entry['role'])} is neither 'input' nor 'parameter'")
    name = text(entry["name"], where) if "name" in entry else None
    unit = Unit(real(entry["value"], where), name, role=entry["role"])
    unit.requires_grad = flag(entry.get("requires_grad", True), where)
    return unit
