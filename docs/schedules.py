"""Draw the pictures of docs/optim.md: lr under each schedule, and optimizers on one valley.

    python docs/schedules.py             # write docs/pictures/schedules.svg and optimizers.svg
    python docs/schedules.py --out DIR   # write them elsewhere

Both are computed here, without chance, so that every machine draws the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gatenet import Unit, optim
from gatenet.optim import schedules as s
from gatenet.viz import plot_lines

TURNS = 60
SCHEDULES: dict[str, Callable[[Any], Any]] = {
    "step": lambda o: s.StepLR(o, 15, gamma=0.5),
    "cosine": lambda o: s.CosineAnnealingLR(o, TURNS),
    "one cycle": lambda o: s.OneCycleLR(o, 1.0, TURNS + 1, cycle_momentum=False),
    "warm-up": lambda o: s.warmup_then(s.ExponentialLR(o, 0.95), 10, start_factor=0.1),
}
RACERS: dict[str, tuple[str, dict[str, Any]]] = {
    "momentum": ("SGD", dict(lr=0.002, momentum=0.9)),
    "Adam": ("Adam", dict(lr=0.05)),
    "Rprop": ("Rprop", dict(lr=0.05)),
    "LBFGS": ("LBFGS", dict(max_iter=1, max_eval=100, line_search_fn="strong_wolfe")),
}


def course(make: Callable[[Any], Any]) -> list[float]:
    """The lr at each position of a schedule."""
    optimizer = optim.SGD([Unit(0.0)], lr=1.0)
    schedule = make(optimizer)
    found = [optimizer.lr]
    for _ in range(TURNS):
        schedule.step()
        found.append(optimizer.lr)
    return found


def descent(kind: str, settings: dict[str, Any]) -> list[float]:
    """The loss at each of 200 steps down Rosenbrock's valley, made ten times milder."""
    a, b = Unit(-1.2, "a"), Unit(1.0, "b")
    optimizer = getattr(optim, kind)([a, b], **settings)

    def closure() -> Unit:
        optimizer.zero_grad()
        loss: Unit = (1 - a) ** 2 + 10 * (b - a * a) ** 2
        loss.backward()
        return loss

    return [max(optimizer.step(closure).value, 1e-12) for _ in range(200)]


def main() -> int:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures", metavar="DIR")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    plot_lines(
        {name: course(make) for name, make in SCHEDULES.items()}, out / "schedules.svg",
        title="lr under four schedules", x_label="calls of step()", y_label="lr",
    )  # fmt: skip
    plot_lines(
        {name: descent(*racer) for name, racer in RACERS.items()},
        out / "optimizers.svg", title="Down Rosenbrock's valley (10 in place of 100)",
        x_label="steps", y_label="loss", log_y=True,
    )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
