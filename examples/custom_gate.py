"""A gate of your own, in your own file: declared once, at home everywhere.

squareplus(x) = (x + √(x² + bend)) / 2 is a smooth relu without an exponential (Jonathan Barron,
2021).  For negative x the two terms nearly cancel, so the body takes the form that does not; the
textbook line says what is meant, for anyone who checks.

Prints:

    squareplus  (⌣+)
      value    where(x >= 0, (x + sqrt(x * x + bend)) / 2, bend / (2 * (sqrt(x * x + bend) - x)))
      d/dx     z / sqrt(x * x + bend)
      domain   everywhere
    a number: squareplus(3.0) = 3.302776
    no cancellation: squareplus(-1e8) = 1e-08
    a unit: squareplus(a * b - 1.0) = 3.302776, gradients 1.832050 and 1.832050
    replayed at a = -2: 0.192582
    checked against differences: True
    second derivative: 0.128000
    an activation: Neuron(2, 'squareplus') gives 3.302776
    a picture: ⌣+ is drawn
"""

from gatenet import Circuit, Unit, gradcheck, gradients
from gatenet.declaration import gate
from gatenet.gates import sqrt, where
from gatenet.nn import Neuron
from gatenet.viz import draw


@gate(
    symbol="⌣+",
    textbook="(x + sqrt(x**2 + bend)) / 2",
    partials=lambda z, x, bend: z / sqrt(x * x + bend),
)
def squareplus(x, *, bend=4.0):
    """Bend smoothly from 0 to x; `bend` says how wide the bend is."""
    root = sqrt(x * x + bend)
    return where(x >= 0, (x + root) / 2, bend / (2 * (root - x)))


print(squareplus.describe())

print(f"a number: squareplus(3.0) = {squareplus(3.0):.6f}")
print(f"no cancellation: squareplus(-1e8) = {squareplus(-1e8):.0e}")

# On units it records a circuit, with operators before and after it.
a, b = Unit(2.0, "a"), Unit(2.0, "b")
y = squareplus(a * b - 1.0)
y.backward()
print(f"a unit: squareplus(a * b - 1.0) = {y.value:.6f}, gradients {a.grad:.6f} and {b.grad:.6f}")

# The recorded circuit replays with other values.
circuit = Circuit(y)
print(f"replayed at a = -2: {circuit.forward({'a': -2.0}):.6f}")

# The checker holds the declared derivative against differences of values.
print(f"checked against differences: {bool(gradcheck(squareplus, [-2.5]))}")

# Its partial is a formula as well, so it can be differentiated again.
x = Unit(1.5)
(slope,) = gradients([squareplus(x)], [1.0], [x], create_graph=True)
(bend,) = gradients([slope], [1.0], [x])
print(f"second derivative: {bend:.6f}")

# A network takes it by name.
neuron = Neuron(2, "squareplus", rng=0)
neuron.weights[0].value, neuron.weights[1].value = 1.0, 2.0
print(f"an activation: {neuron} gives {neuron([1.0, 1.0]).value:.6f}")

print(f"a picture: {squareplus.symbol} is {'drawn' if '⌣+' in draw(y).svg else 'missing'}")
