# Written by docs/generate.py from the gates; do not edit.
from gatenet.unit import Unit

class Methods:
    def absolute(self) -> Unit:
        """Drop the sign."""
    def add(self, b: Unit | float, /) -> Unit:
        """Add two values; the upstream gradient flows to both unchanged."""
    def divide(self, b: Unit | float, /) -> Unit:
        """Divide a by b."""
    def multiply(self, b: Unit | float, /) -> Unit:
        """Multiply two values; each receives upstream times the other."""
    def negate(self) -> Unit:
        """Flip the sign."""
    def subtract(self, b: Unit | float, /) -> Unit:
        """Subtract b from a."""
    def exp(self) -> Unit:
        """Raise e to x."""
    def log(self) -> Unit:
        """Natural logarithm."""
    def maximum(self, *others: Unit | float) -> Unit:
        """The largest."""
    def power(self, b: Unit | float, /) -> Unit:
        """Raise a to the power b."""
    def relu(self) -> Unit:
        """Pass what is positive."""
    def sigmoid(self) -> Unit:
        """Squash to (0, 1)."""
    def tanh(self) -> Unit:
        """Squash to (-1, 1)."""
    def total(self, *others: Unit | float) -> Unit:
        """Add any number of values."""
    def equal(self, b: Unit | float, /) -> Unit:
        """Give 1.0 where a equals b and 0.0 elsewhere."""
    def greater(self, b: Unit | float, /) -> Unit:
        """Give 1.0 where a > b and 0.0 elsewhere."""
    def greater_equal(self, b: Unit | float, /) -> Unit:
        """Give 1.0 where a >= b and 0.0 elsewhere."""
    def less(self, b: Unit | float, /) -> Unit:
        """Give 1.0 where a < b and 0.0 elsewhere."""
    def less_equal(self, b: Unit | float, /) -> Unit:
        """Give 1.0 where a <= b and 0.0 elsewhere."""
    def not_equal(self, b: Unit | float, /) -> Unit:
        """Give 1.0 where a differs from b and 0.0 elsewhere."""
    def where(self, a: Unit | float, b: Unit | float, /) -> Unit:
        """Choose a where the condition is not 0, else b."""
