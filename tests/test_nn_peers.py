"""Every layer against PyTorch with the same weights, and against figures recorded from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from test_nn_gradients import IMAGE, ROWS, VECTOR, WORDS, mixed, scrambled, values

from gatenet import Unit, nn
from gatenet.nn.shapes import flat, mapped, shape


def whole(*names: str) -> Callable[[Any], list[Any]]:
    """List parameters of a PyTorch module by name."""
    return lambda module: [(getattr(module, name), slice(None)) for name in names]


def projections(module: Any) -> list[Any]:
    """The parameters of PyTorch's attention in our order: its three projections stand in one."""
    width = module.embed_dim
    thirds = [slice(k * width, (k + 1) * width) for k in range(3)]
    found = [(tensor, third) for third in thirds
             for tensor in (module.in_proj_weight, module.in_proj_bias)]  # fmt: skip
    return [*found, (module.out_proj.weight, slice(None)), (module.out_proj.bias, slice(None))]


def causal(torch: Any, module: Any, x: Any) -> Any:
    """Run PyTorch's attention over a sequence with a causal mask."""
    mask = torch.triu(torch.ones(len(x), len(x), dtype=bool), 1)
    return module(x, x, x, attn_mask=mask, need_weights=False)[0]


PLAIN = whole("weight", "bias")
STEPS = whole("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")

#: By name: our layer; its input; PyTorch's, its parameters and how it runs.
PEERS: dict[str, tuple[Any, Any, Any, Any, Any]] = {
    "Linear": (lambda: nn.Linear(4, 3, rng=0), VECTOR,
               lambda t: t.nn.Linear(4, 3, **F(t)), PLAIN, None),
    "Linear without bias": (
        lambda: nn.Linear(4, 3, bias=False, rng=0), VECTOR,
        lambda t: t.nn.Linear(4, 3, bias=False, **F(t)), whole("weight"), None),
    "Embedding": (lambda: nn.Embedding(5, 2, rng=0), [3, 0, 3],
                  lambda t: t.nn.Embedding(5, 2, **F(t)), whole("weight"), None),
    "LayerNorm": (lambda: nn.LayerNorm(4), VECTOR,
                  lambda t: t.nn.LayerNorm(4, **F(t)), PLAIN, None),
    "RMSNorm": (lambda: nn.RMSNorm(4), VECTOR,
                lambda t: t.nn.RMSNorm(4, **F(t)), whole("weight"), None),
    "Softmax": (lambda: nn.Softmax(), VECTOR, lambda t: t.nn.Softmax(-1), whole(), None),
    "LogSoftmax": (lambda: nn.LogSoftmax(), WORDS,
                   lambda t: t.nn.LogSoftmax(-1), whole(), None),
    "MultiHeadAttention": (
        lambda: nn.MultiHeadAttention(2, 2, causal=True, rng=0), WORDS,
        lambda t: t.nn.MultiheadAttention(2, 2, **F(t)), projections, causal),
    "Conv1d": (lambda: nn.Conv1d(2, 3, 2, 2, 1, 2, rng=0), ROWS,
               lambda t: t.nn.Conv1d(2, 3, 2, 2, 1, 2, **F(t)), PLAIN, None),
    "Conv2d": (lambda: nn.Conv2d(2, 2, (2, 3), (1, 2), (0, 1), rng=0), IMAGE,
               lambda t: t.nn.Conv2d(2, 2, (2, 3), (1, 2), (0, 1), **F(t)), PLAIN, None),
    "MaxPool1d": (lambda: nn.MaxPool1d(3, 2, 1), ROWS,
                  lambda t: t.nn.MaxPool1d(3, 2, 1), whole(), None),
    "MaxPool2d": (lambda: nn.MaxPool2d(2, 1), IMAGE,
                  lambda t: t.nn.MaxPool2d(2, 1), whole(), None),
    "AvgPool1d": (lambda: nn.AvgPool1d(2, padding=1), ROWS,
                  lambda t: t.nn.AvgPool1d(2, padding=1), whole(), None),
    "AvgPool2d": (lambda: nn.AvgPool2d((3, 2), 1), IMAGE,
                  lambda t: t.nn.AvgPool2d((3, 2), 1), whole(), None),
    "RNN": (lambda: nn.RNN(2, 3, rng=0), WORDS,
            lambda t: t.nn.RNN(2, 3, **F(t)), STEPS, lambda _, m, x: m(x)[0]),
    "LSTM": (lambda: nn.LSTM(2, 3, rng=0), WORDS,
             lambda t: t.nn.LSTM(2, 3, **F(t)), STEPS, lambda _, m, x: m(x)[0]),
    "GRU": (lambda: nn.GRU(2, 3, rng=0), WORDS,
            lambda t: t.nn.GRU(2, 3, **F(t)), STEPS, lambda _, m, x: m(x)[0]),
}  # fmt: skip

#: `mixed(outputs)` as PyTorch 2.13 computes it in float64 with the numbers of `scrambled`.
RECORDED = {
    "Linear": 4.055363578114648,
    "Linear without bias": 2.8279486121011947,
    "Embedding": 1.7106255442321587,
    "LayerNorm": 0.15201531658733058,
    "RMSNorm": 0.08273117982013001,
    "Softmax": 1.5256777796450636,
    "LogSoftmax": -10.279993730254613,
    "MultiHeadAttention": 8.791988176242842,
    "Conv1d": 27.946577264465375,
    "Conv2d": 6.543812729203231,
    "MaxPool1d": 12.099999999999998,
    "MaxPool2d": 23.269999999999996,
    "AvgPool1d": 2.425,
    "AvgPool2d": 1.2599999999999996,
    "RNN": 19.67517546449821,
    "LSTM": 13.192078408959222,
    "GRU": 9.004951025113883,
}


def F(torch: Any) -> dict[str, Any]:
    """What makes a PyTorch module of 64-bit floats."""
    return {"dtype": torch.float64}


def copied(torch: Any, model: nn.Module, places: list[Any]) -> None:
    """Write our parameters into PyTorch's tensors, in order."""
    found = iter([unit.value for unit in model.parameters()])
    with torch.no_grad():
        for tensor, where in places:
            part = tensor[where]
            numbers = [next(found) for _ in range(part.numel())]
            part.copy_(torch.tensor(numbers, dtype=torch.float64).reshape(part.shape))
    assert list(found) == []


@pytest.mark.parametrize("name", PEERS)
def test_recorded(name: str) -> None:
    """With the same weights a layer gives what PyTorch gave when the figures were recorded."""
    make, sample, *_ = PEERS[name]
    inputs = sample if name == "Embedding" else mapped(Unit, sample)
    outputs = scrambled(make())(inputs)

    assert mixed(outputs).value == pytest.approx(RECORDED[name], rel=1e-13)


@pytest.mark.parametrize("name", PEERS)
def test_like_pytorch(name: str) -> None:
    """With the same weights values and all gradients are PyTorch's to twelve digits."""
    torch = pytest.importorskip("torch")
    make, sample, build, listed, run = PEERS[name]
    model, peer = scrambled(make()), build(torch)
    copied(torch, model, listed(peer))
    whole_numbers = name == "Embedding"
    inputs = sample if whole_numbers else mapped(Unit, sample)
    x = torch.tensor(sample) if whole_numbers else torch.tensor(sample, **F(torch))
    x.requires_grad_(not whole_numbers)
    outputs = model(inputs)
    expected = peer(x) if run is None else run(torch, peer, x)
    loss = mixed(outputs)
    loss.backward()
    weights = torch.arange(expected.numel(), **F(torch)) * 0.7 + 0.3
    (weights * expected.reshape(-1)).sum().backward()

    assert shape(outputs) == tuple(expected.shape)
    close(values(outputs), expected)
    assert loss.value == pytest.approx(RECORDED[name], rel=1e-13)
    if not whole_numbers:
        close([unit.grad for unit in flat(inputs)], x.grad)
    grads = [number for tensor, where in listed(peer) for number in tensor.grad[where].reshape(-1)]
    close([unit.grad for unit in model.parameters()], grads)


def close(ours: Any, theirs: Any) -> None:
    """Compare numbers one by one, relative to the largest."""
    numbers = theirs if isinstance(theirs, list) else theirs.reshape(-1)
    expected = [number.item() for number in numbers]
    largest = max(map(abs, expected), default=0.0)
    assert list(flat(ours)) == pytest.approx(expected, rel=1e-12, abs=1e-14 * max(1.0, largest))


@pytest.mark.parametrize("rows", [[VECTOR, VECTOR[::-1], [0.5, 0.25, 2.0, 1.0]], [IMAGE] * 2])
def test_batchnorm_like_pytorch(rows: Any) -> None:
    """Batch normalization in training and evaluation, and its statistics, are PyTorch's."""
    torch = pytest.importorskip("torch")
    model = scrambled(nn.BatchNorm(len(rows[0])))
    kind = torch.nn.BatchNorm1d if len(shape(rows)) == 2 else torch.nn.BatchNorm2d
    peer = kind(len(rows[0]), **F(torch))
    copied(torch, model, PLAIN(peer))
    inputs = mapped(Unit, rows)
    x = torch.tensor(rows, **F(torch), requires_grad=True)
    outputs, expected = model.batch(inputs), peer(x)
    mixed(outputs).backward()
    weights = torch.arange(expected.numel(), **F(torch)) * 0.7 + 0.3
    (weights * expected.reshape(-1)).sum().backward()

    close(values(outputs), expected)
    close([unit.grad for unit in flat(inputs)], x.grad)
    close([unit.grad for unit in model.parameters()], [*peer.weight.grad, *peer.bias.grad])
    close([model.running_mean, model.running_var], [*peer.running_mean, *peer.running_var])
    close(values(model.eval().batch(rows)), peer.eval()(x))


def test_states_like_pytorch() -> None:
    """A sequence read in two pieces, with the state handed on, is PyTorch's."""
    torch = pytest.importorskip("torch")
    for ours, theirs in ((nn.RNN, torch.nn.RNN), (nn.LSTM, torch.nn.LSTM), (nn.GRU, torch.nn.GRU)):
        model, peer = scrambled(ours(2, 3, rng=0)), theirs(2, 3, **F(torch))
        copied(torch, model, STEPS(peer))
        _, state = model.run(WORDS[:2])
        outputs, last = model.run(WORDS[2:], state)
        expected, end = peer(torch.tensor(WORDS, **F(torch)))

        close(values(outputs), expected[2:])
        ends = end if isinstance(end, tuple) else (end,)
        close(values(last), [number for part in ends for number in part.reshape(-1)])
