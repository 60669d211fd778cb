"""From what was measured to what a cluster costs, and to what it would do elsewhere.

The machine's and the messages' coefficients come from fits.  On this machine a message also waits
for a core, and so does a worker in the middle of a shard: workers tell how long they were at it by
the clock, and the way of a message is taken from one point of a curve, one worker with several
shards.  All other points are predicted.

Knows figures as `scaling.py` keeps them, costs, law and simulation; measures nothing.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

from scalings.costs import Costs, Step, efficiency
from scalings.fitting import Fit, fit
from scalings.simulation import simulate
from scalings.workloads import DIGITS, Network

#: How many shards of its own a worker has at once: one in hand, and with Dask one that lies ready.
AHEAD = {"processes": 1, "local": 2}
#: Lines between machines, as their makers name them: seconds on the way, bytes a second.
LINES = {"10 Gbit/s, 50 µs": (50e-6, 1.25e9), "1 Gbit/s, 200 µs": (200e-6, 1.25e8)}
BLOCK = 128


class Predicted(NamedTuple):
    """A point of a curve: what was measured, best and median, and what the simulation says."""

    workers: int
    batch: int
    shard_size: int
    best: float
    median: float
    work: float
    simulated: float
    speedup: float

    @property
    def error(self) -> float:
        """How far the simulation is off the median."""
        return self.simulated / self.median - 1


def machine_fit(figures: dict[str, Any]) -> Fit:
    """Seconds of a call, of a number read, of a gate."""
    points = figures["machine"]
    names = ["calls", "numbers", "gates"]
    return fit(names, [[p["sizes"][n] for n in names] for p in points], [p["best"] for p in points])


def message_fit(figures: dict[str, Any], kind: str) -> Fit:
    """Seconds of a round trip, and of a byte."""
    points = figures["messages"][kind]
    names = ["messages", "bytes"]
    return fit(names, [[p["sizes"][n] for n in names] for p in points], [p["best"] for p in points])


def weights(network: Network) -> tuple[float, float]:
    """The bytes of a shard's parameters there, and of its sums back."""
    widths = [network.nin, *network.sizes]
    parameters = sum((a + 1) * b for a, b in pairwise(widths))
    return 8.0 * (parameters + 1), 8.0 * (parameters + 1)


def asked(network: Network, batch: int, shard_size: int, *, chosen: bool = True) -> Step:
    """A step as the trainer asks for it: parameters go, sums return.

    Where rows are chosen one by one their places go along, 8 bytes each; of rows that lie together
    in a source only the first and the last.
    """
    down, up = weights(network)
    return Step.of(batch, shard_size, down=down + 8.0 * (shard_size if chosen else 2), up=up)


def costs(figures: dict[str, Any], kind: str, network: Network = DIGITS) -> Costs:
    """The costs of a kind of team where nobody waits for a core or on the way: CPU times."""
    each = machine_fit(figures).coefficients
    chosen = figures["packing"]["chosen from a held table"]["best"]
    serial = figures["serial"][kind]["cpu"]["best"]
    adding = figures["step"]["adding an answer"]["best"]
    byte = message_fit(figures, kind).coefficients["bytes"]
    return Costs(
        sample=each["gates"] * network.gates + each["numbers"] * network.width + chosen,
        shard=each["calls"],
        send=serial / 2,
        take=serial / 2 + adding,
        step=sum(figures["step"][name]["best"] for name in figures["step"]) - adding,
        bandwidth=1 / byte if byte else float("inf"),
    )


def along(price: Costs, step: Step, measured: float, **options: Any) -> Costs:
    """The same with the way of a message with which one worker's step takes what was measured.

    Where each shard goes after the one before it is back, a step grows by two ways a shard; with
    shards that lie ready only the first and the last count, and the rest is the parent's.
    """
    low, high = 0.0, measured
    for _ in range(50):
        middle = (low + high) / 2
        run = simulate(replace(price, latency=middle), step, 1, **options)
        low, high = (middle, high) if run.seconds < measured else (low, middle)
    return replace(price, latency=low)


def predicted(figures: dict[str, Any], kind: str) -> tuple[Costs, list[Predicted]]:
    """Every point of the curve beside the simulation of it; and the costs that were used.

    A worker's time for a shard is what it said it was, by the clock, in that step.
    """
    points = figures["curve"][kind]
    price = costs(figures, kind)

    def at(p: dict[str, Any], price: Costs) -> tuple[Costs, Step]:
        sizes = p["sizes"]
        step = asked(DIGITS, sizes["batch"], sizes["shard_size"])
        return replace(price, sample=sizes["work"] / sizes["batch"], shard=0.0), step

    first = next(
        p for p in points
        if p["sizes"]["workers"] == 1 and p["sizes"]["batch"] > p["sizes"]["shard_size"]
    )  # fmt: skip
    price = along(*at(first, price), first["median"], ahead=1)
    alone = {
        (p["sizes"]["batch"], p["sizes"]["shard_size"]): p["median"]
        for p in points if p["sizes"]["workers"] == 1
    }  # fmt: skip
    found = []
    for p in points:
        workers, batch, size = (p["sizes"][name] for name in ("workers", "batch", "shard_size"))
        run = simulate(*at(p, price), workers, ahead=1)
        found.append(
            Predicted(workers, batch, size, p["best"], p["median"], p["sizes"]["work"],
                      run.seconds, alone[batch, size] / p["median"])
        )  # fmt: skip
    return price, found


def waited(figures: dict[str, Any], kind: str) -> tuple[Costs, list[Predicted]]:
    """The same for shards that wait.

    A stream that does not wait is bound by the parent where there are many workers; what it takes
    longer with a single one is that worker's own time for a shard's messages.
    """
    points = figures["waiting"][kind]
    first, many = points[0]["sizes"], min(p["sizes"]["between"] for p in points)
    down, up = weights(DIGITS)
    byte = message_fit(figures, kind).coefficients["bytes"]
    step = Step.of(first["shards"], 1, down=down, up=up)
    price = Costs(
        shard=first["pause"] + first["between"] - many, send=many / 2, take=many / 2,
        bandwidth=1 / byte if byte else float("inf"),
    )  # fmt: skip
    price = along(price, step, points[0]["median"], ahead=AHEAD[kind])
    found = []
    for p in points:
        run = simulate(price, step, p["sizes"]["workers"], ahead=AHEAD[kind])
        found.append(
            Predicted(p["sizes"]["workers"], first["shards"], 1, p["best"], p["median"],
                      first["pause"], run.seconds, points[0]["median"] / p["median"])
        )  # fmt: skip
    return price, found


def elsewhere(figures: dict[str, Any], kind: str, line: str) -> Costs:
    """The same parent and workers with a line of a network between them."""
    latency, bandwidth = LINES[line]
    return replace(costs(figures, kind), latency=latency, bandwidth=bandwidth)


def enough(price: Costs, network: Network, workers: int, goal: float = 0.8) -> int:
    """The least size of a shard, in blocks, with which as many shards as workers reach a goal.

    Found by halving: a larger shard is never less efficient.  Raises ValueError where no shard is.
    """

    def reached(blocks: int) -> bool:
        step = asked(network, workers * blocks * BLOCK, blocks * BLOCK, chosen=False)
        return efficiency(price, step, workers, simulate(price, step, workers).seconds) >= goal

    high = 1
    while not reached(high):
        high *= 2
        if high > 1 << 32:
            raise ValueError(f"no shard is large enough for {goal:.0%} with {workers} workers")
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high * BLOCK
