"""C: a program as one file of C99 that stands alone, values and gradients, row by row.

The operations, or the loops of a wide program, stand in functions of bounded size (gcc is far from
linear in a function's length) that hand values on through a workspace.  Knows what a file of C has
round them; names of units stand in comments alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gatenet._version import __version__
from gatenet.errors import WiringError
from gatenet.exporting.cbody import SIZE, Body, number
from gatenet.exporting.cloops import Loops
from gatenet.exporting.naming import C_WORDS, checked, comment
from gatenet.exporting.plan import Plan
from gatenet.exporting.subject import Subject, subject, wide_subject

#: Numbers that may stand on the stack; a larger workspace is asked of malloc.
STACK = 4096
#: Names that the header comment lists of each kind.
LISTED = 100


def c_source(
    what: Any,
    name: str = "f",
    *,
    parameters: Iterable[float] | None = None,
    gradients: bool = True,
    main: bool = False,
    loops: bool | None = None,
) -> str:
    """Print a program or a compiled circuit as C99.

    The file has `size_t f(const double *rows, size_t n, const double *parameters, double
    *outputs, double *gradients)`.  `rows` are n rows of inputs, `outputs` and `gradients` get as
    many rows of results.  `parameters` may be NULL, for the values of now, which stand in the file
    (those of a compiled circuit; a program's are given here); they end in one seed for each
    output.  `gradients` may be NULL: then the values alone are worked out.  The function gives
    the number of rows done: less than n where a comparison recorded under `record()` goes the
    other way in the next row, or there is no memory.  `main=True` adds a program that reads rows
    from its standard input.

    With `loops` the circuit is widened: a step over many numbers is a loop or two, which makes
    the file of a network short.  By default what was compiled with backend="wide" has loops.

    The results are the eager engine's bits where the same C library works them out.

    Raises RangeError for a name that C does not take, WiringError for `main` without parameters,
    CompileError for `loops` without a circuit, or with one that cannot be widened.

    >>> from gatenet import Circuit, Unit
    >>> x = Unit(0.0, "x")
    >>> print(c_source(Circuit(x * x).compile([x]), "square"))
    /* square: 1 input, 1 parameter, 1 output, 1 gradient; printed by gatenet ...
    SQUARE_APART void square_row_0(const double *restrict x, double *restrict outputs)
    {
        const double v... = x[0] * x[0];
        outputs[0] = v...;
    }
    ...
    """
    checked(name, C_WORDS)
    body: Body | Loops
    options: Any = {"parameters": parameters, "gradients": gradients}
    wide = wide_subject(what, loops, **options)
    found: Subject[Any] = wide or subject(what, **options)
    if main and found.values is None:
        raise WiringError(
            "main=True needs the parameters' values: give parameters=, or export the compiled "
            "circuit in place of its program"
        )
    body = Body(Plan(found.program, SIZE), name) if wide is None else Loops(wide.program, name)
    lines = [
        *_comment(found, name),
        *_head(body, main),
        *_pointers(body),
        *_table(found, name),
        *body.tables,
        *body.lines,
        *_function(body, found),
        *(_main(name, found) if main else ()),
    ]
    return "\n".join([*lines, ""])


def prototype(name: str) -> str:
    """How the function is declared."""
    return (
        f"size_t {name}(const double *rows, size_t n, const double *parameters,\n"
        "    double *outputs, double *gradients)"
    )


def _comment(found: Subject[Any], name: str) -> list[str]:
    lines = [
        f"/* {name}: {found.said()}; printed by gatenet {__version__}",
        " *",
        f" *     cc -std=c99 -O2 -ffp-contract=off {name}.c -lm",
        " *",
        " * works rows out one after another and gives the number of rows done: less than n",
        " * where a recorded comparison goes the other way, or there is no memory. parameters",
        " * may be NULL for those in this file, gradients may be NULL for none; no two arrays",
        " * overlap. The gradients are those of the sum of seed times output; the seeds are the",
        " * last parameters, one for each output.",
        " *",
    ]
    kinds = {"input": found.inputs, "output": found.outputs, "gradient": found.gradients}
    for title, names in kinds.items():
        lines += [f" * {title} {k}: {comment(one)}" for k, one in enumerate(names[:LISTED]) if one]
        if len(names) > LISTED:
            lines.append(f" * and so on to {title} {len(names) - 1}")
    return [*lines, " */"]


def _head(body: Body | Loops, main: bool) -> list[str]:
    return [
        "#include <math.h>",
        "#include <stddef.h>",
        *body.headers,
        *(["#include <stdio.h>"] if main else []),
        *(["#include <stdlib.h>"] if _large(body) else []),
        "",
        "/* Every operation is rounded as it stands: no fused ones, no shortcuts. */",
        "#ifdef __FAST_MATH__",
        '#error "compile without -ffast-math: infinities, nan and every rounding matter"',
        "#endif",
        "#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ == 2",
        '#error "doubles are rounded late here: compile with -msse2 -mfpmath=sse"',
        "#endif",
        "#if defined(__GNUC__) && !defined(__clang__)",
        '#pragma GCC optimize("-ffp-contract=off")',
        "#else",
        "#pragma STDC FP_CONTRACT OFF",
        "#endif",
        "",
        "/* Functions stay apart: compilers are far from linear in the length of one. */",
        "#if defined(__GNUC__)",
        f"#define {body.apart} __attribute__((noinline)) static",
        "#else",
        f"#define {body.apart} static",
        "#endif",
    ]


def _large(body: Body | Loops) -> bool:
    return sum(body.sizes.values()) > STACK


def _pointers(body: Body | Loops) -> list[str]:
    """The library's functions, through pointers that no compiler looks behind."""
    if not body.functions:
        return []
    lines = [
        "",
        "/* Called through pointers, so that no compiler puts something else in their place:",
        " * pow(x, 2) made x * x may have another last bit. */",
    ]
    for name, arity in sorted(body.functions.items()):
        takes = ", ".join(["double"] * arity)
        lines.append(f"static double (*const volatile lib_{name})({takes}) = {name};")
    return lines


def _table(found: Subject[Any], name: str) -> list[str]:
    if not found.values:
        return []
    lines = ["", f"static const double {name}_parameters[{len(found.values)}] = {{"]
    for k, (value, label) in enumerate(zip(found.values, found.parameters, strict=True)):
        lines.append(f"    {number(value)}, /* {k} {comment(label)} = {value:.6g} */")
    return [*lines, "};"]


def _function(body: Body | Loops, found: Subject[Any]) -> list[str]:
    """The one function that is called from elsewhere."""
    name, program = body.name, found.program
    table = f"parameters != NULL ? parameters : {name}_parameters" if found.values else "parameters"
    takes = prototype(name)
    row = [*body.row[0]]
    for condition in body.checks():
        row += [f"if ({condition}) {{", "    break;", "}"]
    row += [*body.copies["outputs"], f"outputs += {len(program.outputs)};"]
    if program.gradients:
        advance = f"gradients += {len(program.gradients)};"
        row += _wanted([*body.row[1], *body.copies["gradients"], advance])
    return [
        "",
        f"{takes};",
        "",
        takes,
        "{",
        f"    const double *p = {table};",
        *_workspaces(body),
        "    size_t row;",
        "",
        "    (void)p; /* not every program reads all of these */",
        "    (void)gradients;",
        *[f"    {line}" for line in [*body.shared[0], *_wanted(body.shared[1])]],
        "    for (row = 0; row < n; row++) {",
        f"        const double *x = rows + row * {len(found.inputs)};",
        "        (void)x;",
        *[f"        {line}" for line in row],
        "    }",
        *([f"    free({_first(body)});"] if _large(body) else []),
        "    return row;",
        "}",
    ]


def _wanted(calls: Sequence[str]) -> list[str]:
    """Lines that run where somebody asks for gradients."""
    lines = [f"    {call}" for call in calls]
    return ["if (gradients != NULL) {", *lines, "}"] if calls else []


def _workspaces(body: Body | Loops) -> list[str]:
    """What rows share and what one row needs: on the stack, or from malloc where it is much."""
    if not _large(body):
        return [f"    double {one}[{size}] = {{0}};" for one, size in body.sizes.items() if size]
    first, *others = [(one, size) for one, size in body.sizes.items() if size]
    lines = [f"    double *{first[0]} = malloc({sum(body.sizes.values())} * sizeof(double));"]
    lines += [f"    double *{one} = {first[0]} + {first[1]};" for one, _ in others]
    return [*lines, f"    if ({first[0]} == NULL) {{", "        return 0;", "    }"]


def _first(body: Body | Loops) -> str:
    """The array that is asked of malloc."""
    return next(one for one, size in body.sizes.items() if size)


def _main(name: str, found: Subject[Any]) -> list[str]:
    """A program that reads rows and prints, for each, its outputs and then its gradients."""
    counts = {
        "row": len(found.inputs), "outputs": len(found.outputs), "gradients": len(found.gradients)
    }  # fmt: skip
    lines = ["", "int main(void)", "{"]
    lines += [f"    static double {one}[{max(1, size)}];" for one, size in counts.items()]
    lines += ["    unsigned long count = 0;", "    int k;", ""]
    lines += [
        "    for (;; count++) {",
        *(_read(name, len(found.inputs)) if found.inputs else _once()),
        f"        if ({name}(row, 1, NULL, outputs, gradients) != 1) {{",
        f'            fprintf(stderr, "{name}: row %lu: a comparison goes another way\\n", count);',
        "            return 1;",
        "        }",
    ]
    for kind in ("outputs", "gradients"):
        if counts[kind]:
            gap = '" "' if kind == "gradients" else '(k > 0 ? " " : "")'
            lines += [
                f"        for (k = 0; k < {counts[kind]}; k++) {{",
                f'            printf("%s%.17g", {gap}, {kind}[k]);',
                "        }",
            ]
    return [*lines, "        putchar('\\n');", "    }", "}"]


def _read(name: str, width: int) -> list[str]:
    """Read one row; the end of the input may come between rows alone."""
    return [
        f'        for (k = 0; k < {width} && scanf("%lf", &row[k]) == 1; k++) {{',
        "        }",
        f"        if (k < {width}) {{",
        "            if (k == 0 && feof(stdin)) {",
        "                return 0;",
        "            }",
        f'            fprintf(stderr, "{name}: row %lu, number %d: not there, or none\\n", count,',
        "                k + 1);",
        "            return 1;",
        "        }",
    ]


def _once() -> list[str]:
    """Without inputs there is one row."""
    return ["        if (count > 0) {", "            return 0;", "        }"]
