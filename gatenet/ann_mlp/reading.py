"""Reading: what is given to an ANN_MLP, checked against its layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gatenet.ann_mlp.scaling import Scale
from gatenet.errors import RangeError, WiringError
from gatenet.tabular import numbers, rows

Table = list[list[float]]


def tables(sizes: Sequence[int], samples: Any, layout: int, responses: Any) -> tuple[Table, Table]:
    """Read samples, in rows or columns, and responses.

    Raises WiringError for shapes that do not fit the sizes, RangeError for another layout.
    """
    if not sizes:
        raise WiringError("this network has no layers: call setLayerSizes first")
    if layout not in (0, 1):
        raise RangeError(f"layout is {layout!r}: ROW_SAMPLE = 0 or COL_SAMPLE = 1")
    inputs = rows(samples, name="samples")
    if layout == 1:
        inputs = [list(row) for row in zip(*inputs, strict=True)]
    inputs = rows(inputs, name="samples", columns=sizes[0])
    targets = rows(responses, name="responses", columns=sizes[-1])
    if len(inputs) != len(targets):
        raise WiringError(f"got {len(inputs)} samples and {len(targets)} responses: one each")
    return inputs, targets


def row_weights(given: Any, count: int) -> list[float]:
    """Read how much each row counts; all the same where nothing is given."""
    if given is None:
        return [1.0] * count
    found = numbers(given, name="sampleWeights", count=count)
    if min(found) < 0.0 or not sum(found):
        raise RangeError("sampleWeights are 0 or more, and not all 0")
    return found


def chosen(
    index: Any, inputs: Table, targets: Table, weights: list[float]
) -> tuple[Table, Table, list[float]]:
    """Take the rows that an index names."""
    found = [int(k) for k in numbers(index, name="sampleIdx")]
    if not all(0 <= k < len(inputs) for k in found):
        raise RangeError(f"sampleIdx names rows from 0 to {len(inputs) - 1}: got {found[:8]}")
    if not sum(weights[k] for k in found):
        raise RangeError("every row that sampleIdx names has a weight of 0")
    return [inputs[k] for k in found], [targets[k] for k in found], [weights[k] for k in found]


def layers(sizes: Sequence[int], given: Sequence[Any]) -> tuple[list[Table], tuple[Scale, Scale]]:
    """Read the weights of every layer and the two scales.

    Raises WiringError for a shape that does not fit the sizes, RangeError for a factor of 0.
    """
    n = len(sizes)
    if not n or len(given) != n + 2:
        raise WiringError(f"{n} layers have {n + 2} tables of weights: got {len(given)}")
    found = [rows(given[k], name=f"layers[{k}]", columns=sizes[k]) for k in range(1, n)]
    for k, table in enumerate(found, 1):
        if len(table) != sizes[k - 1] + 1:
            raise WiringError(
                f"layers[{k}] has {len(table)} rows: {sizes[k - 1]} inputs and a bias make "
                f"{sizes[k - 1] + 1}"
            )
    ends = []
    for k, size in ((0, sizes[0]), (n + 1, sizes[-1])):
        row = rows(given[k], name=f"layers[{k}]", columns=2 * size)[0]
        if not all(row[::2]):
            raise RangeError(f"layers[{k}] has a factor of 0: nothing could be scaled back")
        ends.append(list(zip(row[::2], row[1::2], strict=True)))
    return found, (ends[0], ends[1])
