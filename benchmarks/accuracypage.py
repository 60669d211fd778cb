"""The page docs/accuracy.md: its words, and the table that benchmarks/accuracy.py measures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from textwrap import fill

from measuring import PARTIAL_BOUND, SCALES, VALUE_BOUND, Measure

from gatenet.gates import CATALOGUE, SLOPES

Found = Mapping[str, Mapping[str, Measure]]

#: What a distance is measured in, for gates whose result is a sum that may cross zero.
UNITS = {name: "largest term, per input" for name in SCALES if name != "product"}
UNITS["product"] = "result, per input"

WORDS = """# How far from the truth

The largest error found in each gate's value and in each of its local derivatives, in units in the
last place (ULP) of the exact number, over {points:,} points a gate inside its domain. The points
cover all of float64: random bits, random exponents, subnormals, the ends, the neighbourhood of
every branch point of every formula, of kinks and edges and of the roots of slopes, and places
where large terms cancel. The truth is each gate's *textbook* formula in ball arithmetic with a
rigorous bound (python-flint), never our own formula. Beside ours stand the functions that PyTorch
and JAX (with x64) have for the same gate, asked at the same points.

The promise: at most {value:g} for a value and {partial:g} for every partial of a gate of one or
two inputs. {kept}

Where a slope crosses zero (the roots of silu', gelu' and mish') our formulas are centred on the
root, so the bound holds there as well. Where a *sum* crosses zero (gates of any number of inputs)
no formula in float64 can keep a bound in ULP of the result: there the unit is that of the largest
term, and the distance is divided by the number of inputs, for all three libraries; the last
column says so. Kinks are left out (what holds there stands in [conventions](conventions.md)), and
so is the very edge of a domain.

In brackets stands the share of points that are more than {partial:g} ULP off. `∞` is a nan, an
infinity where the number is finite, or anything else where it is 0; `-` a gate that the framework
has no function for, or no derivative of. JAX flushes subnormal numbers to 0, in and out, which is
behind many of its figures around 4.5e+15.

{summary}

{table}

The last rows are derivatives that are gates themselves, because their accurate form is their own.

Measured on {machine} by

```sh
nice python benchmarks/accuracy.py
```

which needs mpmath and python-flint (the extra `check`), torch and jax, takes some forty minutes,
and fails when a bound of ours is broken. The test suite does the same for our gates at 2,000
points each. Another C library gives other last digits.
"""


def figure(worst: float, past: int, of: int) -> str:
    """A distance, and the share of points past the bound."""
    if not of:
        return "-"
    text = "∞" if math.isinf(worst) else f"{worst:.2f}" if worst < 1000 else f"{worst:.1e}"
    if not past:
        return text
    share = 100 * past / of
    return f"{text} ({share:.1f} %)" if share >= 0.1 else f"{text} (< 0.1 %)"


def cells(name: str, found: Measure | None) -> tuple[str, str]:
    """Value and partials of one gate by one library."""
    if found is None:
        return "-", "-"
    value = figure(found.value, found.past[0], found.compared[0])
    if name in SLOPES:
        return value, "-"
    slopes = [figure(worst, past, of) for worst, past, of
              in zip(found.partials, found.past[1:], found.compared[1:])]  # fmt: skip
    return value, "-" if set(slopes) == {"-"} else ", ".join(slopes)


def table(found: Found, rivals: Sequence[str]) -> str:
    """One row a gate, two columns a library."""
    names = ["gatenet", *rivals]
    heads = [f"{name} {what}" for name in names for what in ("value", "partials")]
    lines = [f"| gate | {' | '.join(heads)} | points | in ULP of the |"]
    lines.append("|---" * (len(heads) + 3) + "|")
    for gate, by in found.items():
        row = [cell for name in names for cell in cells(gate, by.get(name))]
        unit = UNITS.get(gate, "result")
        lines.append(f"| {gate} | {' | '.join(row)} | {by['gatenet'].points} | {unit} |")
    return "\n".join(lines)


def kept(found: Found) -> str:
    """Say which values are above their bound, if any."""
    above = {gate: by["gatenet"].value for gate, by in found.items()
             if gate in CATALOGUE and by["gatenet"].value > VALUE_BOUND}  # fmt: skip
    most = max(worst for gate, by in found.items() if gate in CATALOGUE
               for worst in by["gatenet"].partials)  # fmt: skip
    text = f"The largest partial measured is {most:.2f}."
    if above:
        named = ", ".join(f"`{gate}` ({worst:.2f})" for gate, worst in above.items())
        text += (
            f" Values above {VALUE_BOUND:g}: {named}. `erfc`, which is the C library's own, "
            "`symmetric_sigmoid`, `mish` and `gelu`, which are made of several rounded parts, "
            f"promise {PARTIAL_BOUND:g}."
        )
    return text


def summary(found: Found, rivals: Sequence[str]) -> str:
    """Count the partials that each library has within the bound."""
    lines = []
    for name in ["gatenet", *rivals]:
        pairs = [(worst, of) for gate, by in found.items() if gate in CATALOGUE and name in by
                 for worst, of in zip(by[name].partials, by[name].compared[1:]) if of]  # fmt: skip
        within = sum(worst <= PARTIAL_BOUND for worst, _ in pairs)
        lines.append(f"{name} keeps {within} of {len(pairs)} partials within {PARTIAL_BOUND:g} ULP")
    return "; ".join(lines) + "."


def page(found: Found, rivals: Sequence[str], machine: str, points: int) -> str:
    """The whole page."""
    filled = WORDS.format(
        points=points, value=VALUE_BOUND, partial=PARTIAL_BOUND, kept=kept(found),
        summary=summary(found, rivals), table="{table}", machine=machine,
    )  # fmt: skip
    paragraphs = [
        part if part.startswith(("#", "```")) else fill(part, 100, break_on_hyphens=False)
        for part in filled.strip().split("\n\n")
    ]
    return "\n\n".join(paragraphs).replace("{table}", table(found, rivals)) + "\n"
