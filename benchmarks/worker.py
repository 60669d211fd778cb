"""One engine in a process of its own, doing what `eager.py` asks for, one JSON line at a time.

A process each, so that no engine pays for another's garbage or heap; `eager.py` lets them work in
turn, never two at once.
"""

from __future__ import annotations

import gc
import json
import sys
import threading
import time
import tracemalloc
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

from moons import network_step, scalar_step
from peers import MAKERS, Engine
from programs import LEAVES, build, program


def graph(engine: Engine, kind: str, size: int, repeat: int) -> dict[str, float]:
    """CPU seconds to build and to sweep, the mean of `repeat` runs, as in a loop of training."""
    steps = program(kind, size)
    built = swept = 0.0
    for _ in range(repeat):
        engine.tape()
        start = time.process_time()
        units = build(engine, steps)
        middle = time.process_time()
        engine.backward(units[-1])
        swept += time.process_time() - middle
        built += middle - start
    check = sum(engine.grad(leaf) for leaf in units[:LEAVES])
    return {"build": built / repeat, "backward": swept / repeat, "check": check}


def memory(engine: Engine, kind: str, size: int) -> dict[str, float]:
    """Allocated bytes per unit of a built circuit, and after a backward pass."""
    steps = program(kind, size)
    gc.collect()
    tracemalloc.start()
    units = build(engine, steps)
    listed = sys.getsizeof(units)
    built = tracemalloc.get_traced_memory()[0] - listed
    engine.backward(units[-1])
    gc.collect()
    swept = tracemalloc.get_traced_memory()[0] - listed
    tracemalloc.stop()
    return {"built": built / size, "swept": swept / size}


class Steps:
    """The training step, made once and run in a loop."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.made: dict[bool, Any] = {}

    def run(self, network: bool, repeat: int) -> dict[str, float]:
        """CPU seconds of one step, and its loss."""
        if network not in self.made:
            self.made[network] = network_step() if network else scalar_step(self.engine)
            self.made[network]()
        start = time.process_time()
        for _ in range(repeat):
            loss = self.made[network]()
        return {"seconds": (time.process_time() - start) / repeat, "loss": loss}


def main() -> None:
    """Answer requests until there are no more."""
    engine = MAKERS[sys.argv[1]]()
    steps = Steps(engine)
    print(json.dumps({"version": engine.version}), flush=True)
    jobs = {"graph": graph, "memory": memory}
    for line in sys.stdin:
        request = json.loads(line)
        job = request.pop("job")
        answer = steps.run(**request) if job == "step" else jobs[job](engine, **request)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    # The peers' recursive orders need a deep stack for large circuits; gatenet does not.
    sys.setrecursionlimit(10**9)
    threading.stack_size(512 * 1024 * 1024)
    thread = threading.Thread(target=main)
    thread.start()
    thread.join()
