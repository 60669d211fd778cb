"""The compiled engine: each batch as one run of a compiled circuit, in the place of wiring it.

The circuit of one sample, loss included, is recorded once for each way in which samples are
nested; a batch is summed over its rows in the compiler's order of sums.  Before anything is
trained the engine sees that this is what the eager engine would find.  Knows recordings and
compiled circuits; does not know optimizers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gatenet.compiler import Compiled
from gatenet.compiler.tables import Packed
from gatenet.errors import CompileError, FlippedBranchError
from gatenet.modes import no_grad
from gatenet.nn.module import Module
from gatenet.training.additive import is_mean, near
from gatenet.training.batching import Rows
from gatenet.training.engines import EagerEngine, Measured
from gatenet.training.evaluation import Loss, number_of, plain
from gatenet.training.recording import MEND, Recorded, Sample, Way, recorded, taken_apart, ways
from gatenet.training.reports import finite
from gatenet.trees import flatten, unflatten
from gatenet.unit import Unit

#: So many circuits are recorded for one training before somebody is told that there are more.
CIRCUITS = 64
#: Rows that are compared with the eager engine for each circuit.
LOOKED_AT = 16


class CompiledEngine:
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
    ) -> None:
        self.model = model
        self.loss = loss
        self.parameters = parameters
        self.backend = backend
        self.outputs = outputs
        self.eager = EagerEngine(model, loss, parameters)
        self.mean = True
        self.way = Way("column", "column")
        self.weighted = False
        self._known: dict[Any, Recorded] = {}
        self._places: dict[Any, list[int]] = {}
        self._like: dict[Any, Any] = {}
        self._index = {unit: k for k, unit in enumerate(parameters)}

    @property
    def circuits(self) -> int:
        """How many circuits were recorded."""
        return len(self._known)

    @property
    def only(self) -> Compiled:
        """The loss of the one circuit there is."""
        (found,) = self._known.values()
        return found.loss.compiled

    def prepare(self, rows: Rows) -> None:
        """Record the circuits that the rows need, and compare them with the eager engine.

        Raises CompileError, and whatever the model and the loss raise on these rows eagerly.
        """
        pairs = list(zip(rows.inputs, rows.targets, strict=True))
        flat = [(flatten(x), flatten(t)) for x, t in pairs]
        self.weighted = rows.weights is not None
        fault: Exception | None = None
        for self.way in ways(flat):
            self._known.clear()
            try:
                samples = [taken_apart(x, t, self.way) for x, t in flat]
                self._looked_at(pairs, samples)
            except Exception as error:  # another way may do; the last one's fault is told
                fault = error
                continue
            fitting = [self._like[sample.key] for sample in samples]
            self.mean = is_mean(self.loss, rows, fitting)
            return
        assert fault is not None
        self._explain(fault, pairs[:2])

    def _explain(self, error: Exception, pairs: Sequence[Any]) -> None:
        """Raise what the eager engine raises here; else say that compiling alone fails."""
        if isinstance(error, CompileError):
            raise error
        rows = pairs if len(pairs) > 1 else [*pairs, *pairs]
        with no_grad():
            outputs = self.model.batch([x for x, _ in rows])
            self.loss(outputs, [t for _, t in rows])
        raise CompileError(f"this training cannot be compiled: {error}. Or {MEND}") from error

    def _looked_at(self, pairs: Sequence[Any], samples: Sequence[Sample]) -> None:
        """Record every circuit and compare some rows of each; keep outputs to try the loss on."""
        chosen: dict[Any, dict[Any, Any]] = {}
        for row, sample in zip(pairs, samples, strict=True):
            if sample.key not in self._known:
                if len(self._known) == CIRCUITS:
                    raise CompileError(
                        f"the rows need more than {CIRCUITS} circuits: they are nested in so many "
                        f"ways, or hold so many different whole numbers. Or {MEND}"
                    )
                found = recorded(self.model, self.loss, sample, self.weighted, self.backend)
                self._known[sample.key] = found
                self._places[sample.key] = self._gathering(found)
            whole = tuple([x for x in sample.leaves if isinstance(x, int)])
            some = chosen.setdefault(sample.key, {})
            if len(some) < LOOKED_AT:
                some.setdefault(whole if whole and whole not in some else len(some), (row, sample))
        seen: list[tuple[Any, Any]] = []
        for key, some in chosen.items():
            compared = [self._compared(key, row, sample) for row, sample in some.values()]
            self._like[key] = [output for _, output in compared]
            seen += compared
        alone = seen[:LOOKED_AT]
        with no_grad():
            together = self.model.batch([x for x, _ in alone])
        for output, (_, single) in zip(together, alone, strict=True):
            if not near(flatten(plain(output))[0], flatten(plain(single))[0]):
                raise CompileError(
                    "the model gives a sample another output among others than alone, and a "
                    f"compiled circuit sees one sample: {MEND}"
                )

    def _compared(self, key: Any, row: Any, sample: Any) -> tuple[Any, Any]:
        """Compare one row's loss with the eager engine's; give its input and its output."""
        found = self._known[key]
        leaves = [*sample.leaves, 1.0]
        table = found.loss
        packed = Packed.of([table.packed(leaves)], len(table.columns))
        with no_grad():
            (output,) = self.model.batch([row[0]])
            expected = number_of(self.loss([output], [row[1]]))
        value = table.compiled(packed if table.columns else None)[0]
        if not near([value], [expected]):
            raise CompileError(
                f"compiled, the loss of a sample is {value!r}, and eagerly {expected!r}: the model "
                "or the loss asks for plain numbers (`.value`, `==`), which no circuit can see. "
                f"Choose with gatenet.where, or {MEND}"
            )
        return row[0], output

    def gradients(
        self, inputs: Sequence[Any], targets: Sequence[Any], weights: Sequence[float] | None
    ) -> Measured:
        """Give the loss of a batch, the outputs where they are asked for, and the gradients.

        Where something is not finite the batch is wired eagerly, to tell where that was born.
        Raises CompileError for a comparison of units that goes another way than when recorded.
        """
        groups = self.grouped(inputs, targets, weights)
        count = len(inputs) if weights is None else math.fsum(weights)
        seed = 1.0 / count if self.mean else 1.0
        loss, found = 0.0, _nothing(len(self.parameters))
        for key, rows in groups.items():
            some, slopes = self.sums(key, rows, seed)
            loss += some
            for place, slope in zip(self._places[key], slopes, strict=True):
                before = found[place]
                found[place] = slope if before is None else before + slope
        loss = loss / count if self.mean else loss
        if not math.isfinite(loss) or not finite(found):
            eager = self.eager.gradients(inputs, targets, weights)
            if not math.isfinite(eager.loss) or not finite(eager.gradients):
                return eager
        return Measured(loss, self._predicted(inputs, targets) if self.outputs else [], found)

    def sums(self, key: Any, rows: Packed, seed: float) -> tuple[float, Any]:
        """The loss and its seeded gradients, summed over rows of one circuit."""
        compiled = self._known[key].loss.compiled
        try:
            totals = compiled.totals(rows, seed)
        except FlippedBranchError as error:
            raise CompileError(
                f"a sample goes another way than the one that was recorded ({error}); or {MEND}"
            ) from error
        return totals[0], totals[1 : 1 + len(compiled.wrt)]

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

    def _gathering(self, found: Recorded) -> list[int]:
        """The places of a circuit's parameters among the model's."""
        return [self._index[unit] for unit in found.loss.compiled.wrt]


def _nothing(count: int) -> list[float | None]:
    return [None] * count
