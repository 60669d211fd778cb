# Written by docs/generate.py from the gates; do not edit.
from gatenet.unit import Unit

class Methods:
    def add(self, b: Unit | float, /) -> Unit:
        """Add two values; the upstream gradient flows to both unchanged."""
    def subtract(self, b: Unit | float, /) -> Unit:
        """Subtract b from a; the gradient flows to a unchanged, to b with its sign turned."""
    def multiply(self, b: Unit | float, /) -> Unit:
        """Multiply two values; each receives the upstream gradient times the other."""
    def divide(self, b: Unit | float, /) -> Unit:
        """Divide a by b; the gradient flows to a through 1/b and to b through -(a/b)/b."""
    def negate(self) -> Unit:
        """Turn the sign; the upstream gradient flows back with its sign turned."""
    def identity(self) -> Unit:
        """Pass the value on as it is, and the gradient back as it is."""
    def absolute(self) -> Unit:
        """Drop the sign; the gradient flows back with the sign that was dropped."""
    def sign(self) -> Unit:
        """Give 1.0, -1.0 or 0.0 by the sign of x; nothing flows back."""
    def square(self) -> Unit:
        """Multiply a value by itself; it receives the upstream gradient times twice itself."""
    def reciprocal(self) -> Unit:
        """Divide 1 by x; the gradient flows back through -1/x²."""
    def power(self, b: Unit | float, /) -> Unit:
        """Raise a to the power b; the slopes are b * a**(b-1) and a**b * log(a)."""
    def sqrt(self) -> Unit:
        """Take the square root; the gradient flows back divided by twice the root."""
    def hypot(self, b: Unit | float, /) -> Unit:
        """Give the length of (a, b); the gradient is the unit vector along it."""
    def exp(self) -> Unit:
        """Raise e to the power x; the gradient flows back times the value itself."""
    def expm1(self) -> Unit:
        """Raise e to the power x and take 1 away, with all digits near 0; the slope is exp(x)."""
    def gaussian(self, *, alpha: float = 1.0, beta: float = 1.0) -> Unit:
        """Give the bell curve beta * exp(-alpha * x²); the slope is -2 * alpha * x times it."""
    def log(self) -> Unit:
        """Take the natural logarithm; the gradient flows back divided by x."""
    def log1p(self) -> Unit:
        """Take the natural logarithm of 1 + x, with all digits near 0."""
    def log2(self) -> Unit:
        """Take the logarithm to base 2; the gradient flows back divided by x log 2."""
    def log10(self) -> Unit:
        """Take the logarithm to base 10; the gradient flows back divided by x log 10."""
    def sin(self) -> Unit:
        """Give the sine of x radians; the gradient flows back times the cosine."""
    def cos(self) -> Unit:
        """Give the cosine of x radians; the gradient flows back times minus the sine."""
    def tan(self) -> Unit:
        """Give the tangent of x radians; the slope is 1 + tan²."""
    def asin(self) -> Unit:
        """Give the angle in [-pi/2, pi/2] whose sine is x; the slope is 1 / sqrt(1 - x²)."""
    def acos(self) -> Unit:
        """Give the angle in [0, pi] whose cosine is x; the slope is -1 / sqrt((1 - x)(1 + x))."""
    def atan(self) -> Unit:
        """Give the angle in (-pi/2, pi/2) whose tangent is x; the slope is 1 / (1 + x²)."""
    def atan2(self, x: Unit | float, /) -> Unit:
        """Give the angle of the point (x, y); the slopes are x/(x²+y²) and -y/(x²+y²)."""
    def tanh(self) -> Unit:
        """Squash to (-1, 1); the gradient flows back times sech², 1 at 0 and fading outwards."""
    def sinh(self) -> Unit:
        """Give the hyperbolic sine; the gradient flows back times the hyperbolic cosine."""
    def cosh(self) -> Unit:
        """Give the hyperbolic cosine; the gradient flows back times the hyperbolic sine."""
    def asinh(self) -> Unit:
        """Give the inverse hyperbolic sine; the slope is 1 / sqrt(1 + x²)."""
    def acosh(self) -> Unit:
        """Give the inverse hyperbolic cosine; the slope is 1 / sqrt((x - 1)(x + 1))."""
    def atanh(self) -> Unit:
        """Give the inverse hyperbolic tangent; the slope is 1 / ((1 - x)(1 + x))."""
    def erf(self) -> Unit:
        """Give the error function, the mass of a bell curve within x; the slope is that bell."""
    def erfc(self) -> Unit:
        """Give 1 - erf(x) with all digits in the tail, where it is as small as 5e-324."""
    def sigmoid(self) -> Unit:
        """Squash to (0, 1); the gradient flows back times σ(x) σ(-x), at most 1/4."""
    def log_sigmoid(self) -> Unit:
        """Give the logarithm of the sigmoid, minus softplus of -x; the slope is σ(-x)."""
    def softplus(self) -> Unit:
        """Give a smooth relu, the integral of the sigmoid; the slope is the sigmoid."""
    def softsign(self) -> Unit:
        """Squash to (-1, 1) without exponentials; the slope is 1 / (1 + |x|)²."""
    def symmetric_sigmoid(self, *, alpha: float = 0.6666666666666666, beta: float = 1.7159) -> Unit:
        """Squash to (-beta, beta), a tanh of alpha x / 2; alpha sets how steeply."""
    def relu(self) -> Unit:
        """Pass what is positive and stop the rest; the gradient flows where the value passed."""
    def leaky_relu(self, *, slope: float = 0.01) -> Unit:
        """Pass what is positive and let a little of the rest through."""
    def elu(self, *, alpha: float = 1.0) -> Unit:
        """Pass what is positive and bend the rest towards -alpha."""
    def selu(self) -> Unit:
        """Scale an elu so that layers keep mean 0 and variance 1."""
    def hard_tanh(self, *, low: float = -1.0, high: float = 1.0) -> Unit:
        """Pass what lies between low and high and hold the rest at the nearer bound."""
    def silu(self) -> Unit:
        """Pass x times its own sigmoid; the slope dips below 0 on the left."""
    def mish(self) -> Unit:
        """Pass x times the tanh of its softplus; smoother than silu, and alike."""
    def gelu(self) -> Unit:
        """Pass x times the normal distribution's mass below x; the exact form, with erf."""
    def heaviside(self) -> Unit:
        """Give 1.0 where x is positive and 0.0 elsewhere; nothing flows back."""
    def clip(self, *, low: float = float("-inf"), high: float = float("inf")) -> Unit:
        """Hold x between low and high; the gradient flows back while it is between."""
    def maximum(self, *others: Unit | float) -> Unit:
        """Give the largest of any number of values; the gradient flows to the winner."""
    def minimum(self, *others: Unit | float) -> Unit:
        """Give the smallest of any number of values; the gradient flows to the winner."""
    def less(self, b: Unit | float, /) -> Unit:
        """Give 1.0 where a < b and 0.0 elsewhere; nothing flows back."""
    def less_equal(self, b: Unit | float, /) -> Unit:
        """Give 1.0 where a <= b and 0.0 elsewhere; nothing flows back."""
    def greater(self, b: Unit | float, /) -> Unit:
        """Give 1.0 where a > b and 0.0 elsewhere; nothing flows back."""
    def greater_equal(self, b: Unit | float, /) -> Unit:
        """Give 1.0 where a >= b and 0.0 elsewhere; nothing flows back."""
    def equal(self, b: Unit | float, /) -> Unit:
        """Give 1.0 where a equals b and 0.0 elsewhere; nothing flows back."""
    def not_equal(self, b: Unit | float, /) -> Unit:
        """Give 1.0 where a differs from b and 0.0 elsewhere; nothing flows back."""
    def where(self, a: Unit | float, b: Unit | float, /) -> Unit:
        """Choose a where the condition is not 0, else b; the gradient flows to the chosen one."""
    def total(self, *others: Unit | float) -> Unit:
        """Add up any number of values; each receives the upstream gradient unchanged."""
    def mean(self, *others: Unit | float) -> Unit:
        """Average any number of values; each receives 1/n of the upstream gradient."""
    def product(self, *others: Unit | float) -> Unit:
        """Multiply any number of values; each receives upstream times all the others."""
    def logsumexp(self, *others: Unit | float) -> Unit:
        """Give log(sum(exp(x))), a smooth maximum; the slopes are the softmax."""
