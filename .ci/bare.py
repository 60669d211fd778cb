"""Run the core in an environment that holds nothing but Python: no package may be needed."""

import importlib.util
import sys
from importlib import metadata

import gatenet
from gatenet import Circuit, Unit

others = {d.metadata["Name"] for d in metadata.distributions()}
others -= {"gatenet-circuits", "pip", "setuptools"}
assert not others, f"this environment is not bare: {sorted(others)}"
for name in ("graphviz", "numpy", "hypothesis"):
    assert importlib.util.find_spec(name) is None, name
    assert name not in sys.modules, name

x = Unit(2.0, "x")
y = (x * x + 1).log()
y.backward()
assert abs(x.grad - 0.8) < 1e-15, x.grad
assert Circuit(y).compile().value_and_grad([[2.0]]) == ([y.value], [[x.grad]])
assert Circuit(y).forward({"x": 0.0}) == 0.0

print(f"compiled circuits run on: {Circuit(y).compile().backend}")

from gatenet.nn import MLP
from gatenet.viz import draw

assert len(MLP(2, [3, 1], rng=1)([1.0, 2.0])) == 1
assert draw(y).svg.startswith("<"), "a picture needs no program and no package"
print(f"gatenet {gatenet.__version__} works on a bare Python {sys.version.split()[0]}")
