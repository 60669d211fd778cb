"""micrograd's demo, moved over by changing its import: two moons, a hinge loss, plain descent.

The network is wired from single adds and multiplies, as micrograd wires it, and its weights come
from the global `random` in micrograd's order.  `python examples/micrograd_demo.py 100` goes on to
the end; without a number it takes 10 steps.

Prints:

    MLP of 3 layers, 337 parameters
    step 5: loss 0.3682, accuracy 84%
    step 10: loss 0.2278, accuracy 95%
"""

import random
import sys

from gatenet.datasets import moons
from gatenet.micrograd import MLP, Value

random.seed(1337)
X, y = moons(100, noise=0.1, rng=1)
y = [2 * label - 1 for label in y]  # hinge losses want -1 and 1

model = MLP(2, [16, 16, 1])
print(f"MLP of {len(model.layers)} layers, {len(model.parameters())} parameters")


def loss():
    """The SVM's hinge loss with a little L2 regularization; and the accuracy."""
    inputs = [list(map(Value, row)) for row in X]
    scores = list(map(model, inputs))
    losses = [(1 + -yi * score).relu() for yi, score in zip(y, scores, strict=True)]
    data_loss = sum(losses) * (1.0 / len(losses))
    reg_loss = 1e-4 * sum(p * p for p in model.parameters())
    right = [(yi > 0) == (score.data > 0) for yi, score in zip(y, scores, strict=True)]
    return data_loss + reg_loss, sum(right) / len(right)


steps = int(sys.argv[1]) if len(sys.argv) > 1 else 10
for k in range(steps):
    total_loss, accuracy = loss()
    model.zero_grad()
    total_loss.backward()
    learning_rate = 1.0 - 0.9 * k / 100
    for p in model.parameters():
        p.data -= learning_rate * p.grad
    if k % 5 == 4:
        print(f"step {k + 1}: loss {total_loss.data:.4f}, accuracy {accuracy:.0%}")
