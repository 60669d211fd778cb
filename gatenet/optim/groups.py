"""Parameter groups: which parameters an optimizer moves, and with which settings.

A group is a plain dict, as in PyTorch: its parameters under "params", beside them every setting
of the optimizer under its name.  Knows units; does not know what an optimizer does with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.unit import Unit, as_units, describe

Group = dict[str, Any]

#: What may stand in a group beside the settings: its name, and the lr that schedules start from.
BESIDE = ("name", "initial_lr")


def listed(parameters: Any) -> list[Mapping[str, Any]]:
    """Give the groups that an optimizer is handed: parameters are one group, dicts are several.

    Raises OperandError for what is neither, RangeError for nothing at all.
    """
    if type(parameters) is Unit or isinstance(parameters, Mapping):
        found: list[Any] = [parameters]
    else:
        try:
            found = list(parameters)
        except TypeError:
            return [{"params": as_units(parameters)}]
    if not found:
        raise RangeError("expected at least one unit to move, got an empty list")
    mappings = [isinstance(item, Mapping) for item in found]
    if not any(mappings):
        return [{"params": found}]
    if not all(mappings):
        k = mappings.index(False)
        raise OperandError(
            f"expected parameters or groups, not both: item {k} is {found[k]!r}, and others are "
            "dicts such as {'params': [...], 'lr': 0.1}",
            item=found[k],
        )
    return found


def merged(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> Group:
    """Make a group of what was given, the optimizer's own settings in the place of what was not.

    Raises WiringError when it has no "params" or a setting that the optimizer has not.
    """
    if not isinstance(given, Mapping) or "params" not in given:
        raise WiringError(
            f"a parameter group is a dict with its parameters under 'params'; got {given!r}"
        )
    unknown = [key for key in given if key not in ("params", *BESIDE, *defaults)]
    if unknown:
        raise WiringError(
            f"a parameter group has no setting {unknown[0]!r} here: there are {list(defaults)}",
            unknown=unknown,
        )
    group: Group = {"params": as_units(given["params"])}
    group.update((key, given.get(key, value)) for key, value in defaults.items())
    group.update((key, given[key]) for key in BESIDE if key in given)
    return group


def check_leaves(units: Sequence[Unit], others: Iterable[Unit]) -> None:
    """Raise WiringError for a gate's output, and for a parameter that stands twice."""
    seen = {id(unit) for unit in others}
    for unit in units:
        if unit.gate is not None:
            raise WiringError(
                f"{describe(unit)} is the output of a gate: an optimizer moves leaves, such as "
                "Unit(0.5, role='parameter')",
                unit=unit,
            )
        if id(unit) in seen:
            raise WiringError(f"{describe(unit)} is listed twice", unit=unit)
        seen.add(id(unit))
