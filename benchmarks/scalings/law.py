"""A step in closed form: it cannot be over before any one of its parts has done its share.

Three parts can bind: the workers (compute), the parent, which handles one message at a time
(messages), and its line (bandwidth).  Each gives a time below which no step can be; the largest of
the three is the law.  The simulation lies above it, most where two parts bind about equally.

Knows `costs`; shards of one size are assumed, the last may be short.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from scalings.costs import Costs, Step


class Bound(NamedTuple):
    """Seconds of a step as each part alone would have them."""

    compute: float
    messages: float
    bandwidth: float

    @property
    def seconds(self) -> float:
        """The law: no step is shorter."""
        return max(self)

    @property
    def binds(self) -> str:
        """The part that takes longest."""
        return max(self._fields, key=lambda name: getattr(self, name))


def law(costs: Costs, step: Step, workers: int) -> Bound:
    """What a step takes at least, by compute, by messages, by bandwidth.

    With K shards of n samples on W workers, d = shard + n sample, and bytes taking b down and up:

    - compute: the first message there, ceil((K - 1) / W) full shards and the last one, the last
      message back, the step;
    - messages: K (send + take), the step;
    - bandwidth: K of the heavier message, and the way of one shard there and back.
    """
    shards = step.shards
    count = len(shards)
    first, last = costs.worker(shards[0]), costs.worker(shards[-1])
    down, up = step.down / costs.bandwidth, step.up / costs.bandwidth
    told = step.broadcast / costs.bandwidth
    ends = costs.send + down + up + 2 * costs.latency + costs.take + costs.step
    rounds = math.ceil(count / workers)
    # the round of the short shard may have been a short one for everybody who is in it
    computing = (rounds - 1) * first + (last if count % workers == 1 or workers == 1 else first)
    heavy = max((count - 1) * down + min(workers, count) * told, (count - 1) * up)
    return Bound(
        ends + told + computing,
        count * (costs.send + costs.take) + costs.step,
        ends + heavy + min(first, last),
    )


def slowest(costs: Costs, step: Step) -> tuple[str, float]:
    """What the parent can do least often, its messages or its line; and seconds for a shard."""
    messages = costs.send + costs.take
    line = max(step.down, step.up) / costs.bandwidth
    return ("messages", messages) if messages >= line else ("bandwidth", line)


def balance(costs: Costs, step: Step) -> float:
    """The number of workers whose computing takes as long as the parent's messages or its line.

    Beyond it more workers wait more.  With c seconds a shard and b seconds of the slower of the
    two, c / W = b.
    """
    _, each = slowest(costs, step)
    computing = sum(costs.worker(samples) for samples in step.shards)
    return computing / (len(step.shards) * each) if each else math.inf
