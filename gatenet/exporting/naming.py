"""Naming: what a function may be called, and how a unit's name stands in a comment.

A name of a unit is data that anybody may have written.  It reaches generated text in a comment,
letter by letter from a short list, or as a string literal that Python itself prints; never as
code.  Knows no language's printer.
"""

from __future__ import annotations

import keyword
import re
import string
from collections.abc import Iterable

from gatenet.errors import RangeError

#: Words of C, and names that the standard headers of the printed file or its text itself use.
_C = (
    "auto break case char const continue default do double else enum extern float for goto if "
    "inline int long register restrict return short signed sizeof static struct switch typedef "
    "union unsigned void volatile while main free malloc calloc realloc size_t stdin stdout "
    "stderr NULL INFINITY NAN rows parameters outputs gradients row done exit abort printf scanf "
    "fprintf puts putchar getchar abs labs div rand srand atoi atof strtod qsort bsearch system "
    "asm typeof class new delete this template namespace operator private public true false "
    # functions of math.h
    "acos asin atan atan2 cos sin tan cosh sinh tanh acosh asinh atanh exp exp2 expm1 frexp ilogb "
    "ldexp log log10 log1p log2 logb modf scalbn scalbln cbrt fabs hypot pow sqrt erf erfc lgamma "
    "tgamma ceil floor nearbyint rint lrint llrint round lround llround trunc fmod remainder "
    "remquo copysign nan nextafter nexttoward fdim fmax fmin fma isnan isinf signbit gamma j0 j1 "
    "jn y0 y1 yn"
)
C_WORDS = frozenset(_C.split())
#: Characters of a unit's name that stand in a comment as they are.
_PLAIN = frozenset(string.ascii_letters + string.digits + " _.,:;=+-()[]<>'")
LONGEST = 60


def checked(name: str, taken: Iterable[str] = ()) -> str:
    """Give back a name that a function in generated code can have.

    Raises RangeError for one that is no identifier of plain letters, or means something already.

    >>> checked("loss")
    'loss'
    """
    if not (isinstance(name, str) and re.fullmatch("[A-Za-z][A-Za-z0-9_]{0,59}", name)):
        raise RangeError(
            f"name is {name!r:.80}: give a word of up to 60 plain letters, digits and _, that "
            "begins with a letter"
        )
    local = re.fullmatch("[knprswx]|v[0-9]+|lib_.*|each_.*", name)
    if local or name in {*taken} or keyword.iskeyword(name):
        raise RangeError(f"name is {name!r}: that means something else there; give another")
    return name


def comment(name: str, otherwise: str = "") -> str:
    """A name as it may stand in a comment of any language; what is odd becomes _.

    >>> comment('*/ system("rm"); //')
    '_'
    >>> comment("layer0.w[3]")
    'layer0.w[3]'
    """
    if not all(letter in _PLAIN for letter in name):
        name = _odd(name)
    return name[:LONGEST].strip() or otherwise


def _odd(name: str) -> str:
    """Keep only the words of an odd name: no quotes, no brackets, nothing that could end it."""
    words = re.findall("[A-Za-z0-9_.]+", name)
    return "_" if len(words) != 1 else f"_{words[0]}_"


def literal(name: str) -> str:
    """A name as a string literal of Python in plain ASCII.

    >>> literal("w\\n'")
    '"w\\\\n\\'"'
    """
    return ascii(name)
