"""Which gates there are, by family: the public `gatenet.gates`.

`CATALOGUE` holds them by name, in the order of the families.  `SLOPES` holds the gates that are
derivatives of others and need a form of their own: they appear in the circuits of second
derivatives and can be used like any gate.
"""

from gatenet.declaration import Gate as Gate
from gatenet.gates.arithmetic import absolute as absolute
from gatenet.gates.arithmetic import add as add
from gatenet.gates.arithmetic import divide as divide
from gatenet.gates.arithmetic import divide_slope as divide_slope
from gatenet.gates.arithmetic import identity as identity
from gatenet.gates.arithmetic import multiply as multiply
from gatenet.gates.arithmetic import negate as negate
from gatenet.gates.arithmetic import reciprocal as reciprocal
from gatenet.gates.arithmetic import sign as sign
from gatenet.gates.arithmetic import square as square
from gatenet.gates.arithmetic import subtract as subtract
from gatenet.gates.comparisons import equal as equal
from gatenet.gates.comparisons import greater as greater
from gatenet.gates.comparisons import greater_equal as greater_equal
from gatenet.gates.comparisons import less as less
from gatenet.gates.comparisons import less_equal as less_equal
from gatenet.gates.comparisons import not_equal as not_equal
from gatenet.gates.comparisons import where as where
from gatenet.gates.exponentials import exp as exp
from gatenet.gates.exponentials import expm1 as expm1
from gatenet.gates.exponentials import gaussian as gaussian
from gatenet.gates.exponentials import gaussian_slope as gaussian_slope
from gatenet.gates.gated import gelu as gelu
from gatenet.gates.gated import gelu_slope as gelu_slope
from gatenet.gates.gated import mish as mish
from gatenet.gates.gated import mish_slope as mish_slope
from gatenet.gates.gated import silu as silu
from gatenet.gates.gated import silu_slope as silu_slope
from gatenet.gates.hyperbolic import acosh as acosh
from gatenet.gates.hyperbolic import asinh as asinh
from gatenet.gates.hyperbolic import atanh as atanh
from gatenet.gates.hyperbolic import cosh as cosh
from gatenet.gates.hyperbolic import sech_squared as sech_squared
from gatenet.gates.hyperbolic import sinh as sinh
from gatenet.gates.hyperbolic import tanh as tanh
from gatenet.gates.lengths import direction as direction
from gatenet.gates.lengths import hypot as hypot
from gatenet.gates.lengths import inversion as inversion
from gatenet.gates.logarithms import log as log
from gatenet.gates.logarithms import log1p as log1p
from gatenet.gates.logarithms import log2 as log2
from gatenet.gates.logarithms import log10 as log10
from gatenet.gates.piecewise import clip as clip
from gatenet.gates.piecewise import heaviside as heaviside
from gatenet.gates.piecewise import maximum as maximum
from gatenet.gates.piecewise import minimum as minimum
from gatenet.gates.powers import power as power
from gatenet.gates.powers import power_log as power_log
from gatenet.gates.powers import power_slope as power_slope
from gatenet.gates.powers import sqrt as sqrt
from gatenet.gates.rectifiers import elu as elu
from gatenet.gates.rectifiers import hard_tanh as hard_tanh
from gatenet.gates.rectifiers import leaky_relu as leaky_relu
from gatenet.gates.rectifiers import relu as relu
from gatenet.gates.rectifiers import selu as selu
from gatenet.gates.reductions import dot as dot
from gatenet.gates.reductions import logsumexp as logsumexp
from gatenet.gates.reductions import mean as mean
from gatenet.gates.reductions import product as product
from gatenet.gates.reductions import total as total
from gatenet.gates.sigmoids import log_sigmoid as log_sigmoid
from gatenet.gates.sigmoids import sigmoid as sigmoid
from gatenet.gates.sigmoids import softplus as softplus
from gatenet.gates.sigmoids import softsign as softsign
from gatenet.gates.sigmoids import symmetric_sigmoid as symmetric_sigmoid
from gatenet.gates.sigmoids import symmetric_sigmoid_slope as symmetric_sigmoid_slope
from gatenet.gates.special import erf as erf
from gatenet.gates.special import erfc as erfc
from gatenet.gates.trigonometric import acos as acos
from gatenet.gates.trigonometric import asin as asin
from gatenet.gates.trigonometric import atan as atan
from gatenet.gates.trigonometric import atan2 as atan2
from gatenet.gates.trigonometric import cos as cos
from gatenet.gates.trigonometric import sin as sin
from gatenet.gates.trigonometric import tan as tan

# fmt: off
#: Every gate by name, family by family.
CATALOGUE: dict[str, Gate] = {
    gate.name: gate
    for gate in (
        add, subtract, multiply, divide, negate, identity, absolute, sign, square, reciprocal,
        power, sqrt,
        hypot,
        exp, expm1, gaussian,
        log, log1p, log2, log10,
        sin, cos, tan, asin, acos, atan, atan2,
        tanh, sinh, cosh, asinh, acosh, atanh,
        erf, erfc,
        sigmoid, log_sigmoid, softplus, softsign, symmetric_sigmoid,
        relu, leaky_relu, elu, selu, hard_tanh,
        silu, gelu, mish,
        heaviside, clip, maximum, minimum,
        less, less_equal, greater, greater_equal, equal, not_equal, where,
        total, mean, product, dot, logsumexp,
    )
}
# fmt: on

# fmt: off
#: Derivatives of some of them that are gates themselves.
SLOPES: dict[str, Gate] = {
    gate.name: gate
    for gate in (
        divide_slope,
        power_slope, power_log,
        direction, inversion,
        gaussian_slope,
        sech_squared,
        symmetric_sigmoid_slope,
        silu_slope, gelu_slope, mish_slope,
    )
}
# fmt: on
