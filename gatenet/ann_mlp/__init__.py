"""The multilayer perceptron of OpenCV's machine-learning module, by its names.

    from gatenet.ann_mlp import ANN_MLP
    model = ANN_MLP.create()
    model.setLayerSizes([2, 3, 1])
    model.train([[0, 0], [0, 1], [1, 0], [1, 1]], ANN_MLP.ROW_SAMPLE, [[0], [1], [1], [0]])
    _, outputs = model.predict([[0, 1]])

Methods, constants, defaults, first weights and the steps of RPROP are those of `cv2.ml.ANN_MLP`
(OpenCV 4); the arithmetic is that of units, in float64, and the gradients are the sweep's.
"""

from gatenet.ann_mlp.model import ANN_MLP as ANN_MLP

__all__ = ["ANN_MLP"]
