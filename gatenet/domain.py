"""Domains: where a gate is defined, where it kinks, where it runs to infinity.

A domain is three kinds of formulas over the gate's inputs: a condition that holds inside, and
expressions that vanish at a kink or at an edge.  Because they are formulas, the checker can ask
whether a kink lies between two points (the expression changes sign) without a table of points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gatenet.formula import Expr, evaluate, to_text


@dataclass(frozen=True)
class Domain:
    """Where a gate holds: `condition` (None: everywhere), and what vanishes at kinks and edges."""

    condition: Expr | None = None
    kinks: tuple[Expr, ...] = ()
    edges: tuple[Expr, ...] = ()

    def contains(self, bindings: Mapping[str, Any]) -> bool:
        """Whether the gate is defined at these inputs."""
        return self.condition is None or bool(evaluate([self.condition], bindings)[0])

    def at_kink(self, bindings: Mapping[str, Any]) -> bool:
        """Whether these inputs stand exactly on a kink."""
        return any(value == 0 for value in _values(self.kinks, bindings))

    def at_edge(self, bindings: Mapping[str, Any]) -> bool:
        """Whether these inputs stand exactly on an edge."""
        return any(value == 0 for value in _values(self.edges, bindings))

    def crossed(self, start: Mapping[str, Any], end: Mapping[str, Any]) -> bool:
        """Whether a kink or an edge lies between two points, or on one of them."""
        both = self.kinks + self.edges
        pairs = zip(_values(both, start), _values(both, end), strict=True)
        return any(a == 0 or b == 0 or (a < 0) != (b < 0) for a, b in pairs)

    def describe(self) -> list[str]:
        """Say the domain in lines of text."""
        holds = "everywhere" if self.condition is None else to_text(self.condition)
        lines = [f"domain   {holds}"]
        if self.kinks:
            lines.append(f"kinks    {', '.join(f'{to_text(k)} = 0' for k in self.kinks)}")
        if self.edges:
            lines.append(f"edges    {', '.join(f'{to_text(e)} = 0' for e in self.edges)}")
        return lines


def _values(exprs: tuple[Expr, ...], bindings: Mapping[str, Any]) -> list[float]:
    flat: list[float] = []
    for result in evaluate(exprs, bindings):
        flat.extend(result if isinstance(result, list) else [result])
    return flat
