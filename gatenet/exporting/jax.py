"""JAX: a circuit as a pure function of arrays, for jit, vmap, grad and shard_map.

The function is the wide program, so XLA compiles hundreds of operations over arrays where the
circuit has hundreds of thousands of gates.  Its derivatives are the declared ones: first order by
the wide reverse pass, second order by the circuit of second derivatives, widened likewise.  Knows
units by their values; JAX is imported when a function is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gatenet.compiler.choosing import checked_dtype
from gatenet.errors import WiringError
from gatenet.exporting.wide import Bent, Wide
from gatenet.exporting.widejax import JaxArrays, check_precision, jax_module, linear_map
from gatenet.exporting.wideunits import Held
from gatenet.unit import Unit


def to_jax(
    what: Any,
    inputs: Iterable[Unit] | None = None,
    wrt: Iterable[Unit] | None = None,
    *,
    dtype: Any = "float64",
) -> JaxCircuit:
    """A circuit, or a compiled one, as a function of JAX's arrays: `f(inputs, parameters)`.

    `inputs` are the leaves that the first argument holds, usually those of role "input"; every
    other leaf is a parameter and stands in the second.  `wrt` are the leaves to differentiate by,
    usually all that require a gradient: the others are constants to JAX's derivatives.  `dtype` is
    this function's own, whatever a compiled circuit's is.

    Raises ToolMissing where JAX is not installed, RangeError for float64 where jax_enable_x64 is
    off, CompileError for a gate that is Python code or has no function in JAX.
    """
    jax = jax_module()
    dtype = checked_dtype(dtype)
    check_precision(jax, dtype)
    return JaxCircuit(jax, Wide(what, inputs, wrt), dtype)


class JaxCircuit(Held):
    """A function of arrays: inputs of shape (k,) and parameters of shape (p,), both in order.

    It gives a number for a circuit of one output, an array (m,) for m of them; `jax.vmap(f,
    (0, None))` takes rows.  `inputs` and `parameters` are the units in the order of the arrays.
    Where a recorded comparison goes the other way, values and gradients are nan; `holds` says
    which.
    """

    def __init__(self, jax: Any, wide: Wide, dtype: str) -> None:
        super().__init__(wide)
        self.jax, self.dtype = jax, dtype
        self.wide = wide
        self._ops = JaxArrays(jax, dtype)
        # Called outside of a jit it is one operation all the same: XLA compiles it once.
        self._run = jax.jit(self._traced, static_argnums=0)
        self._bent = jax.jit(self._curving)
        self._slopes: dict[tuple[bool, bool], Any] = {}
        self._second: Bent | None = None
        self.__name__ = "gatenet_circuit"
        for step in wide.program.steps:
            if step.gate is not None:
                self._ops.function(step.gate)  # raises now for a gate that JAX has no word for
        self._value = jax.custom_jvp(self._forward)
        self._value.defjvp(self._value_jvp, symbolic_zeros=True)

    def values(self) -> Any:
        """The parameters' present values, as an array of shape (p,)."""
        return self._ops.jnp.asarray([u.value for u in self.parameters], dtype=self.dtype)

    def __call__(self, inputs: Any = None, parameters: Any = None) -> Any:
        """The outputs; without `parameters` the units' present values are constants.

        Raises WiringError for another shape, RangeError where jax_enable_x64 was switched off.
        """
        found = self._value(*self._given(inputs, parameters))
        return found[0] if self.single else found

    def value_and_grad(
        self, inputs: Any = None, parameters: Any = None, argnums: int | Sequence[int] = 1
    ) -> tuple[Any, Any]:
        """The output and its gradient in the argument `argnums`, by one pass of the wide program.

        What `jax.value_and_grad(f, argnums)` gives, with fewer steps to trace; 0 are the inputs, 1
        the parameters, several give a tuple.  It may be differentiated again.

        Raises WiringError for a circuit of several outputs.
        """
        if not self.single:
            raise WiringError(
                f"value_and_grad is of one output, not of {len(self.outputs)}: take jax.vjp or "
                "jax.jacrev"
            )
        several = not isinstance(argnums, int)
        chosen = [*argnums] if not isinstance(argnums, int) else [argnums]
        if not chosen or not {*chosen} <= {0, 1}:
            raise WiringError(f"argnums is {argnums!r}: 0 are the inputs, 1 the parameters")
        for argument in chosen:
            self.wide.refuse(argument)
        given = self._given(inputs, parameters)
        asked = 0 in chosen, 1 in chosen
        value, slopes = self._slope(asked)(*given, self._ones())
        parts = dict(zip(sorted({*chosen}), self._split(slopes, asked), strict=True))
        found = tuple([self._spread(parts[k], k) for k in chosen])
        return value[0], found if several else found[0]

    def holds(self, inputs: Any = None, parameters: Any = None) -> Any:
        """For each recorded comparison whether it goes as it went: an array of truth values."""
        jnp = self._ops.jnp
        found = self._run((False, False), *self._given(inputs, parameters), self._ones())[2]
        return jnp.ones(0, dtype=bool) if found is None else found != 0.0

    def _given(self, inputs: Any, parameters: Any) -> tuple[Any, Any]:
        check_precision(self.jax, self.dtype)
        jnp, found = self._ops.jnp, []
        given = (() if inputs is None else inputs), parameters
        for name, units, one in zip(
            ("inputs", "parameters"), (self.inputs, self.parameters), given, strict=True
        ):
            # A copy is an array of JAX's own, also where vmap goes over rows of NumPy's.
            array = self.values() if one is None else jnp.array(one, dtype=self.dtype)
            if array.shape != (len(units),):
                raise WiringError(
                    f"{name} has the shape {array.shape}, but there are {len(units)}: give "
                    f"({len(units)},), and rows of them through jax.vmap(f, (0, None))"
                )
            found.append(array)
        return found[0], found[1]

    def _ones(self) -> Any:
        return self._ops.jnp.ones(len(self.outputs), dtype=self.dtype)

    def _traced(self, asked: tuple[bool, bool], x: Any, p: Any, seeds: Any) -> list[Any]:
        """Outputs, gradients, checks; all nan where a check fails."""
        return self._checked(self.wide.steps(asked).run(self._ops, p, seeds, x))

    def _checked(self, found: list[Any]) -> list[Any]:
        jnp = self._ops.jnp
        if found[2] is None:
            return found
        fine = jnp.all(found[2] != 0.0)
        return [*[one if one is None else jnp.where(fine, one, jnp.nan) for one in found[:2]],
                found[2]]  # fmt: skip

    def _forward(self, x: Any, p: Any) -> Any:
        return self._run((False, False), x, p, self._ones())[0]

    def _value_jvp(self, primals: Any, tangents: Any) -> tuple[Any, Any]:
        x, p = primals
        asked = self._asked(tangents)
        if not any(asked):
            return self._value(x, p), self._ops.jnp.zeros(len(self.outputs), dtype=self.dtype)
        t = self._joined(tangents, asked)
        slope = self._slope(asked)
        if len(self.outputs) == 1:
            value, slopes = slope(x, p, self._ones())
            return value, self._ops.jnp.sum(slopes * t).reshape(1)

        def back(x: Any, p: Any, seeds: Any) -> Any:
            return slope(x, p, seeds)[1]

        size = len(self.outputs)
        eye = self._ops.np.eye(size, dtype=self.dtype)  # no array of a trace: the map outlives it

        def forth(x: Any, p: Any, t: Any) -> Any:
            rows = self.jax.vmap(back, (None, None, 0))(x, p, eye)
            return self._ops.product(rows, t)

        return self._value(x, p), linear_map()(forth, back, size, (x, p), t)

    def _asked(self, tangents: Sequence[Any]) -> tuple[bool, bool]:
        """Which of the arguments move; raise where none of an argument's leaves may."""
        zero = self.jax.custom_derivatives.SymbolicZero
        asked = [type(one) is not zero and one.size > 0 for one in tangents[:2]]
        for argument, moves in enumerate(asked):
            if moves:
                self.wide.refuse(argument)
        return asked[0], asked[1]

    def _joined(self, pair: Sequence[Any], asked: tuple[bool, bool]) -> Any:
        """Of the arguments asked for, the numbers of the leaves in `wrt`, side by side."""
        some = []
        for argument in (0, 1):
            if asked[argument]:
                places = self.wide.moving[argument]
                whole = len(places) == pair[argument].shape[0]
                some.append(pair[argument] if whole else pair[argument][self._index(places)])
        return some[0] if len(some) == 1 else self._ops.jnp.concatenate(some)

    def _index(self, places: Sequence[int]) -> Any:
        return self._ops.np.array(places, dtype="int32")

    def _split(self, slopes: Any, asked: tuple[bool, bool]) -> list[Any]:
        cut = len(self.wide.moving[0]) if asked[0] else 0
        return [part for part, ask in zip((slopes[:cut], slopes[cut:]), asked, strict=True) if ask]

    def _spread(self, slopes: Any, argument: int) -> Any:
        """Gradients as the argument is laid out: 0 for leaves outside `wrt`."""
        places = self.wide.filled(argument)
        if places is None:
            return slopes
        more = self._ops.jnp.concatenate([slopes, self._ops.jnp.zeros(1, dtype=self.dtype)])
        return more[self._index([k if k >= 0 else len(slopes) for k in places])]

    def _slope(self, asked: tuple[bool, bool]) -> Any:
        """The function (x, p, seeds) -> (outputs, gradients of the seeded sum), for JAX."""
        if asked in self._slopes:
            return self._slopes[asked]

        def both(x: Any, p: Any, seeds: Any) -> tuple[Any, Any]:
            values, slopes, _ = self._run(asked, x, p, seeds)
            return values, slopes

        def both_jvp(primals: Any, tangents: Any) -> Any:
            x, p, seeds = primals
            values, slopes = slope(x, p, seeds)
            _, dvalues = self._value_jvp((x, p), tangents[:2])
            out = None
            moves = self._asked(tangents)
            if any(moves):
                parts = [
                    tangents[k] if moves[k] else self._ops.jnp.zeros_like((x, p)[k]) for k in (0, 1)
                ]
                t = self._joined(parts, (True, True))
                bent = linear_map()(self._bent, self._bent, t.shape[0], (x, p, seeds), t)
                cut = len(self.wide.moving[0])
                out = bent[0 if asked[0] else cut : None if asked[1] else cut]
            if type(tangents[2]) is not self.jax.custom_derivatives.SymbolicZero:
                eye = self._ops.jnp.eye(len(self.outputs), dtype=self.dtype)
                rows = self.jax.vmap(slope, (None, None, 0))(x, p, eye)[1]
                more = self._ops.product(tangents[2], rows)
                out = more if out is None else out + more
            return (values, slopes), (dvalues, slopes * 0.0 if out is None else out)

        slope = self._slopes[asked] = self.jax.custom_jvp(both)
        slope.defjvp(both_jvp, symbolic_zeros=True)
        return slope

    def _curving(self, x: Any, p: Any, seeds: Any, t: Any) -> Any:
        """The Hessian of the seeded outputs in `wrt` times a vector, by the widened circuit."""
        jnp = self._ops.jnp
        if self._second is None:
            self._second = self.wide.bent()
        steps, picks, fixed = self._second
        numbers = jnp.concatenate([x, p, seeds, t, jnp.asarray(fixed, dtype=self.dtype)])
        ones = jnp.ones(len(steps.program.outputs), dtype=self.dtype)
        empty = jnp.ones(0, dtype=self.dtype)
        return self._checked(steps.run(self._ops, numbers[self._index(picks)], ones, empty))[0]

    def __repr__(self) -> str:
        return f"<JaxCircuit: {self._said()}, {self.dtype}>"
