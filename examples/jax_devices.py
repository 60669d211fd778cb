"""A network written in scalars learns digits on several devices, by JAX.

The circuit of one picture's loss becomes a function of arrays; `vmap` goes over rows, `shard_map`
over devices, each of which takes an equal share of a batch.  Parameters are replicated, gradients
are added by `psum`.  Where there is no GPU or TPU, the host's processor poses as four devices.

The same training runs on one device, and its first steps by the eager engine, gate by gate: the
losses agree to 1e-9 of their size (sums over a batch are added in other orders).

    python examples/jax_devices.py [--size small] [--out out]
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from gatenet import Circuit, Unit
from gatenet.datasets import digits
from gatenet.losses import cross_entropy
from gatenet.nn import MLP
from gatenet.viz import plot_lines

SIZES = {  # pictures, hidden neurons, steps, steps compared with the eager engine
    "small": (64, 6, 6, 2),
    "full": (1792, 32, 200, 3),
}
BATCH, RATE, HOSTS, TOLERANCE = 32, 0.2, 4, 1e-9


def devices() -> list[Any]:
    """JAX's devices; the host's processor poses as several where JAX was not started before."""
    flag = f"--xla_force_host_platform_device_count={HOSTS}"
    if "jax" not in sys.modules and "xla_force_host" not in os.environ.get("XLA_FLAGS", ""):
        os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {flag}".strip()
    import jax

    jax.config.update("jax_enable_x64", True)
    found = jax.devices()
    return [*found[: max(k for k in (1, 2, 4, 8, 16, 32) if k <= len(found))]]


def network(hidden: int) -> Circuit:
    """The loss of one picture: 64 numbers go in, then ten of which one is 1."""
    x = [Unit(0.0, f"x{k}") for k in range(64)]
    answer = [Unit(float(k == 0), f"is {k}") for k in range(10)]
    return Circuit(cross_entropy(MLP(64, [hidden, 10], "relu", rng=0)(x), answer))


def step_on(some: list[Any], f: Any) -> Callable[[Any, Any], tuple[Any, Any]]:
    """One step of gradient descent, its batch cut over these devices."""
    import jax
    import numpy as np
    from jax.sharding import Mesh, PartitionSpec

    shard_map = getattr(jax, "shard_map", None)
    if shard_map is None:  # before JAX 0.6
        from jax.experimental.shard_map import shard_map

    def step(parameters: Any, rows: Any) -> tuple[Any, Any]:
        losses, slopes = jax.vmap(f.value_and_grad, (0, None))(rows, parameters)
        loss, slope = jax.lax.psum((losses.sum(), slopes.sum(0)), "rows")
        return parameters - RATE / BATCH * slope, loss / BATCH

    mesh, cut, whole = Mesh(np.array(some), ("rows",)), PartitionSpec("rows"), PartitionSpec()
    sharded = shard_map(step, mesh=mesh, in_specs=(whole, cut), out_specs=(whole, whole))
    return jax.jit(sharded)  # type: ignore[no-any-return]


def trained(f: Any, some: list[Any], batches: Any) -> tuple[list[float], Any]:
    """Train on these devices from the units' values; give the loss of each step."""
    step, parameters, losses = step_on(some, f), f.values(), []
    for rows in batches:
        parameters, loss = step(parameters, rows)
        losses.append(float(loss))
    return losses, parameters


def by_gates(circuit: Circuit, f: Any, batches: Any) -> list[float]:
    """The losses by the eager engine, row by row; the units end as they began."""
    before = [unit.value for unit in f.parameters]
    losses = []
    for rows in batches:
        loss = 0.0
        for unit in f.parameters:
            unit.zero_grad()
        for row in rows.tolist():
            loss += circuit.forward(dict(zip(f.inputs, row, strict=True)))
            circuit.backward()
        for unit in f.parameters:
            unit.value -= RATE / BATCH * unit.grad
        losses.append(loss / BATCH)
    f.write(before)
    return losses


def main(
    size: str = "full", out: Path | None = None, stream: TextIO = sys.stdout
) -> dict[str, float]:
    """Train on all devices, on one, and by gates; print how far the losses are apart."""
    some = devices()
    import numpy as np

    count, hidden, steps, compared = SIZES[size]
    pictures, answers = digits()
    table = np.array(
        [[ink / 16 for ink in picture] + [float(k == answer) for k in range(10)]
         for picture, answer in zip(pictures[:count], answers[:count], strict=True)]
    )  # fmt: skip
    batches = [
        table[(BATCH * step + np.arange(BATCH)) % len(table)] for step in range(steps)
    ]  # in the data's order, again and again
    circuit = network(hidden)
    f = circuit.to_jax(wrt=[unit for unit in circuit.order if unit.role == "parameter"])
    many, parameters = trained(f, some, batches)
    one, _ = trained(f, some[:1], batches)
    eager = by_gates(circuit, f, batches[:compared])
    f.write(parameters)
    apart = max(abs(a / b - 1.0) for a, b in zip(many, one, strict=True))
    off = max(abs(a / b - 1.0) for a, b in zip(many[:compared], eager, strict=True))
    print(f"{len(some)} devices, the first: {some[0]}", file=stream)
    print(f"{len(f.parameters):,} parameters, {steps} steps of {BATCH} digits", file=stream)
    print(f"loss: {many[0]:.4f} at first, {many[-1]:.4f} at the end", file=stream)
    fine = apart <= TOLERANCE and off <= TOLERANCE
    print(
        f"losses apart, of their size: {apart:.0e} from one device, {off:.0e} from the eager "
        f"engine; {'within' if fine else 'NOT within'} {TOLERANCE:.0e}",
        file=stream,
    )
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        plot_lines(
            {f"{len(some)} devices": many}, out / "jax_devices.svg",
            title="Digits learnt on several devices", x_label="step",
        )  # fmt: skip
    return {"devices": len(some), "first": many[0], "last": many[-1], "one": apart, "eager": off}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--out", type=Path, default=Path("out"))
    main(**vars(parser.parse_args()))
