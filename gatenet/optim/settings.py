"""Settings: what the numbers that an optimizer is given may be.

Each check names the setting and shows its value.  Knows only the errors.
"""

from __future__ import annotations

import math
from typing import Any

from gatenet.errors import RangeError


def at_least(low: float, **setting: float) -> float:
    """Check one setting, given by its name: a finite number from `low`."""
    ((name, value),) = setting.items()
    if not (_is_number(value) and low <= value < math.inf):
        raise RangeError(f"{name} is {value!r}: it is a finite number from {low}", **setting)
    return value


def above(low: float, **setting: float) -> float:
    """Check one setting, given by its name: a finite number greater than `low`."""
    ((name, value),) = setting.items()
    if not (_is_number(value) and low < value < math.inf):
        raise RangeError(f"{name} is {value!r}: it is a finite number above {low}", **setting)
    return value


def below_one(**setting: float) -> float:
    """Check one setting, given by its name: a number from 0 and less than 1."""
    ((name, value),) = setting.items()
    if not (_is_number(value) and 0.0 <= value < 1.0):
        raise RangeError(f"{name} is {value!r}: it is from 0 up to, not including, 1", **setting)
    return value


def whole(low: int, **setting: int) -> int:
    """Check one setting, given by its name: a whole number from `low`."""
    ((name, value),) = setting.items()
    if not isinstance(value, int) or isinstance(value, bool) or value < low:
        raise RangeError(f"{name} is {value!r}: it is a whole number from {low}", **setting)
    return value


def one_of(options: tuple[Any, ...], **setting: Any) -> Any:
    """Check one setting, given by its name: it is among the options."""
    ((name, value),) = setting.items()
    if value not in options:
        raise RangeError(f"{name} is {value!r}: it is one of {list(options)}", **setting)
    return value


def pair(**setting: Any) -> tuple[float, float]:
    """Check one setting, given by its name: two numbers."""
    ((name, value),) = setting.items()
    if not isinstance(value, (tuple, list)) or len(value) != 2 or not all(map(_is_number, value)):
        raise RangeError(f"{name} is {value!r}: it is two numbers, as in (0.9, 0.999)", **setting)
    return value[0], value[1]


def betas(settings: dict[str, Any]) -> None:
    """Check the two rates of running means, each from 0 and less than 1."""
    beta1, beta2 = pair(betas=settings["betas"])
    below_one(beta1=beta1)
    below_one(beta2=beta2)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
