"""The processes of the rungs: started, asked, timed out, ended."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from ladders.rungs import Rung

WORKER = Path(__file__).with_name("worker.py")


class Worker:
    """One rung's process."""

    def __init__(self, rung: Rung, threads: int) -> None:
        self.rung = rung
        count = str(threads)
        flags = f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'}"
        environment = {
            **os.environ,
            **dict.fromkeys(
                ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), count
            ),
            "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu", **rung.environment,
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER), rung.name], env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def ask(self, limit: float, **request: Any) -> dict[str, Any]:
        """Have something done; where it takes longer than `limit` seconds, end the process."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        until = time.monotonic() + limit
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return self._ended()
        text = b""
        while not text.endswith(b"\n"):
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                self.process.kill()
                return {"left": f"no result in {limit:.0f} s"}
            part = os.read(self.process.stdout.fileno(), 1 << 20)
            if not part:
                return self._ended()
            text += part
        found: dict[str, Any] = json.loads(text)
        return found

    def _ended(self) -> dict[str, Any]:
        return {"left": f"its process ended with {self.process.wait()}"}

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()
