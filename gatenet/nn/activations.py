"""Activations: from what a user writes to the function that wires it.

A name means the gate of that name, a user's own included; a gate or any function of one unit is
taken as it is.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

from gatenet.declaration import Gate, registry
from gatenet.errors import OperandError, WiringError
from gatenet.kernels import maker
from gatenet.unit import Unit

ActivationLike = str | Gate | Callable[[Unit], Unit] | None


def wiring(activation: ActivationLike) -> Callable[[Unit], Unit] | None:
    """Give the function that applies an activation to a unit; None for none.

    Raises WiringError for a name that is no gate of one input, OperandError for something that
    is neither name, gate nor function.

    >>> wiring("relu")(Unit(-2.0)).value
    0.0
    """
    if activation is None:
        return None
    if isinstance(activation, str):
        found = registry().get(activation)
        if found is None or found.variadic or len(found.inputs) != 1:
            known = [g.name for g in registry().values() if not g.variadic and len(g.inputs) == 1]
            near = difflib.get_close_matches(activation, known, n=3)
            raise WiringError(
                f"unknown activation {activation!r}"
                + (f", did you mean {' or '.join(near)}?" if near else ":")
                + " An activation is the name of a gate of one input (python -m gatenet gates "
                "lists them), a gate, a function of one unit, or None",
                activation=activation,
            )
        activation = found
    if isinstance(activation, Gate):
        return activation if activation.opaque else maker(activation, (True,))
    if not callable(activation):
        raise OperandError(f"an activation is a name, a gate or a function, not {activation!r}")
    return activation


def activation_name(activation: Any) -> str:
    """Say which activation it is, for `repr` and for the choice of first weights."""
    if activation is None or isinstance(activation, str):
        return activation or "none"
    return str(getattr(activation, "__name__", type(activation).__name__))
