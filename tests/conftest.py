"""What every test shares: hypothesis' profiles, and a word for tests whose tool is missing."""

import os
import random
import secrets
import shutil

import pytest
from hypothesis import HealthCheck, settings

from gatenet import declaration

#: The mutation command's own modules: they need mutmut, of the extra [dev], and are no tests.
collect_ignore_glob = ["quality/mutation*.py"]

# Derandomised: the same examples in every run and on every machine, so that a red test is a
# change of the code.  `--hypothesis-profile=deep` goes looking for new ones.
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile(
    "dev", max_examples=50, deadline=None, derandomize=True, database=None,
    suppress_health_check=_SLOW,
)  # fmt: skip
settings.register_profile("ci", settings.get_profile("dev"), max_examples=100)
settings.register_profile("deep", max_examples=10_000, deadline=None, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


#: Modules that are imported once and stay: what they declare stays with them.
_STAYING = ("gatenet.", "viz.", "examples.")


@pytest.fixture(autouse=True)
def _same_catalogue():
    """Forget the gates a test declares, so that what the catalogue holds depends on no order."""
    before = dict(declaration._REGISTRY)
    yield
    for name, gate in tuple(declaration._REGISTRY.items()):
        if name not in before and not gate.__module__.startswith(_STAYING):
            del declaration._REGISTRY[name]
    declaration._REGISTRY.update(before)


@pytest.fixture(autouse=True)
def _same_seeds():
    """Let a check that is given no seed draw the same ones in every run, so that none fails by
    chance; within a test they differ, as ever."""
    drawn, secrets.randbits = secrets.randbits, random.Random(0).getrandbits
    yield
    secrets.randbits = drawn


def pytest_runtest_setup(item):
    """Skip a test marked `exe` where Graphviz's dot program is not installed."""
    if item.get_closest_marker("exe") and shutil.which("dot") is None:
        pytest.skip("needs the dot program of Graphviz, which is not on PATH")
