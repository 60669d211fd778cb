"""Serving: what a process of `Processes` does until its pipe is closed.

Knows work and what it holds; what arrives comes through the pipe of the process that started it.
"""

from __future__ import annotations

import os
import signal
import socket
from typing import Any

from gatenet.cluster.work import perform


def serve(pipe: Any) -> None:
    """Take what is held, do tasks, answer each; end when the other side is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started this one decides when it ends
    held: dict[str, Any] = {"": None}
    while True:
        try:
            what, *rest = pipe.recv()
        except (EOFError, OSError):
            return
        except Exception as error:  # a function that this process cannot import
            me = socket.gethostname(), os.getpid()
            text = (
                f"what is held cannot be read here ({error}): define it at the top of a module "
                'that the workers can import, outside of if __name__ == "__main__":'
            )
            pipe.send(("trouble", "load", type(error).__name__, text, None, None, *me))
            continue
        if what == "hold":
            held[rest[0]] = rest[1]
            pipe.send(None)
        elif what == "drop":
            held.pop(rest[0], None)
        else:
            order, program, thing = rest
            pipe.send(perform(order, held[program], held[thing]))
