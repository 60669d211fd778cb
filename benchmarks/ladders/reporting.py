"""Tables of the ladder, the targets with the word met or missed, and the page of the docs."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path

from ladders.measuring import Measured, Row
from ladders.targets import targets

#: What the ratio of each workload is against.
BASE = {"mlp2": "CasADi C", "mlp64": "CasADi C", "gpt1": "microgpt shape",
        "gpt16": "microgpt shape"}  # fmt: skip
PACKAGES = ("micrograd", "xad", "torch", "jax", "numpy", "casadi")


def heading(threads: int, rounds: int, limit: float) -> str:
    """Machine and versions, and how it was measured."""
    model = ""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        model = re.search(r"model name\s*: (.*)", text)[1]  # type: ignore[index]
    except (OSError, TypeError):
        model = platform.processor() or platform.machine()
    known = []
    for package in PACKAGES:
        try:
            known.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            known.append(f"{package} not installed")
    try:
        gcc = subprocess.run(["gcc", "-dumpfullversion"], capture_output=True, text=True).stdout
        known.append(f"gcc {gcc.strip()}")
    except OSError:
        known.append("gcc not installed")
    import gatenet

    load = os.getloadavg() if hasattr(os, "getloadavg") else (0.0, 0.0, 0.0)
    return (
        f"gatenet {gatenet.__version__}, Python {platform.python_version()} on "
        f"{platform.system()} {platform.machine()}; {model}, {os.cpu_count()} cores; "
        f"{', '.join(known)}. Libraries may use {threads} thread{'s' if threads > 1 else ''}; "
        f"{rounds} rounds; a rung is given up after {limit:.0f} s. "
        f"Load of the machine when it began: {load[0]:.1f}."
    )


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in plain text, which is Markdown as well."""
    widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(head))]
    lines = []
    for number, row in enumerate([head, *rows]):
        lines.append("| " + " | ".join(c.ljust(w) for c, w in zip(row, widths)) + " |")
        if number == 0:
            lines.append("|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines)


def figure(x: float) -> str:
    """A number with three digits that matter."""
    if x >= 100:
        return f"{x:,.0f}"
    return f"{x:.3g}" if x >= 0.01 else f"{x:.2g}"


def of_workload(one: Measured) -> str:
    """The table of one workload."""
    done = [row for row in one.rows.values() if not row.left]
    base = one.rows.get(BASE.get(one.key, "micrograd"))
    against = base if base is not None and not base.left else None
    head = ["rung", "ns a gate and row", "best", "wall", "spread", "ms a step", "made in s",
            "peak MiB", f"times {against.rung}" if against else "ratio", "rows run"]  # fmt: skip
    rows = []
    for row in done:
        each = row.seconds()
        ratio = figure(against.seconds() / each) if against else "-"
        rows.append([
            row.rung, figure(each / one.gates * 1e9),
            figure(row.seconds("best") / one.gates * 1e9),
            figure(row.seconds("wall") / one.gates * 1e9), f"{100 * row.spread():.0f}%",
            figure(each * one.batch * 1e3), figure(row.made["cpu"]),
            f"{row.made['rss']:,.0f}", ratio, f"{row.made['rows']:,}",
        ])  # fmt: skip
    lines = [f"### {one.title}", "", f"{one.gates:,} gates a row.", "", table(head, rows)]
    left = [f"{row.rung} ({row.left})" for row in one.rows.values() if row.left]
    if left:
        lines += ["", f"Left out: {'; '.join(left)}."]
    if len(one.same_bits) > 1:
        lines += ["", f"The same bits on single rows: {', '.join(one.same_bits)}."]
    notes = [note(one, row) for row in done if row.made.get("facts")]
    lines += ["", *[line for line in notes if line]]
    return "\n".join(lines).rstrip()


def note(one: Measured, row: Row) -> str:
    """What there is to say beside the table: recording and compiling apart, bytes of a unit."""
    facts = row.made["facts"]
    if "compile" in facts:
        each = facts["compile"] / one.gates * 1e6
        return (
            f"- {row.rung}: recorded in {figure(facts['record'])} s, compiled in "
            f"{figure(facts['compile'])} s of CPU time, {figure(each)} microseconds a gate."
        )
    if "bytes a unit" in facts:
        return f"- {row.rung}: {facts['bytes a unit']:.0f} bytes a unit."
    return ""


def merged(text: str, new: list[str]) -> list[str]:
    """The targets of a page with the new lines in their places; what was not measured stays."""
    between = text.partition("<!-- ladder targets -->")[2].partition("<!-- end targets -->")[0]
    fresh = {line.partition(": ")[0]: line for line in new}
    old = [line for line in between.splitlines() if line.startswith("- ")]
    kept = [fresh.pop(line.partition(": ")[0], line) for line in old]
    return [*kept, *fresh.values()]


def page(path: Path, found: dict[str, Measured]) -> None:
    """Write the targets and the tables between the markers of a page."""
    text = path.read_text(encoding="utf-8")
    parts = {"targets": "\n".join(merged(text, targets(found)))}
    parts |= {key: f"{of_workload(one)}\n\n{one.heading}" for key, one in found.items()}
    for key, new in parts.items():
        start, end = f"<!-- ladder {key} -->", f"<!-- end {key} -->"
        if start in text:
            head, _, rest = text.partition(start)
            text = f"{head}{start}\n\n{new}\n\n{end}{rest.partition(end)[2]}"
    path.write_text(text, encoding="utf-8")
