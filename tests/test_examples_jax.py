"""The example of several devices at a small size, in a process of its own: JAX counts once."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLE = "jax_devices"
CODE = f"""
import json, sys
from pathlib import Path
sys.path.insert(0, "examples")
from {EXAMPLE} import main
print(json.dumps(main("small", Path(sys.argv[1]))))
"""


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")
def test_jax_devices(tmp_path: Path) -> None:
    """Four devices, one device and the eager engine find the same losses, and these fall."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"}
    environment.pop("XLA_FLAGS", None)
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    figures = json.loads(lines[-1])
    assert figures["devices"] == 4
    assert figures["one"] < 1e-9
    assert figures["eager"] < 1e-9
    assert figures["last"] < figures["first"]
    assert lines[-2].endswith("within 1e-09")
    assert (tmp_path / f"{EXAMPLE}.svg").exists()
