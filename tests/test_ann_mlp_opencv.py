"""ANN_MLP beside cv2.ml.ANN_MLP: predictions for equal weights, trainings step by step."""

from __future__ import annotations

import math

import pytest

from gatenet.ann_mlp import ANN_MLP

cv2 = pytest.importorskip("cv2")
numpy = pytest.importorskip("numpy")

KINDS = [
    pytest.param(ANN_MLP.SIGMOID_SYM, 0.0, 0.0, id="default"),
    pytest.param(ANN_MLP.SIGMOID_SYM, 1.0, 1.0, id="sigmoid"),
    pytest.param(ANN_MLP.GAUSSIAN, 0.7, 1.5, id="gaussian"),
    pytest.param(ANN_MLP.RELU, 0.0, 0.0, id="relu"),
    pytest.param(ANN_MLP.LEAKYRELU, 0.1, 0.0, id="leaky"),
    pytest.param(ANN_MLP.IDENTITY, 0.0, 0.0, id="identity"),
]
NO_OUTPUT = ANN_MLP.NO_OUTPUT_SCALE
#: A wave and its slope: two inputs, two outputs, in numbers that 32 bits hold.
SAMPLES = [[k / 8, (k * k % 7) / 4] for k in range(20)]
RESPONSES = [
    [round(256 * math.sin(x)) / 256, round(256 * math.cos(x + y)) / 256] for x, y in SAMPLES
]


def both(sizes, kind=ANN_MLP.SIGMOID_SYM, alpha=0.0, beta=0.0, passes=25, epsilon=0.0):
    """A network of OpenCV's and one of ours, set alike."""
    theirs, ours = cv2.ml.ANN_MLP_create(), ANN_MLP.create()
    theirs.setLayerSizes(numpy.array(sizes))
    ours.setLayerSizes(sizes)
    for model in (theirs, ours):
        model.setActivationFunction(kind, alpha, beta)
        model.setTrainMethod(ANN_MLP.RPROP, 0.1, 1e-6)
        model.setTermCriteria((3, passes, epsilon))
    return theirs, ours


def single(rows):
    """A table in OpenCV's 32 bits."""
    return numpy.array(rows, numpy.float32)


def trained(theirs, ours, samples, responses, flags=0, weights=None):
    """Train both on the same rows."""
    given = None if weights is None else numpy.array([weights], numpy.float32)
    data = cv2.ml.TrainData_create(
        single(samples), cv2.ml.ROW_SAMPLE, single(responses), sampleWeights=given
    )
    assert theirs.train(data, flags)
    assert ours.train(samples, ANN_MLP.ROW_SAMPLE, responses, flags, sampleWeights=weights)


def layers(model, n):
    """All weights and scales of a network, as one list of numbers."""
    return [x for k in range(n + 2) for row in model.getWeights(k) for x in row]


@pytest.mark.parametrize(("kind", "alpha", "beta"), KINDS)
def test_predictions_for_equal_weights(kind, alpha, beta):
    """With OpenCV's weights and scales ours predicts what OpenCV predicts, in 64 bits."""
    theirs, ours = both([2, 5, 3, 2], kind, alpha, beta, passes=5)
    flags = 0 if kind in (ANN_MLP.SIGMOID_SYM, ANN_MLP.GAUSSIAN) else NO_OUTPUT
    theirs.train(
        cv2.ml.TrainData_create(single(SAMPLES), cv2.ml.ROW_SAMPLE, single(RESPONSES)), flags
    )
    ours.setWeights([theirs.getWeights(k).tolist() for k in range(6)])
    fresh = [[3.0, -1.5], [0.1, 0.2], [-40.0, 7.0]]

    _, wanted = theirs.predict(numpy.array(fresh))
    _, found = ours.predict(fresh)
    assert wanted.dtype == numpy.float64
    for row, other in zip(found, wanted.tolist(), strict=True):
        assert row == pytest.approx(other, rel=1e-12, abs=1e-13)
    one, _ = theirs.predict(numpy.array(fresh[:1]))
    assert one == ours.predict(fresh[:1])[0]


@pytest.mark.parametrize(("kind", "alpha", "beta"), KINDS)
def test_rprop_takes_the_same_steps(kind, alpha, beta):
    """From the same first weights, after 25 passes, all weights agree: the sweep's gradients."""
    beta = 1.0 if kind == ANN_MLP.GAUSSIAN else beta  # OpenCV forgets another one in training
    theirs, ours = both([2, 4, 2], kind, alpha, beta)
    flags = 0 if kind in (ANN_MLP.SIGMOID_SYM, ANN_MLP.GAUSSIAN) else NO_OUTPUT
    trained(theirs, ours, SAMPLES, RESPONSES, flags)

    assert layers(ours, 3) == pytest.approx(layers(theirs, 3), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("flags", [2, 4, 6])
def test_scales_off_and_an_update(flags):
    """Flags mean the same, and a second training with UPDATE_WEIGHTS goes on alike."""
    theirs, ours = both([2, 3, 2], passes=10)
    trained(theirs, ours, SAMPLES, RESPONSES, flags)
    trained(theirs, ours, SAMPLES[:12], RESPONSES[:12], flags + ANN_MLP.UPDATE_WEIGHTS)

    assert layers(ours, 3) == pytest.approx(layers(theirs, 3), rel=1e-9, abs=1e-9)


def test_sample_weights_count_the_same():
    """Rows weigh in RPROP as they do in OpenCV."""
    theirs, ours = both([2, 3, 2], passes=15)
    weights = [1.0 + k % 4 for k in range(20)]
    trained(theirs, ours, SAMPLES, RESPONSES, weights=weights)

    assert layers(ours, 3) == pytest.approx(layers(theirs, 3), rel=1e-6, abs=1e-6)


def test_criteria_stop_at_the_same_pass():
    """With an epsilon both end where the error settles."""
    theirs, ours = both([2, 3, 2], passes=1000, epsilon=0.01)
    trained(theirs, ours, SAMPLES, RESPONSES)

    assert layers(ours, 3) == pytest.approx(layers(theirs, 3), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("scale", "momentum"), [(0.1, 0.1), (0.02, 0.7)])
def test_back_propagation_takes_the_same_steps(scale, momentum):
    """The same rows in the same order give the same weights, and the stream goes on alike."""
    theirs, ours = both([2, 3, 3, 2], passes=4)
    for model in (theirs, ours):
        model.setTrainMethod(ANN_MLP.BACKPROP, scale, momentum)
    for _ in range(2):
        trained(theirs, ours, SAMPLES, RESPONSES)
        assert layers(ours, 4) == pytest.approx(layers(theirs, 4), rel=1e-9, abs=1e-9)


def test_back_propagation_reaches_opencv_s_error_on_xor():
    """After the same passes with the same scales, ours is as right as OpenCV's, and both are."""
    xor, different = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
    theirs, ours = both([2, 4, 1], passes=300)
    for model in (theirs, ours):
        model.setTrainMethod(ANN_MLP.BACKPROP, 0.3, 0.3)
    trained(theirs, ours, xor, different)

    def error(found):
        return sum((y - t) ** 2 for (y,), (t,) in zip(found, different, strict=True)) / 4

    reached = error(theirs.predict(single(xor))[1].tolist())
    assert reached < 1e-3
    assert error(ours.predict(xor)[1]) <= 2 * reached + 1e-6
