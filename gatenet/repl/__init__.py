"""The debugger: backpropagation stepped through at a prompt, with pdb's and gdb's habits.

`debug(loss)` opens it; `python -m gatenet debug FILE` runs a program and opens it on its loss.
Everything here talks; whatever is true of a pass is asked of the stepper.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from gatenet.circuit import Circuit
    from gatenet.stepper import Stepper
    from gatenet.unit import Unit

__all__ = ["debug", "load_ipython_extension"]


def debug(
    loss: Unit | Sequence[Unit] | Circuit | Stepper,
    seed: Any = 1.0,
    *,
    names: Mapping[str, Any] | None = None,
    stdin: TextIO | None = None,
    stdout: TextIO | None = None,
    script: str | Iterable[str] | None = None,
    history: str | os.PathLike[str] | None = None,
) -> None:
    """Step through the backward pass of a loss at a prompt; `h` there lists the commands.

    It stands where `loss.backward()` would begin.  Gone through to its end it has done what
    `backward()` does; left in the middle, no gradient has changed.  `names` maps names to units (or
    lists of them) that have none; by default they are the caller's variables.  `script` is
    commands to obey instead of asking, as lines; `stdin` and `stdout` stand in for the terminal;
    `history` is a file to keep the typed lines in.

    >>> from gatenet import Unit
    >>> x = Unit(3.0)
    >>> debug(x * x, script="n; n".split("; "))
    u1 = 9, from 1 gate and 1 leaf.
    n does the next gate, rn takes it back, c runs to the end, h helps, q leaves.
    (1 of 3, before the backward pass)
    (gatenet) n
    u1 = x * x: upstream 1 (the seed). To x: 1 × 3 = 3, gathered 0 → 3 (pull 1 of 2). To x: 1 × 3
    = 3, gathered 3 → 6 (pull 2 of 2).
    (2 of 3, backward)
    (gatenet) n
    x is an input: its 2 pulls brought 6. x.grad 0 → 6.
    (3 of 3, finished)
    The pass is complete: x.grad = 6.

    Raises what `Stepper` raises: StaleCircuitError, WiringError.
    """
    from gatenet.repl import debugger

    if names is None:
        caller = sys._getframe(1)
        names = {**caller.f_globals, **caller.f_locals}
    debugger.debug(
        loss, seed, names=names, stdin=stdin, stdout=stdout, script=script, history=history
    )


def load_ipython_extension(shell: Any) -> None:
    """Bring `%backprop LOSS` to IPython: what `%load_ext` calls."""
    from gatenet.repl.magic import load_ipython_extension

    load_ipython_extension(shell)
