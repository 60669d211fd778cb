"""Routes: the ways from a unit up to an output, the strongest first, found one after another.

There may be 2**60 of them, so they are never listed: the best continuation of every unit is worked
out once, and each further route leaves an earlier one at the place where that costs least.
Knows the cone; does not know what a route multiplies to.
"""

from __future__ import annotations

import heapq
import math
from itertools import count
from typing import Any

from gatenet.explaining.cone import Cone

#: In place of an edge: the route ends here, at an output.
END = -1
#: Logarithms are whole numbers of this part of a bit, so that sums do not depend on their order.
_FINE = 2**40
#: The most bits that one finite factor can add or take.
_BITS = 1100


class Routes:
    """The best way up from every unit, and those that come after it.

    A route is a list of edges from the unit up to an output.  Its weight is a whole number: the
    logarithm of its product, in which a nan outweighs every infinity, an infinity every finite
    factor, and a 0 pulls below everything finite.
    """

    def __init__(self, cone: Cone) -> None:
        self.cone = cone
        bottom = _FINE * _BITS * (len(cone.source) + len(cone.ends) + 2)
        self._zero, self._inf, self._nan = -bottom, bottom**2, bottom**3
        self.choice: list[int] = [END] * len(cone.units)
        #: All ways up from a unit that has several, the one in `choice` among them.
        self.others: dict[int, list[int]] = {}
        self._end = {k: self._weight(seed) for k, seed in cone.ends.items()}
        self._up: list[int] = []
        self._climb()
        self._sorted: dict[int, list[int]] = {}
        self._cheap: list[Any] = []

    def _weight(self, slope: float) -> int:
        size = abs(slope)
        if not 0.0 < size < math.inf:
            return self._zero if size == 0.0 else self._inf if size == math.inf else self._nan
        return round(math.log2(size) * _FINE)

    def _climb(self) -> None:
        """Find the best weight from each unit up, from the outputs down."""
        cone, weigh, others, choice = self.cone, self._weight, self.others, self.choice
        best: list[Any] = [None] * len(cone.units)
        for k, weight in self._end.items():
            best[k] = weight
        weights = self._weights = [
            0 if slope == 1.0 or slope == -1.0 else weigh(slope) for slope in cone.factor
        ]
        source, target = cone.source, cone.target
        for e in range(len(source) - 1, -1, -1):
            k = source[e]
            weight = weights[e] + best[target[e]]
            known = best[k]
            if known is None:
                best[k], choice[k] = weight, e
                continue
            if k in others:
                others[k].append(e)
            else:
                others[k] = [choice[k], e]
            if weight > known:
                best[k], choice[k] = weight, e
        self._up = best

    def options(self, k: int) -> list[int]:
        """The ways up from a unit, the best first: edges, or END."""
        if k not in self.others:
            return [self.choice[k]] if k in self.cone.ends or self.choice[k] != END else []
        if k not in self._sorted:
            self._sorted[k] = sorted(self.others[k], key=lambda e: -self._value(k, e))
        return self._sorted[k]

    def _value(self, k: int, e: int) -> int:
        if e == END:
            return self._end[k]
        return self._weights[e] + self._up[self.cone.target[e]]

    def best(self, most: int) -> list[list[int]]:
        """The best `most` routes, the best first.

        A route taken from the heap leaves behind the routes that share its beginning and leave it
        later, or at the same unit by the next best way: together they are all that remain.
        """
        if most < 1 or not self.cone.ends:
            return []
        self._cheap = [None] * len(self.cone.units)
        ticket = count()  # so that no two entries are compared beyond it
        # Each entry: minus its weight, the route it leaves, at which unit, by which of its ways.
        heap: list[tuple[int, int, list[int], int, int]] = [(-self._up[0], next(ticket), [], 0, 0)]
        found: list[list[int]] = []
        while heap and len(found) < most:
            minus, _, parent, k, rank = heapq.heappop(heap)
            route = self._left(parent, k, rank)
            found.append(route)
            for cost, at, after in self._departures(k, rank, most):
                heapq.heappush(heap, (minus + cost, next(ticket), route, at, after))
        return found

    def _left(self, parent: list[int], k: int, rank: int) -> list[int]:
        """Follow a route to unit k, leave it there by an option, and go the best way up."""
        choice, source, target = self.choice, self.cone.source, self.cone.target
        place = next((at for at, e in enumerate(parent) if source[e] == k), len(parent))
        route = parent[:place]
        e = self.options(k)[rank]
        while e != END:
            route.append(e)
            e = choice[target[e]]
        return route

    def _departures(self, k: int, rank: int, most: int) -> list[tuple[int, int, int]]:
        """The cheapest ways to leave a route from unit k on: what it costs, where, by which way."""
        found: list[tuple[int, int, int]] = []
        options = self.options(k)
        taken = options[rank]
        if rank + 1 < len(options):
            found.append((self._value(k, taken) - self._value(k, options[rank + 1]), k, rank + 1))
        if taken != END:
            found += [(cost, at, 1) for cost, at in self._cheapest(self.cone.target[taken], most)]
        return found

    def _cheapest(self, k: int, most: int) -> tuple[tuple[int, int], ...]:
        """The `most` units where leaving the best way up from unit k costs least, with the cost.

        What is found is kept for each unit on the way, and is one tuple wherever it is the same.
        """
        known, choice, others, target = self._cheap, self.choice, self.others, self.cone.target
        way: list[int] = []
        found: Any = known[k]
        while found is None:
            way.append(k)
            if choice[k] == END:
                found = ()
            else:
                k = target[choice[k]]
                found = known[k]
        for k in reversed(way):
            if k in others:
                first, second = self.options(k)[:2]
                cost = self._value(k, first) - self._value(k, second)
                if len(found) < most or cost < found[-1][0]:
                    found = tuple(sorted([*found, (cost, k)])[:most])
            known[k] = found
        return found  # type: ignore[no-any-return]
