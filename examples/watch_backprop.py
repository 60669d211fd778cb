"""Watch backpropagation: one neuron's whole pass, as a page that plays in any browser.

Opens without Python and without a network: a slider through every event, the sentence of each,
and every number with all its digits under the pointer.

Prints:

    out/backprop.html: 15 events, the last of them:
    a is an input: its 1 pull brought -0.104994. a.grad 0 → -0.104994.
    nothing was changed: a.grad is still 0.0
"""

from pathlib import Path

from gatenet import Stepper, Unit
from gatenet.viz import player

a, b, c = Unit(1.0, "a"), Unit(2.0, "b"), Unit(-3.0, "c")
x, y = Unit(-1.0, "x"), Unit(3.0, "y")
s = (a * x + b * y + c).sigmoid()
s.name = "s"

path = Path("out") / "backprop.html"
path.parent.mkdir(exist_ok=True)
page = player(s, path, title="One neuron, event by event")
stepper = Stepper(s)
print(f"{path.as_posix()}: {page.events} events, the last of them:")
print(stepper.finish())
stepper.reset()
print(f"nothing was changed: a.grad is still {a.grad}")
