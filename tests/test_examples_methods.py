"""The examples that hold methods side by side, at their small size: each learns as it should."""

import importlib.util
import io
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


def run(name, folder):
    """Run an example at its small size; give its figures and what it printed."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    stream = io.StringIO()
    return module.main("small", folder, stream), stream.getvalue()


def test_optimizers(tmp_path):
    """Every optimizer lowers the loss from the same start; searches and quick ones the most."""
    figures, printed = run("optimizers", tmp_path)
    before = figures.pop("before")

    assert 0.9 < before < 1.1
    assert len(figures) == 18
    assert all(loss < 0.93 * before for loss in figures.values()), figures
    assert figures["Nesterov"] < figures["SGD"]
    assert max(figures["BFGS"], figures["conjugate"]) < 0.5 * before
    assert f"Adam       loss {before:.3f} -> {figures['Adam']:.4f} in 6 passes" in printed
    assert (tmp_path / "optimizers.svg").exists()


def test_losses_and_activations(tmp_path):
    """Absolute error keeps the line, squared error loses it; every activation parts the moons."""
    figures, _ = run("losses_and_activations", tmp_path)

    assert figures["mse_slope"] < 0.0
    assert figures["mae_slope"] == pytest.approx(2.0, abs=0.1)
    assert figures["mae_intercept"] == pytest.approx(1.0, abs=0.1)
    assert 1.5 < figures["huber_slope"] < 2.1
    assert figures["huber_intercept"] == pytest.approx(1.0, abs=0.15)
    for name in ("sigmoid", "tanh", "relu", "leaky_relu", "elu"):
        assert figures[name] > 0.75
        assert figures[f"{name}_loss"] < 0.55
    assert figures["batchnorm_loss"] < 0.5 * figures["plain_loss"]
    assert figures["plain_loss"] < 0.65
    assert figures["plain"] > 0.5
    assert figures["batchnorm"] > 0.5
    assert (tmp_path / "batchnorm.svg").exists()
