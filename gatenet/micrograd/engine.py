"""micrograd.engine: `from gatenet.micrograd.engine import Value`."""

from gatenet.unit import Unit as Value

__all__ = ["Value"]
