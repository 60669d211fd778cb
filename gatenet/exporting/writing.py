"""Writing: a program, or a compiled circuit, as JSON text, one node a line.

The same bytes for the same program; every float comes back with the same bits (a nan as a nan).
Knows programs; `reading` reads what is written here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from gatenet.compiler.program import Program
from gatenet.errors import OperandError
from gatenet.exporting.subject import program_of
from gatenet.gates import CATALOGUE
from gatenet.strictjson import text

PROGRAM, COMPILED = "gatenet.program", "gatenet.compiled"
VERSION = 1


def program_dumps(program: Any) -> str:
    """Write a program as JSON text.

    A node is an object for a leaf, a number for a constant, and a list of a gate's name and its
    operands' nodes for a gate.

    Raises FormatError for a label that no file can hold.

    >>> from gatenet.gates import add
    >>> increment = Program([None, None, add], [(), (), (0, 1)], {1: 1.0}, [0], [], [2])
    >>> print(program_dumps(increment), end="")
    {
    "format": "gatenet.program",
    "version": 1,
    "nodes": [
    {"leaf": ""},
    1.0,
    ["add", 0, 1]
    ],
    "inputs": [0],
    "uniform": [],
    "outputs": [2],
    "gradients": [],
    "recorded": 0
    }
    """
    if not isinstance(program, Program):
        raise OperandError(f"only a Program is saved here, not {type(program).__name__}")
    return "{\n" + ",\n".join([*_head(PROGRAM), *_body(program)]) + "\n}\n"


def compiled_dumps(compiled: Any) -> str:
    """Write a compiled circuit as JSON text: its program, its leaves with their values, its names.

    Raises FormatError for a name that no file can hold.
    """
    program = program_of(compiled)
    leaves = [*compiled.inputs, *compiled.shared]
    place = {unit: k for k, unit in enumerate(leaves)}
    wrt = [place[unit] for unit in compiled.wrt]
    parts = [
        *_head(COMPILED),
        f'"single": {"true" if compiled.single else "false"}',
        _listed("inputs", [_leaf(unit, f"inputs[{k}]") for k, unit in enumerate(compiled.inputs)]),
        _listed("shared", [_leaf(unit, f"shared[{k}]") for k, unit in enumerate(compiled.shared)]),
        f'"wrt": {wrt}',
        f'"outputs": [{", ".join(_name(unit.name, "outputs") for unit in compiled.outputs)}]',
        '"program": {\n' + ",\n".join(_body(program)) + "\n}",
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _head(kind: str) -> list[str]:
    return [f'"format": "{kind}"', f'"version": {VERSION}']


def _body(program: Program) -> list[str]:
    """The parts of a program; gates that are not gatenet's own with the modules they come from."""
    nodes: list[str] = []
    foreign: dict[str, str] = {}
    for k, gate in enumerate(program.gates):
        if k in program.constants:
            nodes.append(_number(program.constants[k]))
        elif gate is None:
            nodes.append(f'{{"leaf": {_name(program.labels.get(k, ""), f"nodes[{k}]")}}}')
        else:
            nodes.append(f'["{gate.name}", {", ".join(map(str, program.args[k]))}]')
            if CATALOGUE.get(gate.name) is not gate:
                foreign[gate.name] = gate.__module__
    parts = [f'"gates": {json.dumps(foreign, sort_keys=True)}'] if foreign else []
    parts.append(_listed("nodes", nodes))
    lists = ("inputs", "uniform", "outputs", "gradients")
    parts += [f'"{name}": {[int(k) for k in getattr(program, name)]}' for name in lists]
    if program.checks:
        checks = [
            f'{{"node": {check.node}, "text": {_name(check.text, f"checks[{k}]")}}}'
            for k, check in enumerate(program.checks)
        ]
        parts.append(_listed("checks", checks))
    return [*parts, f'"recorded": {int(program.recorded)}']


def _listed(name: str, lines: Iterable[str]) -> str:
    inside = ",\n".join(lines)
    return f'"{name}": [\n{inside}\n]' if inside else f'"{name}": []'


def _leaf(unit: Any, where: str) -> str:
    parts = [f'"role": "{unit.role}"', f'"value": {_number(unit.value)}']
    if unit.name is not None:
        parts.append(f'"name": {_name(unit.name, where)}')
    if not unit.requires_grad:
        parts.append('"requires_grad": false')
    return "{" + ", ".join(parts) + "}"


def _number(value: float) -> str:
    """Print a float for JSON, which has no infinities and no nan: those go as text."""
    return repr(float(value)) if math.isfinite(value) else f'"{float(value)!r}"'


def _name(name: str | None, where: str) -> str:
    return "null" if name is None else json.dumps(text(name, where), ensure_ascii=False)
