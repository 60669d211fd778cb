"""Plans: random circuits as data, to be built, made smaller, and printed as code."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from typing import Any

from fuzzing.own import OWN, wobble
from gatenet import Circuit, Unit
from gatenet.gates import CATALOGUE, SLOPES

#: Where formulas branch, cancel, overflow or leave their domain.
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, math.inf, -math.inf, math.nan, 5e-324, -1e-310, 1e308,
           -1e300, 1e-300, 3.0, -2.0, 20.0, -40.0, 710.0, 1e-8, 2.2250738585072014e-308,
           1.7976931348623157e308, 4503599627370497.0, -0.5, 0.1)  # fmt: skip
GATES = {**CATALOGUE, **SLOPES}
STATIC = {name: gate.static for name, gate in GATES.items()} | {"wobble": wobble.static}
NAMES = [*GATES, *OWN]

#: A gate's name, its operands (places among leaves and steps as int, constants as float; a list
#: of them for each input of a gate of any number), and its static parameters.
Step = tuple[str, list[Any], dict[str, float]]


@dataclass(frozen=True)
class Plan:
    """A circuit in the order it is wired, and what to run it with."""

    leaves: list[tuple[float, str]]
    steps: list[Step]
    outputs: list[int]
    inputs: list[int]
    wrt: list[int]
    seeds: list[float]
    rows: list[list[float]]


@dataclass(frozen=True)
class Wired:
    """A plan in units: the circuit, and those of its leaves that are columns or differentiated."""

    circuit: Circuit
    inputs: list[Unit]
    wrt: list[Unit]


def drawn(rng: random.Random, hard: float = 0.25) -> float:
    """One number, often a hard one."""
    return rng.choice(SPECIAL) if rng.random() < hard else rng.gauss(0.0, 2.0)


def applied(step: Step, pool: list[Any]) -> Any:
    """Apply a step's gate to what its operands stand for."""
    name, operands, static = step

    def read(operand: Any) -> Any:
        if type(operand) is list:
            return [read(one) for one in operand]
        return pool[operand] if type(operand) is int else operand

    function = GATES[name] if name in GATES else OWN[name][0]
    return function(*[read(operand) for operand in operands], **static)


def wired(plan: Plan) -> Wired:
    """Build the units."""
    pool: list[Any] = [Unit(x, f"x{k}", role=role) for k, (x, role) in enumerate(plan.leaves)]
    for step in plan.steps:
        pool.append(applied(step, pool))
    circuit = Circuit([pool[k] for k in plan.outputs])
    return Wired(circuit, [pool[k] for k in plan.inputs], [pool[k] for k in plan.wrt])


def random_plan(rng: random.Random, count: int, size: int) -> Plan:
    """Any gates, constants, ties, repeated operands, several outputs; `count` rows."""
    inputs = rng.choice([0, 1, 2, 3, 3, 4])
    places = rng.randint(max(1, inputs), 5)
    roles = ["input"] * inputs + [rng.choice(["parameter", "input"])] * (places - inputs)
    leaves = [(drawn(rng), role) for role in roles]
    if places > 1 and rng.random() < 0.2:
        leaves[1] = (leaves[0][0], leaves[1][1])  # a tie
    pool: list[Any] = [Unit(x) for x, _ in leaves]
    steps: list[Step] = []
    while len(steps) < size:
        step = random_step(rng, len(pool))
        made = applied(step, pool)
        tame = type(made) is Unit and abs(made.value) < 1e6
        if tame or (type(made) is Unit and rng.random() < 0.2):
            pool.append(made)
            steps.append(step)
    last = len(pool) - 1
    outputs = [last]
    while rng.random() < 0.35:
        outputs.append(rng.randint(max(0, last - 8), last))
    columns = rng.sample(range(inputs), inputs) if rng.random() < 0.3 else [*range(inputs)]
    wrt = [k for k in range(places) if rng.random() < 0.85] or [0]
    hard = rng.choice([0.0, 0.1, 0.4])
    rows = [[drawn(rng, hard) for _ in columns] for _ in range(count)]
    seeds = [drawn(rng) if rng.random() < 0.3 else 1.0 for _ in outputs]
    return pruned(Plan(leaves, steps, outputs, columns, wrt, seeds, rows))


def random_step(rng: random.Random, known: int) -> Step:
    """One gate on what is there already; at least one operand is no constant."""
    name = rng.choice(NAMES)

    def operand() -> Any:
        if rng.random() < 0.15:
            return drawn(rng)
        return (
            rng.randrange(known)
            if rng.random() < 0.5
            else rng.randint(max(0, known - 4), known - 1)
        )

    if name in OWN:
        operands = [rng.randrange(known) for _ in range(OWN[name][1])]
    elif GATES[name].variadic:
        count = rng.choice([1, 2, 2, 3, 4, 5, 6, 9, 17])
        if rng.random() < 0.03:
            count = rng.choice([33, 64, 130, 300])
        operands = [[operand() for _ in range(count)] for _ in GATES[name].inputs]
        operands[0][rng.randrange(count)] = rng.randrange(known)
    else:
        operands = [operand() for _ in GATES[name].inputs]
        operands[rng.randrange(len(operands))] = rng.randrange(known)
    static = {}
    for word, usual in STATIC.get(name, {}).items():
        if rng.random() < 0.5:
            value = drawn(rng)
            while not math.isfinite(value):
                value = drawn(rng)
            static[word] = -abs(value) if word == "low" else abs(value)
        elif rng.random() < 0.3:
            static[word] = usual
    return name, operands, static


def reads(step: Step) -> list[int]:
    """The places that a step reads."""
    return [k for part in step[1] for k in (part if type(part) is list else [part])
            if type(k) is int]  # fmt: skip


def pruned(plan: Plan) -> Plan:
    """The same plan without the steps and leaves that no output needs."""
    first = len(plan.leaves)
    needed = {*plan.outputs}
    for k in range(len(plan.steps) - 1, -1, -1):
        if first + k in needed:
            needed.update(reads(plan.steps[k]))
    place: dict[int, int] = {}
    for k in range(first + len(plan.steps)):
        if k in needed:
            place[k] = len(place)
    columns = [c for c, k in enumerate(plan.inputs) if k in place]
    return replace(
        plan,
        leaves=[leaf for k, leaf in enumerate(plan.leaves) if k in place],
        steps=[moved(step, place) for k, step in enumerate(plan.steps, first) if k in place],
        outputs=[place[k] for k in plan.outputs],
        inputs=[place[plan.inputs[c]] for c in columns],
        wrt=[place[k] for k in plan.wrt if k in place],
        rows=[[row[c] for c in columns] for row in plan.rows],
    )


def moved(step: Step, place: dict[int, Any]) -> Step:
    """A step whose operands stand elsewhere."""

    def to(operand: Any) -> Any:
        if type(operand) is list:
            return [to(one) for one in operand]
        return place.get(operand, operand) if type(operand) is int else operand

    return step[0], [to(operand) for operand in step[1]], step[2]


def source(plan: Plan, way: str) -> str:
    """The plan as code that can be run, from the folder of the benchmarks."""
    name = [*[f"x{k}" for k in range(len(plan.leaves))], *[f"y{k}" for k in range(len(plan.steps))]]

    def text(operand: Any) -> str:
        if type(operand) is list:
            return "[" + ", ".join(map(text, operand)) + "]"
        return name[operand] if type(operand) is int else repr(operand)

    lines = ["from math import inf, nan", "from fuzzing.own import *", "from fuzzing.ways import *",
             "from gatenet import Unit", "from gatenet.gates import *", ""]  # fmt: skip
    lines += [f"x{k} = Unit({x!r}, 'x{k}', role={r!r})" for k, (x, r) in enumerate(plan.leaves)]
    for k, (gate, operands, static) in enumerate(plan.steps):
        arguments = [text(operand) for operand in operands]
        arguments += [f"{word}={value!r}" for word, value in static.items()]
        lines.append(f"y{k} = {gate}({', '.join(arguments)})")
    listed = {key: "[" + ", ".join(name[k] for k in getattr(plan, key)) + "]"
              for key in ("outputs", "inputs", "wrt")}  # fmt: skip
    lines.append(
        f"compare({listed['outputs']}, {listed['inputs']}, {listed['wrt']},\n"
        f"        seeds={plan.seeds!r},\n        rows={plan.rows!r},\n        way={way!r})"
    )
    return "\n".join(lines)
