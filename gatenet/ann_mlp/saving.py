"""Saving: an ANN_MLP as plain JSON, and back; nothing of a file is executed."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, TypeVar

from gatenet import io
from gatenet.errors import FormatError, GatenetError
from gatenet.strictjson import Limits, fail, keys, parsed, real

if TYPE_CHECKING:
    from gatenet.ann_mlp.model import ANN_MLP

FORMAT = "gatenet.ann_mlp"
VERSION = 1
LIMITS = Limits(bytes=1 << 26)
_KEYS = {
    "format", "version", "layer_sizes", "activation", "method", "criteria", "constants", "weights",
    "state",
}  # fmt: skip
Model = TypeVar("Model", bound="ANN_MLP")


def save(model: ANN_MLP, path: str | os.PathLike[str]) -> None:
    """Write a network, trained or not, whole or not at all."""
    trained = model.isTrained()
    chosen = model._activation
    document = {
        "format": FORMAT,
        "version": VERSION,
        "layer_sizes": model.getLayerSizes(),
        "activation": [chosen.kind, chosen.alpha, chosen.beta],
        "method": model.getTrainMethod(),
        "criteria": list(model.getTermCriteria()),
        "constants": model._constants,
        "state": f"{model._stream.state:016x}",
        "weights": [model.getWeights(k) for k in range(len(model.getLayerSizes()) + 2)]
        if trained
        else None,
    }
    io.write(json.dumps(document, indent=1, allow_nan=False).encode() + b"\n", path)


def load(kind: type[Model], path: str | os.PathLike[str]) -> Model:
    """Read a network.

    Raises FormatError, naming the file and what is wrong in it.
    """
    with open(path, "rb") as file:
        data = file.read(LIMITS.bytes + 1)
    try:
        return _built(kind, parsed(data, LIMITS))
    except (GatenetError, TypeError, ValueError) as error:
        raise FormatError(f"{os.fspath(path)} is no saved ANN_MLP: {error}") from None


def _built(kind: type[Model], thing: dict[str, Any]) -> Model:
    if thing.get("format") != FORMAT:
        fail("format", f"must be {FORMAT!r}")
    keys(thing, _KEYS, set())
    if thing["version"] != VERSION:
        fail("version", f"must be {VERSION}: this file is of another gatenet")
    for name in ("layer_sizes", "activation", "criteria"):
        if not isinstance(thing[name], list):
            fail(name, "must be a list")
    model = kind.create()
    if thing["layer_sizes"]:
        weights = thing["weights"] or []
        sizes = thing["layer_sizes"]
        if thing["weights"] is not None and len(weights) != len(sizes) + 2:
            fail("weights", f"has {len(weights)} layers; {len(sizes)} sizes have {len(sizes) + 2}")
        model.setLayerSizes(sizes)
    model.setActivationFunction(*thing["activation"])
    model.setTrainMethod(thing["method"])
    model.setTermCriteria(thing["criteria"])
    known = model._constants
    keys(thing["constants"], set(known), set())
    found = {name: real(value, f"constants.{name}") for name, value in thing["constants"].items()}
    if not all(0.0 <= value < float("inf") for value in found.values()):
        fail("constants", "are finite numbers from 0")
    model._constants = found
    if not isinstance(thing["state"], str) or len(thing["state"]) > 16:
        fail("state", "must be 16 hexadecimal digits")
    if thing["weights"] is not None:
        model.setWeights(thing["weights"])
    model._stream.state = int(thing["state"], 16)
    return model
