"""The glossary's table: what each method is called here, what shows it, and what it reaches.

    python docs/glossary.py            write glossary.md from the figures in glossary.json
    python docs/glossary.py --check    only see that it is up to date
    python docs/glossary.py --run      run every example at full size first, and note its figures

An entry is (what the machine-learning glossary calls it, its names here, the example, what of the
example's results is shown).  The results are the numbers that the example's `main` gives.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import json
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
FIGURES = HERE / "glossary.json"
PAGE = HERE / "glossary.md"


class Entry(NamedTuple):
    """One line of the table; `figure` is a format of the example's results."""

    title: str
    names: str
    example: str = ""
    figure: str = ""


HEAD = """# The glossary, method by method

Every method of the [machine-learning glossary](https://ml-cheatsheet.readthedocs.io) that is
trained by gradients: its name here, the example that shows it (`python examples/NAME.py`), and the
figure that example reaches at full size. `python docs/glossary.py --run` runs them all and writes
this page.
"""

TAIL = """## Out of scope

Trees and forests, boosting, k-nearest neighbours, clustering, stepwise selection and reinforcement
learning are not trained by the gradient of a circuit: scikit-learn and its like have them.
"""

SECTIONS: dict[str, list[Entry]] = {
    "Linear regression": [
        Entry(
            "simple regression, mean squared error, gradient descent",
            "`nn.Linear(1, 1)`, `losses.mse_loss`, `optim.SGD`",
            "linear_regression",
            "weight {weight:.4f}, closed form {closed_weight:.4f}",
        ),
        Entry(
            "multivariable regression, bias term",
            "`nn.Linear(n, 1)`",
            "linear_regression",
            "diabetes: R² {diabetes_r2:.4f}, that of least squares",
        ),
        Entry(
            "normalization",
            "`datasets.standardize`",
            "linear_regression",
            "loss after 1,000 steps {as_they_stand_2e_05:.2f} as the columns stand, "
            "{normalised_0_5:.0e} normalised",
        ),
        Entry(
            "vectorised form",
            "`dot`; `expand=True` for single gates",
            "linear_regression",
            "the same gradient from {vectorised_gates:.0f} gates as from {expanded_gates:.0f}",
        ),
    ],
    "Logistic regression": [
        Entry(
            "binary, sigmoid, decision boundary, log loss",
            "`losses.bce_with_logits`",
            "logistic_regression",
            "breast cancer: {breast_cancer_accuracy:.1%} of the held out, "
            "scikit-learn {breast_cancer_sklearn:.1%}",
        ),
        Entry(
            "multiclass, one against the rest",
            "one neuron a class",
            "logistic_regression",
            "iris: {iris_accuracy:.1%}, scikit-learn {iris_sklearn:.1%}",
        ),
        Entry(
            "multiclass, softmax",
            "`nn.Softmax`, `losses.cross_entropy`",
            "spirals",
            "{network_accuracy:.1%} of three arms",
        ),
    ],
    "Neural networks": [
        Entry(
            "neuron, weights, bias, weighted input",
            "`nn.Neuron`, gate `dot`",
            "neuron",
            "0.8808, with the Hacker's guide's gradients",
        ),
        Entry(
            "perceptron",
            "`nn.Perceptron`",
            "perceptron_nand",
            "{perceptrons:.0f} NANDs add 4-bit numbers, {sums_right:.0%} of the sums right",
        ),
        Entry(
            "layer, hidden layer, output layer",
            "`nn.Layer`, `nn.MLP`",
            "xor",
            "XOR from {solved_4:.0%} of the starts with 4 hidden neurons; a line stays at "
            "{linear_loss:.2f}",
        ),
        Entry(
            "initial weights",
            "`nn.initializers`: uniform, normal, Xavier, He, LeCun, "
            "orthogonal, Nguyen-Widrow, zeros",
            "digits",
            "{accuracy:.1%} of held-out digits from He's",
        ),
        Entry(
            "universal approximation, decision boundary",
            "`nn.MLP`, `viz.charts`",
            "moons",
            "{network_accuracy:.1%} of the held out; a line {linear_accuracy:.1%}",
        ),
    ],
    "Forward propagation and backpropagation": [
        Entry(
            "forward pass, replay",
            "calling a module; `Circuit.forward`",
            "hackers_guide",
            "f = -12, then -11.59 after one step",
        ),
        Entry(
            "chain rule, one gate at a time",
            "`Stepper`, `gatenet.debug`, `explain`",
            "watch_backprop",
            "15 events, told one by one",
        ),
        Entry(
            "backpropagation, saved work",
            "`Unit.backward`, `sweep`",
            "hackers_guide",
            "10 expressions swept as derived by hand",
        ),
        Entry(
            "gradient check",
            "`gradcheck`, `python -m gatenet check`",
            "custom_gate",
            "a gate of one's own passes",
        ),
    ],
    "Activation functions": [
        Entry(
            "ELU, ReLU, LeakyReLU, sigmoid, tanh",
            "gates `elu`, `relu`, `leaky_relu`, `sigmoid`, `tanh`; modules `nn.ELU`, `nn.ReLU` ...",
            "losses_and_activations",
            "moons: relu {relu:.1%}, leaky relu {leaky_relu:.1%}, elu {elu:.1%}, sigmoid "
            "{sigmoid:.1%}, tanh {tanh:.1%} of fresh points",
        ),
        Entry(
            "softmax",
            "`nn.Softmax`, `nn.LogSoftmax`, `logsumexp`",
            "spirals",
            "{network_accuracy:.1%} of three arms",
        ),
    ],
    "Layers": [
        Entry(
            "BatchNorm",
            "`nn.BatchNorm`",
            "losses_and_activations",
            "loss {batchnorm_loss:.3f} on inputs of odd sizes, {plain_loss:.3f} without",
        ),
        Entry(
            "convolution, pooling",
            "`nn.Conv1d`, `nn.Conv2d`, `nn.MaxPool2d`, `nn.AvgPool2d`",
            "digits_conv",
            "{accuracy:.1%} of held-out digits",
        ),
        Entry(
            "dropout",
            "`nn.Dropout`",
            "noise_and_dropout",
            "{dropout:.1%} of held-out digits from 100 examples, {nothing:.1%} without",
        ),
        Entry("linear", "`nn.Linear`", "digits", "{accuracy:.1%} of held-out digits"),
        Entry(
            "RNN",
            "`nn.RNN`, `nn.GRU`",
            "rnn_parity",
            "{right_on_long_rows:.1%} right on rows four times as long",
        ),
        Entry("LSTM", "`nn.LSTM`", "lstm_copy", "{said:.1%} of the symbols repeated"),
        Entry(
            "attention, embedding, norms",
            "`nn.MultiHeadAttention`, `nn.Embedding`, `nn.LayerNorm`, `nn.RMSNorm`",
            "names_gpt",
            "loss {first:.2f} at the first name, {last:.2f} over the last hundred of 1,000",
        ),
    ],
    "Loss functions": [
        Entry(
            "cross-entropy",
            "`losses.cross_entropy`, `losses.bce_with_logits`, `losses.nll`",
            "digits",
            "{accuracy:.1%} of held-out digits",
        ),
        Entry(
            "hinge",
            "`losses.hinge_loss`, `losses.squared_hinge_loss`",
            "linear_svm",
            "breast cancer: {cancer_accuracy:.1%}, scikit-learn {cancer_sklearn:.1%}",
        ),
        Entry(
            "Huber",
            "`losses.huber_loss`",
            "losses_and_activations",
            "2x + 1 with three points far off: {huber_slope:.2f} x + {huber_intercept:.2f}",
        ),
        Entry(
            "Kullback-Leibler",
            "`losses.kl_div`",
            "variational_autoencoder",
            "{divergence:.2f} nats a picture",
        ),
        Entry(
            "MAE (L1)",
            "`losses.l1_loss`",
            "losses_and_activations",
            "the same: {mae_slope:.2f} x + {mae_intercept:.2f}; MSE {mse_slope:.2f} x + "
            "{mse_intercept:.2f}",
        ),
        Entry(
            "MSE (L2)",
            "`losses.mse_loss`, `losses.half_squared_error`",
            "autoencoder",
            "error {error:.4f}, the mean picture {mean_picture:.4f}",
        ),
        Entry(
            "besides",
            "`losses.poisson_nll_loss`, `losses.cosine_loss`; class and sample "
            "weights, label smoothing",
        ),
    ],
    "Optimizers": [
        Entry(
            "SGD, momentum, Nesterov momentum",
            "`optim.SGD`",
            "optimizers",
            "loss {before:.3f} to {SGD:.3f}, {momentum:.3f}, {Nesterov:.3f} in 40 passes",
        ),
        Entry(
            "Adagrad, Adadelta, RMSProp",
            "`optim.Adagrad`, `optim.Adadelta`, `optim.RMSprop`",
            "optimizers",
            "loss {before:.3f} to {Adagrad:.3f}, {Adadelta:.3f}, {RMSprop:.3f}",
        ),
        Entry(
            "Adam and its kin",
            "`optim.Adam`, `AdamW`, `Adamax`, `NAdam`, `RAdam`, `Lion`",
            "digits",
            "{accuracy:.1%} of held-out digits",
        ),
        Entry(
            "conjugate gradients, BFGS, L-BFGS",
            "`optim.ConjugateGradient`, `optim.BFGS`, `optim.LBFGS`",
            "optimizers",
            "loss {before:.3f} to {conjugate:.3f}, {BFGS:.3f}, {LBFGS:.3f}",
        ),
        Entry(
            "Newton's method",
            "`optim.Newton`, with the exact Hessian",
            "optimizers",
            "loss {before:.3f} to {Newton:.3f} in 8 steps",
        ),
        Entry(
            "RPROP",
            "`optim.Rprop`; `ann_mlp.ANN_MLP`",
            "optimizers",
            "loss {before:.3f} to {Rprop:.3f}",
        ),
        Entry(
            "random local search",
            "`optim.RandomSearch`",
            "optimizers",
            "loss {before:.3f} to {random:.3f}",
        ),
        Entry(
            "schedules, clipping, accumulation",
            "`optim.schedules`, `optim.clip_grad_norm_`, `Trainer(accumulate=)`",
            "lstm_copy",
            "{said:.1%} of the symbols repeated",
        ),
    ],
    "Regularization": [
        Entry(
            "L1, L2, elastic net",
            "`losses.l1_penalty`, `losses.l2_penalty`, `losses.elastic_net_penalty`",
            "ridge_lasso",
            "weights let go: ridge {ridge_idle:.0f}, lasso {lasso_idle:.0f} of 10",
        ),
        Entry(
            "dropout", "`nn.Dropout`", "noise_and_dropout", "{dropout:.1%}; nothing {nothing:.1%}"
        ),
        Entry(
            "injecting noise",
            "`nn.GaussianNoise`, `Trainer(weight_noise=, grad_noise=)`",
            "noise_and_dropout",
            "inputs {noise_on_inputs:.1%}, weights {noise_on_weights:.1%}, "
            "gradients {noise_on_gradients:.1%}",
        ),
        Entry(
            "early stopping",
            "`training.EarlyStopping`",
            "noise_and_dropout",
            "{early_end:.1%} after {early_end__epochs:.0f} epochs",
        ),
        Entry(
            "data augmentation",
            "`datasets.shifting`, `flipping`, `noising`; `Trainer(augment=)`",
            "noise_and_dropout",
            "{shifted_pictures:.1%}",
        ),
        Entry(
            "ensembling",
            "`ensembles.Bagging`, `Averaging`, `Snapshots`",
            "ensembles",
            "members {bagging__members:.1%}, together {bagging:.1%}",
        ),
    ],
    "Architectures": [
        Entry(
            "autoencoder",
            "`nn.Sequential`",
            "autoencoder",
            "8 numbers keep {kept:.1%} of the variance of held-out digits",
        ),
        Entry(
            "variational autoencoder",
            "reparametrisation in scalars",
            "variational_autoencoder",
            "{bound:.2f} nats a held-out picture, the mean picture {mean_picture:.2f}",
        ),
        Entry(
            "CNN",
            "`nn.Conv2d`, `nn.MaxPool2d`, `nn.Flatten`",
            "digits_conv",
            "{accuracy:.1%} of held-out digits",
        ),
        Entry(
            "GAN",
            "two `nn.MLP`s",
            "gan",
            "distance to the density {before:.2f} before, {after:.2f} after",
        ),
        Entry(
            "MLP",
            "`nn.MLP`; OpenCV's as `ann_mlp.ANN_MLP`",
            "digits",
            "{accuracy:.1%} of held-out digits",
        ),
        Entry("RNN", "`nn.RNN`, `nn.LSTM`, `nn.GRU`", "rnn_parity", "{right:.1%} right"),
        Entry(
            "transformer",
            "`nn.MultiHeadAttention(causal=True)`, `nn.Residual`",
            "names_gpt",
            "on names it never saw {before:.2f} before, {after:.2f} after",
        ),
    ],
    "Classification and regression algorithms": [
        Entry(
            "logistic regression",
            "`sklearn.GatenetClassifier(())`",
            "logistic_regression",
            "breast cancer: {breast_cancer_accuracy:.1%}",
        ),
        Entry(
            "support vector machine",
            "`losses.hinge_loss`",
            "linear_svm",
            "{cancer_accuracy:.1%}; the guide's six points after {svm_at:.0f} steps",
        ),
        Entry(
            "linear, ordinary least squares",
            "`sklearn.GatenetRegressor(())`",
            "linear_regression",
            "R² {diabetes_r2:.4f}",
        ),
        Entry(
            "polynomial, splines as inputs",
            "a neuron of powers",
            "polynomial_regression",
            "error on fresh points: degree 1 {fresh_1:.3f}, 3 {fresh_3:.3f}, 9 {fresh_9:,.0f}, "
            "9 with a penalty {fresh_9_penalty:.3f}",
        ),
        Entry(
            "ridge, lasso",
            "`losses.l2_penalty`, `losses.l1_penalty`",
            "ridge_lasso",
            "within {ridge_off:.0e} of ridge's closed form, {lasso_off:.0e} of scikit-learn's "
            "lasso",
        ),
    ],
}


def results(example: str) -> dict[str, Any]:
    """Run an example at full size; give its results, and the seconds it took."""
    path = ROOT / "examples" / f"{example}.py"
    spec = importlib.util.spec_from_file_location(example, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[example] = module
    spec.loader.exec_module(module)
    started = time.process_time()
    found = module.main("full", None, stream=io.StringIO())
    return {**found, "seconds": round(time.process_time() - started)}


def page(figures: dict[str, dict[str, Any]]) -> str:
    """The page as text."""
    lines = [HEAD]
    for section, entries in SECTIONS.items():
        lines += [f"## {section}\n", "| method | here | example | reaches |", "|---|---|---|---|"]
        for entry in entries:
            link = f"[{entry.example}](../examples/{entry.example}.py)" if entry.example else ""
            reached = entry.figure.format(**_keys(figures.get(entry.example, {})))
            lines.append(f"| {entry.title} | {entry.names} | {link} | {reached} |")
        lines.append("")
    return "\n".join([*lines, TAIL])


def _keys(found: dict[str, Any]) -> dict[str, Any]:
    """Results by names that a format can hold: "test accuracy" as test_accuracy."""
    return {"".join(c if c.isalnum() else "_" for c in key): value for key, value in found.items()}


def main() -> int:
    """Write or check the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only see that it is up to date")
    parser.add_argument("--run", nargs="*", metavar="NAME", help="run these examples, or all")
    options = parser.parse_args()
    figures = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    if options.run is not None:
        every = dict.fromkeys(e.example for es in SECTIONS.values() for e in es if "{" in e.figure)
        for example in options.run or every:
            figures[example] = results(example)
            print(example, figures[example], flush=True)
            text = json.dumps(dict(sorted(figures.items())), indent=1)
            FIGURES.write_text(text + "\n", encoding="utf-8")
    text = page(figures)
    if options.check:
        same = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        if not same:
            print("docs/glossary.md is not up to date: python docs/glossary.py", file=sys.stderr)
        return 0 if same else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
