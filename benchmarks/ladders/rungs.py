"""The list of rungs: what each is called, where it is made, what it needs, what it is spared."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Rung:
    """One way of computing a workload.

    `needs` are modules that must be there, `limits` the largest random circuit it is given,
    `environment` what its process is started with.
    """

    name: str
    module: str
    maker: str = "make"
    needs: tuple[str, ...] = ()
    package: str = "gatenet"
    imports: tuple[str, ...] = ()
    largest: int = 1_000_000
    environment: dict[str, str] = field(default_factory=dict)

    def absent(self) -> str:
        """Why it cannot run here; nothing where it can."""
        for need in self.needs:
            if need == "gcc":
                if shutil.which("gcc") is None:
                    return "gcc is not installed"
            elif importlib.util.find_spec(need) is None:
                return f"{need} is not installed"
        return ""


_SCALAR = {"micrograd": "micrograd", "microgpt shape": "", "XAD": "xad", "PyTorch 0-d": "torch"}
_LIST = [
    *[
        Rung(name, "scalars", needs=(module,) if module else (), package=module or "python",
             imports=(module,) if module else (),
             largest=100_000 if name == "PyTorch 0-d" else 1_000_000)
        for name, module in _SCALAR.items()
    ],
    Rung("PyTorch matrices", "matrices", needs=("torch",), package="torch", imports=("torch",)),
    Rung("JAX matrices", "matrices", needs=("jax",), package="jax", imports=("jax",)),
    Rung("NumPy by hand", "matrices", needs=("numpy",), package="numpy", imports=("numpy",)),
    Rung("CasADi VM", "casadis", needs=("casadi",), package="casadi", imports=("casadi",),
         largest=100_000),
    Rung("CasADi C", "casadis", needs=("casadi", "gcc"), package="casadi", imports=("casadi",),
         largest=10_000),
    Rung("JAX scalar program", "matrices", "scalar_jax", needs=("jax",), package="jax",
         imports=("jax",)),
    Rung("C by hand", "handwritten", needs=("numpy", "gcc"), package="gcc", imports=("numpy",)),
    Rung("C by hand, -march=native", "handwritten", needs=("numpy", "gcc"), package="gcc",
         imports=("numpy",)),
    Rung("eager pure", "ours", environment={"GATENET_PURE": "1"}),
    Rung("eager native", "ours"),
    Rung("python", "ours"),
    Rung("numpy", "ours", needs=("numpy",), imports=("numpy",)),
    Rung("machine", "ours", needs=("gatenet._native.machine",), imports=("numpy",)),
    Rung("wide", "ours", imports=("numpy",)),
    Rung("wide reassociated", "ours", imports=("numpy",)),
    Rung("wide NumPy", "ours", needs=("numpy",), imports=("numpy",)),
    Rung("wide NumPy reassociated", "ours", needs=("numpy",), imports=("numpy",)),
]  # fmt: skip

#: By name, in the order of the tables.
RUNGS = {rung.name: rung for rung in _LIST}

OURS = [rung.name for rung in _LIST if rung.module == "ours"]
