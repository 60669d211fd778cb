"""What a cluster costs, and what a step asks of it: numbers alone, in seconds and bytes.

Knows nothing of circuits, workers or clocks; `law` and `simulation` read these two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Costs:
    """What things take, in seconds.

    A worker computes a shard in `shard` + samples x `sample`.  The parent does one thing at a
    time: `send` makes and sends the message of a shard, `take` receives a result and adds it up,
    `step` stands for what a step has once (reading the batch, the optimizer).  The parent's line
    carries `bandwidth` bytes a second each way, one message after the other, and a message is
    `latency` seconds on its way.
    """

    sample: float = 0.0
    shard: float = 0.0
    send: float = 0.0
    take: float = 0.0
    step: float = 0.0
    latency: float = 0.0
    bandwidth: float = math.inf

    def worker(self, samples: int) -> float:
        """Seconds of a worker for one shard."""
        return self.shard + samples * self.sample


@dataclass(frozen=True)
class Step:
    """One step of training: the samples of each shard, and what a shard's messages weigh.

    `down` are the bytes that go to a worker with each shard (the parameters, what to load), `up`
    those that come back (loss and gradients); `broadcast` what each worker is sent once at the
    beginning of a step, before its first shard.
    """

    shards: tuple[int, ...]
    down: float = 0.0
    up: float = 0.0
    broadcast: float = 0.0

    @classmethod
    def of(cls, samples: int, shard_size: int, **bytes_: float) -> Step:
        """The shards of a batch; the last one may be short.

        >>> Step.of(300, 128).shards
        (128, 128, 44)
        """
        whole, rest = divmod(samples, shard_size)
        return cls((shard_size,) * whole + ((rest,) if rest else ()), **bytes_)

    @property
    def samples(self) -> int:
        """All of them."""
        return sum(self.shards)


def efficiency(costs: Costs, step: Step, workers: int, seconds: float) -> float:
    """The share of the workers' time that goes into samples: 1.0 is a perfect split."""
    return step.samples * costs.sample / (workers * seconds)
