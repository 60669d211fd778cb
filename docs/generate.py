"""Write what is derived from the gates: the reference page with its plots, and type stubs.

    python docs/generate.py           # write docs/gates.md, docs/plots/*.svg and two stubs:
                                      # gatenet/methods.pyi, gatenet/nn/named.pyi
    python docs/generate.py --check   # exit 1 and say which file is not up to date

Nothing on the page is typed by hand: formula, derivative, domain and kinks are printed from each
gate's declaration, the prose is its docstring.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gatenet import Unit
from gatenet.declaration import Gate
from gatenet.formula import to_text
from gatenet.gates import CATALOGUE
from gatenet.nn.named import ACTIVATIONS
from gatenet.viz import draw, plot_gate

HEAD = """# The gates

Every gate of `gatenet.gates`, printed from its declaration by `docs/generate.py`. The *formula* is
what is computed, written so that it is accurate everywhere; a *primitive* gate is the C library's
own. The *textbook* form is what it means, and what tests hold it against.

`z` is the gate's own value, `n` the number of inputs; `where(c, a, b)` is a where c holds and b
elsewhere; `fold[...]` goes through the inputs from left to right. A gate with *edges* makes no pull
where its upstream gradient is exactly 0. *Where flat* is what the gate (or the input, where it has
several) is called in an explanation when its local derivative is 0 or nearly so.

"""


def page() -> str:
    """The reference page."""
    families: dict[str, list[Gate]] = {}
    for gate in CATALOGUE.values():
        families.setdefault(gate.__module__.rsplit(".", 1)[-1], []).append(gate)
    lines = [HEAD]
    for family, gates in families.items():
        links = ", ".join(f"[{gate.name}](#{gate.name})" for gate in gates)
        lines.append(f"- **{family.replace('_', ' ')}**: {links}\n")
    for gates in families.values():
        lines += [entry(gate) for gate in gates]
    return "".join(lines)


def entry(gate: Gate) -> str:
    """One gate's part of the page."""
    signature = str(gate.__signature__).replace(", /", "")
    prose = (gate.__doc__ or "").split(">>>")[0].strip()
    primitive = " (primitive)" if gate.primitive is not None else ""
    rows = [("symbol", code(gate.symbol)), ("formula", code(to_text(gate.formula)) + primitive)]
    rows.append(("textbook", code(gate.textbook)))
    rows += [
        (f"derivative in {name}", code(to_text(partial)))
        for name, partial in zip(gate.inputs, gate.partial_formulas, strict=True)
    ]
    domain = gate.domain
    everywhere = domain.condition is None
    rows.append(("domain", "everywhere" if everywhere else code(to_text(domain.condition))))
    if domain.kinks:
        rows.append(("kinks", ", ".join(code(f"{to_text(kink)} = 0") for kink in domain.kinks)))
    if domain.edges:
        rows.append(("edges", ", ".join(code(f"{to_text(edge)} = 0") for edge in domain.edges)))
    if gate.flat:
        rows.append(("where flat", gate.flat))
    table = "".join(f"| {name} | {text} |\n" for name, text in rows)
    plot = f"\n![{gate.name} and its derivative](plots/{gate.name}.svg)\n" if drawn(gate) else ""
    title = f"\n## {gate.name}\n\n`{gate.name}{signature}`\n"
    return f"{title}\n{prose}\n{plot}\n| | |\n|---|---|\n{table}"


def code(text: str) -> str:
    """Text as code inside a table's cell."""
    return "`" + text.replace("|", "\\|") + "`"


def drawn(gate: Gate) -> bool:
    """Whether a gate has a plot: those of a fixed number of inputs, up to two."""
    return not gate.variadic and len(gate.inputs) <= 2


def stub() -> str:
    """The type stub of `Unit`'s methods."""
    lines = [
        "# Written by docs/generate.py from the gates; do not edit.\n",
        "from gatenet.unit import Unit\n\nclass Methods:\n",
    ]
    for gate in CATALOGUE.values():
        if gate.variadic and gate.groups > 1:
            continue
        if gate.variadic:
            arguments = "*others: Unit | float"
        else:
            arguments = ", ".join(f"{name}: Unit | float" for name in gate.inputs[1:])
            arguments += ", /" if arguments else ""
        if gate.static:
            fixed = ", ".join(f"{key}: float = {default(x)}" for key, x in gate.static.items())
            arguments = f"{arguments}, *, {fixed}" if arguments else f"*, {fixed}"
        self = "self, " + arguments if arguments else "self"
        summary = (gate.__doc__ or "").splitlines()[0]
        lines.append(f"    def {gate.name}({self}) -> Unit:\n")
        lines.append(f'        """{summary}"""\n')
    return "".join(lines)


def activations() -> str:
    """The type stub of the activations that are modules."""
    lines = [
        "# Written by docs/generate.py from the gates; do not edit.\n",
        "from gatenet.nn.elementwise import GateActivation\n\n",
        "ACTIVATIONS: dict[str, type[GateActivation]]\n",
    ]
    for name, kind in ACTIVATIONS.items():
        summary = (kind.gate.__doc__ or "").splitlines()[0]
        static = kind.gate.static.items()
        fixed = "".join(f", {key}: float = {default(value)}" for key, value in static)
        lines.append(f'\nclass {name}(GateActivation):\n    """{summary}"""\n')
        lines.append(f"    def __init__(self{fixed}) -> None: ...\n")
    return "".join(lines)


def default(value: float) -> str:
    """A default as a stub can show it."""
    return repr(value) if math.isfinite(value) else f'float("{value!r}")'


def neuron() -> str:
    """The README's picture: the Hacker's guide's single neuron after one backward pass."""
    a, b, c = Unit(1.0, "a"), Unit(2.0, "b"), Unit(-3.0, "c")
    x, y = Unit(-1.0, "x"), Unit(3.0, "y")
    s = (a * x + b * y + c).sigmoid()
    s.name = "s"
    s.backward()
    return draw(s, engine="builtin").svg


def files() -> dict[Path, str]:
    """Every generated file with its text."""
    found = {
        ROOT / "docs" / "gates.md": page(),
        ROOT / "docs" / "neuron.svg": neuron(),
        ROOT / "gatenet" / "methods.pyi": stub(),
        ROOT / "gatenet" / "nn" / "named.pyi": activations(),
    }
    for gate in CATALOGUE.values():
        if drawn(gate):
            found[ROOT / "docs" / "plots" / f"{gate.name}.svg"] = plot_gate(gate).svg
    return found


def main() -> int:
    """Write the files, or check them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail where it differs")
    options = parser.parse_args()
    wrong = 0
    for path, text in files().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        name = path.relative_to(ROOT)
        if options.check:
            print(f"{name} is not up to date: run python docs/generate.py", file=sys.stderr)
            wrong = 1
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
