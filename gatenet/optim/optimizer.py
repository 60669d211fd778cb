"""The frame of every optimizer: which parameters move, and when it is safe to move them.

It holds the groups with their settings and what is remembered of each parameter; `columns` reads
the units and writes them, a subclass does the arithmetic in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from gatenet.optim.columns import Column, Memory, Starts, check_values, cohorts, write
from gatenet.optim.groups import BESIDE, Group, check_leaves, listed, merged
from gatenet.optim.rules import FLOATS, Arithmetic, Coefficients
from gatenet.optim.saving import (
    checked_counts,
    checked_kind,
    checked_list,
    checked_memory,
    checked_numbers,
    checked_settings,
    settings_of,
)
from gatenet.optim.settings import at_least
from gatenet.sweep import check_finished
from gatenet.unit import Unit, write_now

Closure = Callable[[], Any]
Parameters = Iterable[Unit] | Iterable[Mapping[str, Any]]


class Optimizer:
    """The base of the optimizers: a subclass lists what it remembers and writes its rule.

    A rule that every parameter follows by itself is written as `coefficients` and `rule`, and can
    then be compiled; any other as `moved`.

    `parameters` are leaves, usually `module.parameters()`, or parameter groups: dicts with
    "params" and settings of their own.  `param_groups` are these dicts, complete, and may be
    changed between steps, as schedules do.

    Raises WiringError when a parameter is a gate's output or stands there twice, or a group has a
    setting that this optimizer has not; RangeError for a setting out of its range.
    """

    #: Whether `step` needs a closure: a function that computes the loss and its gradients anew.
    needs_closure = False
    #: What is remembered of each parameter, and from which value on.
    REMEMBERED: ClassVar[Starts] = {}

    def __init__(self, parameters: Any, lr: float, **settings: Any) -> None:
        self.defaults: dict[str, Any] = {"lr": lr, **settings}
        self.param_groups: list[Group] = []
        self.state: list[dict[str, Any]] = []
        self.check({**self.defaults})
        for given in listed(parameters):
            self.add_param_group(given)

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Take on more parameters: a dict with "params", and settings where they differ.

        Raises as the making of an optimizer does; then nothing has been added.

        >>> from gatenet.optim import SGD
        >>> body, head = Unit(1.0), Unit(1.0)
        >>> optimizer = SGD([body], lr=0.1)
        >>> optimizer.add_param_group({"params": [head], "lr": 0.01})
        >>> [group["lr"] for group in optimizer.param_groups]
        [0.1, 0.01]
        """
        found = merged(group, self.defaults)
        self.check(found)
        check_leaves(found["params"], self.parameters)
        self.param_groups.append(found)
        self.state.append(self.fresh(found))

    def fresh(self, group: Group) -> dict[str, Any]:
        """What is remembered of a group before its first step."""
        size = len(group["params"])
        return {"step": [0] * size} | {name: [None] * size for name in self.REMEMBERED}

    def check(self, settings: dict[str, Any]) -> None:
        """Raise RangeError for a setting that is out of its range."""
        at_least(0.0, lr=settings["lr"])

    @property
    def parameters(self) -> list[Unit]:
        """Every parameter, group by group."""
        return [unit for group in self.param_groups for unit in group["params"]]

    @property
    def lr(self) -> float:
        """The lr of the first group; assigning sets it in every group."""
        found: float = self.param_groups[0]["lr"]
        return found

    @lr.setter
    def lr(self, lr: float) -> None:
        at_least(0.0, lr=lr)
        for group in self.param_groups:
            group["lr"] = lr

    def step(self, closure: Closure | None = None) -> Any:
        """Move every parameter that the last backward pass reached; give the closure's loss.

        A parameter that no pass has visited since it was zeroed stays where it is, as does a
        frozen one (`requires_grad` False).  A closure, where there is one, is called first.

        Raises DomainError that names the parameter when a gradient is not finite or the step
        would lead nowhere finite, UnfinishedPassError when a stepper stands in the middle of a
        pass; then nothing has moved and nothing is remembered.
        """
        loss = closure() if closure is not None else None
        check_finished(self.parameters)
        moves = []
        for index, group in enumerate(self.param_groups):
            self.check(group)
            for cohort in cohorts(group, self.state[index], self.starts(group)):
                values, memory = self.moved(
                    group, cohort.t, cohort.values, cohort.grads, cohort.memory
                )
                check_values(cohort, values)
                moves.append((cohort, values, memory))
        if moves:
            now = write_now()
            for cohort, values, memory in moves:
                write(cohort, values, memory, now)
        return loss

    def moved(
        self, group: Group, t: int, values: Column, grads: Column, memory: Memory
    ) -> tuple[Column, Memory]:
        """Give the new values at step t (from 1), and what is remembered, in new lists."""
        return self.rule(self.coefficients(group, t), values, grads, memory, FLOATS)

    def coefficients(self, group: Group, t: int) -> Coefficients:
        """What the parameters of a group share at step t, as the rule takes it."""
        raise NotImplementedError(f"{type(self).__name__} has no coefficients(): write them")

    def rule(self, c: Any, values: Any, grads: Any, memory: Any, do: Arithmetic) -> tuple[Any, Any]:
        """Give the new values and what is remembered; columns of floats, or of units."""
        raise NotImplementedError(f"{type(self).__name__} has no rule(): write one, or moved()")

    def starts(self, group: Group) -> Starts:
        """What is remembered of a parameter at its first step."""
        return self.REMEMBERED

    def zero_grad(self) -> None:
        """Forget the gradients of the parameters."""
        for group in self.param_groups:
            for unit in group["params"]:
                unit._grad = None

    def state_dict(self) -> dict[str, Any]:
        """Everything a later run needs to go on to the bit, but the values of the parameters.

        Plain data, ready for JSON: the settings of each group, and what is remembered of each
        parameter by its place.

        >>> from gatenet.optim import SGD
        >>> SGD([Unit(1.0)], lr=0.1).state_dict()["state"]
        [{'step': [0], 'momentum_buffer': [None]}]
        """
        return {
            "kind": type(self).__name__,
            "param_groups": [settings_of(group) for group in self.param_groups],
            "state": [self.saved(remembered) for remembered in self.state],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`: the settings and the memory, not the parameters' values.

        Raises WiringError that says what does not fit: another kind of optimizer, other groups,
        sizes or settings; OperandError or RangeError for a value that cannot stand there.  Then
        nothing has changed.
        """
        kind = type(self).__name__
        state = checked_kind(state, kind, "param_groups", "state")
        count = len(self.param_groups)
        saved_groups = checked_list(state["param_groups"], count, kind, "parameter groups")
        saved_states = checked_list(state["state"], count, kind, "states")
        loaded = []
        for k, (group, saved, remembered) in enumerate(
            zip(self.param_groups, saved_groups, saved_states, strict=True)
        ):
            where = f"parameter group {k} of {kind}"
            settings = checked_settings(saved, group, where)
            self.check({**group, **settings})
            checked_memory(remembered, self.fresh(group), where)
            loaded.append((group, settings, self.loaded(remembered, group, where)))
        for k, (group, settings, memory) in enumerate(loaded):
            for key in BESIDE:
                group.pop(key, None)
            group.update(settings)
            self.state[k] = memory

    def saved(self, remembered: Mapping[str, Any]) -> dict[str, Any]:
        """What is remembered of a group, copied as plain data."""
        return {name: list(column) for name, column in remembered.items()}

    def loaded(self, saved: Mapping[str, Any], group: Group, where: str) -> dict[str, Any]:
        """Check what was remembered of a group, and give it as it stands in `state`."""
        size = len(group["params"])
        found: dict[str, Any] = {
            name: checked_numbers(saved[name], size, f"{name!r} in {where}")
            for name in self.REMEMBERED
        }
        return {"step": checked_counts(saved["step"], size, f"'step' in {where}"), **found}

    def __repr__(self) -> str:
        shown = [
            ", ".join(
                f"{key}={value!r}" for key, value in group.items() if key not in ("params", *BESIDE)
            )
            for group in self.param_groups
        ]
        sizes = [len(group["params"]) for group in self.param_groups]
        parts = [f"{size} units, {text}" for size, text in zip(sizes, shown, strict=True)]
        return f"<{type(self).__name__} of {'; '.join(parts)}>"
