"""Foreign functions: pairs (f, gradient), NumPy's arrays, PyTorch's and JAX's functions.

They are functions of plain numbers to the checker: a point goes in through the container it came
in, numbers come out.  Which library an array belongs to is read off its type, and its own package,
which must be loaded by then, does the work; nothing is imported here.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from gatenet.checking.subjects import CircuitSubject, FunctionSubject, Sample, Subject
from gatenet.circuit import Circuit
from gatenet.errors import OperandError, WiringError
from gatenet.real import number
from gatenet.trees import flatten
from gatenet.unit import Unit


def subject_of(f: Any, inputs: Any) -> Subject:
    """Find out what is to be checked.

    Raises OperandError for something that is neither a function, nor a circuit, nor a pair.
    """
    if isinstance(f, Circuit):
        return CircuitSubject(f, inputs)
    arguments = _arguments(inputs)
    own = getattr(f, "own_gradient", None)  # a compiled function's
    if own is not None:
        f = (f, own)
    pair = isinstance(f, (tuple, list)) and len(f) == 2 and all(map(callable, f))
    leaves = [leaf for argument in arguments for leaf in flatten(argument)[0]]
    if pair and any(type(leaf) is Unit for leaf in leaves):
        return GivenGradient(f[0], f[1], arguments)
    if pair:
        return PairSubject(f[0], arguments, f[1])
    if not callable(f):
        raise OperandError(
            f"gradcheck got {f!r}: give a function of units, a Circuit, or a pair of functions "
            "(f, gradient)"
        )
    library = next((name for name in map(library_of, leaves) if name), "")
    if library in GRADIENTS:
        return PairSubject(f, arguments, None)
    return FunctionSubject(f, arguments)


def _arguments(inputs: Any) -> list[Any]:
    if inputs is None:
        return []
    return list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]


def library_of(value: Any) -> str:
    """The package an array belongs to: "numpy", "torch", "jax", or "" for a plain number."""
    top = type(value).__module__.partition(".")[0]
    return {"jaxlib": "jax"}.get(top, top) if top in ("numpy", "torch", "jax", "jaxlib") else ""


class GivenGradient(FunctionSubject):
    """A function of units whose gradient comes from a function of the user's."""

    swept = False

    def __init__(self, f: Callable[..., Any], gradient: Callable[..., Any], inputs: Any) -> None:
        super().__init__(f, inputs)
        self.gradient = gradient
        self.name = f"the gradient given for {self.name}"

    def analytic(self, output: int) -> list[float]:
        """The derivatives as the user's function gives them at the values of the inputs."""
        if len(self.outputs) != 1:
            raise WiringError(f"a pair (f, gradient) has one output; f gave {len(self.outputs)}")
        found = _numbers(self.gradient(*self.values_given()))
        return _checked(found, len(self.leaves))


class PairSubject:
    """A function of numbers or arrays, with a gradient that comes from elsewhere."""

    circuit = None
    swept = False

    def __init__(
        self, f: Callable[..., Any], inputs: Sequence[Any], gradient: Callable[..., Any] | None
    ) -> None:
        self.f, self.gradient, self.inputs = f, gradient, list(inputs)
        self.name = getattr(f, "__name__", type(f).__name__)
        self.point: list[float] = []
        self.names: list[str] = []
        self.slots: list[tuple[int, int]] = []
        tensors = gradient is None and any(library_of(item) == "torch" for item in self.inputs)
        for place, item in enumerate(self.inputs):
            fixed = tensors and library_of(item) != "torch"  # PyTorch has no gradient for it
            values = [] if fixed else _numbers(item)
            self.slots.append((len(self.point), len(values)))
            self.point += values
            alone = not hasattr(item, "shape") and not isinstance(item, (list, tuple))
            self.names += [f"inputs[{place}]" if alone else f"inputs[{place}][{k}]"
                           for k in range(len(values))]  # fmt: skip
        self.rows: list[int] = []
        self.noises: list[float] = []
        self.output_rows: list[int | None] = [None] * len(self.sample(self.point).outputs)
        if len(self.output_rows) != 1 and gradient is not None:
            raise WiringError(
                f"a pair (f, gradient) has one output; f gave {len(self.output_rows)}"
            )

    def sample(self, point: Sequence[float]) -> Sample:
        """Call the function at a point."""
        try:
            outputs = _numbers(self.f(*self._filled(point)))
        except (ArithmeticError, ValueError):
            if list(point) == self.point:
                raise
            outputs = [math.nan] * len(self.output_rows)
        return Sample(outputs, None, [], [])

    def analytic(self, output: int) -> list[float]:
        """The derivatives that are to be checked."""
        if self.gradient is not None:
            found = _numbers(self.gradient(*self._filled(self.point)))
        else:
            library = next(name for name in map(library_of, self.inputs) if name in GRADIENTS)
            found = GRADIENTS[library](self.f, self._filled(self.point), output)
        return _checked(found, len(self.point))

    def noise(self, output: int) -> float:
        """What rounding inside does to an output, as its values beside the point show it."""
        if not self.noises:
            self.noises = noises(self)
        return self.noises[output]

    def _filled(self, point: Sequence[float]) -> list[Any]:
        filled = []
        for item, (start, size) in zip(self.inputs, self.slots, strict=True):
            filled.append(_like(item, list(point[start : start + size])) if size else item)
        return filled


def noises(subject: PairSubject) -> list[float]:
    """Estimate the noise of each output from sixth differences along the diagonal.

    A smooth function has none to speak of over steps so small; what is left is rounding.  Where
    nothing moves at all, wider steps are looked at: a plateau may be rounding, too.
    Source: Hamming, Introduction to applied numerical analysis (1971), chapter 6.
    """
    found = [2.0**-50 * abs(value) for value in subject.sample(subject.point).outputs]
    flat = set(range(len(found)))
    for power, least in ((44, 0.0), (32, 0.0), (20, 0.0), (20, 1.0), (10, 1.0)):
        if least and not flat:
            break
        table = []
        for k in range(-4, 5):
            moved = [x + k * (max(abs(x), least) or 1.0) * 2.0**-power for x in subject.point]
            table.append(subject.sample(moved).outputs)
        for output, values in enumerate(zip(*table, strict=True)):
            if least and output not in flat:
                continue
            if len(set(values)) > 1:
                flat.discard(output)
            row = list(values)
            for _ in range(6):
                row = [b - a for a, b in pairwise(row)]
            size = math.sqrt(sum(x * x for x in row) / len(row) / 924)
            if math.isfinite(size):
                found[output] = max(found[output], 4 * size)
    return found


def _numbers(item: Any) -> list[float]:
    """Every number of something: a number, an array of any library, nested lists of these."""
    if isinstance(item, (list, tuple)):
        return [x for part in item for x in _numbers(part)]
    if hasattr(item, "detach") and hasattr(item, "tolist"):
        item = item.detach()
    if hasattr(item, "tolist"):
        item = item.tolist()
        return _numbers(item) if isinstance(item, list) else [number(item)]
    return [item.value if type(item) is Unit else number(item)]


def _like(item: Any, values: list[float]) -> Any:
    """The numbers in a container like the one they came in."""
    library = library_of(item)
    if library == "torch":
        torch = sys.modules["torch"]
        return torch.tensor(values, dtype=torch.float64).reshape(item.shape)
    if library == "jax":
        return sys.modules["jax"].numpy.asarray(values, dtype=item.dtype).reshape(item.shape)
    if library == "numpy":
        made = sys.modules["numpy"].array(values, dtype=float)
        return made.reshape(item.shape) if hasattr(item, "shape") else made[0]
    if isinstance(item, (list, tuple)):
        rest = iter(values)
        return _refilled(item, rest)
    return values[0]


def _refilled(item: Any, rest: Any) -> Any:
    if isinstance(item, (list, tuple)):
        return [_refilled(part, rest) for part in item]
    return next(rest)


def _by_torch(f: Callable[..., Any], inputs: list[Any], output: int) -> list[float]:
    torch = sys.modules["torch"]
    leaves = [item.requires_grad_() if library_of(item) == "torch" else item for item in inputs]
    tensors = [item for item in leaves if library_of(item) == "torch"]
    result = f(*leaves)
    flat = torch.cat([one.reshape(-1) for one in (result if isinstance(result, (list, tuple))
                                                   else [result])])  # fmt: skip
    found = torch.autograd.grad(flat[output], tensors, allow_unused=True)
    rest = [torch.zeros_like(t) if g is None else g for t, g in zip(tensors, found, strict=True)]
    return [x for gradient in rest for x in _numbers(gradient)]


def _by_jax(f: Callable[..., Any], inputs: list[Any], output: int) -> list[float]:
    jax = sys.modules["jax"]

    def one(*arguments: Any) -> Any:
        parts = jax.tree_util.tree_leaves(f(*arguments))
        return jax.numpy.concatenate([part.reshape(-1) for part in parts])[output]

    return _numbers(list(jax.grad(one, argnums=tuple(range(len(inputs))))(*inputs)))


#: How each library's own gradient is asked for: (function, inputs, output number) -> numbers.
GRADIENTS: dict[str, Callable[[Callable[..., Any], list[Any], int], list[float]]] = {
    "torch": _by_torch,
    "jax": _by_jax,
}


def _checked(found: list[float], size: int) -> list[float]:
    if len(found) != size:
        raise WiringError(f"the gradient has {len(found)} number(s) for {size} input(s)")
    return found
