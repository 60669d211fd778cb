"""The circuits of a training: one for each way in which its samples are nested.

Before anything is trained they are recorded, and each is compared with what the eager engine finds
for some rows.  Knows recordings and compiled circuits; does not know batches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gatenet.compiler import Compiled
from gatenet.compiler.tables import Packed
from gatenet.errors import CompileError
from gatenet.modes import no_grad
from gatenet.nn.module import Module
from gatenet.training.additive import is_mean, near
from gatenet.training.batching import Rows
from gatenet.training.evaluation import Loss, number_of, plain
from gatenet.training.recording import MEND, Recorded, Sample, Way, recorded, taken_apart, ways
from gatenet.training.streams import Stream
from gatenet.trees import flatten
from gatenet.unit import Unit

#: So many circuits are recorded for one training before somebody is told that there are more.
CIRCUITS = 64
#: Rows that are compared with the eager engine for each circuit.
LOOKED_AT = 16


class Circuits:
    """What was recorded of a model and its loss, by how samples are nested.

    Raises CompileError where a compiled circuit cannot find what the eager engine does.
    """

    def __init__(self, model: Module, loss: Loss, parameters: Sequence[Unit], backend: str) -> None:
        self.model = model
        self.loss = loss
        self.parameters = parameters
        self.backend = backend
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

    @property
    def only_key(self) -> Any:
        """What the one circuit is known by."""
        (key,) = self._known
        return key

    def prepare(self, rows: Rows | Stream) -> None:
        """Record the circuits that the rows need, and compare them with the eager engine.

        Of a stream some rows are looked at, which must need one circuit.

        Raises CompileError, and whatever the model and the loss raise on these rows eagerly.
        """
        if isinstance(rows, Stream):
            self._prepare(rows.sample())
            if len(self._known) != 1:
                raise CompileError(
                    f"the rows of {rows.source!r} need {len(self._known)} circuits, as their "
                    f"numbers choose what is wired; a source is trained on with one (of two "
                    f"classes with cross_entropy of two outputs). Or {MEND}"
                )
            self.laid_out = rows.laid_out(self._known[self.only_key].loss)
        else:
            self._prepare(rows)

    def _prepare(self, rows: Rows) -> None:
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

    def _gathering(self, found: Recorded) -> list[int]:
        """The places of a circuit's parameters among the model's."""
        return [self._index[unit] for unit in found.loss.compiled.wrt]
