"""The deep examples at a small size: each figure they print, with a margin that could fail."""

from __future__ import annotations

import importlib.util
import io
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
    stream = io.StringIO()
    figures = example(name).main("small", out, stream)
    assert (out / f"{name}.svg").read_text(encoding="utf-8").startswith("<svg ")
    return figures, stream.getvalue()


def test_names_gpt(tmp_path: Path) -> None:
    """The GPT starts at the loss of guessing, ln 27 = 3.3, and learns from 25 names already."""
    figures, printed = run("names_gpt", tmp_path)

    assert 4192 == figures["parameters"]
    assert 3179 == figures["gates"]
    assert 3.3 == pytest.approx(figures["first"], abs=0.1)
    assert 3.3 == pytest.approx(figures["before"], abs=0.1)
    assert figures["last"] < 3.05
    assert figures["after"] < 3.05
    assert 0.6 < figures["new"] <= 1.0
    assert "invented: " in printed


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

    (layer,) = [{name: tensor(rows) for name, rows in part.items()} for part in model.layers]
    leaves = {"tokens": tensor(model.tokens), "places": tensor(model.places)}
    leaves |= {"head": tensor(model.head), **layer}
    ids = [26, 4, 12, 12, 0, 26]
    x = norm(leaves["tokens"][ids[:-1]] + leaves["places"][:5])
    y = norm(x)
    heads = [
        (y @ layer[name].T).reshape(5, 4, 4).transpose(0, 1) for name in ("query", "key", "value")
    ]
    mixed = torch.nn.functional.scaled_dot_product_attention(*heads, is_causal=True)
    x = x + mixed.transpose(0, 1).reshape(5, 16) @ layer["mix"].T
    x = x + torch.relu(norm(x) @ layer["up"].T) @ layer["down"].T
    expected = torch.nn.functional.cross_entropy(x @ leaves["head"].T, torch.tensor(ids[1:]))
    expected.backward()
    found = {"tokens": model.tokens, "places": model.places, "head": model.head, **model.layers[0]}
    off = max(
        abs(unit.grad - grad)
        for name, rows in found.items()
        for row, grads in zip(rows, leaves[name].grad.tolist(), strict=True)
        for unit, grad in zip(row, grads, strict=True)
    )

    assert expected.item() == pytest.approx(loss.value, rel=1e-13)
    assert off < 1e-14
