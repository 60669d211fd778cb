"""The optional C extensions; everything else about the package stands in setup.cfg.

The lane machine's kernels are printed from the gates' declarations just before it is compiled.
Where there is no compiler the extensions are left out, and the package works without it, slower.
"""

import sys
from pathlib import Path

from setuptools import Extension, setup

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

# The gates of this very checkout print the kernels.
from gatenet.compiler.kernels import written  # noqa: E402
from gatenet.cprinting import printed  # noqa: E402
from gatenet.gates import CATALOGUE, SLOPES  # noqa: E402

KERNELS = str(written(ROOT / "build" / "kernels"))
(ROOT / "build" / "kernels" / "unitkernels.h").write_text(
    printed([*CATALOGUE.values(), *SLOPES.values()]), encoding="ascii"
)
# Strict IEEE: no contraction into fused operations, and nothing of -ffast-math.  What is left
# out, errno and floating-point traps, nobody reads here; no result depends on it.
STRICT = (
    ["/O2", "/fp:precise"]
    if sys.platform == "win32"
    else ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
)


# A unit's kernels call the C library as Python does: no call may be replaced by an expression.
LIBRARY = [] if sys.platform == "win32" else ["-fno-builtin"]


def extension(
    name: str, *headers: str, others: tuple[str, ...] = (), arguments: list[str] | None = None
) -> Extension:
    """One module of gatenet._native, left out where it cannot be built."""
    return Extension(
        f"gatenet._native.{name}",
        [f"gatenet/_native/{source}.c" for source in (name, *others)],
        depends=[f"gatenet/_native/{header}" for header in headers],
        include_dirs=[KERNELS],
        extra_compile_args=STRICT + (arguments or []),
        optional=True,
    )


setup(
    ext_modules=[
        extension("machine", "kernels.h", "paths.h", "lanes.h", "blocks.h", "steps.h"),
        extension("wide", "kernels.h", "paths.h", "wide.h"),
        extension("builder", "vectors.h", "core.h", "laid.h", "encoding.h"),
        extension(
            "units",
            "units.h",
            others=("unitmaking", "unitsweep", "unitcolumns"),
            arguments=LIBRARY,
        ),
    ]
)
