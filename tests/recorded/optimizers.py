"""Where PyTorch's optimizers and schedules go, recorded for machines that have no PyTorch.

    python tests/recorded/optimizers.py            # compare with what is recorded
    python tests/recorded/optimizers.py --write    # record again

The function is x⁴/4 + y²z² + (z - 1)², which is not convex; every path has 200 steps.  Settings
are chosen so that no path is chaotic: there two correct programs part after a few dozen steps.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import warnings
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_suffix(".json")
START = (1.5, -0.7, 3.0)
STEPS = 200
KEPT = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 200)
"""The steps after which the parameters are recorded."""

#: Name of a case: the optimizer and its settings.
OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", dict(lr=0.05)),
    "sgd-decay": ("SGD", dict(lr=0.05, weight_decay=0.1)),
    "sgd-momentum": ("SGD", dict(lr=0.02, momentum=0.9)),
    "sgd-dampening": ("SGD", dict(lr=0.05, momentum=0.8, dampening=0.3)),
    "sgd-nesterov": ("SGD", dict(lr=0.02, momentum=0.9, nesterov=True, weight_decay=0.01)),
    "adagrad": ("Adagrad", dict(lr=0.3)),
    "adagrad-all": (
        "Adagrad",
        dict(lr=0.3, lr_decay=0.01, weight_decay=0.1, initial_accumulator_value=0.5, eps=1e-6),
    ),
    "adadelta": ("Adadelta", dict()),
    "adadelta-all": ("Adadelta", dict(lr=1.5, rho=0.95, eps=1e-5, weight_decay=0.1)),
    "rmsprop": ("RMSprop", dict(lr=0.01)),
    "rmsprop-centered": ("RMSprop", dict(lr=0.01, centered=True)),
    "rmsprop-momentum": ("RMSprop", dict(lr=0.002, alpha=0.9, momentum=0.8)),
    "rmsprop-all": (
        "RMSprop",
        dict(lr=0.005, alpha=0.9, momentum=0.8, centered=True, weight_decay=0.05, eps=1e-4),
    ),
    "adam": ("Adam", dict(lr=0.03)),
    "adam-decay": ("Adam", dict(lr=0.05, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1)),
    "adam-amsgrad": ("Adam", dict(lr=0.03, betas=(0.9, 0.95), amsgrad=True)),
    "adamw": ("AdamW", dict(lr=0.03)),
    "adamw-amsgrad": (
        "AdamW",
        dict(lr=0.05, weight_decay=0.3, amsgrad=True, betas=(0.7, 0.9)),
    ),
    "adamax": ("Adamax", dict(lr=0.05)),
    "adamax-all": ("Adamax", dict(lr=0.02, betas=(0.8, 0.99), weight_decay=0.1, eps=1e-3)),
    "nadam": ("NAdam", dict(lr=0.02)),
    "nadam-decay": ("NAdam", dict(lr=0.02, weight_decay=0.1, momentum_decay=0.1)),
    "nadam-decoupled": (
        "NAdam",
        dict(lr=0.02, weight_decay=0.1, decoupled_weight_decay=True, betas=(0.7, 0.95)),
    ),
    "radam": ("RAdam", dict(lr=0.02)),
    "radam-decay": ("RAdam", dict(lr=0.02, weight_decay=0.1, betas=(0.7, 0.9))),
    "radam-decoupled": ("RAdam", dict(lr=0.02, weight_decay=0.1, decoupled_weight_decay=True)),
    "rprop": ("Rprop", dict(lr=0.05)),
    "rprop-all": ("Rprop", dict(lr=0.05, etas=(0.3, 1.5), step_sizes=(1e-3, 0.2))),
    "lbfgs-wolfe": (
        "LBFGS",
        dict(max_iter=1, max_eval=100, history_size=4, line_search_fn="strong_wolfe"),
    ),
    "lbfgs-many": ("LBFGS", dict(max_iter=20, line_search_fn="strong_wolfe")),
    "lbfgs-plain": ("LBFGS", dict(lr=0.02, max_iter=1)),
}

#: Name of a case: the schedules (made in this order) with their settings, the steps, the lr.
SCHEDULES: dict[str, tuple[str, dict[str, Any]]] = {
    "step": ("StepLR", dict(step_size=7, gamma=0.3)),
    "multistep": ("MultiStepLR", dict(milestones=[3, 11, 30], gamma=0.2)),
    "exponential": ("ExponentialLR", dict(gamma=0.93)),
    "cosine": ("CosineAnnealingLR", dict(T_max=20, eta_min=0.01)),
    "linear": ("LinearLR", dict()),
    "linear-down": ("LinearLR", dict(start_factor=1.0, end_factor=0.1, total_iters=30)),
    "onecycle": ("OneCycleLR", dict(max_lr=0.9, total_steps=60)),
    "onecycle-epochs": (
        "OneCycleLR",
        dict(
            max_lr=[0.9, 0.4], epochs=6, steps_per_epoch=10, pct_start=0.25, div_factor=10.0,
            anneal_strategy="linear", three_phase=True, base_momentum=0.7, final_div_factor=50.0,
        ),
    ),
    "lambda": ("LambdaLR", dict()),
    "sequential": ("SequentialLR", dict(milestones=[5, 25])),
    "plateau": ("ReduceLROnPlateau", dict(factor=0.5, patience=3, cooldown=2, min_lr=0.001)),
    "plateau-max": (
        "ReduceLROnPlateau",
        dict(mode="max", factor=0.3, patience=2, threshold=0.02, threshold_mode="abs"),
    ),
}  # fmt: skip
TURNS = 60
"""How often a schedule is stepped."""
LRS = (0.5, 0.08)
"""The lr of the two groups that it has."""


def loss(x: Any, y: Any, z: Any) -> Any:
    """The function, for anything with operators."""
    return x * x * x * x * 0.25 + y * y * z * z + (z - 1.0) * (z - 1.0)


def path(optimizer: Any, parameters: list[Any], value: Any) -> list[list[float]]:
    """Where an optimizer takes the parameters, step by step."""

    def closure() -> Any:
        optimizer.zero_grad()
        found = loss(*parameters)
        found.backward()
        return found

    found = []
    for _ in range(STEPS):
        optimizer.step(closure)
        found.append([value(parameter) for parameter in parameters])
    return found


def scheduled(kind: Any, settings: dict[str, Any], optimizer: Any) -> Any:
    """Make a schedule; `kind(name)` gives the class of that name."""

    def make(name: str, **settings: Any) -> Any:
        return kind(name)(optimizer, **settings)

    name, given = settings
    if name == "LambdaLR":
        return make(name, lr_lambda=[lambda t: 1.0 / (1 + t), lambda t: 0.95**t])
    if name == "SequentialLR":
        parts = [
            make("LinearLR", start_factor=0.1, total_iters=5),
            make("CosineAnnealingLR", T_max=20),
            make("ExponentialLR", gamma=0.9),
        ]
        return kind(name)(optimizer, parts, **given)
    return make(name, **given)


def figure(turn: int) -> float:
    """What a schedule that watches is shown: it falls, stalls, and falls again."""
    return math.exp(-turn / 4.0) if turn < 12 else 0.06 - 0.001 * max(0, turn - 40)


def course(schedule: Any, optimizer: Any) -> list[list[float]]:
    """lr and momentum of both groups, at the start and after each step of a schedule."""

    def now() -> list[float]:
        return [group[key] for group in optimizer.param_groups for key in ("lr", "momentum")]

    found = [now()]
    watching = type(schedule).__name__ == "ReduceLROnPlateau"
    for turn in range(TURNS):
        if watching:
            schedule.step(figure(turn))
        else:
            schedule.step()
        found.append(now())
    return found


def torch_path(name: str) -> list[list[float]]:
    """The path of one of PyTorch's optimizers."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # NAdam keeps a product in the default type
    try:
        kind, settings = OPTIMIZERS[name]
        theta = [torch.tensor(v, requires_grad=True) for v in START]
        return path(getattr(torch.optim, kind)(theta, **settings), theta, lambda t: t.item())
    finally:
        torch.set_default_dtype(before)


def torch_course(name: str) -> list[list[float]]:
    """The course of one of PyTorch's schedules."""
    import torch

    parameters = [torch.zeros(1, requires_grad=True) for _ in LRS]
    groups = [{"params": [p], "lr": lr} for p, lr in zip(parameters, LRS, strict=True)]
    optimizer = torch.optim.SGD(groups, momentum=0.9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it wants the optimizer to step as well
        schedule = scheduled(
            lambda kind: getattr(torch.optim.lr_scheduler, kind), SCHEDULES[name], optimizer
        )
        return course(schedule, optimizer)


def recording() -> dict[str, Any]:
    """Everything that is recorded."""
    import torch

    paths = {name: torch_path(name) for name in OPTIMIZERS}
    return {
        "origin": f"PyTorch {torch.__version__.split('+')[0]}, 64-bit",
        "paths": {name: [found[k - 1] for k in KEPT] for name, found in paths.items()},
        "courses": {name: torch_course(name) for name in SCHEDULES},
    }


def main() -> int:
    """Record, or compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="record again")
    found = recording()
    if parser.parse_args().write:
        rows = ",\n".join(
            f" {json.dumps(key)}: "
            + (
                json.dumps(value)
                if isinstance(value, str)
                else "{\n"
                + ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items())
                + "\n }"
            )
            for key, value in found.items()
        )
        FILE.write_text("{\n" + rows + "\n}\n", encoding="utf-8")
        return 0
    before = json.loads(FILE.read_text(encoding="utf-8"))
    wrong = [
        f"{part} {name}"
        for part in ("paths", "courses")
        for name, value in found[part].items()
        if before[part].get(name) != value
    ]
    print(*(f"{name} differs" for name in wrong), sep="\n", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
