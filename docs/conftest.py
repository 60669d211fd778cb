"""What the examples of these pages need: a page whose package is missing is skipped."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _charts(request: pytest.FixtureRequest) -> Iterator[None]:
    """Skip the charts' page where matplotlib is missing; draw without a window, and tidy up."""
    if request.path.name == "sklearn.md" and importlib.util.find_spec("sklearn") is None:
        pytest.skip("the estimators need scikit-learn, which is not installed")
    if request.path.name == "cluster.md" and importlib.util.find_spec("distributed") is None:
        pytest.skip("the cluster needs Dask distributed, which is not installed")
    if request.path.name == "widening.md" and not (
        importlib.util.find_spec("numpy") or importlib.util.find_spec("gatenet._native.wide")
    ):
        pytest.skip("wide programs need NumPy or the C extension, and neither is installed")
    if request.path.name == "accelerators.md":
        if importlib.util.find_spec("jax") is None:
            pytest.skip("functions of JAX need JAX, which is not installed")
        import jax

        before = jax.config.jax_enable_x64
        yield
        jax.config.update("jax_enable_x64", before)
        return
    if request.path.name != "charts.md":
        yield
        return
    if importlib.util.find_spec("matplotlib") is None:
        pytest.skip("the charts need matplotlib, which is not installed")
    import matplotlib
    from matplotlib import pyplot

    matplotlib.use("Agg")
    yield
    pyplot.close("all")
