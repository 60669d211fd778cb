"""A nan is born on the way back: the standard deviation of three equal numbers.

The loss is as finite as can be, and the gradient is nan.  `python -m gatenet debug
examples/nan_hunt.py` opens the debugger on it; there `b nan` and `c` stop at the gate where the nan
is born, and `genealogy` tells of the gate that is to blame, its operands and the line that built
it.  docs/debugger.md walks through the hunt.

Prints:

    loss = 1
    gain.grad = nan
"""

from gatenet import Unit

gain = Unit(2.0, "gain")
readings = [1.5, 1.5, 1.5]

signals = [gain * reading for reading in readings]
centre = sum(signals) / len(signals)
variance = sum((signal - centre) ** 2 for signal in signals) / len(signals)
deviation = variance.sqrt()
loss = (deviation - 1.0) ** 2

loss.backward()
print(f"loss = {loss.value:g}")
print(f"gain.grad = {gain.grad:g}")
