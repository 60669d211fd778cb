"""Rungs that build a graph of scalar objects at every step: micrograd, microgpt's shape, XAD ..."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from moons import scalar_step
from peers import MAKERS, Engine, MicrogptValue
from programs import LEAVES, build

from ladders.runner import Answer, Left, Runner
from ladders.workloads import HEADS, WIDTH, Graph, Moons, Network, Spelling

#: About so many gates make one timed step of the slow engines; more rows are scaled to.
GATES_AT_ONCE = 60_000


def make(name: str, work: Any) -> Runner:
    """Make a rung of one of the engines in `peers`."""
    engine = MAKERS[name]()
    if isinstance(work, Network):
        return network(engine, work)
    if isinstance(work, Graph):
        return graph(engine, work)
    if isinstance(work, Moons):
        return moons(engine)
    if name != "microgpt shape":
        raise Left("the GPT is run on the reference class alone")
    return spelling(work)


def network(engine: Engine, work: Network) -> Runner:
    """Some rows of a network: one total, one backward pass."""
    some = max(1, min(work.batch, GATES_AT_ONCE // work.gates))

    def run() -> Answer:
        engine.tape()
        leaf = engine.leaf
        layers = [[([leaf(w) for w in ws], leaf(b)) for ws, b in layer] for layer in work.layers]
        engine.begin()
        total = None
        for row in work.rows[:some]:
            loss = work.scalar(layers, row, engine.relu)
            total = loss if total is None else total + loss
        engine.backward(total)
        leaves = [x for layer in layers for ws, b in layer for x in [*ws, b]]
        return engine.value(total), [engine.grad(x) for x in leaves]

    return Runner(run, some)


def graph(engine: Engine, work: Graph) -> Runner:
    """The random circuit on its first row."""

    def run() -> Answer:
        engine.tape()
        units = build(engine, work.steps)
        engine.backward(units[-1])
        return engine.value(units[-1]), [engine.grad(leaf) for leaf in units[:LEAVES]]

    return Runner(run, 1)


def moons(engine: Engine) -> Runner:
    """The training step; its gradients are read, and its loss is the answer."""
    step = scalar_step(engine)
    return Runner(lambda: (step(), []), 1)


def rms(x: list[Any]) -> list[Any]:
    """Divide by the root of the mean square."""
    scale = (sum(xi * xi for xi in x) * (1.0 / len(x)) + 1e-5) ** -0.5
    return [xi * scale for xi in x]


def linear(x: list[Any], table: list[list[Any]]) -> list[Any]:
    """Weighted sums."""
    return [sum(w * xi for w, xi in zip(row, x)) for row in table]


def softmax(x: list[Any]) -> list[Any]:
    """Shares."""
    top = max(xi.data for xi in x)
    exps = [(xi - top).exp() for xi in x]
    total = sum(exps)
    return [e * total**-1 for e in exps]


def gpt_loss(t: dict[str, Any], tokens: list[int]) -> Any:
    """The GPT in scalars, position after position, keys and values kept: as microgpt writes it."""
    keys: list[Any] = []
    values: list[Any] = []
    losses = []
    size = WIDTH // HEADS
    for place, (token, target) in enumerate(pairwise(tokens)):
        x = rms([a + b for a, b in zip(t["token"][token], t["place"][place])])
        before, x = x, rms(x)
        query = linear(x, t["query"])
        keys.append(linear(x, t["key"]))
        values.append(linear(x, t["value"]))
        gathered: list[Any] = []
        for start in range(0, WIDTH, size):
            part = range(start, start + size)
            scores = [sum(query[j] * key[j] for j in part) * size**-0.5 for key in keys]
            shares = softmax(scores)
            gathered += [sum(s * v[j] for s, v in zip(shares, values)) for j in part]
        x = [a + b for a, b in zip(linear(gathered, t["output"]), before)]
        before, x = x, rms(x)
        x = linear([xi.relu() for xi in linear(x, t["widen"])], t["narrow"])
        x = [a + b for a, b in zip(x, before)]
        losses.append(-softmax(linear(x, t["score"]))[target].log())
    return sum(losses) * (1.0 / len(losses))


def spelling(work: Spelling, some: int = 1) -> Runner:
    """Some of the names, on the scalar class."""

    def run() -> Answer:
        t = {name: [[MicrogptValue(x) for x in row] for row in table]
             for name, table in work.tables.items()}  # fmt: skip
        total = sum(gpt_loss(t, tokens) for tokens in work.tokens[:some])
        total.backward()
        return total.data, [x.grad for table in t.values() for row in table for x in row]

    return Runner(run, some)


def counted(work: Spelling) -> int:
    """How many gates the scalar class makes of one name."""
    made = 0

    class Counting(MicrogptValue):
        __slots__ = ()

        def __init__(self, *args: Any) -> None:
            nonlocal made
            made += len(args) > 1
            super().__init__(*args)

    import peers

    module_class, peers.MicrogptValue = peers.MicrogptValue, Counting
    try:
        t = {name: [[Counting(x) for x in row] for row in table]
             for name, table in work.tables.items()}  # fmt: skip
        gpt_loss(t, work.tokens[0])
    finally:
        peers.MicrogptValue = module_class
    return made


def plain_network(work: Network, some: int) -> Answer:
    """The reference: a network by hand in plain Python floats, forwards and backwards."""
    total = 0.0
    shape = [[([0.0] * len(ws), 0.0) for ws, _ in layer] for layer in work.layers]
    grads = [[[list(ws), b] for ws, b in layer] for layer in shape]
    for row in work.rows[:some]:
        signals = [row[: work.nin]]
        for depth, layer in enumerate(work.layers):
            acts = [b + math.fsum(w * x for w, x in zip(ws, signals[-1])) for ws, b in layer]
            last = depth == len(work.layers) - 1
            signals.append(acts if last else [max(a, 0.0) for a in acts])
        errors = [y - t for y, t in zip(signals[-1], row[work.nin :])]
        total += sum(e * e for e in errors)
        slopes = [2 * e for e in errors]
        for depth in range(len(work.layers) - 1, -1, -1):
            below = [0.0] * len(signals[depth])
            for slope, (ws, _), kept in zip(slopes, work.layers[depth], grads[depth]):
                kept[1] += slope
                for k, (w, x) in enumerate(zip(ws, signals[depth])):
                    kept[0][k] += slope * x
                    below[k] += slope * w
            slopes = [d if x > 0 else 0.0 for d, x in zip(below, signals[depth])]
    return total, [x for layer in grads for ws, b in layer for x in [*ws, b]]
