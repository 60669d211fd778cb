"""A runner: what a rung makes of a workload, ready to be timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: A loss, and its gradient in the order of the workload's parameters.
Answer = tuple[float, Any]


@dataclass
class Runner:
    """One step of a workload: `run` gives the loss and the gradient summed over `rows` rows.

    `timed` is the same step without putting the answer into lists, where that is not part of it.
    `bits` is the digest of single rows' values and gradients, `facts` figures worth a line.
    """

    run: Callable[[], Answer]
    rows: int
    facts: dict[str, Any] = field(default_factory=dict)
    bits: str = ""
    timed: Callable[[], Any] | None = None


class Left(Exception):
    """A rung does not do a workload; the words say why."""
