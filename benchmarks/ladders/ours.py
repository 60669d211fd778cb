"""Our own rungs: the eager engine, pure and native, and every backend of the compiler.

Public calls alone: a model of `gatenet.nn`, its circuit, `compile`, `sums`.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import math
import random
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from peers import MAKERS
from programs import build

from gatenet import Circuit, Unit
from gatenet.compiler.widening import WideBackend, widen
from gatenet.gates import dot, logsumexp, mean, total
from gatenet.nn import MLP
from ladders.runner import Answer, Left, Runner
from ladders.scalars import moons
from ladders.workloads import HEADS, WIDTH, Graph, Moons, Network, Spelling

#: Rows whose values and gradients must be the eager engine's in every bit.
CHECKED = 3


def make(name: str, work: Any) -> Runner:
    """Make the rung "eager ..." or that of a backend."""
    if name.startswith("eager"):
        return eager(name, work)
    return compiled(name, work)


class Widened:
    """A wide program run by NumPy, in the words that a compiled circuit has for it."""

    backend = "numpy"

    def __init__(
        self, circuit: Circuit, inputs: list[Unit], wrt: list[Unit], reassociate: bool
    ) -> None:
        known = {*inputs}
        self.shared = [u for u in circuit.order if u.gate is None and u not in known]
        program = widen(circuit, inputs, self.shared, wrt, reassociate=reassociate)
        self.runner = WideBackend(program, "numpy")
        self.uniform = array("d", [*[unit.value for unit in self.shared], 1.0])

    def value_and_grad(self, rows: Any) -> Any:
        """Values and gradients of each row."""
        found = self.runner.columns(self.uniform, rows)
        return found[0], found[1:].T

    def sums(self, rows: Any) -> Any:
        """Both, summed; one row is its own sum."""
        if len(rows) == 1:
            found = self.runner.columns(self.uniform, rows)[:, 0]
            return found[0], found[1:]
        totals: list[float] = []
        for block in self.runner.block_sums(self.uniform, rows):
            totals = [a + b for a, b in zip(totals, block, strict=True)] if totals else [*block]
        return totals[0], totals[1:]


def native_units() -> bool:
    """Whether units are those of the C extension."""
    return getattr(importlib.import_module("gatenet.storage"), "NATIVE", None) is not None


def model_of(work: Network) -> Any:
    """The network with the workload's weights."""
    model = MLP(work.nin, list(work.sizes), "relu", rng=0)
    for unit, value in zip(model.parameters(), work.parameters, strict=True):
        unit.value = value
    return model


def squared(outputs: Sequence[Any], targets: Sequence[Any]) -> Any:
    """The sum of squared errors."""
    return total([(y - t).square() for y, t in zip(outputs, targets, strict=True)])


def wired(work: Any) -> tuple[Circuit, list[Unit], list[Unit], list[list[float]]]:
    """The circuit of one row, its columns, what to differentiate by, and the rows."""
    if isinstance(work, Network):
        model = model_of(work)
        row = [Unit(x, f"x{k}") for k, x in enumerate(work.rows[0])]
        circuit = Circuit(squared(model(row[: work.nin]), row[work.nin :]))
        return circuit, row, list(model.parameters()), work.rows
    if isinstance(work, Graph):
        units: list[Any] = [Unit(x, f"x{k}") for k, x in enumerate(work.rows[0])]
        row = [*units]
        for operation, a, b in work.steps:
            x, y = units[a], units[b]
            units.append([x.__add__, x.__mul__][operation](y) if operation < 2
                         else x.tanh() if operation == 2 else x.relu())  # fmt: skip
        circuit = Circuit(units[-1])
        known = {*circuit.order}
        read = [k for k, unit in enumerate(row) if unit in known]
        row = [row[k] for k in read]
        return circuit, row, row, [[given[k] for k in read] for given in work.rows]
    return spelled(work)


def gpt(work: Spelling) -> Any:
    """The example's model with the workload's weights."""
    from examples.names_gpt import GPT

    model = GPT(width=WIDTH, heads=HEADS, rng=random.Random(0))
    for unit, value in zip(model.parameters(), work.parameters, strict=True):
        unit.value = value
    return model


def spelled(work: Spelling) -> tuple[Circuit, list[Unit], list[Unit], list[list[float]]]:
    """One circuit for every name of this length.

    A row holds for each place its letter and a one for the letter that follows.  The letter of one
    name is its row of the table, whose gradient is put back; those of several names, whose
    gradients are summed, are ones as well, and the circuit looks them up.
    """
    model = gpt(work)
    length, several = len(work.tokens[0]) - 1, work.batch > 1
    kinds = len(work.tables["token"])
    letters = [[Unit(0.1, f"e{p}_{k}") for k in range(kinds if several else WIDTH)]
               for p in range(length)]  # fmt: skip
    follows = [[Unit(0.0, f"t{p}_{k}") for k in range(kinds)] for p in range(length)]
    lines: list[Any] = letters
    if several:
        table = [*zip(*model.tokens.weights, strict=True)]
        lines = [[dot(letter, column) for column in table] for letter in letters]
    places = model.places([*range(length)])
    signals = [[a + b for a, b in zip(*pair, strict=True)] for pair in zip(lines, places)]
    losses = [
        logsumexp(scores) - dot(scores, wanted)
        for scores, wanted in zip(model.layers(signals), follows, strict=True)
    ]
    columns = [unit for part in zip(letters, follows) for rows in part for unit in rows]
    known = {*Circuit(losses).order}
    wrt = [unit for unit in model.parameters() if unit in known]
    ones = [[float(k == j) for j in range(kinds)] for k in range(kinds)]
    looked = ones if several else work.tables["token"]
    rows = [
        [x for a, b in pairwise(tokens) for x in [*looked[a], *ones[b]]] for tokens in work.tokens
    ]
    if not several:
        wrt = [*[unit for letter in letters for unit in letter], *wrt]
    return Circuit(mean(losses)), columns, wrt, rows


def eager(name: str, work: Any) -> Runner:
    """Units built and swept at every step."""
    if (name == "eager native") != native_units():
        raise Left("the native units are not built" if "native" in name else "units are native")
    if isinstance(work, Graph):

        def run() -> Answer:
            circuit_units = graph_units(work)
            circuit_units[-1].backward()
            return circuit_units[-1].value, [unit.grad for unit in circuit_units[:16]]

        return Runner(run, 1, units_facts(work), digest_eager(work))
    if isinstance(work, Moons):
        return moons(MAKERS["gatenet"]())
    if isinstance(work, Network):
        model = model_of(work)
        some = max(1, min(work.batch, 60_000 // work.gates))

        def step() -> Answer:
            model.zero_grad()
            losses = [squared(model(r[: work.nin]), r[work.nin :]) for r in work.rows[:some]]
            loss = total(losses)
            loss.backward()
            return loss.value, [unit.grad for unit in model.parameters()]

        return Runner(step, some, {}, digest_eager(work))
    from examples.names_gpt import loss_of

    spelling = gpt(work)

    def learn() -> Answer:
        spelling.zero_grad()
        loss = loss_of(spelling, work.names[0])
        loss.backward()
        return loss.value, [unit.grad for unit in spelling.parameters()]

    return Runner(learn, 1, {}, digest_eager(work))


def graph_units(work: Graph) -> list[Any]:
    """The units of a random circuit on its first row."""
    return build(MAKERS["gatenet"](), work.steps)


def resident() -> int:
    """Bytes of memory this process holds now."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def units_facts(work: Graph) -> dict[str, float]:
    """Bytes of a unit, from the memory that the process holds; meaningful for large circuits."""
    work.steps  # noqa: B018  (drawn before the memory is looked at)
    gc.collect()
    before = resident()
    units = graph_units(work)
    used = (resident() - before) / work.size - 8  # the list's own pointer
    del units
    return {"bytes a unit": used} if work.size >= 100_000 else {}


def hexed(rows: Sequence[Sequence[float]]) -> str:
    """A digest of numbers, every nan the same."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(array("d", [x if x == x else math.nan for x in row]).tobytes())
    return digest.hexdigest()


def digest_eager(work: Any) -> str:
    """The digest of the first rows, each run through the circuit's units."""
    if work.gates > 200_000 and isinstance(work, Graph):
        return ""
    circuit, columns, wrt, rows = wired(work)
    found = []
    for row in rows[:CHECKED]:
        value = circuit.forward(dict(zip(columns, row, strict=True)))
        for unit in wrt:
            unit.zero_grad()
        circuit.backward()
        found.append([value, *[unit.grad for unit in wrt]])
    return hexed(found)


def compiled(name: str, work: Any) -> Runner:
    """A backend: recorded, compiled, and run on all rows."""
    backend, *words = name.split()
    options = {"reassociate": True} if "reassociated" in words else {}
    if backend == "python" and work.gates > 20_000:
        raise Left("generated Python is not for circuits of this size")
    started = time.process_time()
    circuit, columns, wrt, given = wired(work)
    recorded = time.process_time()
    ready: Any = (
        Widened(circuit, columns, wrt, bool(options)) if "NumPy" in words
        else circuit.compile(columns, wrt=wrt, backend=backend, **options)
    )  # fmt: skip
    made = time.process_time()
    facts = {"record": recorded - started, "compile": made - recorded,
             "runs": type(ready).__name__ + " " + ready.backend}  # fmt: skip
    data: Any = given
    if backend != "python":
        import numpy as np

        data = np.array(given)
    some = len(given) if backend != "python" else max(1, min(len(given), 200_000 // work.gates))
    if some < len(given):
        data = data[:some]
    single = ready.value_and_grad(data[:CHECKED])
    values, gradients = ([list(part) if hasattr(part, "__len__") else [part] for part in group]
                         for group in single)  # fmt: skip
    bits = "" if options else hexed([[*v, *g] for v, g in zip(values, gradients, strict=True)])

    summed = totals(ready, data)
    if isinstance(work, Spelling):
        return replace(scattering(work, summed, data), facts=facts, bits=bits)
    kept = [*range(len(wrt))]
    if isinstance(work, Graph):  # a leaf that no output depends on has the gradient 0
        kept = [k for k, x in enumerate(work.rows[0]) if x in given[0]]
    whole = [0.0] * (len(work.rows[0]) if isinstance(work, Graph) else len(wrt))

    def run() -> Answer:
        loss, grads = summed()
        for k, grad in zip(kept, grads, strict=True):
            whole[k] = grad
        return loss, whole

    return Runner(run, some, facts, bits, summed)


def totals(ready: Any, data: Any) -> Callable[[], Answer]:
    """The sums of a batch, its shared leaves in one array as a training step hands them on."""
    if isinstance(ready, Widened):
        return lambda: ready.sums(data)
    uniform = array("d", [*[unit.value for unit in ready.shared], 1.0])

    def summed() -> Answer:
        found = ready.totals(data, uniform=uniform)
        return found[0], found[1 : 1 + len(ready.wrt)]

    return summed


def scattering(work: Spelling, summed: Any, data: Any) -> Runner:
    """A step of the GPT on one name: its letters looked up, their gradients put into the table."""
    import numpy as np

    table = np.array(work.tables["token"])
    tokens = np.array(work.tokens)[:, :-1]
    length = tokens.shape[1]
    count = length * WIDTH
    unseen = [0.0] * ((len(work.tables["place"]) - length) * WIDTH)
    if work.batch > 1:
        size = table.size + count

        def run() -> Answer:
            loss, grads = summed()
            return loss, [*grads[:size], *unseen, *grads[size:]]

        return Runner(run, len(data), timed=summed)
    places = np.array([p * (WIDTH + len(table)) + k for p in range(length) for k in range(WIDTH)])

    def quick() -> tuple[float, Any, Any]:
        data[0, places] = table[tokens[0]].ravel()
        loss, grads = summed()
        slopes = np.zeros_like(table)
        np.add.at(slopes, tokens[0], np.array(grads[:count]).reshape(length, WIDTH))
        return loss, slopes, grads

    def answer() -> Answer:
        loss, slopes, grads = quick()
        first = count + length * WIDTH
        return loss, [*slopes.ravel().tolist(), *grads[count:first], *unseen, *grads[first:]]

    return Runner(answer, 1, timed=quick)
