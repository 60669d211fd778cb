"""The optional C extension; everything else about the package stands in setup.cfg.

The lane machine's kernels are printed from the gates' declarations just before it is compiled.
Where there is no compiler the extension is left out, and the package works without it, slower.
"""

import sys
from pathlib import Path

from setuptools import Extension, setup

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from gatenet.compiler.kernels import written  # noqa: E402  (the gates of this very checkout)

MACHINE = Extension(
    "gatenet._native.machine",
    ["gatenet/_native/machine.c"],
    depends=["gatenet/_native/lanes.h"],
    include_dirs=[str(written(ROOT / "build" / "kernels"))],
    # Strict IEEE: no contraction into fused operations, and nothing of -ffast-math.  What is left
    # out, errno and floating-point traps, nobody reads here; no result depends on it.
    extra_compile_args=(
        ["/O2", "/fp:precise"]
        if sys.platform == "win32"
        else ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
    ),
    optional=True,
)

setup(ext_modules=[MACHINE])
