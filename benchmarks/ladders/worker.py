"""One rung in a process of its own: it makes a workload and runs it when it is told to.

Requests and answers are JSON, a line each.  A process each, so that no rung pays for another's
garbage, threads or heap; `ladder.py` lets them work in turn, never two at once.
"""

from __future__ import annotations

import importlib
import json
import platform
import resource
import sys
import threading
import time
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent)]

from ladders.rungs import RUNGS
from ladders.runner import Left
from ladders.workloads import workload


def spent() -> tuple[float, float]:
    """CPU seconds, those of finished child processes with them, and wall seconds."""
    child = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + child.ru_utime + child.ru_stime, time.perf_counter()


def peak() -> float:
    """The most memory that this process has held, in MiB; what it held before it was this one,
    which Linux counts in as well, left out where that can be told."""
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def version(package: str) -> str:
    """A package's version."""
    if package == "gcc":
        return "gcc"
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return platform.python_version()


def main() -> None:
    """Answer until there is nothing more to do."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # what a library prints is no answer
    rung = RUNGS[sys.argv[1]]
    runner: Any = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["job"] == "make":
            try:
                maker = importlib.import_module(f"ladders.{rung.module}")
                for package in rung.imports:
                    importlib.import_module(package)
                work = workload(*request["work"])
                for numbers in ("rows", "tables", "steps"):  # drawn before the clock starts
                    getattr(work, numbers, None)
                before, (cpu, wall) = peak(), spent()
                runner = getattr(maker, rung.maker)(rung.name, work)
                loss, grads = runner.run()
                after = spent()
                answer: dict[str, Any] = {
                    "cpu": after[0] - cpu, "wall": after[1] - wall, "rss": peak(),
                    "grown": peak() - before, "loss": float(loss), "rows": runner.rows,
                    "grads": [float(x) for x in grads], "bits": runner.bits,
                    "facts": runner.facts, "version": version(rung.package),
                }  # fmt: skip
            except Left as left:
                answer = {"left": str(left)}
            except Exception as error:
                answer = {"left": f"{type(error).__name__}: {str(error)[:120]}"}
        else:
            run = runner.timed or runner.run
            cpu, wall = spent()
            for _ in range(request["repeat"]):
                run()
            after = spent()
            each = request["repeat"]
            answer = {"cpu": (after[0] - cpu) / each, "wall": (after[1] - wall) / each,
                      "rss": peak()}  # fmt: skip
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    # The peers' recursive orders need a deep stack for large circuits; gatenet does not.
    sys.setrecursionlimit(10**9)
    threading.stack_size(512 * 1024 * 1024)
    thread = threading.Thread(target=main)
    thread.start()
    thread.join()
