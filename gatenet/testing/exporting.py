"""Export: a circuit printed as a function of another framework, from the gates' declarations.

Each gate is printed from its formula, or from its textbook line, down to primitives that the
language has a word for (`languages`); there is no table of gates.  Knows no framework: what is
printed imports its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from gatenet.circuit import Circuit
from gatenet.declaration import Gate
from gatenet.errors import FormatError, ToolMissing, WiringError
from gatenet.printing import compiled
from gatenet.testing.languages import LANGUAGES, Language
from gatenet.testing.tape import Tape
from gatenet.testing.terms import FORMS, Term, Writer

Wirable = Tape | Circuit


class Exported:
    """A circuit as a function of another framework's numbers: call it with one for each leaf.

    `.source` is the module it was printed as; `.gradients(*values)` lets the framework
    differentiate it at plain numbers.
    """

    def __init__(self, source: str, language: Language, leaves: int) -> None:
        self.source = source
        self.language = language
        self.leaves = leaves

    @cached_property
    def _module(self) -> SimpleNamespace:
        try:
            made: SimpleNamespace = compiled(_wrapped(self.source), "module")()
        except ModuleNotFoundError as error:
            raise ToolMissing(
                f"a circuit exported to {self.language.name} needs it installed: {error}",
                tool=self.language.name,
            ) from error
        return made

    def __call__(self, *leaves: Any) -> Any:
        """Give the output in the framework's numbers.

        Raises ToolMissing when the framework is not installed, WiringError for a wrong number of
        leaves.
        """
        return self._module.f(*self._checked(leaves))

    def gradients(self, *values: float) -> list[Any]:
        """The framework's derivative in each leaf at plain numbers.

        Raises FormatError for a framework that does not differentiate (NumPy, mpmath).
        """
        if not self.language.gradients:
            raise FormatError(
                f"{self.language.name} does not differentiate: compare values, or export to one "
                "that does"
            )
        found: list[Any] = self._module.gradients(*self._checked(values))
        return found

    def _checked(self, leaves: Sequence[Any]) -> Sequence[Any]:
        if len(leaves) != self.leaves:
            raise WiringError(f"got {len(leaves)} value(s) for a circuit of {self.leaves} leaves")
        return leaves

    def __repr__(self) -> str:
        return f"<circuit as a function of {self.leaves} {self.language.name} number(s)>"


def as_function(
    circuit: Wirable,
    language: str | Language,
    *,
    form: str | None = None,
    native: Iterable[str] = (),
) -> Exported:
    """Give a circuit or a tape as a function of another framework; see `to_source`.

    >>> f = as_function(Tape([1.0], [("tanh", 0)]), "torch", form="formula")
    >>> f
    <circuit as a function of 1 torch number(s)>
    >>> print(f.source)
    import torch
    ...
    def f(x0):
        x0 = torch.as_tensor(x0, dtype=torch.float64)
        u1 = torch.tanh(x0)
        return u1
    ...
    """
    spoken = _language(language)
    source = to_source(circuit, spoken, form=form, native=native)
    size = len(circuit.leaves) if isinstance(circuit, Tape) else len(_leaves(circuit))
    return Exported(source, spoken, size)


def to_source(
    circuit: Wirable,
    language: str | Language,
    *,
    form: str | None = None,
    native: Iterable[str] = (),
) -> str:
    """Print a circuit or a tape as a module of another framework with a function `f`.

    `language` is "torch", "jax", "numpy", "sympy", "mpmath" or a Language of your own.  `form`
    "formula" writes gates as gatenet computes them, "textbook" as a book prints them.  The rule is
    the textbook, but for NumPy: a framework that differentiates a formula goes into both branches
    of each `where` in it and brings nan out, and with exact numbers a textbook loses nothing.
    `native` names gates for which the framework's own function of that name is called instead:
    they are looked up in its modules, and the framework answers for what they mean.  The function
    takes the leaves in order.

    Raises WiringError for an unknown language or form, FormatError for a block, a rule or a
    primitive gate that the language has no word for, ToolMissing for `native` when the framework
    is not installed.

    >>> print(to_source(Tape([0.0, 1.0], [("hypot", 0, 1)]), "mpmath"))
    from mpmath import mp
    <BLANKLINE>
    <BLANKLINE>
    def f(x0, x1):
        x0 = mp.mpf(x0)
        x1 = mp.mpf(x1)
        # hypot
        t0 = x0 * x0
        t1 = x1 * x1
        t2 = t0 + t1
        u2 = mp.sqrt(t2)
        return u2
    <BLANKLINE>
    """
    spoken = _language(language)
    found = form or ("textbook" if spoken.exact or spoken.gradients else "formula")
    if found not in FORMS:
        raise WiringError(f"unknown form {form!r}: a gate has a 'formula' and a 'textbook'")
    own = {name: _native(spoken, name) for name in native}
    words = {**spoken.words, **own}
    writer = Writer(replace(spoken, words=words), found)
    names, rows = _rows(circuit)
    made = [Term(writer, name) for name in names]
    body = [f"{name} = {spoken.leaf.format(name)}" for name in names]
    for gate, picks in rows:
        operands = [made[pick] if isinstance(pick, int) else pick for pick in picks]
        made.append(writer.row(gate, operands, f"u{len(made)}"))
    body += [*writer.lines, f"return {made[-1].text}"]
    more = sorted({f"import {word.rpartition('.')[0]}" for word in own.values()})
    above = [spoken.decorator] if spoken.decorator else []
    lines = [
        *more,
        spoken.head,
        "",
        "",
        *above,
        f"def f({', '.join(names)}):",
        *[f"    {x}" for x in body],
    ]
    if spoken.gradients:
        lines += ["", "", "def gradients(*values):"]
        lines += [f"    {line}" for line in spoken.gradients.strip().splitlines()]
    return "\n".join([*lines, ""])


def _language(language: str | Language) -> Language:
    if isinstance(language, Language):
        return language
    if language not in LANGUAGES:
        raise WiringError(f"unknown language {language!r}: there are {', '.join(LANGUAGES)}")
    return LANGUAGES[language]


def _native(language: Language, name: str) -> str:
    """A template for the framework's own function: the first module that has one by this name."""
    for module in language.modules:
        try:
            found = import_module(module)
        except ModuleNotFoundError as error:
            raise ToolMissing(
                f"native={name!r} looks into {module}, which is not installed",
                tool=language.name,
            ) from error
        if callable(getattr(found, name, None)):
            return f"{module}.{name}(*)"
    raise WiringError(f"{language.name} has no function {name!r} in {', '.join(language.modules)}")


Row = tuple[Gate, Sequence[int | float]]


def _rows(circuit: Wirable) -> tuple[list[str], list[Row]]:
    """The leaves' names in the printed function, and the gates with their operands."""
    if isinstance(circuit, Tape):
        return [f"x{k}" for k in range(len(circuit.leaves))], list(circuit.steps)
    if not circuit.single:
        raise FormatError("a circuit of several outputs is exported one output at a time")
    leaves = _leaves(circuit)
    places: dict[int, int | float] = {row: k for k, row in enumerate(leaves)}
    found: list[Row] = []
    values = circuit.values
    for k, row in enumerate(circuit.rows):
        if row.role == "constant":
            places[k] = values[k]
        elif row.gate is not None:
            places[k] = len(leaves) + len(found)
            found.append((row.gate.bind(**row.static), [places[p] for p in row.operands]))
    return [f"x{k}" for k in range(len(leaves))], found


def _leaves(circuit: Circuit) -> list[int]:
    return sorted([*circuit.inputs, *circuit.parameters])


def _wrapped(source: str) -> str:
    """The module as the body of a function, so that running it leaves no name behind."""
    inner = re.sub(r"^(?=.)", "    ", source, flags=re.MULTILINE)
    return (
        f"def module():\n    from types import SimpleNamespace\n{inner}\n"
        "    return SimpleNamespace(**locals())"
    )
