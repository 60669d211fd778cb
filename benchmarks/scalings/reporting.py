"""The tables of the scaling benchmark, as text, which is Markdown as well; the page's markers.

Knows figures and what `model` makes of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scalings import model
from scalings.costs import efficiency
from scalings.fitting import Fit
from scalings.law import balance, law, slowest
from scalings.simulation import simulate
from scalings.workloads import DIGITS

NAMES = {"processes": "Processes", "local": "Dask"}
MANY = (10, 100, 1000)


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in plain text."""
    widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(head))]
    lines = []
    for number, row in enumerate([head, *rows]):
        lines.append("| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |")
        if number == 0:
            lines.append("|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines)


def seconds(x: float) -> str:
    """A time in the unit that suits it, three digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)):
        if abs(x) >= size:
            return f"{x / size:.3g} {unit}"
    return f"{x * 1e9:.2g} ns"


def percent(x: float) -> str:
    """A signed share."""
    return f"{100 * x:+.0f} %"


def rest(found: Fit) -> str:
    """The largest remainder of a fit."""
    return f"The fit is off by at most {100 * found.worst:.0f} % at a point it was made from."


def machine(figures: dict[str, Any]) -> str:
    """The cost of a call, a number and a gate; each point beside the fit."""
    found = model.machine_fit(figures)
    rows = [
        [f"{p['sizes']['gates']:,}", f"{p['sizes']['numbers']:,}", seconds(p["best"]),
         seconds(p["median"]), seconds(fitted), percent(error)]
        for p, fitted, error in zip(figures["machine"], found.fitted, found.errors, strict=True)
    ]  # fmt: skip
    head = ["gates x rows", "numbers read", "best, CPU", "median, CPU", "fit", "error"]
    each = found.coefficients
    return (
        f"- **{seconds(each['gates'])}** a gate and sample, value and gradient;\n"
        f"- **{seconds(each['numbers'])}** a number of a row that is read;\n"
        f"- **{seconds(each['calls'])}** a call, however many rows.\n\n"
        f"{rest(found)}\n\n{table(head, rows)}"
    )


def packing(figures: dict[str, Any]) -> str:
    """What a row costs before it is computed."""
    rows = [
        [way, seconds(p["best"]), seconds(p["best"] / p["sizes"]["numbers"])]
        for way, p in figures["packing"].items()
    ]
    return table(["rows that come as", "a row of 74 numbers, CPU", "a number"], rows)


def messages(figures: dict[str, Any]) -> str:
    """Round trips by size; and a stream of messages, by what the parent spends on each."""
    parts = []
    rows = []
    for kind, points in figures["messages"].items():
        found = model.message_fit(figures, kind)
        each = found.coefficients
        line = f"{1 / each['bytes'] / 1e6:,.0f} MB/s" if each["bytes"] else "no cost of a byte seen"
        parts.append(
            f"- **{NAMES[kind]}**: {seconds(each['messages'])} a round trip and {line}. "
            f"{rest(found)}"
        )
        rows += [
            [NAMES[kind], f"{p['sizes']['bytes']:,}", seconds(p["best"]), seconds(p["median"]),
             seconds(fitted), percent(error)]
            for p, fitted, error in zip(points, found.fitted, found.errors, strict=True)
        ]  # fmt: skip
    head = ["team", "bytes there", "best, wall", "median, wall", "fit", "error"]
    streams = [
        [NAMES[kind], seconds(found["wall"]["best"]), seconds(found["cpu"]["best"])]
        for kind, found in figures["serial"].items()
    ]
    return (
        "\n".join(parts)
        + f"\n\n{table(head, rows)}\n\nA stream of tasks of one row each, several under way, the "
        "parameters with each:\n\n"
        + table(["team", "between two answers, wall", "this process spends on each, CPU"], streams)
    )


def step(figures: dict[str, Any]) -> str:
    """What a step has once, or once for each answer."""
    rows = [[what, seconds(p["best"])] for what, p in figures["step"].items()]
    return table(["for 2,410 parameters", "CPU"], rows)


def curve(figures: dict[str, Any]) -> str:
    """Measured beside simulated."""
    rows = []
    ways = []
    for kind in figures["curve"]:
        price, points = model.predicted(figures, kind)
        ways.append(f"{NAMES[kind]} {seconds(price.latency)}")
        rows += [
            [NAMES[kind], str(p.workers), f"{p.batch:,}", f"{p.shard_size:,}", seconds(p.best),
             seconds(p.median), f"{p.speedup:.2f}", seconds(p.work), seconds(p.simulated),
             percent(p.error)]
            for p in points
        ]  # fmt: skip
    head = ["team", "workers", "batch", "shard", "best", "median", "times one worker",
            "workers' own time, together", "simulated", "error"]  # fmt: skip
    return f"The way of a message, each way: {', '.join(ways)}.\n\n{table(head, rows)}"


def waiting(figures: dict[str, Any]) -> str:
    """The same for shards that wait."""
    rows = []
    for kind in figures["waiting"]:
        price, points = model.waited(figures, kind)
        rows += [
            [NAMES[kind], str(p.workers), seconds(p.best), seconds(p.median), f"{p.speedup:.2f}",
             seconds(p.simulated), percent(p.error),
             "workers" if p.workers * (price.send + price.take) < price.shard else "messages"]
            for p in points
        ]  # fmt: skip
    head = ["team", "workers", "best", "median", "times one worker", "simulated", "error",
            "what binds"]  # fmt: skip
    first = next(iter(figures["waiting"].values()))[0]["sizes"]
    between = ", ".join(
        f"{NAMES[kind]} {seconds(points[0]['sizes']['between'])} with one worker and "
        f"{seconds(min(p['sizes']['between'] for p in points))} with many"
        for kind, points in figures["waiting"].items()
    )
    return (
        f"{first['shards']} shards of {seconds(first['pause'])} each; between two answers of a "
        f"stream that does not wait: {between}.\n\n{table(head, rows)}"
    )


def binds(figures: dict[str, Any]) -> str:
    """For each team and line: where communication takes as long as computing does."""
    rows = []
    for kind in figures["serial"]:
        for line in model.LINES:
            price = model.elsewhere(figures, kind, line)
            default = model.asked(DIGITS, 1 << 20, 1024, chosen=False)
            for workers in MANY:
                size = model.BLOCK
                while balance(price, model.asked(DIGITS, size, size, chosen=False)) < workers:
                    size += max(model.BLOCK, size // 20 // model.BLOCK * model.BLOCK)
                one = model.asked(DIGITS, workers * size, size, chosen=False)
                rows.append([
                    NAMES[kind], line, f"{workers:,}", f"{balance(price, default):.0f}",
                    f"{size:,}", f"{workers * size:,}", f"{size * DIGITS.gates:.1e}",
                    slowest(price, one)[0],
                ])  # fmt: skip
    head = ["team", "line", "workers", "with shards of 1,024 at most", "rows a shard from which",
            "batch", "gates a shard", "binds below it"]  # fmt: skip
    return table(head, rows)


def enough(figures: dict[str, Any]) -> str:
    """The batch with which so many workers are used to 80 %."""
    rows = []
    for kind in figures["serial"]:
        for line in model.LINES:
            price = model.elsewhere(figures, kind, line)
            for workers in MANY:
                size = model.enough(price, DIGITS, workers)
                one = model.asked(DIGITS, workers * size, size, chosen=False)
                run = simulate(price, one, workers)
                rows.append([
                    NAMES[kind], line, f"{workers:,}", f"{size:,}", f"{workers * size:,}",
                    f"{size * DIGITS.gates:.1e}", seconds(run.seconds),
                    seconds(law(price, one, workers).seconds),
                    f"{100 * efficiency(price, one, workers, run.seconds):.0f} %",
                ])  # fmt: skip
    head = ["team", "line", "workers", "rows a shard", "batch", "gates a shard",
            "a step, simulated", "the law", "used"]  # fmt: skip
    return table(head, rows)


def about(figures: dict[str, Any]) -> str:
    """Machine, versions, and how busy it was when each part was measured."""
    loads = "; ".join(
        f"{part}: {load:.1f}, {rounds}" for part, (load, rounds) in figures["loads"].items()
    )
    return (
        f"{figures['heading']} Load of the machine (processes that want a core) when each part was "
        f"begun, and rounds: {loads}."
    )


#: By the name of a marker on the page.
TABLES = {"machine": machine, "packing": packing, "messages": messages, "step": step,
          "curve": curve, "waiting": waiting, "binds": binds, "enough": enough}  # fmt: skip


def page(path: Path, figures: dict[str, Any]) -> None:
    """Write the tables between the markers of a page; what stands around them stays."""
    text = path.read_text(encoding="utf-8")
    parts = {"heading": about(figures)} | {name: of(figures) for name, of in TABLES.items()}
    for key, new in parts.items():
        start, end = f"<!-- scaling {key} -->", f"<!-- end {key} -->"
        if start in text:
            head, _, after = text.partition(start)
            text = f"{head}{start}\n\n{new}\n\n{end}{after.partition(end)[2]}"
    path.write_text(text, encoding="utf-8")
