"""Rungs written by hand on whole matrices: NumPy with its gradient, PyTorch and JAX with theirs."""

from __future__ import annotations

import importlib
import os
from itertools import pairwise
from typing import Any

from ladders.runner import Answer, Left, Runner
from ladders.workloads import HEADS, WIDTH, Graph, Network, Spelling


def make(name: str, work: Any) -> Runner:
    """Make the NumPy, PyTorch or JAX rung."""
    if isinstance(work, Graph):
        raise Left("no matrices in a random circuit")
    if name == "NumPy by hand":
        if isinstance(work, Spelling):
            raise Left("no gradient by hand was written for the GPT")
        return by_hand(work)
    return torched(work) if name == "PyTorch matrices" else jaxed(work)


def arrays(work: Network) -> tuple[list[Any], Any, Any]:
    """Each layer's weights with the bias as a first column, inputs, targets."""
    import numpy as np

    tables = [np.array([[b, *ws] for ws, b in layer]) for layer in work.layers]
    rows = np.array(work.rows)
    return tables, rows[:, : work.nin], rows[:, work.nin :]


def by_hand(work: Network) -> Runner:
    """NumPy, and the chain rule written out."""
    import numpy as np

    tables, x, t = arrays(work)
    weights = [np.ascontiguousarray(table[:, 1:]) for table in tables]
    biases = [table[:, 0].copy() for table in tables]

    def quick() -> Any:
        signals = [x]
        for depth, (w, b) in enumerate(zip(weights, biases)):
            y = signals[-1] @ w.T + b
            signals.append(y if depth == len(weights) - 1 else np.maximum(y, 0.0))
        error = signals[-1] - t
        slope = 2.0 * error
        found = []
        for depth in range(len(weights) - 1, -1, -1):
            found.append((slope.T @ signals[depth], slope.sum(axis=0)))
            if depth:
                slope = (slope @ weights[depth]) * (signals[depth] > 0.0)
        return (error * error).sum(), found

    def run() -> Answer:
        loss, found = quick()
        grads = [x for w, b in reversed(found) for x in np.column_stack([w, b]).ravel().tolist()]
        return float(loss), grads

    return Runner(run, work.batch, timed=quick)


def gpt(n: Any, silent: Any, t: dict[str, Any], tokens: Any, targets: Any) -> Any:
    """The GPT on a batch of names of one length, in the operations that both libraries have."""
    count, length = tokens.shape

    def rms(x: Any) -> Any:
        return x * ((x * x).mean(-1) + 1e-5)[..., None] ** -0.5

    def heads(x: Any) -> Any:
        return n.swapaxes(x.reshape(count, length, HEADS, WIDTH // HEADS), 1, 2)

    def shares(x: Any) -> Any:
        e = n.exp(x - n.amax(x, -1)[..., None])
        return e / e.sum(-1)[..., None]

    x = rms(t["token"][tokens] + t["place"][:length])
    y = rms(x)
    query, key, value = (heads(y @ t[name].T) for name in ("query", "key", "value"))
    scores = query @ n.swapaxes(key, -1, -2) * (WIDTH // HEADS) ** -0.5 + silent
    y = n.swapaxes(shares(scores) @ value, 1, 2).reshape(count, length, WIDTH)
    x = y @ t["output"].T + x
    y = rms(x) @ t["widen"].T
    x = (y * (y > 0)) @ t["narrow"].T + x
    scores = x @ t["score"].T
    scores = scores - n.amax(scores, -1)[..., None]
    lost = n.log(n.exp(scores).sum(-1)) - (scores * targets).sum(-1)
    return lost.mean(-1).sum()


def spelled(work: Spelling) -> tuple[dict[str, Any], Any, Any, Any]:
    """Weights, tokens, one-hot targets and the causal mask as NumPy arrays."""
    import numpy as np

    tokens = np.array(work.tokens)
    length = tokens.shape[1] - 1
    silent = np.where(np.tril(np.ones((length, length))) > 0, 0.0, -np.inf)
    tables = {name: np.array(table) for name, table in work.tables.items()}
    return tables, tokens[:, :-1], np.eye(len(tables["token"]))[tokens[:, 1:]], silent


def torched(work: Any) -> Runner:
    """PyTorch, eager, on float64."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    if isinstance(work, Network):
        tables, *rest = arrays(work)
        x, t = map(torch.from_numpy, rest)
        weights = [torch.tensor(table[:, 1:]).requires_grad_() for table in tables]
        biases = [torch.tensor(table[:, 0]).requires_grad_() for table in tables]
        leaves = [part for pair in zip(weights, biases) for part in pair]

        def quick() -> Any:
            y = x
            for depth, (w, b) in enumerate(zip(weights, biases)):
                y = torch.nn.functional.linear(y, w, b)
                y = y if depth == len(weights) - 1 else torch.relu(y)
            loss = ((y - t) ** 2).sum()
            return loss, torch.autograd.grad(loss, leaves)

        def run() -> Answer:
            loss, found = quick()
            grads = [
                x
                for w, b in zip(found[::2], found[1::2])
                for row, one in zip(w.tolist(), b.tolist())
                for x in [*row, one]
            ]
            return loss.item(), grads

        return Runner(run, work.batch, timed=quick)
    tables, tokens, targets, silent = spelled(work)
    t = {name: torch.from_numpy(table).requires_grad_() for name, table in tables.items()}
    given = [torch.from_numpy(part) for part in (silent, tokens, targets)]

    def learn() -> Any:
        loss = gpt(torch, given[0], t, *given[1:])
        return loss, torch.autograd.grad(loss, list(t.values()))

    def answer() -> Answer:
        loss, found = learn()
        return loss.item(), [x for part in found for x in part.ravel().tolist()]

    return Runner(answer, work.batch, timed=learn)


def jaxed(work: Any) -> Runner:
    """JAX under jit, on float64."""
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    n = jax.numpy
    if isinstance(work, Network):
        tables, x, t = arrays(work)
        leaves = [(n.array(table[:, 1:]), n.array(table[:, 0])) for table in tables]

        def loss_of(leaves: Any, x: Any, t: Any) -> Any:
            for depth, (w, b) in enumerate(leaves):
                x = x @ w.T + b
                x = x if depth == len(leaves) - 1 else n.maximum(x, 0.0)
            return ((x - t) ** 2).sum()

        given = (leaves, n.array(x), n.array(t))
    else:
        tables, tokens, targets, silent = spelled(work)

        def loss_of(t: Any, tokens: Any, targets: Any) -> Any:
            return gpt(n, silent, t, tokens, targets)

        given = ({name: n.array(table) for name, table in tables.items()},
                 n.array(tokens), n.array(targets))  # fmt: skip
    both = jax.jit(jax.value_and_grad(loss_of))

    def quick() -> Any:
        return jax.block_until_ready(both(*given))

    def run() -> Answer:
        loss, found = quick()
        if isinstance(found, dict):
            grads = [x for name in work.tables for x in found[name].ravel().tolist()]
        else:
            grads = [x for w, b in found
                     for row, one in zip(w.tolist(), b.tolist()) for x in [*row, one]]  # fmt: skip
        return float(loss), grads

    return Runner(run, work.batch, timed=quick)


def scalar_jax(name: str, work: Any) -> Runner:
    """JAX jit and vmap over the scalar program of a network."""
    if not isinstance(work, Network):
        raise Left("tried on the networks")
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    n = jax.numpy
    leaves = [n.array(x) for x in work.parameters]
    rows = n.array(work.rows)

    def loss_of(leaves: Any, row: Any) -> Any:
        parts = iter(leaves)
        layers = []
        for a, b in pairwise([work.nin, *work.sizes]):
            layers.append([([next(parts) for _ in range(a)], next(parts)) for _ in range(b)])
        return work.scalar(layers, [*row], lambda x: n.maximum(x, 0.0))

    def summed(leaves: Any, rows: Any) -> Any:
        columns = [rows[:, k] for k in range(rows.shape[1])]
        losses, grads = jax.vmap(jax.value_and_grad(loss_of), (None, 0))(leaves, columns)
        return losses.sum(), [g.sum() for g in grads]

    both = jax.jit(summed)

    def quick() -> Any:
        return jax.block_until_ready(both(leaves, rows))

    def run() -> Answer:
        loss, grads = quick()
        return float(loss), [float(g) for g in grads]

    run()
    return Runner(run, work.batch, timed=quick)
