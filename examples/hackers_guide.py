"""The Hacker's guide to neural networks, chapter 1, replayed in Python section by section.

The guide (Andrej Karpathy, 2014) is written in JavaScript; names, numbers and the order of things
are its own.  Every figure it prints is asserted here.

Prints:

    single gate: f(-2, 3) = -6
    random local search: f = -5.96
    numerical gradient: (3.0, -2.0), f = -5.87
    analytic gradient: (3.0, -2.0), f = -5.87
    (x + y) * z = -12, gradient (-4.0, -4.0, 3.0)
    after one step: -11.59
    single neuron: 0.8808
    gradients: -0.105 0.315 0.105 0.105 0.210
    after one step: 0.88255
    checked numerically: -0.105 0.315 0.105 0.105 0.210
    backprop ninja: 10 expressions swept as derived by hand
"""

import math
import random

from gatenet import Unit, gates


def near(value: float, printed: float, digits: int) -> float:
    """Assert that a value is what the guide prints, rounded or cut off there; give the value."""
    assert abs(value - printed) < 10.0**-digits, (value, printed)
    return value


# --- Base case: a single gate in the circuit -------------------------------------------------

forward_multiply = gates.multiply  # a gate applied to numbers gives a number

x, y = -2.0, 3.0
out = forward_multiply(x, y)
assert out == -6
print(f"single gate: f(-2, 3) = {out:.0f}")

# --- Strategy 1: random local search ----------------------------------------------------------

rng = random.Random(0)
tweak = 0.01
best_out, best_x, best_y = -math.inf, x, y
for _ in range(100):
    try_x = x + tweak * (rng.random() * 2 - 1)
    try_y = y + tweak * (rng.random() * 2 - 1)
    out = forward_multiply(try_x, try_y)
    if out > best_out:
        best_out, best_x, best_y = out, try_x, try_y
assert -6 < best_out <= (x + tweak) * (y - tweak)
print(f"random local search: f = {best_out:.2f}")

# --- Strategy 2: numerical gradient -----------------------------------------------------------

h = 0.0001
out = forward_multiply(x, y)
x_derivative = near((forward_multiply(x + h, y) - out) / h, 3.0, 6)
y_derivative = near((forward_multiply(x, y + h) - out) / h, -2.0, 6)
step_size = 0.01
new_x, new_y = x + step_size * x_derivative, y + step_size * y_derivative
out = near(forward_multiply(new_x, new_y), -5.87, 2)
print(f"numerical gradient: ({x_derivative:.1f}, {y_derivative:.1f}), f = {out:.2f}")

# --- Strategy 3: analytic gradient ------------------------------------------------------------

x_gradient, y_gradient = forward_multiply.partials(-6.0, x, y)
assert (x_gradient, y_gradient) == (3.0, -2.0)
out = near(forward_multiply(x + step_size * x_gradient, y + step_size * y_gradient), -5.87, 2)
print(f"analytic gradient: ({x_gradient}, {y_gradient}), f = {out:.2f}")

# --- Circuits with several gates: f(x, y, z) = (x + y) z --------------------------------------

x, y, z = Unit(-2.0, "x"), Unit(5.0, "y"), Unit(-4.0, "z")
f = (x + y) * z
f.backward()
gradient = (x.grad, y.grad, z.grad)
assert f.value == -12 and gradient == (-4.0, -4.0, 3.0)
print(f"(x + y) * z = {f.value:.0f}, gradient {gradient}")

for unit in (x, y, z):  # let the inputs respond to the tug
    unit.value += step_size * unit.grad
near(x.value, -2.04, 12), near(y.value, 4.96, 12), near(z.value, -3.97, 12)
f = (x + y) * z
print(f"after one step: {near(f.value, -11.59, 2):.2f}")

# --- A single neuron, from gates placed and driven by hand ------------------------------------

a, b, c = Unit(1.0, "a"), Unit(2.0, "b"), Unit(-3.0, "c")
x, y = Unit(-1.0, "x"), Unit(3.0, "y")

mulg0, mulg1 = gates.multiply.place(), gates.multiply.place()
addg0, addg1 = gates.add.place(), gates.add.place()
sg0 = gates.sigmoid.place()


def forward_neuron() -> Unit:
    """Drive every gate forwards."""
    ax = mulg0.forward(a, x)  # -1
    by = mulg1.forward(b, y)  # 6
    axpby = addg0.forward(ax, by)  # 5
    axpbypc = addg1.forward(axpby, c)  # 2
    return sg0.forward(axpbypc)


s = forward_neuron()
print(f"single neuron: {near(s.value, 0.8808, 4):.4f}")

s.grad = 1.0
sg0.backward()  # writes the gradient into axpbypc
addg1.backward()  # into axpby and c
addg0.backward()  # into ax and by
mulg1.backward()  # into b and y
mulg0.backward()  # into a and x
leaves = (a, b, c, x, y)
printed = (-0.105, 0.315, 0.105, 0.105, 0.210)
grads = [near(unit.grad, figure, 3) for unit, figure in zip(leaves, printed, strict=True)]
print("gradients:", *[f"{grad:.3f}" for grad in grads])

for unit in leaves:
    unit.value += step_size * unit.grad
print(f"after one step: {near(forward_neuron().value, 0.8825, 4):.5f}")  # cut off, 0.8825


def forward_fast(a: float, b: float, c: float, x: float, y: float) -> float:
    """The same neuron in plain numbers, to check the gradients with."""
    return 1 / (1 + math.exp(-(a * x + b * y + c)))


point = [1.0, 2.0, -3.0, -1.0, 3.0]
numeric = []
for k, figure in enumerate(printed):
    nudged = [value + h * (i == k) for i, value in enumerate(point)]
    numeric.append(near((forward_fast(*nudged) - forward_fast(*point)) / h, figure, 3))
print("checked numerically:", *[f"{grad:.3f}" for grad in numeric])

# --- Becoming a backprop ninja ----------------------------------------------------------------
# Each expression beside the gradients that the guide derives by hand, for an upstream of 1.

a, b, c, d, x, y = values = [Unit(v) for v in (1.5, -2.0, 0.75, 3.0, -1.0, 0.5)]
A, B, C, D, X, Y = [unit.value for unit in values]
sig = forward_fast(A, B, C, X, Y)
dq = sig * (1 - sig)
x2 = (A * B + C) * D

expressions = [
    (a * b, {a: B, b: A}),
    (a + b, {a: 1.0, b: 1.0}),
    (a + b + c, {a: 1.0, b: 1.0, c: 1.0}),
    (a * b + c, {a: B, b: A, c: 1.0}),
    ((a * x + b * y + c).sigmoid(), {a: X * dq, b: Y * dq, c: dq, x: A * dq, y: B * dq}),
    (a * a, {a: 2 * A}),
    (a * a + b * b + c * c, {a: 2 * A, b: 2 * B, c: 2 * C}),
    (
        ((a * b + c) * d) ** 2,
        {a: B * D * 2 * x2, b: A * D * 2 * x2, c: D * 2 * x2, d: (A * B + C) * 2 * x2},
    ),
    (1.0 / a, {a: -1.0 / (A * A)}),
    (gates.maximum(a, 0.0), {a: 1.0 if A > 0 else 0.0}),
]
for expression, by_hand in expressions:
    for unit in values:
        unit.zero_grad()
    expression.backward()
    for unit, grad in by_hand.items():
        assert math.isclose(unit.grad, grad, rel_tol=1e-12), (expression, unit, grad)
print(f"backprop ninja: {len(expressions)} expressions swept as derived by hand")
