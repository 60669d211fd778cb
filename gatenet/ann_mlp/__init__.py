"""The multilayer perceptron of OpenCV's machine-learning module, by its names."""
