"""The engines that the eager benchmarks compare, behind one small interface.

`MicrogptValue` is a class of the shape that
Karpathy's microgpt uses (slots, local gradients stored at the forward pass, a recursive order),
written here for the comparison.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Any


class MicrogptValue:
    """A scalar with its gradient, children and local gradients, as microgpt lays it out."""

    __slots__ = ("_children", "_local_grads", "data", "grad")

    def __init__(self, data, children=(), local_grads=()):
        self.data = data
        self.grad = 0
        self._children = children
        self._local_grads = local_grads

    def __add__(self, other):
        other = other if isinstance(other, MicrogptValue) else MicrogptValue(other)
        return MicrogptValue(self.data + other.data, (self, other), (1, 1))

    def __mul__(self, other):
        other = other if isinstance(other, MicrogptValue) else MicrogptValue(other)
        return MicrogptValue(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, other):
        return MicrogptValue(self.data**other, (self,), (other * self.data ** (other - 1),))

    def tanh(self):
        t = math.tanh(self.data)
        return MicrogptValue(t, (self,), (1 - t * t,))

    def relu(self):
        return MicrogptValue(max(0, self.data), (self,), (float(self.data > 0),))

    def exp(self):
        e = math.exp(self.data)
        return MicrogptValue(e, (self,), (e,))

    def log(self):
        return MicrogptValue(math.log(self.data), (self,), (1 / self.data,))

    def __neg__(self):
        return self * -1

    def __radd__(self, other):
        return self + other

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return other + (-self)

    def __rmul__(self, other):
        return self * other

    def backward(self):
        order = []
        seen = set()

        def visit(value):
            if value not in seen:
                seen.add(value)
                for child in value._children:
                    visit(child)
                order.append(value)

        visit(self)
        self.grad = 1
        for value in reversed(order):
            for child, local in zip(value._children, value._local_grads):
                child.grad += local * value.grad


@dataclass
class Engine:
    """One engine: how to make a leaf, read it, and run the operations of the workloads."""

    name: str
    version: str
    leaf: Callable[[float], Any]
    value: Callable[[Any], float]
    grad: Callable[[Any], float]
    tanh: Callable[[Any], Any]
    relu: Callable[[Any], Any]
    backward: Callable[[Any], None]
    tape: Callable[[], Any] = lambda: None  # before the leaves are made
    begin: Callable[[], Any] = lambda: None  # after they are, before the first operation


def _gatenet() -> Engine:
    import gatenet

    return Engine(
        "gatenet", gatenet.__version__, gatenet.Unit, lambda u: u.value, lambda u: u.grad,
        lambda u: u.tanh(), lambda u: u.relu(), lambda u: u.backward(),
    )  # fmt: skip


def _micrograd() -> Engine:
    engine = importlib.import_module("micrograd.engine")

    def tanh(x):
        t = math.tanh(x.data)
        out = engine.Value(t, (x,), "tanh")

        def pull():
            x.grad += (1 - t * t) * out.grad

        out._backward = pull
        return out

    return Engine(
        "micrograd", metadata.version("micrograd"), engine.Value, lambda v: v.data,
        lambda v: v.grad, tanh, lambda v: v.relu(), lambda v: v.backward(),
    )  # fmt: skip


def _microgpt() -> Engine:
    return Engine(
        "microgpt shape", "-", MicrogptValue, lambda v: v.data, lambda v: v.grad,
        lambda v: v.tanh(), lambda v: v.relu(), lambda v: v.backward(),
    )  # fmt: skip


def _torch() -> Engine:
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    return Engine(
        "PyTorch 0-d", torch.__version__,
        lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True),
        lambda t: t.item(), lambda t: 0.0 if t.grad is None else t.grad.item(),
        lambda t: t.tanh(), lambda t: t.relu(), lambda t: t.backward(),
    )  # fmt: skip


def _xad() -> Engine:
    real = importlib.import_module("xad.adj_1st")
    functions = importlib.import_module("xad.math")
    kept: dict[str, Any] = {}

    def tape() -> None:
        if "tape" in kept:
            kept.pop("tape").deactivate()
        kept["tape"] = real.Tape()
        kept["tape"].activate()

    def leaf(x: float) -> Any:
        made = real.Real(x)
        kept["tape"].registerInput(made)
        return made

    def backward(out: Any) -> None:
        kept["tape"].registerOutput(out)
        out.setDerivative(1.0)
        kept["tape"].computeAdjoints()

    return Engine(
        "XAD", metadata.version("xad"), leaf, lambda r: r.getValue(), lambda r: r.getDerivative(),
        functions.tanh, lambda r: functions.max(r, 0.0), backward, tape=tape,
        begin=lambda: kept["tape"].newRecording(),
    )  # fmt: skip


MAKERS = {
    "gatenet": _gatenet,
    "gatenet, pure": _gatenet,
    "micrograd": _micrograd,
    "microgpt shape": _microgpt,
    "XAD": _xad,
    "PyTorch 0-d": _torch,
}
