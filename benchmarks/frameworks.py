"""What PyTorch and JAX call each gate: their values and derivatives at many points, in float64.

A framework's own function is taken where it has one, compiled by `jax.jit` in JAX's case; a gate
it has no function for is missing from its table.  Nothing here is needed: a framework that is not
installed is left out.
"""

from __future__ import annotations

import importlib
import math
import os
from collections.abc import Callable, Sequence
from typing import Any

#: JAX compiles for a shape, so every call gets so many points; the rest is filled up.
CHUNK = 5000

#: Gates that both frameworks have a function for under the name that they have here.
SHARED = ("add", "subtract", "multiply", "divide", "absolute", "sign", "square", "reciprocal",
          "sqrt", "hypot", "exp", "expm1", "log", "log1p", "log2", "log10", "sin", "cos", "tan",
          "tanh", "sinh", "cosh", "less", "less_equal", "greater", "greater_equal",
          "not_equal")  # fmt: skip

#: A value and its partials; None where the function has no derivative.
Answer = tuple[float, Sequence[float] | None]


class Framework:
    """One framework: `functions` by the names of gates, and how it differentiates them."""

    name = ""

    def __init__(self) -> None:
        self.version = ""
        self.functions: dict[str, Callable[..., Any]] = {}

    def has(self, gate: str) -> bool:
        """Whether the framework has a function for the gate of this name."""
        return gate in self.functions

    def answers(self, gate: Any, rows: Sequence[Sequence[float]]) -> list[Answer]:
        """Values and partials of a gate at points, in order."""
        found: list[Any] = [None] * len(rows)
        sizes: dict[int, list[int]] = {}
        for k, row in enumerate(rows):
            sizes.setdefault(len(row), []).append(k)
        for places in sizes.values():
            for start in range(0, len(places), CHUNK):
                some = places[start : start + CHUNK]
                filled = [rows[k] for k in some]
                filled += [filled[0]] * (CHUNK - len(some))
                for k, answer in zip(some, self._asked(gate, filled)):
                    found[k] = answer
        return found

    def _asked(self, gate: Any, rows: Sequence[Sequence[float]]) -> list[Answer]:
        """The answers at points of one length: a column for each input, for n-ary gates a table."""
        size = len(rows[0]) // gate.groups
        if gate.variadic:
            parts = [[row[k * size : (k + 1) * size] for row in rows] for k in range(gate.groups)]
        else:
            parts = [[row[k] for row in rows] for k in range(len(gate.inputs))]
        values, slopes = self.differentiated(gate.name, parts)
        if slopes is None:
            return [(value, None) for value in values]
        if not gate.variadic:
            return [(value, row) for value, row in zip(values, zip(*slopes))]
        return [
            (value, [x for part in row for x in part]) for value, row in zip(values, zip(*slopes))
        ]

    def differentiated(self, name: str, parts: list[Any]) -> tuple[list[float], list[Any] | None]:
        """Values, and a list of derivatives for each part."""
        raise NotImplementedError


class Torch(Framework):
    """PyTorch, eager, on a CPU."""

    name = "PyTorch"

    def __init__(self) -> None:
        self.torch = t = importlib.import_module("torch")
        t.set_num_threads(1)
        self.version = t.__version__.partition("+")[0]
        f = t.nn.functional
        alike = [*SHARED, "asin", "acos", "atan", "atan2", "asinh", "acosh", "atanh", "erf", "erfc",
                 "sigmoid"]  # fmt: skip
        self.functions = {name: getattr(t, name) for name in alike} | {
            "power": t.pow, "negate": t.neg, "identity": t.nn.Identity(), "equal": t.eq,
            "log_sigmoid": f.logsigmoid, "softplus": f.softplus, "softsign": f.softsign,
            "relu": f.relu, "leaky_relu": f.leaky_relu, "elu": f.elu, "selu": f.selu,
            "hard_tanh": f.hardtanh, "silu": f.silu, "mish": f.mish, "gelu": f.gelu,
            "heaviside": lambda x: t.heaviside(x, t.zeros_like(x)),
            "clip": lambda x: t.clamp(x, -math.inf, math.inf),
            "maximum": lambda x: t.amax(x, -1), "minimum": lambda x: t.amin(x, -1),
            "where": lambda c, a, b: t.where(c != 0, a, b),
            "total": lambda x: t.sum(x, -1), "mean": lambda x: t.mean(x, -1),
            "product": lambda x: t.prod(x, -1), "dot": t.linalg.vecdot,
            "logsumexp": lambda x: t.logsumexp(x, -1),
        }  # fmt: skip

    def differentiated(self, name: str, parts: list[Any]) -> tuple[list[float], list[Any] | None]:
        """Call the function on tensors and ask autograd."""
        torch = self.torch
        inputs = [torch.tensor(part, dtype=torch.float64, requires_grad=True) for part in parts]
        out = self.functions[name](*inputs)
        values = out.detach().to(torch.float64).tolist()
        try:
            found = torch.autograd.grad(out.sum(), inputs, allow_unused=True)
        except RuntimeError:  # a comparison, or a step: no derivative is implemented
            return values, None
        return values, [(torch.zeros_like(x) if g is None else g).tolist()
                        for x, g in zip(inputs, found)]  # fmt: skip


class Jax(Framework):
    """JAX with x64, under jit, on a CPU."""

    name = "JAX"

    def __init__(self) -> None:
        os.environ.setdefault("JAX_PLATFORMS", "cpu")
        self.jax = jax = importlib.import_module("jax")
        jax.config.update("jax_enable_x64", True)
        self.version = jax.__version__
        n, f, s = jax.numpy, jax.nn, jax.scipy.special
        self.functions = {name: getattr(n, name) for name in (*SHARED, "equal", "power")} | {
            **{f"a{name}": getattr(n, f"arc{name}")
               for name in ("sin", "cos", "tan", "tan2", "sinh", "cosh", "tanh")},
            "negate": n.negative, "identity": f.identity, "erf": s.erf, "erfc": s.erfc,
            "sigmoid": f.sigmoid, "log_sigmoid": f.log_sigmoid, "softplus": f.softplus,
            "softsign": f.soft_sign, "relu": f.relu, "leaky_relu": f.leaky_relu, "elu": f.elu,
            "selu": f.selu, "hard_tanh": f.hard_tanh, "silu": f.silu, "mish": f.mish,
            "gelu": lambda x: f.gelu(x, approximate=False),
            "heaviside": lambda x: n.heaviside(x, 0.0),
            "clip": lambda x: n.clip(x, -math.inf, math.inf),
            "maximum": lambda x: n.max(x, -1), "minimum": lambda x: n.min(x, -1),
            "where": lambda c, a, b: n.where(c != 0, a, b),
            "total": lambda x: n.sum(x, -1), "mean": lambda x: n.mean(x, -1),
            "product": lambda x: n.prod(x, -1), "dot": n.vecdot,
            "logsumexp": lambda x: f.logsumexp(x, -1),
        }  # fmt: skip
        self.made: dict[str, Callable[..., Any]] = {}

    def differentiated(self, name: str, parts: list[Any]) -> tuple[list[float], list[Any] | None]:
        """Call the function on arrays and ask vjp."""
        jax, numpy = self.jax, self.jax.numpy
        if name not in self.made:

            def both(*inputs: Any) -> Any:
                out, pull = jax.vjp(self.functions[name], *inputs)
                if not numpy.issubdtype(out.dtype, numpy.floating):
                    return out, None
                return out, pull(numpy.ones_like(out))

            self.made[name] = jax.jit(both)
        out, slopes = self.made[name](*[numpy.array(part, dtype=float) for part in parts])
        values = out.astype(float).tolist()
        return values, None if slopes is None else [slope.tolist() for slope in slopes]


def installed() -> list[Framework]:
    """The frameworks that can be imported here."""
    found: list[Framework] = []
    for kind in (Torch, Jax):
        try:
            found.append(kind())
        except ImportError:
            continue
    return found
