"""OpenCV's multilayer perceptron: by recorded figures, and against cv2 where it is installed."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from gatenet.ann_mlp import ANN_MLP
from gatenet.ann_mlp.stream import Stream, nguyen_widrow
from gatenet.errors import DomainError, FormatError, GatenetError, RangeError, WiringError

XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
DIFFERENT = [[0.0], [1.0], [1.0], [0.0]]


def network(sizes, kind=ANN_MLP.SIGMOID_SYM, alpha=0.0, beta=0.0, passes=30, epsilon=0.0):
    """A network of ours, not yet trained."""
    model = ANN_MLP.create()
    model.setLayerSizes(sizes)
    model.setActivationFunction(kind, alpha, beta)
    model.setTermCriteria((ANN_MLP.COUNT + ANN_MLP.EPS, passes, epsilon))
    return model


def error(model, samples, responses):
    """The mean squared error of a network's predictions."""
    _, found = model.predict(samples)
    pairs = [(p, t) for ps, ts in zip(found, responses, strict=True)
             for p, t in zip(ps, ts, strict=True)]  # fmt: skip
    return math.fsum((p - t) ** 2 for p, t in pairs) / len(pairs)


def test_one_pass_of_rprop_is_opencv_s():
    """First weights, scales and one step of RPROP give the figures of cv2 4.14, recorded."""
    model = network([2, 2, 1], passes=1)
    assert model.train(XOR, ANN_MLP.ROW_SAMPLE, DIFFERENT)

    assert model.getWeights(0) == [[2.0, -1.0, 2.0, -1.0]]
    wanted = [[-0.72401345, -0.62642179], [0.07598655, -0.37357821], [0.53590582, -0.1]]
    for row, other in zip(model.getWeights(1), wanted, strict=True):
        assert row == pytest.approx(other, abs=1e-8)
    column = [row[0] for row in model.getWeights(2)]
    assert column == pytest.approx([0.65606625, -0.42303273, -0.48913371], abs=1e-8)
    assert model.getWeights(3)[0] == pytest.approx([0.52631579, 0.5], abs=1e-8)
    assert model.getWeights(4)[0] == pytest.approx([1.9, -0.95])


def test_a_training_by_the_defaults_ends_where_opencv_s_does():
    """Predictions after a whole training are those of cv2 4.14, recorded in 32 bits."""
    model = ANN_MLP.create()
    model.setLayerSizes([2, 2, 1])
    assert model.train(XOR, ANN_MLP.ROW_SAMPLE, DIFFERENT)

    _, found = model.predict(XOR)
    wanted = [0.5218425, 0.507362, 0.5417506, 0.5076145]
    assert [y for (y,) in found] == pytest.approx(wanted, abs=1e-6)
    assert model.predict(XOR[:1]) == (0.0, [found[0]])


def test_xor_is_solved():
    """With the criteria off, RPROP brings XOR down to nothing, and so does back-propagation."""
    model = network([2, 3, 1], passes=100)
    model.train(XOR, ANN_MLP.ROW_SAMPLE, DIFFERENT)
    assert error(model, XOR, DIFFERENT) < 1e-6

    model = network([2, 4, 1], passes=300)
    model.setTrainMethod(ANN_MLP.BACKPROP, 0.3, 0.3)
    model.train(XOR, ANN_MLP.ROW_SAMPLE, DIFFERENT)
    assert error(model, XOR, DIFFERENT) < 1e-3


@pytest.mark.parametrize(
    ("kind", "alpha", "beta", "formula"),
    [
        (ANN_MLP.IDENTITY, 3.0, 4.0, lambda x: x),
        (ANN_MLP.SIGMOID_SYM, 0.0, 0.0, lambda x: 1.7159 * math.tanh(x / 3)),
        (ANN_MLP.SIGMOID_SYM, 1.0, 2.0, lambda x: 2 * (1 - math.exp(-x)) / (1 + math.exp(-x))),
        (ANN_MLP.GAUSSIAN, 0.0, 0.0, lambda x: math.exp(-x * x)),
        (ANN_MLP.GAUSSIAN, 0.5, 2.0, lambda x: 2 * math.exp(-x * x / 4)),
        (ANN_MLP.RELU, 0.0, 0.0, lambda x: max(x, 0.0)),
        (ANN_MLP.LEAKYRELU, 0.0, 0.0, lambda x: x if x > 0 else 0.01 * x),
    ],
)
def test_activations(kind, alpha, beta, formula):
    """Each activation is its formula, parameters of 0 standing for the defaults."""
    model = network([1, 1], kind, alpha, beta)
    model.setWeights([[[1.0, 0.0]], [[1.0], [0.0]], [[1.0, 0.0]], [[1.0, 0.0]]])

    for x in (-2.5, -0.3, 0.0, 0.7, 4.0):
        assert model.predict([[x]])[1][0][0] == pytest.approx(formula(x), rel=1e-14, abs=1e-300)


def test_first_weights_follow_nguyen_and_widrow():
    """Hidden weights have sizes that sum to 1, biases spread over -G to G; last ones are plain."""
    first, second = nguyen_widrow(Stream(), [3, 5, 2])

    for k in range(5):
        assert sum(abs(row[k]) for row in first[:-1]) == pytest.approx(1.0)
        bound = 0.7 * 3 ** (1 / 4) * abs(2 * k / 5 - 1)
        drawn = abs(first[-1][k])
        # The bias drawn, at most 1, was divided by a sum of three others.
        assert drawn <= bound * 10
        assert (first[-1][k] == 0.0) == (bound == 0.0)
    assert all(-1.0 <= weight < 1.0 for row in second for weight in row)
    assert nguyen_widrow(Stream(), [3, 5, 2]) == [first, second]


def test_scales_off():
    """With NO_INPUT_SCALE and NO_OUTPUT_SCALE the scales change nothing."""
    model = network([2, 3, 1], passes=2)
    flags = ANN_MLP.NO_INPUT_SCALE + ANN_MLP.NO_OUTPUT_SCALE
    model.train(XOR, ANN_MLP.ROW_SAMPLE, DIFFERENT, flags)

    assert [[1.0, 0.0] * 2] == model.getWeights(0)
    assert [[1.0, 0.0]] == model.getWeights(3) == model.getWeights(4)


def test_identity_outputs_stay_as_they_are():
    """Identity saturates nowhere, so there is no range to scale into: a line is learnt exactly."""
    model = network([1, 1], ANN_MLP.IDENTITY, passes=200)
    samples = [[k / 2] for k in range(6)]
    responses = [[3.0 * x - 2.0] for (x,) in samples]
    model.train(samples, ANN_MLP.ROW_SAMPLE, responses)

    assert model.getWeights(3) == [[1.0, 0.0]]
    assert error(model, samples, responses) < 1e-10


def test_weights_are_updated_or_made_anew():
    """UPDATE_WEIGHTS goes on where the last training ended; without it the next starts over."""
    model = network([2, 3, 1], passes=20)
    model.train(XOR, ANN_MLP.ROW_SAMPLE, DIFFERENT)
    before, scale = error(model, XOR, DIFFERENT), model.getWeights(0)
    model.train(XOR[:3], ANN_MLP.ROW_SAMPLE, DIFFERENT[:3], ANN_MLP.UPDATE_WEIGHTS)
    assert scale == model.getWeights(0)
    assert error(model, XOR[:3], DIFFERENT[:3]) < before

    model.setTermCriteria((ANN_MLP.COUNT, 1, 0.0))
    model.train(XOR, ANN_MLP.ROW_SAMPLE, DIFFERENT)
    assert error(model, XOR, DIFFERENT) > before


def test_sample_weights_and_choices():
    """A row of weight 0 is not learnt from, nor one that sampleIdx leaves out: the same weights."""
    wrong = [*DIFFERENT[:3], [9.0]]
    flags = ANN_MLP.NO_INPUT_SCALE + ANN_MLP.NO_OUTPUT_SCALE

    def trained(**options):
        model = network([2, 2, 1], passes=10)
        model.train(XOR, ANN_MLP.ROW_SAMPLE, wrong, flags, **options)
        return model.getWeights(1)

    assert trained(sampleWeights=[1, 1, 1, 0]) == trained(sampleIdx=[0, 1, 2]) != trained()


def test_samples_in_columns():
    """COL_SAMPLE reads a sample from each column."""
    by_rows, by_columns = network([2, 2, 1], passes=3), network([2, 2, 1], passes=3)
    by_rows.train(XOR, ANN_MLP.ROW_SAMPLE, DIFFERENT)
    by_columns.train([[0, 0, 1, 1], [0, 1, 0, 1]], ANN_MLP.COL_SAMPLE, DIFFERENT)

    assert by_rows.getWeights(1) == by_columns.getWeights(1)


def test_criteria_end_a_training():
    """A large epsilon ends after two passes what COUNT alone carries on."""

    def weights(*criteria):
        model = network([2, 2, 1])
        model.setTermCriteria(criteria)
        model.train(XOR, ANN_MLP.ROW_SAMPLE, DIFFERENT)
        return model.getWeights(1)

    assert weights(ANN_MLP.EPS, 50, 1e9) == weights(ANN_MLP.COUNT, 2, 0.0)
    assert weights(ANN_MLP.COUNT, 2, 1e9) != weights(ANN_MLP.COUNT, 5, 1e9)


def test_settings_are_opencv_s():
    """Defaults and the bounds of setTrainMethod are those of OpenCV."""
    model = ANN_MLP.create()
    assert (3, 1000, 0.01) == model.getTermCriteria()
    assert ANN_MLP.RPROP == model.getTrainMethod()
    assert (0.1, 1.2, 0.5, 2.0**-23, 50.0) == (
        model.getRpropDW0(), model.getRpropDWPlus(), model.getRpropDWMinus(),
        model.getRpropDWMin(), model.getRpropDWMax(),
    )  # fmt: skip
    model.setTrainMethod(ANN_MLP.BACKPROP, 5.0, 3.0)
    assert (1.0, 1.0) == (model.getBackpropWeightScale(), model.getBackpropMomentumScale())
    model.setTrainMethod(ANN_MLP.BACKPROP, 0.0, -1.0)
    assert (0.1, 0.1) == (model.getBackpropWeightScale(), model.getBackpropMomentumScale())
    model.setTrainMethod(ANN_MLP.RPROP)
    assert (1.0, 0.0) == (model.getRpropDW0(), model.getRpropDWMin())
    model.setBackpropMomentumScale(0.25)
    model.setRpropDWMax(3.0)
    assert (0.25, 3.0) == (model.getBackpropMomentumScale(), model.getRpropDWMax())


def test_a_saved_network_goes_on_where_it_stood(tmp_path: Path):
    """Weights, settings and the stream come back to the bit: the next training is the same."""
    model = network([2, 3, 1], ANN_MLP.GAUSSIAN, 0.5, 2.0, passes=5)
    model.setTrainMethod(ANN_MLP.BACKPROP, 0.2, 0.1)
    model.train(XOR, ANN_MLP.ROW_SAMPLE, DIFFERENT)
    model.save(tmp_path / "m.json")
    twin = ANN_MLP.load(tmp_path / "m.json")

    assert twin.predict(XOR) == model.predict(XOR)
    for one in (model, twin):
        one.train(XOR, ANN_MLP.ROW_SAMPLE, DIFFERENT)
    assert twin.getWeights(2) == model.getWeights(2)
    empty = ANN_MLP.create()
    empty.save(tmp_path / "e.json")
    assert not ANN_MLP.load(tmp_path / "e.json").isTrained()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "other"}, "format: must be 'gatenet.ann_mlp'"),
        ({"version": 2}, "version: must be 1"),
        ({"layer_sizes": [2, 0]}, "layer_sizes is [2, 0]"),
        ({"weights": []}, "weights: has 0 layers"),
        ({"activation": [9, 0, 0]}, "unknown activation 9"),
        ({"activation": "os.system"}, "activation: must be a list"),
        ({"method": 7}, "unknown method 7"),
        ({"constants": {}}, "is missing"),
        ({"state": "x" * 16}, "invalid literal"),
        ({"extra": 1}, "unknown key 'extra'"),
    ],
)
def test_files_that_hold_no_network(change, said, tmp_path: Path):
    """Whatever is wrong in a file is a FormatError that names it."""
    model = network([1, 1], passes=1)
    model.train([[0.0], [1.0]], ANN_MLP.ROW_SAMPLE, [[0.0], [1.0]])
    path = tmp_path / "m.json"
    model.save(path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}), encoding="utf-8")

    with pytest.raises(FormatError) as caught:
        ANN_MLP.load(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_mistakes_change_nothing():
    """Every wrong call is an error that says the mend, and leaves the weights as they were."""
    model = network([2, 2, 1], passes=3)
    model.train(XOR, ANN_MLP.ROW_SAMPLE, DIFFERENT)
    before = [model.getWeights(k) for k in range(5)]
    update = ANN_MLP.UPDATE_WEIGHTS
    mistakes = [
        (WiringError, "columns", lambda: model.train([[1.0]], 0, [[1.0]])),
        (WiringError, "one each", lambda: model.train(XOR, 0, DIFFERENT[:2])),
        (RangeError, "layout is 7", lambda: model.train(XOR, 7, DIFFERENT)),
        (GatenetError, "sums of 1, 2 and 4", lambda: model.train(XOR, 0, DIFFERENT, 99)),
        (RangeError, "0 or more", lambda: model.train(XOR, 0, DIFFERENT, sampleWeights=[-1] * 4)),
        (RangeError, "rows from 0 to 3", lambda: model.train(XOR, 0, DIFFERENT, sampleIdx=[4])),
        (RangeError, "UPDATE_WEIGHTS", lambda: model.train(XOR, 0, [[9.0]] * 4, update)),
        (RangeError, "layerIdx is 5", lambda: model.getWeights(5)),
        (WiringError, "columns", lambda: model.predict([[1.0]])),
        (WiringError, "got 1", lambda: model.setWeights([[[1.0]]])),
        (
            WiringError,
            "a bias make 3",
            lambda: model.setWeights([before[0], before[1] * 2, *before[2:]]),
        ),
        (RangeError, "factor of 0", lambda: model.setWeights([[[0.0] * 4], *before[1:]])),
        (RangeError, "hidden", lambda: model.setLayerSizes([2, 1, 1])),
        (RangeError, "unknown activation", lambda: model.setActivationFunction(5)),
        (RangeError, "annealing", lambda: model.setTrainMethod(2)),
        (RangeError, "flags", lambda: model.setTermCriteria((0, 1, 1.0))),
        (GatenetError, "criteria are", lambda: model.setTermCriteria(5)),
        (RangeError, "plus is 0.5", lambda: model.setRpropDWPlus(0.5)),
        (DomainError, "scaled", lambda: model.train([[1e200, 1]] * 2, 0, [[1e200]] * 2, 6)),
    ]
    for kind, said, mistake in mistakes:
        with pytest.raises(kind) as caught:
            mistake()
        assert said in str(caught.value)
    assert [model.getWeights(k) for k in range(5)] == before


def test_nothing_to_predict_with():
    """A network without layers, or without weights, says what to call."""
    model = ANN_MLP.create()
    with pytest.raises(WiringError) as caught:
        model.train(XOR, ANN_MLP.ROW_SAMPLE, DIFFERENT)
    assert "call setLayerSizes first" in str(caught.value)
    model.setLayerSizes([2, 2, 1])
    for mistake in (lambda: model.predict(XOR), lambda: model.getWeights(0)):
        with pytest.raises(WiringError) as caught:
            mistake()
        assert "call train, load or setWeights" in str(caught.value)
    with pytest.raises(WiringError) as caught:
        model.train(XOR, ANN_MLP.ROW_SAMPLE, DIFFERENT, ANN_MLP.UPDATE_WEIGHTS)
    assert "there are none" in str(caught.value)
