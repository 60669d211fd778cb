"""Perceptrons: a NAND that is given, an adder built of NANDs, and an AND that is learnt.

A perceptron gives 1 where its weighted sum is above 0, else 0.  With weights -2, -2 and bias 3 it
is a NAND gate (M. Nielsen, "Neural networks and deep learning", chapter 1), and of NAND gates
every circuit of a computer can be built: here a half adder of 5, a full adder of 9, and one that
adds numbers of 4 bits, right for all 256 pairs.  Rosenblatt's rule then finds the weights of AND,
OR and NAND from their tables alone, and cannot find those of XOR, which no perceptron has.

At full size: 36 perceptrons add 4 bits; AND is learnt in 6 epochs, OR in 4, NAND in 6; XOR is never
learnt, in 100 epochs.

    python examples/perceptron_nand.py [--size small] [--out out]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TextIO

from gatenet import Unit
from gatenet.nn import Perceptron
from gatenet.viz import draw

PAIRS = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)]
TABLES = {
    "AND": (0.0, 0.0, 0.0, 1.0),
    "OR": (0.0, 1.0, 1.0, 1.0),
    "NAND": (1.0, 1.0, 1.0, 0.0),
    "XOR": (0.0, 1.0, 1.0, 0.0),
}
Bit = Unit | float


class Board:
    """NAND perceptrons, all alike; it counts how many are wired."""

    def __init__(self) -> None:
        self.gate = Perceptron(2, weights=[-2, -2], bias=3)
        self.count = 0

    def nand(self, a: Bit, b: Bit) -> Unit:
        """Wire one."""
        self.count += 1
        return self.gate([a, b])

    def half_adder(self, a: Bit, b: Bit) -> tuple[Unit, Unit]:
        """The sum of two bits and its carry, of 5 perceptrons (one could be shared)."""
        both = self.nand(a, b)
        return self.nand(self.nand(a, both), self.nand(b, both)), self.nand(both, both)

    def full_adder(self, a: Bit, b: Bit, carry: Bit) -> tuple[Unit, Unit]:
        """The sum of three bits and its carry, of 9 perceptrons."""
        first = self.nand(a, b)
        half = self.nand(self.nand(a, first), self.nand(b, first))
        second = self.nand(half, carry)
        total = self.nand(self.nand(half, second), self.nand(carry, second))
        return total, self.nand(first, second)

    def add(self, a: int, b: int, bits: int = 4) -> int:
        """Add two numbers bit by bit, the carry from one to the next."""
        carry = Unit(0.0, "no carry")
        found = 0
        for k in range(bits):
            total, carry = self.full_adder(float(a >> k & 1), float(b >> k & 1), carry)
            found |= int(total.value) << k
        return found | int(carry.value) << bits


def learn(table: tuple[float, ...], epochs: int) -> tuple[int, Perceptron]:
    """Learn a table by Rosenblatt's rule; give the epoch without a mistake, or 0 for none."""
    one = Perceptron(2)
    for epoch in range(1, epochs + 1):
        if sum(one.learn(*row) for row in zip(PAIRS, table, strict=True)) == len(PAIRS):
            return epoch, one
    return 0, one


def main(
    size: str = "full", out: Path | None = None, stream: TextIO = sys.stdout
) -> dict[str, float]:
    """Build, add and learn; give the figures."""
    bits = 4 if size == "full" else 2
    figures: dict[str, float] = {}
    board = Board()
    nands = [board.nand(a, b).value for a, b in PAIRS]
    listed = zip(PAIRS, nands, strict=True)
    print("NAND:", *(f"{a:.0f}{b:.0f} -> {z:.0f}" for (a, b), z in listed), file=stream)
    figures["nand_right"] = sum(z == w for z, w in zip(nands, TABLES["NAND"], strict=True))
    a, b = Unit(1.0, "a"), Unit(1.0, "b")
    total, carry = board.half_adder(a, b)
    total.name, carry.name = "sum", "carry"
    print(f"half adder: 1 + 1 = {carry.value:.0f}{total.value:.0f} in binary", file=stream)
    figures["half_adder"] = 2 * carry.value + total.value

    board.count = 0
    pairs = [(m, n) for m in range(2**bits) for n in range(2**bits)]
    right = sum(board.add(m, n, bits) == m + n for m, n in pairs)
    figures["perceptrons"] = board.count / len(pairs)
    figures["sums_right"] = right / len(pairs)
    print(
        f"{board.count // len(pairs)} perceptrons add {bits} bits: {right} of {len(pairs)} sums "
        "right",
        file=stream,
    )
    for name, table in TABLES.items():
        epochs, one = learn(table, 100)
        figures[f"{name.lower()}_epochs"] = epochs
        weights = ", ".join(f"{unit.value:g}" for unit in one.parameters())
        said = f"learnt in {epochs} epochs" if epochs else "never learnt, in 100 epochs"
        print(f"{name}: {said}, weights and bias {weights}", file=stream)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        draw([total, carry], out / "perceptron_nand.svg")
    return figures


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Perceptrons, NANDs and an adder.")
    options.add_argument("--size", choices=("small", "full"), default="full")
    options.add_argument("--out", type=Path, default=Path("out"))
    main(**vars(options.parse_args()))
