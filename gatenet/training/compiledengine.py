"""The compiled engine: each batch as one run of a compiled circuit, in the place of wiring it.

The circuit of one sample, loss included, is recorded once for each way in which samples are
nested; a batch is summed over its rows in the compiler's order of sums.  Before anything is
trained the engine sees that this is what the eager engine would find.  Knows recordings and
compiled circuits; does not know optimizers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gatenet.cluster.shards import check_shard_size, shards
from gatenet.compiler import Compiled
from gatenet.compiler.sums import added
from gatenet.compiler.tables import Packed
from gatenet.errors import CompileError, FlippedBranchError
from gatenet.nn.module import Module
from gatenet.training.batching import Rows
from gatenet.training.circuits import Circuits
from gatenet.training.engines import EagerEngine, Measured
from gatenet.training.evaluation import Loss
from gatenet.training.recording import MEND, recorded, taken_apart
from gatenet.training.reports import finite
from gatenet.training.streams import Run
from gatenet.trees import flatten, unflatten
from gatenet.unit import Unit


class CompiledEngine(Circuits):
    """Work out the loss and gradients of batches on a compiled circuit.

    Raises CompileError where that cannot be what the eager engine finds: a model that draws, or
    looks at a whole batch, in training; a loss that is no mean or sum over samples; gates that
    are Python code.

    >>> from gatenet.losses import mse_loss
    >>> from gatenet.nn import MLP
    >>> line = MLP(1, [1], bias=False, init=lambda rng, nin, nout: [[2.0]], rng=0)
    >>> engine = CompiledEngine(line, mse_loss, line.parameters())
    >>> engine.prepare(Rows([[3.0], [4.0]], [5.0, 9.0]))
    >>> engine.gradients([[3.0], [4.0]], [5.0, 9.0], None)[:3]
    (1.0, [], [-1.0])
    """

    def __init__(
        self,
        model: Module,
        loss: Loss,
        parameters: Sequence[Unit],
        backend: str = "auto",
        outputs: bool = False,
        shard_size: int | None = None,
    ) -> None:
        super().__init__(model, loss, parameters, backend)
        self.outputs = outputs
        #: Rows in a shard, whose sums are added one after the other; None for a batch in one go.
        self.shard_size = None if shard_size is None else check_shard_size(shard_size)
        #: What is being worked out, for messages.
        self.where = ""
        self.eager = EagerEngine(model, loss, parameters)

    def gradients(
        self, inputs: Sequence[Any], targets: Sequence[Any], weights: Sequence[float] | None
    ) -> Measured:
        """Give the loss of a batch, the outputs where they are asked for, and the gradients.

        Where something is not finite the batch is wired eagerly, to tell where that was born.
        Raises CompileError for a comparison of units that goes another way than when recorded.
        """
        return self.at(Rows([*inputs], [*targets], None if weights is None else [*weights]))

    def at(self, rows: Rows | Run) -> Measured:
        """The same for rows that know where they were picked from."""
        count = rows.weight
        seed = 1.0 / count if self.mean else 1.0
        loss, found = 0.0, _nothing(len(self.parameters))
        try:
            for key, totals in self.sums(self.groups(rows), seed):
                loss += totals[0]
                places = self._places[key]
                for place, slope in zip(places, totals[1 : 1 + len(places)], strict=True):
                    before = found[place]
                    found[place] = slope if before is None else before + slope
        except FlippedBranchError as error:
            raise CompileError(
                f"a sample goes another way than the one that was recorded ({error}); or {MEND}"
            ) from error
        loss = loss / count if self.mean else loss
        if not math.isfinite(loss) or not finite(found):
            eager = self.eager.gradients(rows.inputs, rows.targets, rows.weights)
            if not math.isfinite(eager.loss) or not finite(eager.gradients):
                return eager
        outputs = self._predicted(rows.inputs, rows.targets) if self.outputs else []
        return Measured(loss, outputs, found)

    def sums(self, groups: Iterable[tuple[Any, Any]], seed: float) -> Iterator[tuple[Any, Any]]:
        """For each circuit with its rows, the sum over them of the loss and its gradients."""
        for key, rows in groups:
            compiled = self._known[key].loss.compiled
            yield key, self.totals(rows, compiled._uniform(seed), compiled=compiled)

    def totals(
        self,
        rows: Packed,
        uniform: Any,
        *,
        places: Sequence[int] | None = None,
        compiled: Compiled | None = None,
    ) -> Any:
        """The sum over packed rows of each result of a circuit, shards from left to right.

        `uniform` is what the rows share.  `places` says where the rows stand among those of the
        training, for who has them elsewhere.  Without `compiled` it is the only circuit.
        """
        compiled = self.only if compiled is None else compiled
        size = self.shard_size
        if size is None or len(rows) <= size:
            return compiled.totals(rows, uniform=uniform)
        parts = [rows[shard.first : shard.last] for shard in shards(len(rows), size)]
        return added(compiled.totals(part, uniform=uniform) for part in parts)

    def close(self) -> None:
        """Let go of whatever works elsewhere: nothing here."""

    def groups(self, rows: Rows | Run) -> Iterable[tuple[Any, Any]]:
        """A batch's circuits, each with its rows, in the order in which they are met."""
        if isinstance(rows, Run):
            return [(self.only_key, self.laid_out.part(rows.first, rows.last))]
        return self.grouped(rows.inputs, rows.targets, rows.weights).items()

    def grouped(
        self, inputs: Sequence[Any], targets: Sequence[Any], weights: Sequence[float] | None
    ) -> dict[Any, Packed]:
        """The rows of a batch by their circuit, packed, circuits in the order they are met."""
        groups: dict[Any, list[bytes]] = {}
        for key, packed in self.packed(inputs, targets, weights):
            groups.setdefault(key, []).append(packed)
        return {
            key: Packed.of(rows, len(self._known[key].loss.columns)) for key, rows in groups.items()
        }

    def packed(
        self, inputs: Sequence[Any], targets: Sequence[Any], weights: Sequence[float] | None
    ) -> list[tuple[Any, bytes]]:
        """Each row's circuit and its columns as numbers.

        Raises CompileError for a row that no circuit was recorded for.
        """
        found = []
        shares: Sequence[float] = [1.0] * len(inputs) if weights is None else weights
        for x, t, weight in zip(inputs, targets, shares, strict=True):
            sample = taken_apart(flatten(x), flatten(t), self.way)
            circuit = self._known.get(sample.key)
            if circuit is None:
                circuit = recorded(self.model, self.loss, sample, self.weighted, self.backend)
                self._known[sample.key] = circuit
                self._places[sample.key] = self._gathering(circuit)
            found.append((sample.key, circuit.loss.packed([*sample.leaves, weight])))
        return found

    def _predicted(self, inputs: Sequence[Any], targets: Sequence[Any]) -> list[Any]:
        """The outputs of each row, for metrics."""
        groups: dict[Any, list[tuple[int, bytes]]] = {}
        for k, (x, t) in enumerate(zip(inputs, targets, strict=True)):
            sample = taken_apart(flatten(x), flatten(t), self.way)
            packed = self._known[sample.key].outputs.packed(sample.leaves)
            groups.setdefault(sample.key, []).append((k, packed))
        found: dict[int, Any] = {}
        for key, rows in groups.items():
            table, shape = self._known[key].outputs, self._known[key].shape
            given = Packed.of([packed for _, packed in rows], len(table.columns))
            values = table.compiled(given) if table.columns else table.compiled() * len(rows)
            found |= {k: unflatten(shape, row) for (k, _), row in zip(rows, values, strict=True)}
        return [found[k] for k in range(len(found))]


def _nothing(count: int) -> list[float | None]:
    return [None] * count
