"""One neuron: wire it, sweep it, read the gradients.

Prints:

    s = 0.8808
    a.grad = -0.105
    b.grad = 0.315
    c.grad = 0.105
    x.grad = 0.105
    y.grad = 0.210
"""

from gatenet import Unit

a, b, c = Unit(1.0, "a"), Unit(2.0, "b"), Unit(-3.0, "c")
x, y = Unit(-1.0, "x"), Unit(3.0, "y")

s = (a * x + b * y + c).sigmoid()
s.name = "s"
s.backward()

print(f"s = {s.value:.4f}")
for unit in (a, b, c, x, y):
    print(f"{unit.name}.grad = {unit.grad:.3f}")
