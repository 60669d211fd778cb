"""State dicts of optimizers: plain data out, and back in after everything has been looked at.

A state dict holds numbers, text, None, lists and dicts, and no units, so that it can be written
as JSON; the parameters are known by their places.  Knows only the errors and what a number is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gatenet.errors import OperandError, WiringError
from gatenet.optim.groups import BESIDE
from gatenet.real import number


def plain(value: Any) -> Any:
    """Copy numbers, text, lists and dicts, tuples becoming lists as they do in JSON.

    >>> plain({"betas": (0.9, 0.999)})
    {'betas': [0.9, 0.999]}
    """
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def settings_of(group: Mapping[str, Any]) -> dict[str, Any]:
    """A group as it is saved: the number of its parameters, and its settings."""
    return {key: len(value) if key == "params" else plain(value) for key, value in group.items()}


def checked_kind(state: Any, kind: str, *keys: str) -> Mapping[str, Any]:
    """Check that this is the state of a `kind`, with these keys."""
    if not isinstance(state, Mapping):
        raise OperandError(f"the state of {kind} is a dict from state_dict(); got {state!r}")
    found = state.get("kind")
    if found != kind:
        raise WiringError(
            f"this is the state of {found!r} and not of {kind}: load it into the class that it was "
            "saved from"
        )
    missing = [key for key in keys if key not in state]
    if missing:
        raise WiringError(f"the state of {kind} lacks {missing[0]!r}", missing=missing)
    return state


def checked_memory(saved: Any, names: Iterable[str], where: str) -> Mapping[str, Any]:
    """Check that what was remembered of a group is there, by name."""
    if not isinstance(saved, Mapping):
        raise OperandError(f"what is remembered of {where} is a dict; the state holds {saved!r}")
    missing = [name for name in names if name not in saved]
    if missing:
        raise WiringError(f"what is remembered of {where} lacks {missing[0]!r}", missing=missing)
    return saved


def checked_list(found: Any, size: int | None, what: str, unit: str) -> Sequence[Any]:
    """Check that something saved is a list of `size` items, or of any number for None."""
    if not isinstance(found, (list, tuple)):
        count = "" if size is None else f"{size} "
        raise OperandError(f"{what} is a list of {count}{unit}; the state holds {found!r}")
    if size is not None and len(found) != size:
        raise WiringError(f"{what}: the state holds {len(found)} {unit}, and here are {size}")
    return found


def checked_settings(saved: Any, group: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Check the settings of a saved group against the group here; give them as they go in."""
    if not isinstance(saved, Mapping):
        raise OperandError(f"{where} of the state is {saved!r}: it is a dict of settings")
    size = len(group["params"])
    if saved.get("params") != size:
        raise WiringError(
            f"{where}: the state was saved of {saved.get('params')!r} parameters, and here are "
            f"{size}. Build the model with the same sizes it was saved with"
        )
    here = {key for key in group if key not in BESIDE}
    there = {key for key in saved if key not in BESIDE}
    if here != there:
        missing, unknown = sorted(here - there), sorted(there - here)
        raise WiringError(
            f"{where}: the settings differ; missing {missing}, unknown {unknown}",
            missing=missing,
            unknown=unknown,
        )
    settings = {key: value for key, value in saved.items() if key != "params"}
    for key, value in settings.items():
        if isinstance(value, list):  # JSON has no tuples
            settings[key] = tuple(value)
    return settings


def checked_numbers(values: Any, size: int, what: str) -> list[float | None]:
    """Check one remembered number for each parameter; None where there is none yet."""
    found = checked_list(values, size, what, "numbers")
    return [None if value is None else number(value) for value in found]


def checked_counts(values: Any, size: int, what: str) -> list[int]:
    """Check one count of steps for each parameter."""
    found = checked_list(values, size, what, "counts")
    for value in found:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise OperandError(f"{what} holds {value!r}: it is a number of steps, from 0")
    return list(found)
