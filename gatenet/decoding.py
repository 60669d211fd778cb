"""Decoding: JSON text to a circuit, whatever the text is: a circuit or a FormatError.

Nothing in the text is executed, imported or trusted; sizes are bounded before anything is built.
`strictjson` reads the text, `decodedrows` the rows; here are blocks, outputs and comparisons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from gatenet.blocks.choice import rebuilt
from gatenet.circuit import Circuit
from gatenet.declaration import Gate
from gatenet.decodedrows import Rows
from gatenet.encoding import FORMAT, VERSION
from gatenet.errors import FormatError
from gatenet.modes import Comparison, Recording, enable_grad
from gatenet.strictjson import Limits, fail, flag, keys, parsed, real, shown, text
from gatenet.unit import Unit

LIMITS = Limits()
_BODY = {"rows"}, {"blocks", "output", "outputs", "comparisons"}
_DOCUMENT = {"format", "version", "rows"}, _BODY[1] | {"gates"}
_BLOCK = {"kind", "name", "size", "slots", "circuits"}, set[str]()
#: Kinds of blocks, and how many circuits each has.
_KINDS = {"block": 1, "ifelse": 2}


def loads(source: str | bytes, *, limits: Limits = LIMITS) -> Circuit:
    """Read a circuit from JSON text as `dumps` writes it.

    Values have the bits they had, on any machine; gradients are 0.0.  A gate of one's own must be
    imported first: a text never imports anything.

    Raises FormatError, which says where in the text and why, for anything else than a circuit.

    >>> source = '{"format": "gatenet.circuit", "version": 1, "output": 0, "rows": [{"role": 1}]}'
    >>> loads(source)
    Traceback (most recent call last):
    gatenet.errors.FormatError: rows[0]: 'value' is missing
    """
    document = parsed(source, limits)
    keys(document, *_DOCUMENT)
    if document["format"] != FORMAT:
        fail("format", f"{shown(document['format'])} is not {FORMAT!r}: this is another file")
    version = document["version"]
    if type(version) is not int or version < 1:
        fail("version", f"{shown(version)} is no version number")
    if version > VERSION:
        fail("version", f"{version} is newer than this gatenet reads ({VERSION}): update gatenet")
    modules = document.get("gates", {})
    if not isinstance(modules, dict) or not all(isinstance(m, str) for m in modules.values()):
        fail("gates", "must be an object of gate names and module names")
    with enable_grad():
        return _circuit(document, modules, limits, 0)


@contextmanager
def _within(place: str) -> Iterator[None]:
    """Say of every error inside where it was."""
    try:
        yield
    except FormatError as error:
        fail(f"{place}.{error.where}" if error.where else place, error.reason)


def _circuit(
    document: dict[str, Any], modules: Mapping[str, str], limits: Limits, depth: int
) -> Circuit:
    """Build the circuit of a document, or of a block in it."""
    listed = document.get("blocks", [])
    if not isinstance(listed, list):
        fail("blocks", f"must be a list of blocks, not {shown(listed)}")
    if listed and depth >= limits.depth:
        fail("blocks", f"blocks are nested deeper than {limits.depth} (limits.depth)")
    blocks = []
    for k, entry in enumerate(listed):
        with _within(f"blocks[{k}]"):
            blocks.append(_block(entry, modules, limits, depth))
    rows = Rows(modules, limits, blocks)
    rows.build(document["rows"])
    outputs = _outputs(document, rows)
    compared = _comparisons(document.get("comparisons", []), rows)
    rows.all_used([*outputs, *[c.left for c in compared], *[c.right for c in compared]])
    single = "output" in document
    return Circuit(outputs[0] if single else outputs, recording=Recording(compared))


def _block(entry: Any, modules: Mapping[str, str], limits: Limits, depth: int) -> Gate:
    keys(entry, *_BLOCK)
    kind, size = entry["kind"], entry["size"]
    count = _KINDS.get(kind) if type(kind) is str else None
    if count is None:
        fail("kind", f"{shown(kind)} is none of {', '.join(map(repr, _KINDS))}")
    if type(size) is not int or not 0 <= size <= limits.operands:
        fail("size", f"{shown(size)} is no number of operands")
    for name in ("circuits", "slots"):
        if not isinstance(entry[name], list) or len(entry[name]) != count:
            fail(name, f"must be a list of {count}, not {shown(entry[name])}")
    circuits = []
    for k, inner in enumerate(entry["circuits"]):
        with _within(f"circuits[{k}]"):
            keys(inner, *_BODY)
            circuits.append(_circuit(inner, modules, limits, depth + 1))
        _check_slots(circuits[k], entry["slots"][k], size, f"slots[{k}]")
    return rebuilt(kind, circuits, entry["slots"], size, name=text(entry["name"], "name"))


def _check_slots(circuit: Circuit, places: Any, size: int, where: str) -> None:
    """Check that each leaf of a nested circuit stands for an operand of its own."""
    leaves = len(circuit.inputs) + len(circuit.parameters)
    if not isinstance(places, list) or any(type(k) is not int for k in places):
        fail(where, f"must be a list of operand numbers, not {shown(places)}")
    if len(places) != leaves or places != sorted(set(places)):
        fail(where, f"{leaves} leaves stand for as many operands, each once, in rising order")
    if any(not 0 <= k < size for k in places):
        fail(where, f"an operand is not one of {size}")
    if not circuit.single:
        fail(where, "the circuit of a block has one output, not a list")


def _outputs(document: Mapping[str, Any], rows: Rows) -> list[Unit]:
    """Find the output or outputs."""
    if ("output" in document) == ("outputs" in document):
        fail("", "a circuit has either an 'output' or a list of 'outputs'")
    if "output" in document:
        return [rows.unit(document["output"], "output")]
    listed = document["outputs"]
    if not isinstance(listed, list) or not listed:
        fail("outputs", f"must be a list of row numbers, not {shown(listed)}")
    return [rows.unit(row, "outputs") for row in listed]


def _comparisons(listed: Any, rows: Rows) -> list[Comparison]:
    """Read the comparisons to check at replay."""
    if not isinstance(listed, list):
        fail("comparisons", f"must be a list, not {shown(listed)}")
    found = []
    for k, entry in enumerate(listed):
        with _within(f"comparisons[{k}]"):
            found.append(_comparison(entry, rows))
    return found


def _comparison(entry: Any, rows: Rows) -> Comparison:
    side = "number" if isinstance(entry, dict) and "number" in entry else "right"
    keys(entry, {"left", "sign", "held", "place", side}, set())
    sign = entry["sign"]
    if sign not in ("<", "<=", ">", ">="):
        fail("sign", f"{shown(sign)} is none of <, <=, >, >=")
    left = rows.unit(entry["left"], "left")
    number = side == "number"
    right = real(entry["number"], "number") if number else rows.unit(entry["right"], "right")
    held, place = flag(entry["held"], "held"), text(entry["place"], "place")
    return Comparison(sign, left, right, held, place)
