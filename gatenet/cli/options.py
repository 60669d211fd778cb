"""Options: what several commands take, and how numbers on a command line are read."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path


def add_gate_file(parser: argparse.ArgumentParser) -> None:
    """Add --file, a Python file of the user's own gates."""
    parser.add_argument(
        "--file", type=Path, metavar="FILE",
        help="a Python file that declares gates of your own: it is run, and they count as well",
    )  # fmt: skip


def add_seed(parser: argparse._ActionsContainer) -> None:
    """Add --seed, from which every random choice of a command comes."""
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N",
        help="of the split, the first weights and the shuffling (default: %(default)s)",
    )  # fmt: skip


def numbers(text: str) -> tuple[float, ...]:
    """Read numbers between commas: an argparse type.

    >>> numbers("1,-2.5")
    (1.0, -2.5)
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not numbers with commas between") from None


def whole(low: int) -> Callable[[str], int]:
    """Give the argparse type of a whole number from `low`."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if value < low:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low}")
        return value

    return read


def between(
    low: float, high: float = math.inf, *, open_low: bool = False
) -> Callable[[str], float]:
    """Give the argparse type of a number from `low` up to, not including, `high`."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value < high or (open_low and value == low):
            first = f"above {low:g}" if open_low else f"from {low:g}"
            last = "" if high == math.inf else f" and below {high:g}"
            raise argparse.ArgumentTypeError(f"{text!r} is not a number {first}{last}")
        return value

    return read


def sizes(text: str) -> tuple[int, ...]:
    """Read the sizes of hidden layers, as in 16,16; "none" for none: an argparse type.

    >>> sizes("16,8"), sizes("none")
    ((16, 8), ())
    """
    if text.strip().lower() in ("none", "0", ""):
        return ()
    try:
        found = tuple(int(part) for part in text.split(","))
    except ValueError:
        found = (0,)
    if min(found) < 1:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not the sizes of layers: whole numbers from 1 with commas between, as in "
            "16,16, or none for a linear model"
        )
    return found
