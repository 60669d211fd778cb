"""What the numbers must be, and what they are: each target with its figure, met or missed."""

from __future__ import annotations

from ladders.measuring import Measured


def ratio(one: Measured | None, ours: str, other: str, kind: str = "cpu") -> float | None:
    """How many times less of a row's time our rung takes; None where either is missing."""
    if one is None:
        return None
    rows = [one.rows.get(name) for name in (ours, other)]
    if any(row is None or row.left or not row.cpu for row in rows):
        return None
    a, b = (row.seconds(kind) for row in rows if row is not None)
    return b / a


def compile_ratio(one: Measured | None, ours: str, other: str) -> float | None:
    """How many times less CPU time making takes, from plain numbers to the first result."""
    if one is None:
        return None
    rows = [one.rows.get(name) for name in (ours, other)]
    if any(row is None or row.left for row in rows):
        return None
    a, b = (row.made["cpu"] for row in rows if row is not None)
    return float(b / a)


def growth(
    small: Measured | None, large: Measured | None, name: str, kind: str = "cpu"
) -> float | None:
    """How much more a gate of the large circuit costs than one of the small."""
    if small is None or large is None:
        return None
    rows = [one.rows.get(name) for one in (small, large)]
    if any(row is None or row.left or not row.cpu for row in rows):
        return None
    a, b = (r.seconds(kind) / one.gates for r, one in zip(rows, (small, large)) if r is not None)
    return b / a


def best(*found: float | None) -> float | None:
    """The largest of what there is."""
    return max((x for x in found if x is not None), default=None)


#: What is asked, the bar, the figure, and whether at least the bar is wanted.
Target = tuple[str, float, float | None, bool]


def figures(by: dict[str, Measured], kind: str) -> list[Target]:
    """The figures of these workloads, by the medians ("cpu") or by the best rounds ("best")."""
    get = by.get
    wide = get("mlp64")
    lines: list[Target] = [
        ("machine against CasADi's C, MLP(64, [32, 10])", 4.0,
         ratio(wide, "machine", "CasADi C", kind), True),
        ("machine against JAX on matrices", 1.0,
         ratio(wide, "machine", "JAX matrices", kind), True),
        ("machine against NumPy on matrices", 1.0,
         ratio(wide, "machine", "NumPy by hand", kind), True),
        ("wide machine against NumPy on matrices", 1.0,
         ratio(wide, "wide", "NumPy by hand", kind), True),
        ("compiling against CasADi with gcc, from numbers to the first result", 50.0,
         compile_ratio(wide, "machine", "CasADi C"), True),
        ("GPT, one name, native wide kernels against the scalar class", 1000.0,
         ratio(get("gpt1"), "wide", "microgpt shape", kind), True),
        ("the same, sums reassociated", 1000.0,
         ratio(get("gpt1"), "wide reassociated", "microgpt shape", kind), True),
        ("GPT, one name, wide with NumPy against the scalar class", 250.0,
         ratio(get("gpt1"), "wide NumPy", "microgpt shape", kind), True),
        ("the same, sums reassociated and NumPy's own functions", 250.0,
         ratio(get("gpt1"), "wide NumPy reassociated", "microgpt shape", kind), True),
        ("GPT, sixteen names, best of ours against the scalar class, per name", 5000.0,
         best(*[ratio(get("gpt16"), name, "microgpt shape", kind)
                for name in ("wide", "wide reassociated", "machine")]), True),
        ("a gate's cost on the machine, 1e6 gates against 1e4", 1.5,
         growth(get("1e4"), get("1e6"), "machine", kind), False),
        ("a unit's cost on the native units, 1e6 against 1e4", 2.0,
         growth(get("1e4"), get("1e6"), "eager native", kind), False),
        ("native units against micrograd, 1e4 gates", 10.0,
         ratio(get("1e4"), "eager native", "micrograd", kind), True),
        ("native units against micrograd, 1e6 gates", 10.0,
         ratio(get("1e6"), "eager native", "micrograd", kind), True),
        ("native units against micrograd, training step on 100 moons", 60.0,
         ratio(get("moons"), "eager native", "micrograd", kind), True),
        ("native units against microgpt's shape, training step on 100 moons", 10.0,
         ratio(get("moons"), "eager native", "microgpt shape", kind), True),
    ]  # fmt: skip
    for key in ("1e5", "1e6"):
        row = by[key].rows.get("eager native") if key in by else None
        if row is not None and not row.left:
            size = row.made["facts"].get("bytes a unit")
            lines.append((f"bytes of a native unit, {key} gates", 120.0, size, False))
    return lines


def targets(by: dict[str, Measured]) -> list[str]:
    """The targets that these workloads decide, one line each."""
    found = []
    for (title, bar, value, least), (_, _, best_value, _) in zip(
        figures(by, "cpu"), figures(by, "best")
    ):
        if value is None or best_value is None:
            continue
        met = value >= bar if least else value <= bar
        asked = f"{'at least' if least else 'at most'} {bar:,g}"
        other = "" if best_value == value else f" ({best_value:,.3g} by the best rounds)"
        word = "met" if met else "MISSED"
        found.append(f"- {title}: {value:,.3g}{other}, {asked}: **{word}**")
    return found
