"""The error function and its complement.

Knows exponentials.
"""

from __future__ import annotations

from typing import Any

from gatenet.declaration import gate, libm
from gatenet.gates.compensated import TWO_OVER_SQRT_PI
from gatenet.gates.exponentials import gaussian


@gate(
    symbol="erf",
    textbook="erf(x)",
    partials=lambda z, x: gaussian(x, alpha=1, beta=TWO_OVER_SQRT_PI),
    primitive=libm("erf", raises=False),
    flat="saturated",
)
def erf(x: Any) -> Any:
    """Give the error function, the mass of a bell curve within x; the slope is that bell.

    Kinks: none.
    Numerics: the C library's, within 1 ULP, slope within 2.6 by the exact rest of the square
    (exp(-x·x) alone: 468).

    >>> erf(0.0), erf.partials(0.0, 0.0)
    (0.0, (1.1283791670955126,))
    """


@gate(
    symbol="erfc",
    textbook="1 - erf(x)",
    partials=lambda z, x: -gaussian(x, alpha=1, beta=TWO_OVER_SQRT_PI),
    primitive=libm("erfc", raises=False),
    flat="saturated",
)
def erfc(x: Any) -> Any:
    """Give 1 - erf(x) with all digits in the tail, where it is as small as 5e-324.

    Kinks: none.
    Numerics: the C library's, within 3.6 ULP (glibc 2.36, worst near 1.24), slope within 2.6.

    >>> erfc(0.0), erfc.partials(1.0, 0.0)
    (1.0, (-1.1283791670955126,))
    """
