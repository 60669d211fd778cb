"""Strategies for networks and for data to train them on: small ones, that shrink and print."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import currently_in_test_context, note
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gatenet.datasets import Dataset
from gatenet.errors import RangeError
from gatenet.nn import MLP
from gatenet.testing.strategies import numbers

#: What hidden layers are tried with: a kink, a bounded gate, a smooth one without bound, none.
ACTIVATIONS = ("relu", "tanh", "softplus", None)


def models(
    *,
    inputs: int | None = None,
    outputs: int | None = None,
    max_layers: int = 3,
    max_width: int = 4,
    activations: Iterable[Any] = ACTIVATIONS,
) -> SearchStrategy[MLP]:
    """Draw a small network with its weights: an `MLP`; a note says the call that builds it.

    `inputs` and `outputs` fix the number of either; one to `max_layers` layers of at most
    `max_width` neurons, with an activation each network draws from `activations`.

    Raises RangeError for a size below 1.

    >>> from hypothesis import find, settings
    >>> calm = settings(deadline=None, derandomize=True, database=None)
    >>> model = find(models(inputs=2, outputs=1), lambda model: True, settings=calm)
    >>> len(model([0.0, 0.0])), len(model.parameters())
    (1, 3)
    """
    for name, size in dict(inputs=inputs, outputs=outputs).items():
        if size is not None and size < 1:
            raise RangeError(f"{name}={size!r}: a network has at least one")
    if max_layers < 1 or max_width < 1:
        raise RangeError(f"max_layers={max_layers!r}, max_width={max_width!r}: at least 1 each")
    width = st.integers(1, max_width)
    hidden = st.lists(width, max_size=max_layers - 1)
    last = width if outputs is None else st.just(outputs)
    nins = width if inputs is None else st.just(inputs)
    return _models(nins, hidden, last, st.sampled_from(list(activations)))


@st.composite
def _models(draw: Any, nins: Any, hidden: Any, last: Any, activations: Any) -> MLP:
    nin, nouts = draw(nins), [*draw(hidden), draw(last)]
    activation, seed = draw(activations), draw(st.integers(0, 2**16))
    if currently_in_test_context():  # a network's repr leaves out what its weights came from
        note(f"model = MLP({nin}, {nouts}, {activation!r}, rng={seed})")
    return MLP(nin, nouts, activation, rng=seed)


def datasets(
    *,
    features: int | None = None,
    classes: int = 2,
    max_rows: int = 8,
    values: SearchStrategy[float] | None = None,
) -> SearchStrategy[Dataset]:
    """Draw a small data set of one to `max_rows` rows: inputs of ordinary size, class numbers.

    `features` fixes the number of columns (else 1 to 3); `values` draws the cells.

    Raises RangeError for a size below 1.

    >>> from hypothesis import find, settings
    >>> calm = settings(deadline=None, derandomize=True, database=None)
    >>> find(datasets(features=2), lambda data: True, settings=calm)
    <Dataset of 1 rows, 2 features, 1 classes>
    """
    if classes < 1 or max_rows < 1 or (features is not None and features < 1):
        raise RangeError(f"features={features!r}, classes={classes!r}, max_rows={max_rows!r}")
    cells = numbers(hard=False) if values is None else values
    columns = st.integers(1, 3) if features is None else st.just(features)
    return columns.flatmap(lambda width: _rows(width, classes, max_rows, cells))


def _rows(
    width: int, classes: int, most: int, cells: SearchStrategy[float]
) -> SearchStrategy[Dataset]:
    row = st.tuples(st.lists(cells, min_size=width, max_size=width), st.integers(0, classes - 1))
    return st.lists(row, min_size=1, max_size=most).flatmap(
        lambda rows: st.builds(
            Dataset, st.just([inputs for inputs, _ in rows]), st.just([t for _, t in rows])
        )
    )
