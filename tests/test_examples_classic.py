"""The classic examples at a small size: each figure they print, with a margin that could fail."""

from __future__ import annotations

import importlib.util
import io
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


def example(name: str) -> ModuleType:
    """Load an example by its name, as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(name: str, out: Path) -> dict[str, float]:
    """Run an example at its small size; give its figures, all of which it must have printed."""
    stream = io.StringIO()
    figures: dict[str, float] = example(name).main("small", out, stream)
    assert ET.parse(out / f"{name}.svg").getroot().tag.endswith("svg")
    assert len(stream.getvalue().splitlines()) >= 2
    return figures


def test_linear_regression(tmp_path: Path) -> None:
    """One variable meets its closed form; normalised columns learn where raw ones blow up."""
    figures = run("linear_regression", tmp_path)

    assert figures["weight"] == pytest.approx(figures["closed_weight"], rel=1e-5)
    assert figures["bias"] == pytest.approx(figures["closed_bias"], rel=1e-5)
    assert figures["closed_weight"] == pytest.approx(0.04358, abs=1e-4)  # by hand, of four rows
    assert figures["as_they_stand_0.0005"] > 1e100
    assert 1.0 < figures["as_they_stand_2e-05"] < 10.0
    assert figures["normalised_0.5"] < 0.05
    assert figures["vectorised_gradient"] == figures["expanded_gradient"]
    assert (13, 33) == (figures["vectorised_gates"], figures["expanded_gates"])
    assert figures["diabetes_r2"] == pytest.approx(0.5340, abs=1e-3)  # NumPy's lstsq: 0.53399
    assert abs(figures["diabetes_bias_off"]) < 1e-3


def test_logistic_regression(tmp_path: Path) -> None:
    """All four students are judged right; scores on held-out rows are scikit-learn's."""
    figures = run("logistic_regression", tmp_path)

    assert figures["exams_right"] == 1.0
    assert figures["breast_cancer_accuracy"] >= 0.85
    assert figures["iris_accuracy"] >= 0.75
    if importlib.util.find_spec("sklearn"):
        for name in ("breast_cancer", "iris"):
            assert figures[f"{name}_accuracy"] == figures[f"{name}_sklearn"]
            theirs = figures[f"{name}_sklearn_weight"]
            assert figures[f"{name}_weight"] == pytest.approx(theirs, abs=0.02)


def test_ridge_lasso(tmp_path: Path) -> None:
    """Ridge meets its closed form; every penalty shrinks, and lasso alone lets weights go."""
    figures = run("ridge_lasso", tmp_path)

    assert figures["ridge_off"] < 0.01
    assert figures["lasso_size"] < figures["elastic_net_size"] < figures["none_size"]
    assert figures["ridge_size"] < 0.9 * figures["none_size"]
    assert (0, 0) == (figures["none_idle"], figures["ridge_idle"])
    assert figures["lasso_idle"] == 3
    assert figures["elastic_net_idle"] < 3
    if importlib.util.find_spec("sklearn"):
        assert figures["lasso_off"] < 0.01
        assert figures["elastic_net_off"] < 0.01


def test_polynomial_regression(tmp_path: Path) -> None:
    """The error on learnt points falls with the degree, on fresh ones it falls and soars."""
    figures = run("polynomial_regression", tmp_path)

    assert figures["train_1"] > 3 * figures["train_3"] > 3 * figures["train_9"]
    assert figures["fresh_1"] > 2 * figures["fresh_3"]
    assert figures["fresh_9"] > 10 * figures["fresh_3"]
    assert figures["fresh_9_penalty"] < 1.5 * figures["fresh_3"]
    assert figures["train_3"] == pytest.approx(0.0571, abs=2e-3)  # NumPy's polyfit: 0.05709
    assert figures["train_9_penalty"] > figures["train_9"]


def test_linear_svm(tmp_path: Path) -> None:
    """The guide's two models come to know its six points, the table's is as good as its peer."""
    figures = run("linear_svm", tmp_path)

    assert figures["svm_first"] == pytest.approx(4 / 6)  # the guide's first weights, by hand
    assert figures["network_first"] <= 4 / 6
    assert (1.0, 1.0) == (figures["svm_best"], figures["network_best"])
    assert figures["svm_at"] <= 500
    assert figures["network_at"] <= 1000
    assert figures["cancer_loss"] < 0.2
    assert figures["cancer_accuracy"] >= 0.9
    assert figures["cancer_accuracy"] >= figures.get("cancer_sklearn", 0.0) - 0.06


def test_perceptron_nand(tmp_path: Path) -> None:
    """NANDs add, and Rosenblatt's rule finds every table but XOR's."""
    figures = run("perceptron_nand", tmp_path)

    assert figures["nand_right"] == 4
    assert figures["half_adder"] == 2.0
    assert figures["perceptrons"] == 18
    assert figures["sums_right"] == 1.0
    assert 0 == figures["xor_epochs"]
    assert all(1 < figures[f"{name}_epochs"] <= 10 for name in ("and", "or", "nand"))


def test_xor(tmp_path: Path) -> None:
    """A linear model says 0.5 to everything; hidden neurons solve it from nearly every seed."""
    figures = run("xor", tmp_path)

    assert figures["linear_loss"] == pytest.approx(0.25, abs=1e-6)
    assert figures["linear_score"] == pytest.approx(0.5, abs=1e-3)
    assert figures["solved_2"] >= 2 / 3
    assert figures["solved_4"] == 1.0
    assert max(figures["loss_2"], figures["loss_4"]) < 1e-3


def test_moons(tmp_path: Path) -> None:
    """A network bends around the moons that a line cuts through."""
    pytest.importorskip("matplotlib")
    figures = run("moons", tmp_path)

    assert 0.7 <= figures["linear_accuracy"] <= 0.9
    assert figures["network_accuracy"] >= 0.9
    assert figures["network_loss"] < figures["linear_loss"] < 0.5


def test_spirals(tmp_path: Path) -> None:
    """A network follows the arms where a linear softmax guesses, already with few points."""
    pytest.importorskip("matplotlib")
    figures = run("spirals", tmp_path)

    assert figures["linear_accuracy"] <= 0.5
    assert figures["network_accuracy"] >= figures["linear_accuracy"] + 0.2
    assert figures["playground_accuracy"] >= 0.55
