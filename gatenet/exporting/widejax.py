"""JAX's side of wide programs: its functions of arrays, and linear maps that know their transpose.

Knows JAX, which is imported when something is made; knows nothing of circuits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from gatenet.declaration import Gate
from gatenet.errors import RangeError, ToolMissing
from gatenet.exporting.wide import named
from gatenet.exporting.widetables import Operand


def jax_module() -> Any:
    """The package jax.

    Raises ToolMissing where it is not installed.
    """
    try:
        import jax
        import jax.scipy.special
    except ImportError as error:
        raise ToolMissing("JAX is not installed: pip install jax", tool="jax") from error
    return jax


def check_precision(jax: Any, dtype: str) -> None:
    """Raise RangeError where JAX would round 64 bits to 32 without a word."""
    if dtype == "float64" and not jax.config.jax_enable_x64:
        raise RangeError(
            "jax_enable_x64 is off, so JAX would round every number to float32: write "
            "jax.config.update('jax_enable_x64', True) before anything else of JAX, or ask for "
            "to_jax(dtype='float32') and about seven digits"
        )


class JaxArrays:
    """The steps' functions by JAX; batches are left to `jax.vmap`."""

    def __init__(self, jax: Any, dtype: str) -> None:
        import numpy

        self.np, self.jnp, self.lax = numpy, jax.numpy, jax.lax
        self.dtype = dtype
        self._modules = (jax.numpy, jax.scipy.special)
        self._functions: dict[Gate, Callable[..., Any]] = {}
        self._dimensions = jax.lax.GatherDimensionNumbers(
            offset_dims=(), collapsed_slice_dims=(0,), start_index_map=(0,)
        )
        self._sure = jax.lax.GatherScatterMode.PROMISE_IN_BOUNDS

    def constant(self, values: Sequence[float], shape: Sequence[int]) -> Any:
        """An array of constants; equal ones are a number that is spread."""
        if values and len({value.hex() for value in values}) == 1:
            return self.jnp.full(shape, values[0], dtype=self.dtype)
        with self.np.errstate(all="ignore"):
            return self.jnp.asarray(self.np.array(values, dtype=self.dtype).reshape(shape))

    def read(self, operand: Operand, arrays: Sequence[Any]) -> Any:
        """Cut an operand out of arrays: slices, a concatenation, a gather with constant indices."""
        lax, shape = self.lax, operand.shape
        if operand.values is not None:
            return self.constant(operand.values, shape)
        pieces = [
            arrays[part.array]
            if part.stop - part.start == arrays[part.array].shape[0]
            else lax.slice(arrays[part.array], (part.start,), (part.stop,))
            for part in operand.parts
        ]
        flat = pieces[0] if len(pieces) == 1 else lax.concatenate(pieces, 0)
        if operand.index is not None:
            index = self.np.array(operand.index, dtype="int32").reshape(-1, 1)
            flat = lax.gather(flat, index, self._dimensions, (1,), mode=self._sure)
        if operand.layout is None:
            return flat if len(shape) == 1 else lax.reshape(flat, shape)
        lengths, order, spread = operand.layout
        if lengths == shape and order == tuple(range(len(shape))):
            return flat if len(shape) == 1 else lax.reshape(flat, shape)
        flat = lax.reshape(flat, lengths)
        if order != tuple(range(len(order))):
            flat = lax.transpose(flat, order)
        axes = tuple([axis for axis, length in enumerate(spread) if length != 1])
        return lax.broadcast_in_dim(flat, shape, axes)

    def function(self, gate: Gate) -> Callable[..., Any]:
        """JAX's function of a primitive gate, made to take and give floats."""
        found = self._functions.get(gate)
        if found is None:
            made = found = named(gate, self._modules, {}, "JAX")
            assert gate.primitive is not None
            if gate.primitive.ufunc == "where":
                found = lambda asked, *rest: made(asked != 0.0, *rest)  # noqa: E731
            elif gate.primitive.condition:
                found = lambda *given: made(*given).astype(self.dtype)  # noqa: E731
            self._functions[gate] = found
        return found

    def summed(self, terms: Any) -> Any:
        """The sums along the last axis but one."""
        return self.jnp.sum(terms, axis=-2)

    def product(self, left: Any, right: Any) -> Any:
        """The product of matrices, in full precision on every device."""
        return self.jnp.matmul(left, right, precision=self.lax.Precision.HIGHEST)

    def moved(self, array: Any, order: Sequence[int], size: int) -> Any:
        """Put the axes in another order, and make them one."""
        return self.lax.reshape(self.lax.transpose(array, tuple(order)), (size,))


Linear = Callable[..., Any]


@lru_cache(maxsize=1)
def linear_map() -> Callable[..., Any]:
    """A function `apply(forth, back, size, residuals, t)`: forth(*residuals, t), linear in t.

    `back` is its transpose, to which JAX turns in reverse mode; `size` is the length of what
    `forth` gives.  JAX could not transpose `forth` itself where that asks whether a pull is 0.
    In its residuals it is differentiated as `forth` is.
    """
    jax = jax_module()
    from jax.extend import core
    from jax.interpreters import ad as differentiating
    from jax.interpreters import batching, mlir

    ad: Any = differentiating
    primitive: Any = core.Primitive
    one = primitive("gatenet_linear")

    def apply(forth: Linear, back: Linear, size: int, residuals: Sequence[Any], t: Any) -> Any:
        return one.bind(*residuals, t, forth=forth, back=back, size=size)

    def run(*given: Any, forth: Linear, back: Linear, size: int) -> Any:
        return forth(*given)

    def shaped(*given: Any, forth: Linear, back: Linear, size: int) -> Any:
        return given[-1].update(shape=(*given[-1].shape[:-1], size), weak_type=False)

    def pushed(primals: Any, tangents: Any, **facts: Any) -> Any:
        *residuals, t = primals
        *moves, dt = tangents
        found = one.bind(*primals, **facts)
        out = None if type(dt) is ad.Zero else one.bind(*residuals, dt, **facts)
        if any(type(move) is not ad.Zero for move in moves):
            full = [ad.instantiate_zeros(move) for move in moves]
            _, more = jax.jvp(lambda *r: facts["forth"](*r, t), tuple(residuals), tuple(full))
            out = more if out is None else out + more
        return found, jax.numpy.zeros_like(found) if out is None else out

    def transposed(ct: Any, *given: Any, forth: Linear, back: Linear, size: int) -> Any:
        *residuals, t = given
        none = [None] * len(residuals)
        if type(ct) is ad.Zero:
            return [*none, ct]
        width = t.aval.shape[-1]
        return [*none, one.bind(*residuals, ct, forth=back, back=forth, size=width)]

    def batched(given: Any, axes: Any, forth: Linear, back: Linear, size: int) -> Any:
        count = next(
            one.shape[axis] for one, axis in zip(given, axes, strict=True) if axis is not None
        )
        *residuals, t = given
        *others, axis = axes
        if axis is None:
            t = jax.numpy.broadcast_to(t, (count, *t.shape))
        else:
            t = jax.numpy.moveaxis(t, axis, 0)
        many = [jax.vmap(f, in_axes=(*others, 0)) for f in (forth, back)]
        return one.bind(*residuals, t, forth=many[0], back=many[1], size=size), 0

    one.def_impl(run)
    one.def_abstract_eval(shaped)
    ad.primitive_jvps[one] = pushed
    ad.primitive_transposes[one] = transposed
    batching.primitive_batchers[one] = batched
    mlir.register_lowering(one, mlir.lower_fun(run, multiple_results=False))
    return apply
