"""Make the pictures of docs/see.md, each of what it shows: circuits, the player, the debugger.

    python docs/pictures.py                  # make all of them in docs/pictures/
    python docs/pictures.py neuron repl      # make some
    python docs/pictures.py --list           # say which there are

What a picture needs and the machine lacks (a browser, matplotlib, a terminal) is said in a word,
and the picture is left as it is.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "docs"))

import terminal

from gatenet import Stepper, Unit
from gatenet.datasets import Dataset, iris, moons
from gatenet.errors import ToolMissing
from gatenet.losses import bce_with_logits, cross_entropy, mse_loss
from gatenet.nn import MLP
from gatenet.optim import SGD, Adam
from gatenet.training import History, fit
from gatenet.viz import animate, charts, compare, draw, snapshot

FOLDER = ROOT / "docs" / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SESSION = ["l", "n", "n", "b x", "c", "p x", "rn", "why x", "q"]
"""What is typed in the picture of the debugger."""

Maker = Callable[[Path], None]
MAKERS: dict[str, Maker] = {}


def picture(*names: str) -> Callable[[Maker], Maker]:
    """Note a function as the maker of these files of the folder."""

    def note(maker: Maker) -> Maker:
        for name in names:
            MAKERS[name] = maker
        return maker

    return note


def neuron() -> Unit:
    """The Hacker's guide's neuron, wired anew."""
    a, b, c = Unit(1.0, "a"), Unit(2.0, "b"), Unit(-3.0, "c")
    x, y = Unit(-1.0, "x"), Unit(3.0, "y")
    s = (a * x + b * y + c).sigmoid()
    s.name = "s"
    return s


def network() -> tuple[MLP, Unit]:
    """MLP(2, [16, 16, 1]) and its loss at three rows of two moons, after one pass."""
    model = MLP(2, [16, 16, 1], "tanh", rng=0)
    rows, answers = moons(3, rng=0)
    loss = mse_loss([model(row)[0] for row in rows], answers)
    loss.name = "loss"
    loss.backward()
    return model, loss


@picture("neuron-step.svg")
def neuron_step(folder: Path) -> None:
    """The neuron in the middle of its pass: the sigmoid has been visited, the sum is at work."""
    stepper = Stepper(neuron())
    stepper.next(3)
    draw(stepper, folder / "neuron-step.svg", engine="builtin")


@picture("neuron-pass.svg")
def neuron_pass(folder: Path) -> None:
    """The neuron's whole pass, forward and backward, as one SVG that plays by itself."""
    animate(Stepper(neuron()), folder / "neuron-pass.svg", engine="builtin")


@picture("compare.svg")
def compared(folder: Path) -> None:
    """The neuron before and after one step of gradient descent on its weights."""
    a, b, c = Unit(1.0, "a"), Unit(2.0, "b"), Unit(-3.0, "c")
    x, y = Unit(-1.0, "x"), Unit(3.0, "y")

    def wired() -> Unit:
        s = (a * x + b * y + c).sigmoid()
        s.name = "s"
        s.backward()
        return s

    optimizer = SGD([a, b, c], lr=1.0)
    before = snapshot(wired())
    optimizer.step()
    optimizer.zero_grad()
    for unit in (x, y):
        unit.zero_grad()
    compare(before, wired(), folder / "compare.svg", engine="builtin")


@picture("mlp.svg", "mlp-neurons.svg")
def folded(folder: Path) -> None:
    """A network of 337 parameters, folded into its layers, and for one row into its neurons."""
    model, loss = network()
    draw(loss, folder / "mlp.svg", engine="builtin", depth=2)
    score = model([0.5, -1.0])[0]
    score.backward()
    draw(score, folder / "mlp-neurons.svg", engine="builtin", depth=3)


@picture("player-light.png", "player-dark.png")
def play(folder: Path) -> None:
    """The player's page in a browser, in the middle of a pass."""
    from gatenet.viz import player

    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise ToolMissing("the package playwright is not installed") from error
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        raise ToolMissing(f"none of the programs {', '.join(BROWSERS)} is on the path")
    with tempfile.TemporaryDirectory() as place, sync_playwright() as browsers:
        page_file = Path(place) / "neuron.html"
        player(neuron(), page_file, engine="builtin", title="One neuron")
        browser = browsers.chromium.launch(executable_path=program)
        for scheme in ("light", "dark"):
            page = browser.new_page(
                viewport={"width": 1100, "height": 760},
                color_scheme=scheme,
                reduced_motion="reduce",
            )
            page.goto(page_file.as_uri())
            page.keyboard.press("Home")
            for _ in range(9):
                page.keyboard.press("ArrowRight")
            page.wait_for_timeout(300)
            small_png(page.screenshot(), folder / f"player-{scheme}.png")
        browser.close()


@picture("repl.svg")
def debugger(folder: Path) -> None:
    """A session of the debugger, typed into a real terminal."""
    command = [sys.executable, "-m", "gatenet", "debug", "examples/neuron.py"]
    wide = 96
    shown = terminal.conversed(
        command, SESSION, prompt="(gatenet) ", columns=wide,
        environment={"PYTHONPATH": str(ROOT), "PYTHON_HISTORY": "", "LANG": "C.UTF-8"},
    )  # fmt: skip
    text = terminal.painted(shown, title="python -m gatenet debug examples/neuron.py", columns=wide)
    (folder / "repl.svg").write_text(text, encoding="utf-8", newline="\n")


def trained() -> tuple[MLP, Dataset, History, list[list[float]]]:
    """A network that has learnt two moons: it, the data, its history, and where it went."""
    data = moons(80, noise=0.15, rng=0)
    model = MLP(2, [8, 1], "tanh", rng=2)
    optimizer = Adam(model.parameters(), lr=0.05)
    path = [[unit.value for unit in model.parameters()]]

    class Noting:
        """The optimizer, with every step noted."""

        def step(self) -> None:
            """Step, and note where that led."""
            optimizer.step()
            path.append([unit.value for unit in model.parameters()])

    history = fit(
        model, *data, loss=bce_with_logits, optimizer=Noting(), epochs=40, rng=0, progress=False,
        validation=tuple(moons(40, noise=0.15, rng=1)),
    )  # fmt: skip
    return model, data, history, path


def valley() -> tuple[Callable[[], Unit], list[Unit], list[list[float]]]:
    """Rosenbrock's valley, milder, and how gradient descent with momentum goes through it."""
    a, b = Unit(-1.2, "a"), Unit(1.0, "b")

    def loss() -> Unit:
        return (1 - a) ** 2 + 10 * (b - a * a) ** 2

    optimizer = SGD([a, b], lr=0.004, momentum=0.9)
    path = []
    for _ in range(120):
        path.append([a.value, b.value])
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
    return loss, [a, b], path


@picture("chart-gate.png")
def chart_gate(folder: Path) -> None:
    """Four gates with their derivatives, kinks, edges and domains."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 6.4), layout="constrained")
    for name, ax in zip(
        ("relu", "gelu", "log", "hard_tanh"), figure.subplots(2, 2).flat, strict=True
    ):
        charts.gate(name, ax=ax)
    save(figure, folder / "chart-gate.png")


@picture("chart-training.png", "chart-dark.png")
def chart_training(folder: Path) -> None:
    """Loss, boundary, gradients and path of one training, in light and in dark."""
    from matplotlib import pyplot
    from matplotlib.figure import Figure

    model, data, history, _ = trained()
    flowers = iris()
    pairs = [row[2:] for row in flowers.inputs]
    second = MLP(2, [6, 3], "tanh", rng=0)
    fit(
        second, pairs, flowers.targets, loss=cross_entropy, epochs=40, rng=0, progress=False,
        optimizer=Adam(second.parameters(), lr=0.05),
    )  # fmt: skip
    bce_with_logits([model(row) for row in data.inputs], data.targets).backward()
    for name, style in (("training", "default"), ("dark", "dark_background")):
        with pyplot.style.context(style):
            figure = Figure(figsize=(11.0, 8.0), layout="constrained")
            (first, second_ax), (third, fourth) = figure.subplots(2, 2)
            charts.loss(history, log_y=True, title="Loss on two moons", ax=first)
            charts.boundary(model, *data, names=data.target_names, ax=second_ax)
            charts.boundary(
                second, pairs, flowers.targets, names=flowers.target_names, title="Irises",
                x_label="petal length (cm)", y_label="petal width (cm)", ax=third,
            )  # fmt: skip
            charts.histograms(model, log_x=True, bins=16, ax=fourth)
            save(figure, folder / f"chart-{name}.png")


@picture("chart-surface.png")
def chart_surface(folder: Path) -> None:
    """A valley with the path through it, and a plane through the path of a network."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11.0, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    loss, units, path = valley()
    charts.surface(loss, units, path=path, title="Two parameters: down a valley", ax=left)
    model, data, _, walked = trained()
    rows = data.inputs[::4]
    charts.surface(
        lambda: bce_with_logits([model(row) for row in rows], data.targets[::4]),
        model.parameters(), path=walked, title="33 parameters: the plane of the path", ax=right,
    )  # fmt: skip
    save(figure, folder / "chart-surface.png")


def save(figure: Any, path: Path) -> None:
    """Write a figure as a small PNG."""
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=84)
    small_png(written.getvalue(), path)


def small_png(data: bytes, path: Path) -> None:
    """Write a PNG with 256 colours at most; where Pillow is missing, as it is."""
    try:
        from PIL import Image
    except ImportError:
        path.write_bytes(data)
        return
    image = Image.open(io.BytesIO(data)).convert("RGB")
    image.quantize(256, kmeans=2, dither=Image.Dither.NONE).save(path, optimize=True)


def main() -> int:
    """Make the pictures asked for; say which could not be made, and why."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", help="pictures to make, by the beginning of their name")
    parser.add_argument("--list", action="store_true", help="list the pictures and make none")
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="DIR", help="where they go")
    options = parser.parse_args()
    wanted = {
        name: maker
        for name, maker in MAKERS.items()
        if not options.names or any(name.startswith(start) for start in options.names)
    }
    if options.list or not wanted:
        print(*MAKERS, sep="\n")
        return 0 if options.list else 2
    options.out.mkdir(parents=True, exist_ok=True)
    skipped = 0
    for maker in dict.fromkeys(wanted.values()):
        mine = [name for name in wanted if wanted[name] is maker]
        try:
            maker(options.out)
        except (ToolMissing, ImportError, RuntimeError) as error:
            print(f"skipped {' and '.join(mine)}: {error}", file=sys.stderr)
            skipped += 1
            continue
        for name in mine:
            print(f"wrote {name} ({(options.out / name).stat().st_size:,} bytes)")
    return 1 if skipped == len(set(wanted.values())) else 0


if __name__ == "__main__":
    sys.exit(main())
