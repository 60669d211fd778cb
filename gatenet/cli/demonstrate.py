"""`demo`: train a network on iris flowers and draw its circuit."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from gatenet.cli.options import add_seed, whole


def add_to(commands: Any) -> None:
    """Add the command and its options to the command line's parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "demo",
        help="train a network on iris flowers and draw its circuit",
        description="Train a small network on Fisher's iris measurements (they come with "
        "gatenet), print its accuracy on held-out flowers, and write the circuit of one flower's "
        "loss and the loss curve as SVG.",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("out"), metavar="DIR",
        help="where the pictures go (default: ./out)",
    )  # fmt: skip
    parser.add_argument(
        "--epochs", type=whole(1), default=60, metavar="N",
        help="how often to go through the flowers (default: %(default)s)",
    )  # fmt: skip
    add_seed(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the demo."""
    from gatenet import demo

    demo.run(arguments.out, epochs=arguments.epochs, seed=arguments.seed, stream=sys.stdout)
    return 0
