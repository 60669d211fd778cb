"""Folded pictures that tests hold on to.

`PYTHONPATH=. python tests/viz/fold_samples.py` renews their golden files: look at them afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from viz_samples import GOLDEN

from gatenet import Unit
from gatenet.losses import mse_loss
from gatenet.nn import MLP, Layer, Module
from gatenet.viz import Drawing, draw


def network() -> Unit:
    """A loss over three samples of a small network, after a backward pass."""
    model = MLP(2, [4, 3, 1], rng=0)
    xs = [(0.5, -1.0), (0.25, 2.0), (-1.5, 1.0)]
    loss: Unit = mse_loss([model(x)[0] for x in xs], [1.0, 0.0, 1.0])
    loss.name = "loss"
    loss.backward()
    return loss


class Recurrent(Module):
    """A cell that is applied to its own output, without an activation."""

    def __init__(self) -> None:
        self.wx = Layer(1, 2, None, rng=0)
        self.wh = Layer(2, 2, None, rng=1)
        self.head = Layer(2, 1, None, rng=2)

    def forward(self, xs: Any) -> Any:
        """Read a sequence of numbers."""
        state: Any = [0.0, 0.0]
        for x in xs:
            state = [a + b for a, b in zip(self.wx([x]), self.wh(state), strict=True)]
        return self.head(state)


def recurrent(steps: int) -> list[Unit]:
    """The output of the cell after so many steps."""
    out: list[Unit] = Recurrent()([Unit(0.5, f"x{k}") for k in range(steps)])
    return out


PICTURES: dict[str, Callable[[], Drawing]] = {
    "layers": lambda: draw(network(), depth=2, engine="builtin"),
    "opened": lambda: draw(network(), depth=2, open=["layers.1"], engine="builtin"),
    "recurrent": lambda: draw(recurrent(3), depth=2, engine="builtin"),
}
"""The folded pictures that have golden files, by the names of these."""


if __name__ == "__main__":
    for name, make in PICTURES.items():
        make().save(GOLDEN / f"{name}.svg")
        make().save(GOLDEN / f"{name}.dot")
