"""Errors: what can go wrong, each with its facts.

Every error of gatenet is a `GatenetError` and also the built-in exception people would catch
for such a mistake.  Knows nothing of the other rooms.
"""

from __future__ import annotations

from typing import Any


class GatenetError(Exception):
    """The parent of every error that gatenet raises on purpose."""

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.facts = facts

    def __getattr__(self, name: str) -> Any:
        """Give each fact as an attribute: `error.gate`, `error.unit` and so on."""
        facts = self.__dict__.get("facts", {})
        if name in facts:
            return facts[name]
        raise AttributeError(name)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), str(self), self.facts)


def _rebuild(kind: type[GatenetError], message: str, facts: dict[str, Any]) -> GatenetError:
    return kind(message, **facts)


class DeclarationError(GatenetError, TypeError):
    """A gate was declared in a way that cannot work: found at import, before any use."""


class OperandError(GatenetError, TypeError):
    """A thing that is no unit and no real number was wired into a circuit."""


class RangeError(GatenetError, ValueError):
    """A number is of the right type but cannot be used: an int past float64, an empty list."""


class DetachError(GatenetError, TypeError):
    """An expression would silently have cut a unit off from its gradient (`float(u)`, `if u:`)."""


class DomainError(GatenetError, ValueError):
    """Under `detect_anomaly()`: the first value or gradient that is not finite."""


class StaleCircuitError(GatenetError, RuntimeError):
    """A recorded value is older than a write to something it depends on."""


class UnfinishedPassError(GatenetError, RuntimeError):
    """Something needs complete gradients while a stepper stands in the middle of its pass."""


class FlippedBranchError(StaleCircuitError):
    """On replay, a comparison recorded under `record()` went the other way."""


class WiringError(GatenetError, ValueError):
    """The circuit is not put together in a way that the request makes sense for."""


class CompileError(GatenetError, TypeError):
    """Part of a circuit is Python code, which no compiler of circuits can read."""


class FormatError(GatenetError, ValueError):
    """A file or text is not a circuit that this version of gatenet can load."""


class GradientMismatch(GatenetError, AssertionError):
    """The analytic gradient differs from the numeric one by more than the tolerance."""


class ToolMissing(GatenetError, RuntimeError):
    """Something that is not installed was asked for by name."""


class ClusterError(GatenetError, RuntimeError):
    """A worker, a shard or a whole cluster failed; it says which, where and at which step."""
