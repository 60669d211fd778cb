"""The peers' own gradient checkers, each handed the same values and the same gradients.

A function is a Python callback and its gradient whatever we say: PyTorch's custom Function, JAX's
custom_vjp around pure_callback, autograd's primitive with defvjp.  What is judged is the checker.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from gatenet import Circuit
from gatenet.declaration import Gate
from gatenet.sweep import gradients

Value = Callable[[Sequence[float]], float]


class Peer:
    """One library's checker: `check(f, gradient, point)` gives "pass", "fail" or an error."""

    def check(self, f: Value, gradient: Sequence[float], point: Sequence[float]) -> str:
        """Run the library's checker at its defaults."""
        raise NotImplementedError

    def verdict(self, f: Value, gradient: Sequence[float], point: Sequence[float]) -> str:
        """What the checker says; an error that is no verdict is "inconclusive"."""
        try:
            return self.check(f, gradient, point)
        except Exception:
            return "inconclusive"

    def gate(self, gate: Gate, point: Sequence[float], slope: float) -> int:
        """0, 1 or 2 for pass, fail or neither: one gate as a function of its first input."""
        found = self.verdict(lambda x: gate.value(x[0], *point[1:]), [slope], point[:1])
        return ("pass", "fail", "inconclusive").index(found)

    def circuit(self, right: Circuit, wrong: Circuit) -> str:
        """The verdict on a circuit with the gradient that the other circuit gives."""
        leaves = [wrong.units[k] for k in wrong.inputs]
        slopes = gradients([wrong.units[wrong.outputs[0]]], [1.0], leaves)
        point = [right.values[k] for k in right.inputs]
        alone = right.copy()
        return self.verdict(lambda x: alone.forward(list(x)), slopes, point)


class Torch(Peer):
    """torch.autograd.gradcheck."""

    def __init__(self) -> None:
        self.torch = torch = importlib.import_module("torch")
        self.error = importlib.import_module("torch.autograd.gradcheck").GradcheckError

        class Given(torch.autograd.Function):  # type: ignore[misc, name-defined]
            """A function whose values and gradient are handed in."""

            @staticmethod
            def forward(ctx: Any, x: Any, f: Any, slopes: Any) -> Any:
                ctx.slopes = slopes
                return torch.tensor(f(x.tolist()), dtype=torch.float64)

            @staticmethod
            def backward(ctx: Any, upstream: Any) -> Any:
                return upstream * ctx.slopes, None, None

        self.given = Given

    def check(self, f: Value, gradient: Sequence[float], point: Sequence[float]) -> str:
        """Run gradcheck at its defaults."""
        torch = self.torch
        x = torch.tensor(list(point), dtype=torch.float64, requires_grad=True)
        slopes = torch.tensor(list(gradient), dtype=torch.float64)
        try:
            torch.autograd.gradcheck(lambda t: self.given.apply(t, f, slopes), (x,))
        except self.error:
            return "fail"
        return "pass"


class Jax(Peer):
    """jax.test_util.check_grads, reverse mode."""

    def __init__(self) -> None:
        jax = importlib.import_module("jax")
        jax.config.update("jax_enable_x64", True)
        self.check_grads = importlib.import_module("jax.test_util").check_grads
        self.numpy = numpy = importlib.import_module("numpy")
        self.value: Value = lambda x: 0.0
        self.slopes: Any = None

        def host(x: Any) -> Any:
            return numpy.asarray(self.value(numpy.asarray(x).tolist()))

        # One function for all circuits: a new one each time would be traced anew each time.
        @jax.custom_vjp  # type: ignore[untyped-decorator]
        def given(x: Any) -> Any:
            return jax.pure_callback(host, jax.ShapeDtypeStruct((), numpy.float64), x)

        given.defvjp(lambda x: (given(x), None), lambda _, g: (g * self.slopes,))
        self.given = given

    def check(self, f: Value, gradient: Sequence[float], point: Sequence[float]) -> str:
        """Run check_grads at its defaults for float64."""
        self.value, self.slopes = f, self.numpy.array(gradient)
        try:
            self.check_grads(self.given, (self.numpy.array(point),), order=1, modes=["rev"])
        except AssertionError:
            return "fail"
        return "pass"


class Autograd(Peer):
    """autograd.test_util.check_grads, reverse mode."""

    def __init__(self) -> None:
        self.extend = importlib.import_module("autograd.extend")
        self.check_grads = importlib.import_module("autograd.test_util").check_grads
        self.numpy = importlib.import_module("numpy")

    def check(self, f: Value, gradient: Sequence[float], point: Sequence[float]) -> str:
        """Run check_grads at its defaults."""
        slopes = self.numpy.array(gradient)
        given = self.extend.primitive(lambda x: float(f(x.tolist())))
        self.extend.defvjp(given, lambda ans, x: lambda g: g * slopes)
        try:
            self.check_grads(given, modes=["rev"], order=1)(self.numpy.array(point))
        except AssertionError:
            return "fail"
        return "pass"


def installed() -> dict[str, Peer]:
    """The peers that can be imported here."""
    found: dict[str, Peer] = {}
    for name, kind in (("torch", Torch), ("jax", Jax), ("autograd", Autograd)):
        try:
            found[name] = kind()
        except ImportError:
            continue
    return found


PEERS = installed()
