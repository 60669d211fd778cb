# Written by docs/generate.py from the gates; do not edit.
from gatenet.nn.elementwise import GateActivation

ACTIVATIONS: dict[str, type[GateActivation]]

class Negate(GateActivation):
    """Turn the sign; the upstream gradient flows back with its sign turned."""
    def __init__(self) -> None: ...

class Identity(GateActivation):
    """Pass the value on as it is, and the gradient back as it is."""
    def __init__(self) -> None: ...

class Absolute(GateActivation):
    """Drop the sign; the gradient flows back with the sign that was dropped."""
    def __init__(self) -> None: ...

class Sign(GateActivation):
    """Give 1.0, -1.0 or 0.0 by the sign of x; nothing flows back."""
    def __init__(self) -> None: ...

class Square(GateActivation):
    """Multiply a value by itself; it receives the upstream gradient times twice itself."""
    def __init__(self) -> None: ...

class Reciprocal(GateActivation):
    """Divide 1 by x; the gradient flows back through -1/x²."""
    def __init__(self) -> None: ...

class Sqrt(GateActivation):
    """Take the square root; the gradient flows back divided by twice the root."""
    def __init__(self) -> None: ...

class Exp(GateActivation):
    """Raise e to the power x; the gradient flows back times the value itself."""
    def __init__(self) -> None: ...

class Expm1(GateActivation):
    """Raise e to the power x and take 1 away, with all digits near 0; the slope is exp(x)."""
    def __init__(self) -> None: ...

class Gaussian(GateActivation):
    """Give the bell curve beta * exp(-alpha * x²); the slope is -2 * alpha * x times it."""
    def __init__(self, alpha: float = 1.0, beta: float = 1.0) -> None: ...

class Log(GateActivation):
    """Take the natural logarithm; the gradient flows back divided by x."""
    def __init__(self) -> None: ...

class Log1p(GateActivation):
    """Take the natural logarithm of 1 + x, with all digits near 0."""
    def __init__(self) -> None: ...

class Log2(GateActivation):
    """Take the logarithm to base 2; the gradient flows back divided by x log 2."""
    def __init__(self) -> None: ...

class Log10(GateActivation):
    """Take the logarithm to base 10; the gradient flows back divided by x log 10."""
    def __init__(self) -> None: ...

class Sin(GateActivation):
    """Give the sine of x radians; the gradient flows back times the cosine."""
    def __init__(self) -> None: ...

class Cos(GateActivation):
    """Give the cosine of x radians; the gradient flows back times minus the sine."""
    def __init__(self) -> None: ...

class Tan(GateActivation):
    """Give the tangent of x radians; the slope is 1 + tan²."""
    def __init__(self) -> None: ...

class Asin(GateActivation):
    """Give the angle in [-pi/2, pi/2] whose sine is x; the slope is 1 / sqrt(1 - x²)."""
    def __init__(self) -> None: ...

class Acos(GateActivation):
    """Give the angle in [0, pi] whose cosine is x; the slope is -1 / sqrt((1 - x)(1 + x))."""
    def __init__(self) -> None: ...

class Atan(GateActivation):
    """Give the angle in (-pi/2, pi/2) whose tangent is x; the slope is 1 / (1 + x²)."""
    def __init__(self) -> None: ...

class Tanh(GateActivation):
    """Squash to (-1, 1); the gradient flows back times sech², 1 at 0 and fading outwards."""
    def __init__(self) -> None: ...

class Sinh(GateActivation):
    """Give the hyperbolic sine; the gradient flows back times the hyperbolic cosine."""
    def __init__(self) -> None: ...

class Cosh(GateActivation):
    """Give the hyperbolic cosine; the gradient flows back times the hyperbolic sine."""
    def __init__(self) -> None: ...

class Asinh(GateActivation):
    """Give the inverse hyperbolic sine; the slope is 1 / sqrt(1 + x²)."""
    def __init__(self) -> None: ...

class Acosh(GateActivation):
    """Give the inverse hyperbolic cosine; the slope is 1 / sqrt((x - 1)(x + 1))."""
    def __init__(self) -> None: ...

class Atanh(GateActivation):
    """Give the inverse hyperbolic tangent; the slope is 1 / ((1 - x)(1 + x))."""
    def __init__(self) -> None: ...

class Erf(GateActivation):
    """Give the error function, the mass of a bell curve within x; the slope is that bell."""
    def __init__(self) -> None: ...

class Erfc(GateActivation):
    """Give 1 - erf(x) with all digits in the tail, where it is as small as 5e-324."""
    def __init__(self) -> None: ...

class Sigmoid(GateActivation):
    """Squash to (0, 1); the gradient flows back times σ(x) σ(-x), at most 1/4."""
    def __init__(self) -> None: ...

class LogSigmoid(GateActivation):
    """Give the logarithm of the sigmoid, minus softplus of -x; the slope is σ(-x)."""
    def __init__(self) -> None: ...

class Softplus(GateActivation):
    """Give a smooth relu, the integral of the sigmoid; the slope is the sigmoid."""
    def __init__(self) -> None: ...

class Softsign(GateActivation):
    """Squash to (-1, 1) without exponentials; the slope is 1 / (1 + |x|)²."""
    def __init__(self) -> None: ...

class SymmetricSigmoid(GateActivation):
    """Squash to (-beta, beta), a tanh of alpha x / 2; alpha sets how steeply."""
    def __init__(self, alpha: float = 0.6666666666666666, beta: float = 1.7159) -> None: ...

class ReLU(GateActivation):
    """Pass what is positive and stop the rest; the gradient flows where the value passed."""
    def __init__(self) -> None: ...

class LeakyReLU(GateActivation):
    """Pass what is positive and let a little of the rest through."""
    def __init__(self, slope: float = 0.01) -> None: ...

class ELU(GateActivation):
    """Pass what is positive and bend the rest towards -alpha."""
    def __init__(self, alpha: float = 1.0) -> None: ...

class SELU(GateActivation):
    """Scale an elu so that layers keep mean 0 and variance 1."""
    def __init__(self) -> None: ...

class HardTanh(GateActivation):
    """Pass what lies between low and high and hold the rest at the nearer bound."""
    def __init__(self, low: float = -1.0, high: float = 1.0) -> None: ...

class SiLU(GateActivation):
    """Pass x times its own sigmoid; the slope dips below 0 on the left."""
    def __init__(self) -> None: ...

class Mish(GateActivation):
    """Pass x times the tanh of its softplus; smoother than silu, and alike."""
    def __init__(self) -> None: ...

class GELU(GateActivation):
    """Pass x times the normal distribution's mass below x; the exact form, with erf."""
    def __init__(self) -> None: ...

class Heaviside(GateActivation):
    """Give 1.0 where x is positive and 0.0 elsewhere; nothing flows back."""
    def __init__(self) -> None: ...

class Clip(GateActivation):
    """Hold x between low and high; the gradient flows back while it is between."""
    def __init__(self, low: float = float("-inf"), high: float = float("inf")) -> None: ...
