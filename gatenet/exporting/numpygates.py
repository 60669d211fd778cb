"""NumPy gates: how modules of NumPy write a gate: the function of whole arrays it declares.

Imports nothing of NumPy.
"""

from __future__ import annotations

import re
from typing import Any

from gatenet.declaration import Gate
from gatenet.exporting.pybody import Module, plain


class Arrays(Module):
    """A module whose values are arrays."""

    imports = ("import math", "", "import numpy as np")

    def __init__(self, *given: Any) -> None:
        self._own: dict[str, str] = {}
        super().__init__(*given)

    def template(self, gate: Gate) -> str:
        """An operator of Python's, the function that is named, or Python's own for each number."""
        printed = gate.primitive
        assert printed is not None
        if re.fullmatch(r"\((\{\} )?[-+*/]( )?\{\}\)", printed.python):
            return printed.python
        takes = ", ".join(["{}"] * len(gate.inputs))
        if printed.condition and printed.ufunc:
            return f"(np.{printed.ufunc}({takes}) * 1.0)"
        if printed.ufunc:
            return f"np.{printed.ufunc}({takes})"
        letters = ["a", "b", "c"][: len(gate.inputs)]
        text = plain(printed.total, self.needed).format(*letters)
        self._own[f"each_{gate.name}"] = f"lambda {', '.join(letters)}: {text}"
        return f"each_{gate.name}({takes})"

    def extra(self) -> list[str]:
        """NumPy has no function of these gates: Python's is called for each number."""
        lines = [f"{name} = np.vectorize({text}, otypes=[float])"
                 for name, text in sorted(self._own.items())]  # fmt: skip
        return ["", "", *lines] if lines else []

    def flipped(self, node: str) -> str:
        """The same question of any row."""
        return f"np.any({node} == 0.0)"
