"""`%backprop loss` in IPython and Jupyter: the debugger as a line magic.

`%load_ext gatenet` (or `%load_ext gatenet.repl.magic`) brings it in.  Knows nothing of IPython but
the two methods it calls on the shell it is given.
"""

from __future__ import annotations

from typing import Any

from gatenet.circuit import Circuit
from gatenet.errors import OperandError, WiringError
from gatenet.repl.names import named_units
from gatenet.stepper import Stepper
from gatenet.texts import shown
from gatenet.unit import Unit


def load_ipython_extension(shell: Any) -> None:
    """Register the magic; IPython calls this for %load_ext."""

    def backprop(line: str) -> None:
        """Step through the backward pass of a loss: %backprop loss [seed].

        The loss is a variable that holds a unit, or a list's item such as losses[0].
        """
        from gatenet.repl import debug

        loss, seed = chosen(line, shell.user_ns)
        debug(loss, seed, names=shell.user_ns)

    shell.register_magic_function(backprop, magic_kind="line", magic_name="backprop")


def chosen(line: str, variables: dict[str, Any]) -> tuple[Unit | Circuit | Stepper, float]:
    """Read the magic's line: a variable's name, and a seed if there is one.

    >>> chosen("loss 2", {"loss": Unit(3.0)})
    (Unit(3.0), 2.0)

    Raises WiringError for a name that holds no unit, OperandError for a seed that is no number.
    """
    name, _, rest = line.strip().partition(" ")
    found = variables.get(name, dict(named_units(variables)).get(name))
    if not isinstance(found, (Unit, Circuit, Stepper)):
        units = ", ".join(shown(key) for key, _ in list(named_units(variables))[:8]) or "none"
        raise WiringError(
            f"%backprop takes a variable that holds a unit, not {shown(name)!r}; there are: {units}"
        )
    try:
        return found, float(rest) if rest.strip() else 1.0
    except ValueError:
        raise OperandError(
            f"%backprop LOSS [SEED]: the seed is a number, not {shown(rest)!r}"
        ) from None
