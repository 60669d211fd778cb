"""Checks of what a trainer is made with: each thing is what its name says, before anything moves.

Knows optimizers, schedules, metrics and callbacks by what they can do; does not know rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gatenet.cluster.opening import CLUSTERS
from gatenet.cluster.shards import check_shard_size
from gatenet.compiler import BACKENDS
from gatenet.errors import OperandError, RangeError, WiringError
from gatenet.nn.module import Module
from gatenet.training.callbacks import Callback
from gatenet.training.evaluation import Metric


def check_optimizer(optimizer: Any, model: Module) -> None:
    """Check that an optimizer is one, and moves something of the model.

    One that does not say what it moves is believed.

    Raises OperandError for a class or something that has no step(), WiringError where none of its
    parameters is in the model.
    """
    if isinstance(optimizer, type):
        raise OperandError(
            f"the optimizer is the class {optimizer.__name__}: make one, "
            f"{optimizer.__name__}(model.parameters())"
        )
    if not callable(getattr(optimizer, "step", None)):
        raise OperandError(
            f"the optimizer is {optimizer!r}, which has no step(): pass one, such as "
            "SGD(model.parameters(), lr=0.1)"
        )
    groups = getattr(optimizer, "param_groups", None)
    if groups is None:
        return
    moved = {id(unit) for group in groups for unit in group["params"]}
    if moved.isdisjoint(map(id, model.parameters())):
        raise WiringError(
            f"none of the {len(moved)} parameters of the optimizer is in the model, which would "
            "learn nothing (was the model made anew after the optimizer?): make the optimizer "
            "from model.parameters()"
        )


def check_schedule(schedule: Any) -> None:
    """Check that a schedule can be stepped.

    Raises OperandError for a name, a class or something else.
    """
    if schedule is None:
        return
    if isinstance(schedule, type) or not callable(getattr(schedule, "step", None)):
        raise OperandError(
            f"the schedule is {schedule!r}, which has no step() of its own: pass one that is made, "
            "such as gatenet.optim.schedules.CosineAnnealingLR(optimizer, epochs)"
        )


def backend_of(compiled: Any) -> str:
    """The backend that `compiled=` names: "auto" for True, "" for False and None.

    Raises RangeError for a name that no backend has.
    """
    if compiled is None or isinstance(compiled, bool):
        return "auto" if compiled else ""
    if compiled not in ("auto", *BACKENDS):
        raise RangeError(
            f"compiled is {compiled!r}: it is True, False or one of {', '.join(BACKENDS)}"
        )
    return str(compiled)


def check_sharing(
    compiled: Any, client: Any, cluster: Any, workers: Any, shard_size: Any, timeout: Any
) -> bool:
    """Check who is to work out the batches, and in shards of how many rows; whether others are.

    Raises RangeError for numbers and names that mean nothing, WiringError for settings that
    contradict each other.
    """
    shared = not (client is None and cluster is None and workers is None)
    if shard_size is not None:
        check_shard_size(shard_size)
    if not compiled and (compiled is False or not shared) and (shared or shard_size is not None):
        what = "workers sum shards of" if shared else "shard_size cuts"
        raise WiringError(
            f"compiled is {compiled!r}, and {what} compiled batches: say compiled=True or the name "
            "of a backend" + (", or leave it out" if shared else "")
        )
    if client is not None and (cluster is not None or workers is not None):
        raise WiringError("client= names a cluster already: leave cluster= and workers= out")
    if cluster is not None and cluster not in CLUSTERS:
        raise RangeError(
            f"cluster is {cluster!r}: it is {', '.join(map(repr, CLUSTERS))}; an address is given "
            "as client="
        )
    for name, number in (("workers", workers), ("timeout", timeout)):
        if number is not None and (isinstance(number, bool) or not number > 0):
            raise RangeError(f"{name} is {number!r}: it is more than 0")
    return shared


def check_function(name: str, function: Any, takes: str, *, needed: bool = True) -> None:
    """Check that a setting which is called can be; one that is not needed may be None.

    Raises OperandError that names it.
    """
    if not callable(function) and (needed or function is not None):
        raise OperandError(f"the {name} is {function!r}: pass a function of {takes}")


def metrics_of(metrics: Any) -> dict[str, Metric]:
    """Give the metrics by name.

    Raises OperandError for metrics without names, and for one that cannot be called.
    """
    if metrics is None:
        return {}
    if not isinstance(metrics, Mapping):
        raise OperandError(
            f"metrics is of type {type(metrics).__name__}: give each a name, as in "
            "metrics={'accuracy': accuracy}"
        )
    for name, metric in metrics.items():
        check_function(f"metric {name!r}", metric, "(outputs, targets)")
    return dict(metrics)


def callbacks_of(callbacks: Any) -> tuple[Callback, ...]:
    """Give the callbacks; one alone is a list of one.

    Raises OperandError for a class of callbacks and for something that is none.
    """
    found = tuple(callbacks) if isinstance(callbacks, Iterable) else (callbacks,)
    for callback in found:
        if isinstance(callback, type):
            raise OperandError(
                f"a callback is the class {callback.__name__}: make one, {callback.__name__}()"
            )
        if not isinstance(callback, Callback):
            raise OperandError(
                f"a callback is {callback!r}, of type {type(callback).__name__}: derive its class "
                "from gatenet.training.Callback"
            )
    return found
