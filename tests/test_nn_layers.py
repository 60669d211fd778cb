"""Single layers: closed forms, hard places, and what they say to wrong inputs."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

from gatenet import Circuit, Unit, nn
from gatenet.errors import GatenetError, OperandError, RangeError, WiringError
from gatenet.nn import initializers
from gatenet.nn.shapes import mapped


def values(outputs: Any) -> Any:
    """The plain numbers of outputs."""
    return mapped(lambda unit: unit.value if isinstance(unit, Unit) else unit, outputs)


class TestNoise:
    def test_dropout(self) -> None:
        """Near p of the inputs become 0 and the others 1 / (1 - p) of what they were."""
        outputs = nn.Dropout(0.2, rng=7)([1.0] * 5000)

        assert {0.0, 1.25} == set(outputs)
        assert 900 < outputs.count(0.0) < 1100  # 1000 expected, deviation 28

    def test_dropped_units_are_wired(self) -> None:
        """A dropped unit gets the gradient 0 from a gate, so it counts as reached."""
        unit = Unit(3.0)
        (found,) = nn.Dropout(1.0, rng=0)([unit])
        found.backward()

        assert (found.value, unit.grad, unit.visited) == (0.0, 0.0, True)

    def test_gaussian_noise(self) -> None:
        """The noise has mean 0 and the deviation asked for, and slope 1."""
        noise = nn.GaussianNoise(0.5, rng=3)([0.0] * 4000)
        mean = math.fsum(noise) / 4000
        unit = Unit(1.0)
        nn.GaussianNoise(0.5, rng=3)([unit])[0].backward()

        assert abs(mean) < 0.03  # 0.008 is a deviation
        assert 0.48 < math.sqrt(math.fsum(x * x for x in noise) / 4000) < 0.52
        assert unit.grad == 1.0
        with pytest.raises(RangeError, match=r"std is -1: .* 0 or more"):
            nn.GaussianNoise(-1, rng=0)

    @pytest.mark.parametrize("make", [nn.Dropout, nn.GaussianNoise])
    def test_evaluation(self, make: Callable[..., nn.Module]) -> None:
        """In evaluation both give back what they got, and draw nothing."""
        layer, inputs = make(0.5, rng=1).eval(), [Unit(1.0)]
        state = layer.rng.getstate()

        assert layer(inputs) is inputs
        assert state == layer.rng.getstate()


class TestNormalization:
    def test_layer_norm(self) -> None:
        """Outputs have mean 0 and variance v / (v + eps), v being that of the inputs."""
        rng = random.Random(1)
        inputs = [rng.random() for _ in range(6)]
        middle = math.fsum(inputs) / 6
        variance = math.fsum((x - middle) ** 2 for x in inputs) / 6
        found = values(nn.LayerNorm(6, eps=0.1)(inputs))

        assert abs(math.fsum(found)) < 1e-14
        assert math.fsum(x * x for x in found) / 6 == pytest.approx(
            variance / (variance + 0.1), rel=1e-14
        )

    def test_rms_norm(self) -> None:
        """A vector is divided by the root of its mean square: 3, 4 by sqrt(12.5)."""
        assert [3 / math.sqrt(12.5), 4 / math.sqrt(12.5)] == pytest.approx(
            values(nn.RMSNorm(2)([3.0, 4.0])), rel=1e-15
        )

    def test_rms_norm_of_nothing(self) -> None:
        """A vector of zeros stays one, with finite gradients."""
        inputs = [Unit(0.0), Unit(0.0)]
        found = nn.RMSNorm(2)(inputs)
        found[0].backward()

        assert [0.0, 0.0] == values(found)
        assert math.isfinite(inputs[0].grad)

    def test_batch_norm_statistics(self) -> None:
        """Running statistics move by the momentum towards mean and unbiased variance."""
        layer = nn.BatchNorm(1, momentum=0.25)
        layer.batch([[1.0], [3.0], [8.0]])

        assert layer.running_mean == [0.25 * 4.0]
        assert layer.running_var == pytest.approx([0.75 * 1.0 + 0.25 * 13.0], rel=1e-15)

    def test_batch_norm_in_evaluation(self) -> None:
        """In evaluation each feature is shifted and scaled by its running statistics."""
        layer = nn.BatchNorm(1, eps=0.0).eval()
        layer.load_state_dict(
            {"weights.0": 3.0, "bias.0": 0.5, "running_mean.0": 2.0, "running_var.0": 16.0}
        )

        assert [3.0 * (10.0 - 2.0) / 4.0 + 0.5] == values(layer([10.0]))

    def test_batch_norm_alone(self) -> None:
        """One sample in training is refused with what to call; a batch of one as well."""
        layer = nn.BatchNorm(2)
        with pytest.raises(WiringError, match=r"call model.batch\(rows\), or model.eval\(\) first"):
            layer([1.0, 2.0])
        with pytest.raises(RangeError, match="a variance takes two or more"):
            layer.batch([[1.0, 2.0]])

        assert layer.running_mean == [0.0, 0.0]
        assert layer.eval()([0.0, 0.0])[0].value == 0.0


class TestSoftmax:
    def test_hard_places(self) -> None:
        """Large scores cost no digits and do not overflow; a single score has all."""
        assert [0.25] * 4 == nn.Softmax()([1e300] * 4)
        assert [1.0, 0.0] == nn.Softmax()([1e4, -1e4])
        assert [1.0] == nn.Softmax()([-7.0])
        assert [0.0, 1.0] == nn.Softmax()([-math.inf, 3.0])
        assert nn.Softmax()([math.inf, 3.0])[1] == 0.0
        far = nn.LogSoftmax()([40.0, 0.0])
        assert -math.log1p(math.exp(-40.0)) == far[0]

    def test_replay(self) -> None:
        """A recorded softmax stays right when its scores are moved far away."""
        scores = [Unit(0.0, "a"), Unit(0.0, "b")]
        shares = nn.Softmax()(scores)
        Circuit(shares).forward({"a": 5000.0, "b": 5000.0 + math.log(3.0)})

        assert [0.25, 0.75] == pytest.approx(values(shares), rel=1e-11)

    def test_slopes_sum_to_nothing(self) -> None:
        """The slopes of a probability in all scores add up to 0."""
        scores = [Unit(x) for x in (0.3, -1.2, 2.2)]
        nn.Softmax()(scores)[1].backward()

        assert abs(math.fsum(score.grad for score in scores)) < 1e-16
        assert all(score.grad for score in scores)


class TestAttention:
    def test_causal(self) -> None:
        """With `causal` no output depends on a later vector, and the last on all."""
        inputs = [[Unit(0.1 * k), Unit(1.0 - 0.2 * k)] for k in range(3)]
        for layer in (nn.Attention(2, causal=True, rng=0),
                      nn.MultiHeadAttention(2, 2, causal=True, rng=0)):  # fmt: skip
            for t, output in enumerate(layer(inputs)):
                circuit = Circuit(output)
                met = [any(unit in circuit.units for unit in vector) for vector in inputs]
                assert met == [k <= t for k in range(3)]

    def test_memory(self) -> None:
        """Keys and values come from the memory where one is given, of any length."""
        layer = nn.Attention(2, rng=0)
        rows = [[0.5, -1.0], [0.2, 0.3]]

        assert values(layer(rows)) == values(layer(rows, rows))
        assert len(layer(rows, [[1.0, 2.0]] * 5)) == 2

    def test_heads(self) -> None:
        """Heads of one size take a width that their number divides."""
        with pytest.raises(RangeError, match="embed_dim is 4 and num_heads 3"):
            nn.MultiHeadAttention(4, 3, rng=0)

    def test_function(self) -> None:
        """The function refuses keys without values and rows of different lengths."""
        with pytest.raises(WiringError, match="2 keys and 1 values"):
            nn.scaled_dot_product_attention([[1.0]], [[1.0], [2.0]], [[1.0]])
        with pytest.raises(WiringError, match="queries of 1 and a query or key of 2"):
            nn.scaled_dot_product_attention([[1.0]], [[1.0, 2.0]], [[1.0]])


class TestImages:
    def test_convolution_by_hand(self) -> None:
        """A kernel that takes differences gives those of each row; the bias is added."""
        layer = nn.Conv2d(1, 1, (1, 2), padding=(0, 1), rng=0)
        layer.load_state_dict({"weights.0.0.0.0": -1.0, "weights.0.0.0.1": 1.0, "bias.0": 10.0})

        assert [[[11.0, 12.0, 7.0], [14.0, 15.0, 1.0]]] == values(layer([[[1.0, 3.0], [4.0, 9.0]]]))

    def test_one_gate_each(self) -> None:
        """Every output is one gate; what lies in the padding is left out of it."""
        layer = nn.Conv2d(1, 1, 3, padding=1, rng=0)
        image = [[[Unit(1.0)] * 1 for _ in range(1)]]
        ((output,),) = layer(image)[0]

        assert (1.0, image[0][0][0], layer.bias[0], layer.weights[0][0][1][1]) == output.inputs

    def test_ties(self) -> None:
        """Where two numbers are the largest of a window each receives half."""
        inputs = [Unit(2.0), Unit(2.0), Unit(1.0)]
        nn.MaxPool1d(3)([inputs])[0][0].backward()

        assert [0.5, 0.5, 0.0] == [unit.grad for unit in inputs]

    def test_windows_that_do_not_fit(self) -> None:
        """A kernel larger than the padded image, or padding past half a window, is refused."""
        with pytest.raises(RangeError, match="kernel of 3×3 does not fit into an input of 2×4"):
            nn.Conv2d(1, 1, 3, rng=0)([[[0.0] * 4] * 2])
        with pytest.raises(WiringError, match="at most half its kernel"):
            nn.MaxPool2d(2, padding=2)
        with pytest.raises(RangeError, match="stride is 0: a size is at least 1"):
            nn.AvgPool1d(2, stride=0)
        with pytest.raises(OperandError, match=r"kernel_size is \(2, 2\): give one .* or 1"):
            nn.Conv1d(1, 1, (2, 2), rng=0)

    def test_reshaping(self) -> None:
        """Flatten and Reshape undo each other; a ragged image is refused."""
        image = [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]

        assert image == nn.Reshape(1, 2, 3)(nn.Flatten()(image))
        with pytest.raises(RangeError, match=r"shape 1×2×3, 6 in all; it takes 4"):
            nn.Reshape(2, 2)(image)
        with pytest.raises(WiringError, match="ragged: part 0 is of shape 2, part 1 of shape 1"):
            nn.Flatten()([[1.0, 2.0], [3.0]])


class TestRecurrent:
    def test_no_memory_of_zeros(self) -> None:
        """With weights of zero an LSTM stays at zero and a GRU halves its state."""
        lstm, gru = nn.LSTM(1, 1, init=initializers.zeros, rng=0), nn.GRUCell(1, 2, rng=0)
        for unit in gru.parameters():
            unit.value = 0.0

        assert [[0.0], [0.0]] == values(lstm([[1.0], [2.0]]))
        assert [0.5, -1.0] == values(gru([3.0], [1.0, -2.0]))

    def test_states(self) -> None:
        """A state of the wrong size or kind is refused with what the cell takes."""
        with pytest.raises(WiringError, match=r"got the state a list of 2; it takes a list of 3"):
            nn.RNNCell(1, 3, rng=0)([1.0], [0.0, 0.0])
        with pytest.raises(WiringError, match=r"it takes \(hidden, cell\)"):
            nn.LSTMCell(1, 3, rng=0)([1.0], 0.5)

    def test_nonlinearity(self) -> None:
        """The activation of a simple cell is any gate, and shown when it is not tanh."""
        cell = nn.RNNCell(1, 1, "relu", init=initializers.constant(-1.0), rng=0)

        assert [0.0] == values(cell([2.0]))
        assert repr(cell) == "RNNCell(1, 1, 'relu')"
        with pytest.raises(WiringError, match="unknown activation"):
            nn.RNN(1, 1, "rely", rng=0)


class TestPerceptron:
    def test_nand(self) -> None:
        """Nielsen's perceptron with weights -2, -2 and bias 3 is a NAND gate."""
        nand = nn.Perceptron(2, weights=[-2, -2], bias=3)

        assert [not (x and y) for x in (0, 1) for y in (0, 1)] == [
            bool(nand([x, y]).value) for x in (0, 1) for y in (0, 1)
        ]

    def test_learning(self) -> None:
        """A perceptron learns what a line can part, and never what none can."""
        points = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
        for targets, parted in (([0, 0, 0, 1], True), ([0, 1, 1, 0], False)):
            learner = nn.Perceptron(2)
            for _ in range(20):
                right = [learner.learn(x, t) for x, t in zip(points, targets, strict=True)]
            assert parted is all(right)

    def test_refused(self) -> None:
        """Wrong weights and targets are refused."""
        with pytest.raises(WiringError, match=r"Perceptron\(2\) got 1 weights"):
            nn.Perceptron(2, weights=[1.0])
        with pytest.raises(RangeError, match="target is 0 or 1, not -1"):
            nn.Perceptron(1).learn([1.0], -1)


def test_arrays() -> None:
    """NumPy arrays are taken wherever lists of numbers are, and give the same."""
    numpy = pytest.importorskip("numpy")
    image, sequence = [[[0.5, 1.0], [2.0, -1.0]]], [[1.0, 2.0], [3.0, 4.0]]
    for layer, sample in (
        (nn.Conv2d(1, 2, 2, rng=0), image),
        (nn.AvgPool2d(2), image),
        (nn.Flatten(), image),
        (nn.ReLU(), image),
        (nn.Linear(2, 3, rng=0), sequence[0]),
        (nn.Linear(2, 3, rng=0), sequence),
        (nn.LayerNorm(2), sequence),
        (nn.Softmax(), sequence),
        (nn.GRU(2, 2, rng=0), sequence),
        (nn.Attention(2, rng=0), sequence),
        (nn.Dropout(0.5, rng=0).eval(), sequence),
    ):
        expected = values(layer(sample))
        assert expected == values(layer(numpy.array(sample)))
        assert [expected] == [values(out) for out in layer.batch(numpy.array([sample]))]


#: A layer, an input of the wrong shape or kind, and what is said.
WRONG: list[tuple[Callable[[], nn.Module], Any, str]] = [
    (lambda: nn.Linear(2, 1, rng=0), [1.0], r"Linear\(2, 1\) got 1 inputs; it takes 2"),
    (lambda: nn.Linear(2, 1, rng=0), 3.0, "it takes a list of 2"),
    (lambda: nn.Embedding(3, 2, rng=0), 3, "numbered from 0 to 2"),
    (lambda: nn.Embedding(3, 2, rng=0), [-1], "numbered from 0 to 2"),
    (lambda: nn.Embedding(3, 2, rng=0), [1.0], "takes whole numbers"),
    (lambda: nn.Embedding(3, 2, rng=0), True, "takes whole numbers"),
    (lambda: nn.LayerNorm(3), [1.0, 2.0], "got 2 inputs; it takes 3"),
    (lambda: nn.RMSNorm(3), [[1.0, 2.0]], "got 2 inputs; it takes 3"),
    (lambda: nn.BatchNorm(3).eval(), [1.0], "list of shape 1; it takes a list of 3 features"),
    (lambda: nn.Softmax(), [], "an empty list"),
    (lambda: nn.LogSoftmax(), 1.0, "a list of scores"),
    (lambda: nn.Attention(2, rng=0), [1.0, 2.0], "list of shape 2; it takes a sequence of vec"),
    (lambda: nn.MultiHeadAttention(2, 1, rng=0), [[1.0]], "got 1 inputs; it takes 2"),
    (lambda: nn.Conv1d(1, 1, 1, rng=0), [1.0], "list of shape 1; it takes .* shape 1×length"),
    (lambda: nn.Conv2d(1, 1, 1, rng=0), [[[1.0]]] * 2, "shape 2×1×1; it takes .* 1×height×width"),
    (lambda: nn.Conv2d(1, 1, 1, rng=0), 7, "got 7; it takes a list of shape 1×height×width"),
    (lambda: nn.MaxPool2d(2), [[1.0]], "shape 1×1; it takes a list of shape channels×height×width"),
    (lambda: nn.AvgPool1d(2), [], "list of shape 0; it takes a list of shape channels×length"),
    (lambda: nn.MaxPool1d(1), [[]], "list of shape 1×0; it takes a list of shape channels×length"),
    (lambda: nn.GRU(2, 1, rng=0), [1.0, 2.0], "list of shape 2; it takes a sequence of vectors"),
    (lambda: nn.LSTM(2, 1, rng=0), [[1.0]], "got 1 inputs; it takes 2"),
    (lambda: nn.Last(), [], "it takes a sequence of one vector or more"),
    (lambda: nn.Flatten(), 1.0, "got 1.0; it takes a list"),
    (lambda: nn.Reshape(2, 2), "four", "got 'four'; it takes a list"),
]


@pytest.mark.parametrize(("make", "wrong", "said"), WRONG)
def test_wrong_inputs(make: Callable[[], nn.Module], wrong: Any, said: str) -> None:
    """A wrong input is refused with the shape got and the shape expected, naming the layer."""
    layer = make()
    with pytest.raises(GatenetError, match=said) as caught:
        layer(wrong)

    assert str(caught.value).startswith(tuple(map(repr, layer.modules())))
