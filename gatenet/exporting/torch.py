"""PyTorch: a circuit as a module, and as a function of tensors with our gradients.

The forward and the backward pass are the wide program's, and second derivatives are those of the
widened circuit of second derivatives, so that kinks and ties are as declared.  Knows units by
their values; PyTorch is imported when a module is made.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from gatenet.compiler.choosing import checked_dtype
from gatenet.errors import RangeError, WiringError
from gatenet.exporting.wide import Bent, Wide
from gatenet.exporting.widetorch import TorchArrays, torch_module
from gatenet.exporting.wideunits import Held
from gatenet.unit import Unit


def to_torch(
    what: Any,
    inputs: Iterable[Unit] | None = None,
    wrt: Iterable[Unit] | None = None,
    *,
    dtype: Any = "float64",
) -> Any:
    """A circuit, or a compiled one, as a `torch.nn.Module` whose one parameter is all parameters.

    `module(inputs)` takes tensors of shape (..., k) and gives (...) for one output, (..., m) for m;
    `module.parameters_` is the `torch.nn.Parameter` of shape (p,), and `module.function(inputs,
    parameters)` the same as a function of both.  `inputs`, `wrt`, `dtype` and the order of the
    numbers are as in `to_jax`; `module.units` holds the units, with `write` and `write_gradients`.
    Where a recorded comparison goes the other way, the row's values and gradients are nan.

    Raises ToolMissing where PyTorch is not installed, CompileError for a gate that is
    Python code or has no function in PyTorch.
    """
    torch = torch_module()
    dtype = checked_dtype(dtype)
    return _module_class()(TorchFunction(torch, Wide(what, inputs, wrt), dtype))


class TorchFunction(Held):
    """The passes of a circuit over tensors, and the autograd functions made of them."""

    def __init__(self, torch: Any, wide: Wide, dtype: str) -> None:
        super().__init__(wide)
        self.torch, self.wide = torch, wide
        self.dtype = getattr(torch, dtype)
        self._arrays: dict[Any, TorchArrays] = {}
        self._bent: Bent | None = None
        for step in wide.program.steps:
            if step.gate is not None:
                self._on("cpu").function(step.gate)  # raises now for one without a word
        self._value, self._slope = _functions(torch, self)

    def values(self) -> Any:
        """The parameters' present values, as a tensor of shape (p,)."""
        return self.torch.tensor([float(u.value) for u in self.parameters], dtype=self.dtype)

    def __call__(self, inputs: Any, parameters: Any) -> Any:
        """The outputs of rows of inputs, (..., k), for parameters (p,) or (..., p).

        What is no tensor, as lists or an array, is made one.

        Raises WiringError for tensors of another shape, RangeError for another dtype.
        """
        inputs, parameters = self._tensor(inputs), self._tensor(parameters)
        for name, units, tensor in (
            ("inputs", self.inputs, inputs),
            ("parameters", self.parameters, parameters),
        ):
            if tensor.dim() < 1 or tensor.shape[-1] != len(units):
                raise WiringError(
                    f"{name} has the shape {tuple(tensor.shape)}: its last axis must hold the "
                    f"{len(units)} numbers"
                )
            if tensor.dtype != self.dtype:
                raise RangeError(
                    f"{name} is of {tensor.dtype}, this function of {self.dtype}: convert it, or "
                    "ask for another dtype= of to_torch"
                )
        found = self._value.apply(inputs, parameters)
        return found[..., 0] if self.single else found

    def _tensor(self, given: Any) -> Any:
        tensor = isinstance(given, self.torch.Tensor)
        return given if tensor else self.torch.tensor(given, dtype=self.dtype)

    def _on(self, device: Any) -> TorchArrays:
        key = str(device)
        if key not in self._arrays:
            self._arrays[key] = TorchArrays(self.torch, self.dtype, device)
        return self._arrays[key]

    def run(self, asked: tuple[bool, bool], x: Any, p: Any, seeds: Any) -> list[Any]:
        """Outputs and gradients of the seeded sum; nan where a check fails."""
        lead = self.torch.broadcast_shapes(x.shape[:-1], p.shape[:-1], seeds.shape[:-1])
        found = self.wide.steps(asked).run(self._on(x.device), p, seeds, x)
        return self._checked(found, lead)

    def _checked(self, found: list[Any], lead: Any) -> list[Any]:
        torch, checks = self.torch, found[2]
        some = [one.expand(*lead, one.shape[-1]) for one in found[:2] if one is not None]
        if checks is not None:
            fine = (checks != 0.0).all(dim=-1, keepdim=True)
            some = [torch.where(fine, one, float("nan")) for one in some]
        return some

    def slopes(self, asked: tuple[bool, bool], x: Any, p: Any, seeds: Any) -> list[Any]:
        """The gradients in inputs and in parameters as these are laid out; None where not asked."""
        flat = self.run(asked, x, p, seeds)[1]
        found: list[Any] = []
        first = 0
        for argument, ask in enumerate(asked):
            count = len(self.wide.moving[argument])
            found.append(self._spread(flat[..., first : first + count], argument) if ask else None)
            first += count if ask else 0
        return found

    def _spread(self, slopes: Any, argument: int) -> Any:
        places = self.wide.filled(argument)
        if places is None:
            return slopes
        torch, count = self.torch, slopes.shape[-1]
        more = torch.cat([slopes, torch.zeros_like(slopes[..., :1])], dim=-1)
        index = torch.tensor([k if k >= 0 else count for k in places], device=slopes.device)
        return more.index_select(-1, index)

    def bent(self, x: Any, p: Any, seeds: Any, tx: Any, tp: Any) -> list[Any]:
        """The Hessian of the seeded outputs times a vector of (inputs, parameters), as these lie.

        Leaves outside `wrt` have no part in it.
        """
        if self._bent is None:
            self._bent = self.wide.bent()
        torch, bent = self.torch, self._bent
        given = [x, p, seeds]
        for argument, t in enumerate((tx, tp)):
            index = torch.tensor(self.wide.moving[argument], dtype=torch.long, device=x.device)
            given.append(t.index_select(-1, index))
        given.append(torch.tensor(bent.fixed, dtype=self.dtype, device=x.device))
        lead = torch.broadcast_shapes(*[one.shape[:-1] for one in given])
        numbers = torch.cat([one.expand(*lead, one.shape[-1]) for one in given], dim=-1)
        index = torch.tensor(bent.picks, device=x.device)
        ones = torch.ones(len(bent.steps.program.outputs), dtype=self.dtype, device=x.device)
        found = bent.steps.run(
            self._on(x.device), numbers.index_select(-1, index), ones, ones.narrow(0, 0, 0)
        )
        (flat,) = self._checked(found, lead)
        cut = len(self.wide.moving[0])
        parts = flat[..., :cut], flat[..., cut:]
        return [
            self._spread(part, k) if part.shape[-1] else torch.zeros_like((x, p)[k])
            for k, part in enumerate(parts)
        ]

    def __repr__(self) -> str:
        return f"<TorchFunction: {self._said()}, {self.dtype}>"


def _functions(torch: Any, made: TorchFunction) -> tuple[Any, Any]:
    """The autograd functions: outputs of (x, p), and gradients of (x, p, seeds)."""

    def fitted(one: Any, like: Any) -> Any:
        """A gradient summed over the rows that shared the tensor it is of."""
        return None if one is None else one.sum_to_size(like.shape)

    class Value(torch.autograd.Function):  # type: ignore[misc]
        """The outputs; backward is the wide reverse pass."""

        generate_vmap_rule = True

        @staticmethod
        def forward(x: Any, p: Any) -> Any:
            seeds = torch.ones(len(made.outputs), dtype=made.dtype, device=x.device)
            return made.run((False, False), x, p, seeds)[0]

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx: Any, upstream: Any) -> Any:
            x, p = ctx.saved_tensors
            asked = tuple(ctx.needs_input_grad[:2])
            for argument in (0, 1):
                if asked[argument]:
                    made.wide.refuse(argument)
            slopes = Slope.apply(x, p, upstream, asked)
            found = [fitted(one, t) for one, t in zip(slopes, (x, p), strict=True)]
            return found[0], found[1]

    class Slope(torch.autograd.Function):  # type: ignore[misc]
        """The gradients; backward is the Hessian times a vector, and the seeds' own."""

        generate_vmap_rule = True

        @staticmethod
        def forward(x: Any, p: Any, seeds: Any, asked: tuple[bool, bool]) -> Any:
            return tuple(made.slopes(asked, x, p, seeds))

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.save_for_backward(*inputs[:3])

        @staticmethod
        def backward(ctx: Any, *upstream: Any) -> Any:
            x, p, seeds = ctx.saved_tensors
            tx, tp = [
                torch.zeros_like(like) if t is None else t
                for t, like in zip(upstream, (x, p), strict=True)
            ]
            bent = [fitted(one, t) for one, t in zip(made.bent(x, p, seeds, tx, tp), (x, p),
                                                     strict=True)]  # fmt: skip
            more = None
            if ctx.needs_input_grad[2]:
                # The gradients are linear in the seeds: output by output, its slope along t.
                rows = torch.eye(seeds.shape[-1], dtype=made.dtype, device=x.device)
                asked = bool(made.wide.moving[0]), bool(made.wide.moving[1])
                every = []
                for row in rows:
                    parts = made.slopes(asked, x, p, row)
                    along = [(one * t).sum(-1) for one, t in zip(parts, (tx, tp), strict=True)
                             if one is not None]  # fmt: skip
                    every.append(sum(along[1:], along[0]))
                more = fitted(torch.stack(every, dim=-1), seeds)
            return bent[0], bent[1], more, None

    return Value, Slope


@lru_cache(maxsize=1)
def _module_class() -> Any:
    torch = torch_module()

    module: Any = torch.nn.Module

    class TorchCircuit(module):  # type: ignore[misc]
        """A circuit as a module: `parameters_` are its parameters, in the order of `units`."""

        def __init__(self, function: TorchFunction) -> None:
            super().__init__()
            self.function = self.units = function
            self.parameters_ = torch.nn.Parameter(function.values())

        def forward(self, inputs: Any = None) -> Any:
            """The outputs of rows of inputs; of nothing, where there are none."""
            if inputs is None:
                inputs = self.parameters_.detach().narrow(0, 0, 0)
            return self.function(inputs, self.parameters_)

        def extra_repr(self) -> str:
            return self.units._said()

    return TorchCircuit
