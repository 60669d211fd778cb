"""Which tests try which modules, and the surviving mutants that change nothing.

The tests of a group are those that say what its modules must do, the quicker ones: a mutant that
only a slow test elsewhere would kill counts as a survivor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Group:
    """Modules tried together, the tests that try them, and how many of their mutants."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    share: float = 1.0
    #: The tests that try what is read at import, where importing for all of them takes too long.
    quick: tuple[str, ...] = ()

    def paths(self) -> list[str]:
        """The tests, where the command runs."""
        return [f"tests/{name}" for name in self.tests]


_DECLARING = ("test_formula.py", "test_declaration.py", "test_printing.py",
              "test_core_messages.py", "test_gates.py")  # fmt: skip
_GATES = ("test_gates.py", "test_gate_tables.py", "test_gate_values.py", "test_gate_partials.py")
_QUICK = tuple(f"test_checking_{name}.py" for name in (
    "parts", "judging", "lines", "recorded", "oracle", "exact", "gatereports", "rounding",
    "sampled", "numbers", "sums", "sides"))  # fmt: skip
_CHECKING = (*_QUICK, "test_checking_subjects.py", "test_checking.py", "test_checking_laws.py",
             "test_checking_layers.py", "test_checking_logic.py", "quality")  # fmt: skip

FAMILIES = ("comparisons", "arithmetic", "powers", "lengths", "exponentials", "logarithms",
            "trigonometric", "hyperbolic", "special", "sigmoids", "rectifiers", "gated",
            "piecewise", "reductions")  # fmt: skip
CHECKER = ("ulps", "truth", "directions", "domains", "guilt", "calls", "lines", "complexstep",
           "judging", "kinds", "sampling", "report", "gradients", "layers", "blame", "precise",
           "duality", "ports", "radii", "longdifferences", "taylor", "differences", "exact",
           "subjects", "foreign", "gates", "commandline", "inlining", "logic",
           "pythonrules")  # fmt: skip

#: By name, in the order in which they are run.
GROUPS: dict[str, Group] = {
    "ieee": Group(("ieee",), ("test_ieee.py",)),
    "formula": Group(("formula",), _DECLARING),
    "sweep": Group(("sweep",), ("test_sweep.py", "test_blocks.py", "test_transforms.py",
                                "test_transforms_edges.py", "test_core_messages.py",
                                "test_modes.py")),
    "unit": Group(("unit",), ("test_unit.py", "test_core_messages.py", "test_modes.py",
                              "test_copying.py", "viz/test_notebook.py")),
    "circuit": Group(("circuit",), ("test_circuit.py", "test_core_messages.py", "test_modes.py",
                                    "viz/test_notebook.py")),
    "declaration": Group(("declaration",), _DECLARING),
    "record": Group(("record",), (*_DECLARING, "test_unit.py")),
    "printing": Group(("printing",), (*_DECLARING, "test_flattening.py")),
    "gates": Group(tuple(f"gates.{name}" for name in FAMILIES), _GATES),
    "compensated": Group(("gates.compensated",), ("test_compensated.py",)),
    "catalogue": Group(("gates.__init__",), ("test_gates.py",)),
    "checking": Group(tuple(f"checking.{name}" for name in CHECKER), _CHECKING, share=0.1,
                      quick=_QUICK),
}  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """A kind of change that changes nothing, and why."""

    before: str
    after: str
    why: str


RULES = (
    Rule(r"strict=True", r"^(?!.*strict=True)",
         "zip(strict=True) asserts that two of our own lists are equally long; no input breaks it"),
    Rule(r"(kind|random\(\)) < 0", r"(kind|random\(\)) <= 0",
         "a random number is exactly that bound once in 2**53 draws"),
    Rule(r"maxsize=\d+", r"maxsize=|lru_cache\(",
         "the size of a cache decides speed, not results"),
)  # fmt: skip


def explained() -> dict[str, str]:
    """The equivalent mutants by key, with the reason for each."""
    found: dict[str, str] = {}
    why = ""
    for line in Path(__file__).with_name("mutation_equivalent.txt").read_text("utf-8").splitlines():
        if line.startswith("# "):
            why = line[2:]
        elif line.strip():
            found[line] = why
    return found


def reason(key: str, known: dict[str, str]) -> str | None:
    """Why a mutant that survives is equivalent; None where nobody has said it."""
    if key in known:
        return known[key]
    _, _, before, after = key.split(" | ", 3) if key.count(" | ") == 3 else ("", "", key, key)
    for rule in RULES:
        if re.search(rule.before, before) and re.search(rule.after, after):
            return rule.why
    return None
