"""Theano's tutorial, its scalar programs, written with gatenet in the tutorial's own order.

Theano (Bergstra et al., 2010) wires expressions first and turns them into functions afterwards.
Every figure that the tutorial prints is asserted here.

Prints:

    baby steps: (x + y) at (2, 3) = 5, at (16.3, 12.1) = 28.4
    a ** 2 + b ** 2 + 2 * a * b: [25.0, 49.0]
    logistic function: 0.50000000 0.73105858 0.26894142 0.11920292
    its gradient: 0.25000000 0.19661193 0.19661193 0.10499359
    several outputs: diff 1, abs_diff 1, diff_squared 1
    default values: 34, 35; by name: 68, 70, 33, 34, 33
    accumulator: 0 1 301, set to -1, then 2
    copied over new state: 100, the old state is still 2
    logistic regression: 1.000 of 40 points right
    gradient of x ** 2 at 4: 8
    Jacobian: [[8.0, 0.0], [0.0, 8.0]]
    Hessian: [[2.0, 0.0], [0.0, 2.0]]
    R-operator: [2.0, 2.0]
    L-operator: [[0.0, 0.0], [2.0, 2.0]]
    Hessian times a vector: [4.0, 4.0] [4.0, 4.0]
    ifelse: evaluated ['mean of x'], then ['mean of x', 'mean of y']
    scan, A ** k: [0.0, 1.0, 4.0, 9.0, 16.0], gradient [0.0, 2.0, 4.0, 6.0, 8.0]
    scan, polynomial: 19
    scan, recurrence: -0.99505475 0.96471973 0.99998585 0.99998771 1.00000000
"""

import math
import random

from gatenet import (
    Circuit,
    In,
    Lop,
    Rop,
    function,
    grad,
    ifelse,
    scalar,
    scalars,
    scan,
    shared,
    vector,
)
from gatenet.gates import dot, exp, less, log, mean, tanh, total


def near(value: float, printed: float) -> float:
    """Assert that a value is what the tutorial prints, to the eight digits it prints."""
    assert abs(value - printed) < 1e-8, (value, printed)
    return value


# --- Baby steps: algebra ------------------------------------------------------------------------

x, y = scalars("x", "y")
z = x + y
f = function([x, y], z)
assert f(2, 3) == 5.0
assert math.isclose(f(16.3, 12.1), 28.4)
assert Circuit(z).pprint() == "u2 = x + y"
print(f"baby steps: (x + y) at (2, 3) = {f(2, 3):.0f}, at (16.3, 12.1) = {f(16.3, 12.1):.1f}")

a, b = vector("a", 2), vector("b", 2)
out = [p**2 + q**2 + 2 * p * q for p, q in zip(a, b, strict=True)]
f = function([a, b], out)
assert f([1, 2], [4, 5]) == [25.0, 49.0]
print("a ** 2 + b ** 2 + 2 * a * b:", f([1, 2], [4, 5]))

# --- The logistic function ----------------------------------------------------------------------

x = scalar("x")
s = 1 / (1 + exp(-x))
logistic = function([x], s)
points = [0.0, 1.0, -1.0, -2.0]
printed = [0.5, 0.73105858, 0.26894142, 0.11920292]
values = [near(logistic(point), p) for point, p in zip(points, printed, strict=True)]
print("logistic function:", " ".join(f"{value:.8f}" for value in values))

dlogistic = function([x], grad(s, x))
printed = [0.25, 0.19661193, 0.19661193, 0.10499359]
values = [near(dlogistic(point), p) for point, p in zip(points, printed, strict=True)]
print("its gradient:", " ".join(f"{value:.8f}" for value in values))

# --- Computing more than one thing at the same time ---------------------------------------------

a, b = scalars("a", "b")
diff = a - b
f = function([a, b], [diff, abs(diff), diff**2])
assert f(1, 0) == [1.0, 1.0, 1.0]
assert f(1, 3) == [-2.0, 2.0, 4.0]
print("several outputs: diff {:.0f}, abs_diff {:.0f}, diff_squared {:.0f}".format(*f(1, 0)))

# --- Setting a default value for an argument ----------------------------------------------------

x, y, w = scalars("x", "y", "w")
f = function([x, In(y, value=1)], x + y)
g = function([x, In(y, value=1), In(w, value=2, name="w_by_name")], (x + y) * w)
first = [f(33), f(33, 2)]
second = [g(33), g(33, 2), g(33, 0, 1), g(33, w_by_name=1), g(33, w_by_name=1, y=0)]
assert first == [34.0, 35.0]
assert second == [68.0, 70.0, 33.0, 34.0, 33.0]
text = [", ".join(f"{value:.0f}" for value in one) for one in (first, second)]
print(f"default values: {text[0]}; by name: {text[1]}")

# --- Using shared variables, copying functions --------------------------------------------------

state, inc = shared(0, "state"), scalar("inc")
accumulator = function([inc], state, updates=[(state, state + inc)])
seen = [state.value]
assert accumulator(1) == 0.0
seen.append(state.value)
assert accumulator(300) == 1.0
seen.append(state.value)
assert seen == [0.0, 1.0, 301.0]
state.value = -1
assert accumulator(3) == -1.0
assert state.value == 2.0
print("accumulator: {:.0f} {:.0f} {:.0f}, set to -1, then {:.0f}".format(*seen, state.value))

new_state = shared(0, "new_state")
new_accumulator = accumulator.copy(swap={state: new_state})
assert new_accumulator(100) == 0.0
assert (new_state.value, state.value) == (100.0, 2.0)
print(f"copied over new state: {new_state.value:.0f}, the old state is still {state.value:.0f}")

# --- A real example: logistic regression --------------------------------------------------------

rng = random.Random(0)
features = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(40)]
labels = [float(p[0] + 2 * p[1] > 0.5) for p in features]
x, y = vector("x", 2), scalar("y")
w, b = shared([rng.gauss(0, 1), rng.gauss(0, 1)], "w"), shared(0.0, "b")
p_1 = 1 / (1 + exp(-dot(x, w) - b))  # the probability that the target is 1
cost = -y * log(p_1) - (1 - y) * log(1 - p_1) + 0.001 * total(u**2 for u in w)
gw, gb = grad(cost, [w, b])
train = function(
    [x, y],
    [p_1, cost],
    updates=[(w, [u - 0.1 * g for u, g in zip(w, gw, strict=True)]), (b, b - 0.1 * gb)],
)
predict = function([x], p_1)
for _ in range(50):
    for point, label in zip(features, labels, strict=True):
        train(point, label)
right = [(predict(p) > 0.5) == label for p, label in zip(features, labels, strict=True)]
assert sum(right) >= 38
print(f"logistic regression: {sum(right) / len(right):.3f} of {len(right)} points right")

# --- Derivatives --------------------------------------------------------------------------------

x = scalar("x")
f = function([x], grad(x**2, x))
assert f(4) == 8.0
assert math.isclose(f(94.2), 188.4)
print(f"gradient of x ** 2 at 4: {f(4):.0f}")

x = vector("x", 2)
ys = [u**2 for u in x]
f = function([x], [grad(one, x) for one in ys])
assert f([4, 4]) == [[8.0, 0.0], [0.0, 8.0]]
print("Jacobian:", f([4, 4]))

gy = grad(total(ys), x)
f = function([x], [grad(one, x) for one in gy])
assert f([4, 4]) == [[2.0, 0.0], [0.0, 2.0]]
print("Hessian:", f([4, 4]))

matrix, v_matrix = [[vector(f"{name}{k}", 2) for k in range(2)] for name in "WV"]
x, v = vector("x", 2), vector("v", 2)
product = [dot(x, [row[k] for row in matrix]) for k in range(2)]
f = function([matrix, v_matrix, x], Rop(product, matrix, v_matrix))
assert f([[1, 1], [1, 1]], [[2, 2], [2, 2]], [0, 1]) == [2.0, 2.0]
print("R-operator:", f([[1, 1], [1, 1]], [[2, 2], [2, 2]], [0, 1]))
f = function([v, x], Lop(product, matrix, v))
assert f([2, 2], [0, 1]) == [[0.0, 0.0], [2.0, 2.0]]
print("L-operator:", f([2, 2], [0, 1]))

cost = total(u**2 for u in x)
gy = grad(cost, x)
by_grad = function([x, v], grad(dot(gy, v), x))
by_rop = function([x, v], Rop(gy, x, v))
assert by_grad([4, 4], [2, 2]) == by_rop([4, 4], [2, 2]) == [4.0, 4.0]
print("Hessian times a vector:", by_grad([4, 4], [2, 2]), by_rop([4, 4], [2, 2]))

# --- Conditions: one branch is evaluated, the other is not --------------------------------------

evaluated: list[str] = []


def mean_of(name, units):
    """Average, and note that somebody asked."""
    evaluated.append(f"mean of {name}")
    return mean(units)


a, b = scalars("a", "b")
x, y = vector("x", 3), vector("y", 3)
a.value = 0.0
z = ifelse(less(a, b), lambda: mean_of("x", x), lambda: mean_of("y", y))
f = function([a, b, x, y], z)
assert f(0, 1, [1, 2, 3], [4, 5, 6]) == 2.0
first_time = list(evaluated)
assert f(1, 0, [1, 2, 3], [4, 5, 6]) == 5.0
assert (first_time, evaluated) == (["mean of x"], ["mean of x", "mean of y"])
print(f"ifelse: evaluated {first_time}, then {evaluated}")

# --- Scan ---------------------------------------------------------------------------------------

base = vector("A", 5)
powers, _ = scan(lambda carry, _: ([c * u for c, u in zip(carry, base, strict=True)], None),
                 [1.0] * 5, length=2)  # fmt: skip
f = function([base], [powers, [grad(p, u) for p, u in zip(powers, base, strict=True)]])
found, slopes = f([0, 1, 2, 3, 4])
assert found == [0.0, 1.0, 4.0, 9.0, 16.0]
assert slopes == [0.0, 2.0, 4.0, 6.0, 8.0]
print(f"scan, A ** k: {found}, gradient {slopes}")

coefficients, x = vector("c", 3), scalar("x")
_, terms = scan(lambda k, c: (k + 1, c * x**k), 0, coefficients)
polynomial = function([coefficients, x], total(terms))
assert polynomial([1, 0, 2], 3) == 19.0
print(f"scan, polynomial: {polynomial([1, 0, 2], 3):.0f}")

# x(t) = tanh(x(t - 1) W + y(t) U + p(T - t) V), in vectors of two
start, y, p = (
    vector("X", 2),
    [vector(f"y{t}", 2) for t in range(5)],
    [vector(f"p{t}", 2) for t in range(5)],
)
W, U, V = [[vector(f"{name}{k}", 2) for k in range(2)] for name in "WUV"]


def step(last, inputs):
    """One step of the recurrence: the next vector, as carry and as output."""
    into = [*last, *inputs[0], *inputs[1]]
    rows = [*W, *U, *V]
    return ([tanh(dot(into, [row[k] for row in rows])) for k in range(2)],) * 2


_, xs = scan(step, start, zip(y, reversed(p), strict=True))
compute_seq = function([start, W, y, U, p, V], xs)
ones = [[1.0, 1.0], [1.0, 1.0]]
found = compute_seq(
    [0, 1], ones, [[-3.0, -3.0], *ones, *ones], ones, [[3.0, 3.0], *ones, *ones], ones
)
printed = [-0.99505475, 0.96471973, 0.99998585, 0.99998771, 1.0]
assert all(near(value, want) for pair, want in zip(found, printed, strict=True) for value in pair)
print("scan, recurrence:", " ".join(f"{pair[0]:.8f}" for pair in found))
