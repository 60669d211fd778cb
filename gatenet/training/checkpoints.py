"""Checkpoints: a training's standing as a file, so that it can go on another day.

Plain JSON with a version and a digest, written whole or not at all, read strictly: what is cut
off, damaged, of another kind or of a later version is one FormatError that says so, and nothing
in a file is ever executed.  Knows standings; does not know how training goes on.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from gatenet.errors import FormatError, WiringError
from gatenet.io import write
from gatenet.strictjson import Limits, fail, keys, parsed, shown
from gatenet.training.history import Epoch
from gatenet.training.standing import Parts, Position, Standing, Sums

FORMAT = "gatenet.checkpoint"
VERSION = 1
_LIMITS = Limits()
_PARTS = {"settings", "position", "parameters", "buffers", "generators", "optimizer", "schedule",
          "callbacks"}  # fmt: skip


def save(path: str | PathLike[str], parts: Parts, standing: Standing, settings: Any) -> None:
    """Write a standing to a file, in one step: a crash leaves the old file or the new one.

    Raises WiringError for a state that is no plain data, OSError as `open` does.
    """
    parts.check_whole()
    training = {
        "settings": settings,
        "position": _laid_out(standing.position),
        "parameters": dict(zip(parts.names, standing.values, strict=True)),
        "buffers": dict(zip(parts.buffers, standing.buffers, strict=True)),
        "generators": dict(zip(parts.generators, standing.generators, strict=True)),
        "optimizer": _of_kind(parts.optimizer, standing.optimizer),
        "schedule": _of_kind(parts.schedule, standing.schedule),
        "callbacks": dict(zip(parts.callbacks, standing.callbacks, strict=True)),
    }
    body = _text(_plain(training, "training"))
    head = f'{{"format":"{FORMAT}","version":{VERSION},"digest":"{_digest(body)}",\n"training":'
    write(f"{head}{body}}}\n".encode(), path)


def load(path: str | PathLike[str], parts: Parts, settings: Any) -> Standing:
    """Read a file that `save` wrote, for a trainer of the same parts; nothing is changed.

    Raises FormatError that names the file and says what is wrong with it, or how the trainer
    differs from the one that wrote it; OSError as `open` does.
    """
    data = Path(path).read_bytes()
    try:
        training = _opened(data)
        return _standing(training, parts, settings)
    except (FormatError, RecursionError) as error:
        raise FormatError(
            f"{fspath(path)} cannot be resumed from: {error}", path=fspath(path)
        ) from None


def check_folder(path: str | PathLike[str]) -> None:
    """Raise WiringError where a checkpoint's folder is not there, before anything is trained."""
    folder = Path(path).resolve().parent
    if not folder.is_dir():
        raise WiringError(f"the checkpoint is {fspath(path)!r}, and {folder} is no folder: make it")


def unfit(path: str | PathLike[str], error: Exception) -> FormatError:
    """The error of a file whose optimizer, schedule or callback cannot take its state up."""
    return FormatError(
        f"{fspath(path)} cannot be resumed from: its states do not fit this trainer ({error})",
        path=fspath(path),
    )


def resume_hint(path: str | PathLike[str] | None, position: Position) -> str:
    """Say where an interrupted training stands and how it goes on."""
    where = f"epoch {len(position.epochs) + 1}, after step {position.step}"
    if path is None:
        return (
            f"interrupted in {where}: call fit again and it goes on there; "
            "trainer.save('run.json') keeps it for another day"
        )
    name = fspath(path)
    return (
        f"interrupted in {where}, and saved in {name}: make the trainer again, call "
        f"trainer.resume({name!r}) and then fit with the same rows, and it goes on there"
    )


def _opened(data: bytes) -> dict[str, Any]:
    """Check that a file is a whole checkpoint of this version; give what it says."""
    document = parsed(data, _LIMITS, "a checkpoint")
    if document.get("format") != FORMAT:
        found = document.get("format")
        fail("", f"it is no checkpoint of gatenet (its format is {shown(found)}, not {FORMAT!r})")
    version = document.get("version")
    if type(version) is not int or version < 1:
        fail("", f"its version is {shown(version)}, which is no number from 1")
    if version > VERSION:
        fail(
            "",
            f"a later gatenet wrote it (version {version}; this one reads up to {VERSION}): "
            "install that gatenet",
        )
    keys(document, {"format", "version", "digest", "training"}, set())
    try:
        digest = _digest(_text(document["training"]))
    except ValueError:  # a number past float64 became an infinity
        digest = ""
    if document["digest"] != digest:
        fail("", "it is damaged or was changed by hand: its digest does not fit its content")
    keys(document["training"], _PARTS, set())
    training: dict[str, Any] = document["training"]
    return training


def _standing(training: dict[str, Any], parts: Parts, settings: Any) -> Standing:
    """Check that a checkpoint fits the trainer, and build its standing."""
    found = _unplain(training)
    for name, value in settings.items():
        other = found["settings"].get(name)
        if other != value:
            fail("", f"it was made with {name}={other!r}, and this trainer has {name}={value!r}")
    for what, names, mend in (
        ("parameters", parts.names, "build the model with the sizes that it had"),
        ("buffers", parts.buffers, "build the model with the layers that it had"),
        ("generators", parts.generators, "give the model's layers the generators they had"),
        ("callbacks", parts.callbacks, "give the trainer the callbacks that it had"),
    ):
        _check_names(what, list(names), found[what], mend)
    for what, thing in (("optimizer", parts.optimizer), ("schedule", parts.schedule)):
        kind = None if thing is None else type(thing).__name__
        if (found[what] or {}).get("kind") != kind:
            fail("", f"its {what} is {(found[what] or {}).get('kind')}, and this trainer's {kind}")
    try:
        return Standing(
            _position(found["position"]),
            [float(found["parameters"][name]) for name in parts.names],
            [[float(x) for x in found["buffers"][name]] for name in parts.buffers],
            [_random_state(found["generators"][name]) for name in parts.generators],
            (found["optimizer"] or {}).get("state"),
            (found["schedule"] or {}).get("state"),
            [found["callbacks"][name] for name in parts.callbacks],
        )
    except (TypeError, KeyError, ValueError) as error:
        fail("", f"it is not laid out as a checkpoint is: {error!r}")


def _check_names(what: str, names: list[str], found: Mapping[str, Any], mend: str) -> None:
    missing = [name for name in names if name not in found]
    unknown = [name for name in found if name not in set(names)]
    if missing or unknown:
        said = [
            f"{label} {len(some)} ({', '.join(some[:3])}{' ...' if len(some) > 3 else ''})"
            for label, some in (("it lacks", missing), ("it has besides", unknown))
            if some
        ]
        fail("", f"its {what} are not this trainer's: {' and '.join(said)}; {mend}")


def _laid_out(position: Position) -> dict[str, Any]:
    found = position._asdict()
    found["epochs"] = [epoch.to_dict() for epoch in position.epochs]
    found["sums"] = position.sums._asdict()
    return found


def _position(found: dict[str, Any]) -> Position:
    keys(found, set(Position._fields), set())
    keys(found["sums"], set(Sums._fields), set())
    sums = found["sums"]
    order = found["order"]
    return Position(**{
        **found,
        "epochs": tuple(Epoch(**epoch) for epoch in found["epochs"]),
        "sums": Sums(**{**sums, "metrics": tuple(sums["metrics"])}),
        "order": None if order is None else tuple(map(int, order)),
        "unreached": None if found["unreached"] is None else tuple(found["unreached"]),
    })  # fmt: skip


def _random_state(found: Any) -> Any:
    version, words, gauss = found
    return version, tuple(words), gauss


def _of_kind(thing: Any, state: Any) -> dict[str, Any] | None:
    return None if thing is None else {"kind": type(thing).__name__, "state": state}


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any, where: str) -> Any:
    """State as JSON holds it: what is not finite becomes {"float": "nan"}, a tuple a list."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{where}[{k}]") for k, item in enumerate(value)]
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise WiringError(f"{where} has the key {key!r}: a state's keys are texts")
        return {key: _plain(item, f"{where}.{key}") for key, item in value.items()}
    raise WiringError(
        f"{where} is {shown(repr(value))}, of type {type(value).__name__}: a state is plain data, "
        "that is numbers, texts, lists and dicts"
    )


def _unplain(value: Any) -> Any:
    """Undo what `_plain` did."""
    if isinstance(value, list):
        return [_unplain(item) for item in value]
    if isinstance(value, dict):
        if value.keys() == {"float"} and isinstance(value["float"], str):
            return float(value["float"])
        return {key: _unplain(item) for key, item in value.items()}
    return value
