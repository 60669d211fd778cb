"""Measure one workload: make every rung, compare their results, then time them in turn."""

from __future__ import annotations

import json
import math
import statistics
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from peers import MAKERS

from ladders.processes import Worker
from ladders.rungs import OURS, RUNGS
from ladders.scalars import moons, plain_network, spelling
from ladders.workloads import Graph, Moons, Network, Spelling, workload

#: How far a result may be from the reference, against the largest number of the gradient.
TOLERANCE = 1e-9
#: A round runs a rung for about so long.
TURN = 0.15


@dataclass
class Row:
    """What was found of one rung on one workload."""

    rung: str
    left: str = ""
    made: dict[str, Any] = field(default_factory=dict)
    cpu: list[float] = field(default_factory=list)  # seconds a step of `made["rows"]` rows
    wall: list[float] = field(default_factory=list)

    def seconds(self, kind: str = "cpu") -> float:
        """The median of a step of one row: of "cpu" or "wall" time, or the "best" CPU time."""
        found = min(self.cpu) if kind == "best" else statistics.median(getattr(self, kind))
        return float(found) / float(self.made["rows"])

    def spread(self) -> float:
        """How far the slowest round is from the fastest, as a part of the median."""
        return (max(self.cpu) - min(self.cpu)) / statistics.median(self.cpu)


@dataclass
class Measured:
    """A workload and its rows."""

    key: str
    title: str
    gates: int
    batch: int
    rows: dict[str, Row]
    same_bits: list[str] = field(default_factory=list)
    heading: str = ""

    @classmethod
    def read(cls, found: dict[str, Any]) -> Measured:
        """What `asdict` wrote."""
        rows = {name: Row(**row) for name, row in found["rows"].items()}
        return cls(**{**found, "rows": rows, "same_bits": same_bits(rows)})


def measure(
    key: str, names: list[str], words: list[Any], *, rounds: int, limit: float, threads: int
) -> Measured:
    """Run the named rungs on a workload."""
    work = workload(*words)
    rows: dict[str, Row] = {}
    workers: dict[str, Worker] = {}
    for name in names:
        rung = RUNGS[name]
        row = rows[name] = Row(name, rung.absent())
        if isinstance(work, Graph) and work.size > rung.largest:
            row.left = f"not run beyond {rung.largest:,} gates"
        if row.left:
            continue
        worker = Worker(rung, threads)
        row.made = worker.ask(limit, job="make", work=words)
        row.left = row.made.get("left", "") or disagreement(words, row.made)
        print(f"  {name}: {row.left or 'made'}", file=sys.stderr, flush=True)
        if row.left:
            worker.close()
        else:
            workers[name] = worker
    repeats: dict[str, int] = {}
    for turn in range(rounds + 1):
        for name, worker in workers.items():
            row = rows[name]
            if row.left or (len(row.wall) > 1 and sum(row.wall) > limit / 4):
                continue  # a slow rung has had its turns
            answer = worker.ask(limit, job="run", repeat=repeats.get(name, 1))
            if "left" in answer:
                row.left = answer["left"]
            elif turn:  # the first round warms up, and says how often a turn may run it
                row.cpu.append(answer["cpu"])
                row.wall.append(answer["wall"])
                row.made["rss"] = answer["rss"]
            else:
                repeats[name] = max(1, min(1000, int(TURN / max(answer["wall"], 1e-6))))
    for worker in workers.values():
        worker.close()
    return Measured(key, work.title, work.gates, work.batch, rows, same_bits(rows))


@lru_cache(maxsize=64)
def reference(words: str, rows: int) -> tuple[float, tuple[float, ...]]:
    """Loss and gradient of the first rows, in plain Python and by nobody's engine."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)  # for the recursive order of the scalar class
    try:
        return _referred(workload(*json.loads(words)), rows)
    finally:
        sys.setrecursionlimit(before)


def _referred(work: Any, rows: int) -> tuple[float, tuple[float, ...]]:
    """The same, under a limit of recursion that is high enough."""
    if isinstance(work, Network):
        loss, grads = plain_network(work, rows)
    elif isinstance(work, Graph):
        loss, grads = plain_graph(work, rows)
    elif isinstance(work, Moons):
        loss, grads = moons(MAKERS["microgpt shape"]()).run()
    else:
        found = [spelling(Spelling((name,))).run() for name in work.names[:rows]]
        loss = sum(one for one, _ in found)
        grads = [sum(column) for column in zip(*[slopes for _, slopes in found])]
    return loss, tuple(grads)


def plain_graph(work: Graph, rows: int) -> tuple[float, list[float]]:
    """The reverse pass of a random circuit written out in NumPy, all rows side by side."""
    import numpy as np

    total, sums = 0.0, np.zeros(len(work.rows[0]))
    for start in range(0, rows, 64):
        values = [np.array(column) for column in zip(*work.rows[start : min(start + 64, rows)])]
        first = len(values)
        for operation, a, b in work.steps:
            x, y = values[a], values[b]
            values.append(
                x + y if operation == 0 else x * y if operation == 1
                else np.tanh(x) if operation == 2 else np.maximum(x, 0.0)
            )  # fmt: skip
        total += float(values[-1].sum())
        slopes: list[Any] = [0.0] * len(values)
        slopes[-1] = np.ones_like(values[-1])
        for k in range(len(work.steps) - 1, -1, -1):
            operation, a, b = work.steps[k]
            up, slopes[first + k] = slopes[first + k], 0.0
            if type(up) is float:
                continue
            if operation == 0:
                slopes[a] = slopes[a] + up
                slopes[b] = slopes[b] + up
            elif operation == 1:
                slopes[a] = slopes[a] + up * values[b]
                slopes[b] = slopes[b] + up * values[a]
            elif operation == 2:
                slopes[a] = slopes[a] + up * (1.0 - values[first + k] ** 2)
            else:
                slopes[a] = slopes[a] + up * (values[a] > 0.0)
            values[first + k] = 0.0
        sums += [float(np.sum(slope)) for slope in slopes[:first]]
    return total, sums.tolist()


def disagreement(words: list[Any], made: dict[str, Any]) -> str:
    """How a rung's loss and gradient differ from the reference; nothing where they agree."""
    loss, grads = reference(json.dumps(words), made["rows"])
    if len(grads) != len(made["grads"]):
        return f"WRONG: {len(made['grads'])} gradients, not {len(grads)}"
    scale = max(map(abs, grads), default=0.0) or 1.0
    worst = max((abs(a - b) for a, b in zip(grads, made.pop("grads"))), default=0.0) / scale
    made["worst"] = max(worst, abs(made["loss"] - loss) / max(abs(loss), 1e-300))
    fine = worst <= TOLERANCE and math.isclose(made["loss"], loss, rel_tol=TOLERANCE)
    return "" if fine else f"WRONG: off by {made['worst']:.1e}"


def same_bits(rows: dict[str, Row]) -> list[str]:
    """Our rungs whose single rows are the eager engine's in every bit."""
    found = {name: rows[name].made.get("bits", "") for name in OURS if name in rows}
    base = found.get("eager pure") or found.get("eager native") or found.get("python")
    return [name for name, digest in found.items() if digest and digest == base]
