"""C headers: what a program in C or C++ includes to call an exported function.

Knows what `c` prints; names of units stand nowhere in it.
"""

from __future__ import annotations

from typing import Any

from gatenet._version import __version__
from gatenet.exporting.c import prototype
from gatenet.exporting.naming import C_WORDS, checked
from gatenet.exporting.subject import subject


def c_header(what: Any, name: str = "f", *, gradients: bool = True) -> str:
    """Print the header of what `c_source` prints under this name, for C and for C++.

    It declares the function and how many numbers a row of each array has: `f_INPUTS`,
    `f_PARAMETERS`, `f_OUTPUTS` and `f_GRADIENTS` for the name f.

    Raises RangeError for a name that C does not take.

    >>> from gatenet import Circuit, Unit
    >>> x = Unit(0.0, "x")
    >>> print(c_header(Circuit(x * x).compile([x]), "square"))
    /* square: 1 input, 1 parameter, 1 output, 1 gradient; printed by gatenet ...
    #ifndef SQUARE_H
    #define SQUARE_H
    ...
    enum { square_INPUTS = 1, square_PARAMETERS = 1, square_OUTPUTS = 1, square_GRADIENTS = 1 };
    ...
    """
    checked(name, C_WORDS)
    found = subject(what, gradients=gradients)
    counts = {
        "INPUTS": found.inputs, "PARAMETERS": found.parameters,
        "OUTPUTS": found.outputs, "GRADIENTS": found.gradients,
    }  # fmt: skip
    sizes = ", ".join(f"{name}_{kind} = {len(names)}" for kind, names in counts.items())
    guard = f"{name.upper()}_H"
    lines = [
        f"/* {name}: {found.said()}; printed by gatenet {__version__} */",
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        "#include <stddef.h>",
        "",
        "#ifdef __cplusplus",
        'extern "C" {',
        "#endif",
        "",
        "/* How many numbers a row of inputs has, the table of parameters with a seed for each",
        " * output at its end, and a row of outputs and of gradients. */",
        f"enum {{ {sizes} }};",
        "",
        "/* Works n rows out, gives the number of rows done; parameters and gradients may be",
        " * NULL. What the arrays hold is said at the head of the source. */",
        f"{prototype(name)};",
        "",
        "#ifdef __cplusplus",
        "}",
        "#endif",
        "",
        "#endif",
    ]
    return "\n".join([*lines, ""])
