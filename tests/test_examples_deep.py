"""The deep examples at a small size: each figure they print, with a margin that could fail."""

from __future__ import annotations

import importlib.util
import io
import math
import os
import random
import sys
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


def run(name: str, out: Path) -> tuple[dict[str, float], str]:
    """Run an example at its small size; give its figures and what it printed."""
    stream, out = io.StringIO(), out / "figures" / "new"
    figures = example(name).main("small", out, stream)
    assert (out / f"{name}.svg").read_text(encoding="utf-8").startswith("<svg ")
    return figures, stream.getvalue()


def test_names_gpt(tmp_path: Path) -> None:
    """The GPT starts at the loss of guessing, ln 27 = 3.3, and learns from 25 names already."""
    figures, printed = run("names_gpt", tmp_path)

    assert 4192 == figures["parameters"]
    assert 3291 == figures["gates"]
    assert 3.3 == pytest.approx(figures["first"], abs=0.2)
    assert 3.3 == pytest.approx(figures["before"], abs=0.1)
    assert figures["last"] < 3.05
    assert figures["after"] < 3.05
    assert 0.6 < figures["new"] <= 1.0
    assert "invented: " in printed


def test_names_gpt_compiled(tmp_path: Path) -> None:
    """Compiled, the GPT's loss and gradients keep every bit, and it learns as it did."""
    if os.environ.get("GATENET_PURE", "0") not in ("", "0"):
        pytest.skip("the machine in C is refused by GATENET_PURE")
    pytest.importorskip("gatenet._native.wide", reason="the machine in C was not built")
    figures, printed = run("names_gpt_compiled", tmp_path)

    assert 6 == figures["lengths"]
    assert 0 == figures["different"]
    assert 3.3 == pytest.approx(figures["before"], abs=0.1)
    assert figures["after"] < 3.05
    assert "2 names: 0 numbers differ" in printed


def test_names_gpt_against_pytorch() -> None:
    """The GPT's loss and every gradient are those of the same model in PyTorch's tensors."""
    torch = pytest.importorskip("torch")
    module = example("names_gpt")
    model = module.GPT(rng=random.Random(1))
    loss = module.loss_of(model, "emma")
    loss.backward()

    def tensor(rows):
        return torch.tensor(
            [[unit.value for unit in row] for row in rows], dtype=torch.float64, requires_grad=True
        )

    def norm(x):
        return x / torch.sqrt((x * x).mean(-1, keepdim=True) + 1e-5)

    rows = {name.rsplit(".", 2)[0]: [] for name, _ in model.named_parameters()}
    for name, unit in model.named_parameters():
        matrix, row, _ = name.rsplit(".", 2)
        rows[matrix] += [[]] * (int(row) == len(rows[matrix]))
        rows[matrix][-1] = [*rows[matrix][-1], unit]
    leaves = {name: tensor(matrix) for name, matrix in rows.items()}
    tokens, places, query, key, value, mix, up, down, head = leaves.values()
    ids = [26, 4, 12, 12, 0, 26]
    x = norm(tokens[ids[:-1]] + places[:5])
    y = norm(x)
    heads = [(y @ matrix.T).reshape(5, 4, 4).transpose(0, 1) for matrix in (query, key, value)]
    mixed = torch.nn.functional.scaled_dot_product_attention(*heads, is_causal=True)
    x = x + mixed.transpose(0, 1).reshape(5, 16) @ mix.T
    x = x + torch.relu(norm(x) @ up.T) @ down.T
    expected = torch.nn.functional.cross_entropy(x @ head.T, torch.tensor(ids[1:]))
    expected.backward()
    off = max(
        abs(unit.grad - grad)
        for name, matrix in rows.items()
        for row, grads in zip(matrix, leaves[name].grad.tolist(), strict=True)
        for unit, grad in zip(row, grads, strict=True)
    )

    assert expected.item() == pytest.approx(loss.value, rel=1e-13)
    assert off < 1e-14


def test_digits(tmp_path: Path) -> None:
    """A small MLP reads most of 80 digits that it never saw, after 220 others."""
    figures, printed = run("digits", tmp_path)

    assert figures["accuracy"] > 0.85
    assert figures["misread"] == pytest.approx(80 * (1 - figures["accuracy"]))
    assert figures["loss"] < 0.7 < math.log(10)
    assert f"held-out digits read: {figures['accuracy']:.1%}" in printed


def test_digits_conv(tmp_path: Path) -> None:
    """Three filters of 3 by 3, 310 parameters in all, read most of 80 unseen digits."""
    figures, printed = run("digits_conv", tmp_path)

    assert figures["accuracy"] > 0.8
    assert figures["loss"] < 0.65 < math.log(10)
    assert "310 parameters" in printed


def test_autoencoder(tmp_path: Path) -> None:
    """From 45 pictures the autoencoder draws unseen digits better than their mean picture does."""
    figures, _ = run("autoencoder", tmp_path)

    assert figures["error"] < 0.92 * figures["mean picture"]
    assert figures["kept"] == pytest.approx(1 - figures["error"] / figures["mean picture"])


def test_variational_autoencoder(tmp_path: Path) -> None:
    """The bound falls far from where it starts, and the code is used but stays near normal."""
    figures, _ = run("variational_autoencoder", tmp_path)

    assert figures["bound"] < 34.0 < 64 * math.log(2)
    assert 0.2 < figures["divergence"] < 5.0
    assert 10.0 < figures["least"] < figures["mean picture"] < 30.0


def test_divergence_of_codes() -> None:
    """The code's divergence is that of its closed form, 0 for a standard normal one."""
    module = example("variational_autoencoder")

    assert 0.0 == module.divergence([0.0, 0.0], [0.0, 0.0])
    assert module.divergence([3.0], [0.0]) == pytest.approx(4.5, rel=1e-15)
    assert module.divergence([0.0], [1.0]) == pytest.approx((math.e - 2) / 2, rel=1e-15)


def test_gan(tmp_path: Path) -> None:
    """The made numbers come twice as near to the density, and fall into both humps."""
    figures, printed = run("gan", tmp_path)

    assert 1.5 < figures["before"] < 2.0
    assert figures["after"] < figures["before"] / 2
    assert 0.25 < figures["right"] < 0.75
    assert figures["discriminator"] == pytest.approx(math.log(2), abs=0.15)
    assert "distance from the density" in printed


def test_rnn_parity(tmp_path: Path) -> None:
    """Having learnt parity on four bits, the network knows it on 32."""
    figures, _ = run("rnn_parity", tmp_path)

    assert figures["right"] > 0.95
    assert figures["right on long rows"] > 0.95
    assert figures["loss"] < 0.1


def test_lstm_copy(tmp_path: Path) -> None:
    """The LSTM says two symbols again, where chance is one in three."""
    figures, printed = run("lstm_copy", tmp_path)

    assert figures["said"] > 0.9
    assert figures["loss"] < 0.1
    assert "chance is 33.3%" in printed


def test_noise_and_dropout(tmp_path: Path) -> None:
    """Each way trains, most learn, and what is added to one way is not left in the next."""
    figures, printed = run("noise_and_dropout", tmp_path)
    ways = [name for name in figures if ":" not in name]

    assert list(example("noise_and_dropout").ways()) == ways
    assert sum(figures[name] > 0.3 for name in ways) >= 7
    assert figures["nothing"] == figures["early end"]  # four epochs are too few to stop
    assert len({figures[name] for name in ways}) >= 4
    assert all(figures[f"{name}: epochs"] == 4 for name in ways)
    assert len(printed.splitlines()) == 9


def test_ensembles(tmp_path: Path) -> None:
    """Members that learnt from 80 digits read more together than each on average."""
    figures, printed = run("ensembles", tmp_path)

    assert figures["bagging"] > figures["bagging: members"] + 0.02 > 0.3
    assert figures["snapshots"] > figures["snapshots: members"] > 0.3
    assert figures["out of bag"] > 0.25
    assert "together" in printed
