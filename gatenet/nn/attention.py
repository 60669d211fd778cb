"""Attention: each vector of a sequence gathers from the others what it asks for.

Knows linear layers and the softmax; masks are wired by leaving out what is masked.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

from gatenet.errors import RangeError, WiringError
from gatenet.nn.initializers import Initializer
from gatenet.nn.linear import Linear
from gatenet.nn.module import Module
from gatenet.nn.shapes import is_nested, size, wrong_shape
from gatenet.nn.softmax import softmax
from gatenet.nn.sums import paired
from gatenet.randomness import generator

Vectors = Sequence[Sequence[Any]]


def scaled_dot_product_attention(
    queries: Vectors,
    keys: Vectors,
    values: Vectors,
    *,
    causal: bool = False,
    expand: bool = False,
) -> list[list[Any]]:
    """Give, for each query, the values weighted by softmax(query · keys / sqrt(d)).

    d is the length of a query.  With `causal`, query t sees the keys 0 to t alone: the others are
    left out of the circuit rather than masked.

    Raises WiringError where keys and values differ in number or a key and a query in length.
    Source: A. Vaswani and others, "Attention is all you need", 2017, equation 1.

    >>> scaled_dot_product_attention([[0.0]], [[1.0], [2.0]], [[1.0, 8.0], [3.0, 4.0]])
    [[2.0, 6.0]]
    """
    width = len(queries[0]) if queries else 0
    if len(keys) != len(values) or not keys:
        raise WiringError(f"attention got {len(keys)} keys and {len(values)} values: one each")
    for row in (*queries, *keys):
        if len(row) != width or not width:
            raise WiringError(f"attention got queries of {width} and a query or key of {len(row)}")
    factor = 1.0 / math.sqrt(width)
    rows, columns = [tuple(key) for key in keys], list(zip(*values, strict=True))
    outputs = []
    for t, query in enumerate(queries):
        asked = tuple([x * factor for x in query])
        seen = rows[: t + 1] if causal else rows
        shares = tuple(softmax([paired(asked, key, expand) for key in seen]))
        outputs.append([paired(shares, column[: len(seen)], expand) for column in columns])
    return outputs


class Attention(Module):
    """One head of self-attention: queries, keys and values are linear in the inputs.

    Takes a sequence of vectors of `embed_dim` numbers and gives one of `head_dim` numbers each
    (by default as many).  With `memory`, keys and values come from that sequence instead.
    `causal` lets each vector see itself and those before it.

    Raises WiringError for anything that is no sequence of such vectors.

    >>> head = Attention(4, 2, causal=True, rng=0)
    >>> [len(vector) for vector in head([[1.0, 2.0, 3.0, 4.0]] * 3)]
    [2, 2, 2]
    """

    def __init__(
        self,
        embed_dim: int,
        head_dim: int | None = None,
        *,
        bias: bool = False,
        causal: bool = False,
        expand: bool = False,
        init: Initializer | None = None,
        rng: random.Random | int,
    ) -> None:
        self.embed_dim = size(embed_dim, "embed_dim")
        self.head_dim = embed_dim if head_dim is None else size(head_dim, "head_dim")
        self.causal, self.expand = causal, expand
        rng = generator(rng)
        self.query, self.key, self.value = (
            Linear(embed_dim, self.head_dim, bias, expand=expand, init=init, rng=rng)
            for _ in range(3)
        )

    def forward(self, inputs: Vectors, memory: Vectors | None = None) -> list[list[Any]]:
        """Wire the head to a sequence."""
        source = checked_sequences(self, self.embed_dim, inputs, memory)
        return scaled_dot_product_attention(
            self.query(inputs),
            self.key(source),
            self.value(source),
            causal=self.causal,
            expand=self.expand,
        )

    def __repr__(self) -> str:
        causal = ", causal=True" if self.causal else ""
        return f"Attention({self.embed_dim}, {self.head_dim}{causal})"


class MultiHeadAttention(Module):
    """Several heads of attention side by side, and a linear layer over what they gathered.

    Head h works on the numbers h·d to (h + 1)·d - 1 of queries, keys and values, d being
    `embed_dim` / `num_heads`.  With `memory`, keys and values come from that sequence instead of
    the inputs.  `causal` lets each vector see itself and those before it.

    Raises RangeError when the heads do not divide the width, WiringError for anything that is no
    sequence of such vectors.
    Source: A. Vaswani and others, "Attention is all you need", 2017, section 3.2.2.

    >>> layer = MultiHeadAttention(4, 2, causal=True, rng=0)
    >>> [len(vector) for vector in layer([[1.0, 2.0, 3.0, 4.0]] * 3)]
    [4, 4, 4]
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        *,
        bias: bool = True,
        causal: bool = False,
        expand: bool = False,
        init: Initializer | None = None,
        rng: random.Random | int,
    ) -> None:
        self.embed_dim, self.num_heads = size(embed_dim, "embed_dim"), size(num_heads, "num_heads")
        if embed_dim % num_heads:
            raise RangeError(
                f"embed_dim is {embed_dim} and num_heads {num_heads}: heads of one size take a "
                "width that their number divides"
            )
        self.causal, self.expand = causal, expand
        rng = generator(rng)
        self.query, self.key, self.value, self.output = (
            Linear(embed_dim, embed_dim, bias, expand=expand, init=init, rng=rng) for _ in range(4)
        )

    def forward(self, inputs: Vectors, memory: Vectors | None = None) -> list[list[Any]]:
        """Wire the layer to a sequence."""
        source = checked_sequences(self, self.embed_dim, inputs, memory)
        signals = self.query(inputs), self.key(source), self.value(source)
        width = self.embed_dim // self.num_heads
        gathered: list[list[Any]] = [[] for _ in inputs]
        for start in range(0, self.embed_dim, width):
            head = [[row[start : start + width] for row in rows] for rows in signals]
            found = scaled_dot_product_attention(*head, causal=self.causal, expand=self.expand)
            for row, part in zip(gathered, found, strict=True):
                row.extend(part)
        return self.output(gathered)  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        causal = ", causal=True" if self.causal else ""
        return f"MultiHeadAttention({self.embed_dim}, {self.num_heads}{causal})"


def checked_sequences(
    module: Module, width: int, inputs: Vectors, memory: Vectors | None
) -> Vectors:
    """Check that inputs and memory are sequences of vectors; give what is attended to."""
    for given in (inputs, memory):
        if given is not None and not is_nested(given):
            raise wrong_shape(module, given, f"a sequence of vectors of {width}")
    return inputs if memory is None else memory
