"""DOT: a scene as Graphviz source, and Graphviz's answer as a layout.

Two texts are written here.  `source` is for people: the whole picture with its labels, quoted
by our own rule (names of nodes are always n17 for row 17, g17 for its gate), the same in every
process.  `request` is for the program: sizes and wires alone, built with the `graphviz`
package, so no text a user typed ever reaches it; `answer` reads its coordinates back, and our
own painter draws them.  Knows scenes and layouts;
starts no program.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .labels import quote
from .layers import FEW, Wires
from .layout import BETWEEN, PORT, Layout, Path, Point, spread
from .parts import Box, Scene
from .shapes import short
from .vertical import GAP

INCH = 72.0
_SHAPES = {
    "input": "shape=cds",
    "parameter": "shape=octagon",
    "constant": "shape=plaintext",
    "inner": "shape=box, style=rounded",
}


def source(scene: Scene) -> str:
    """Return the DOT text of a scene.

    Hover texts are in it as tooltips, roles as classes; it names no file, link or colour.
    """
    lines = [
        "digraph circuit {",
        f"  graph [rankdir=LR, bgcolor=transparent, tooltip={quote(scene.title)}]",
        '  node [fontname="Helvetica", fontsize=11, margin="0.1,0.04"]',
        "  edge [arrowsize=0.6]",
    ]
    for box in scene.boxes:
        lines.extend(f"  {line}" for line in _nodes(box))
    for wire in scene.wires:
        head = scene.boxes[wire.head]
        to = f"g{head.number}" if head.symbol else head.node
        labels = [f"×{wire.count}"] * (wire.count > 1) + [wire.pull] * bool(wire.pull)
        said = f"label={_joined(labels)}, " if labels else ""
        tail = scene.boxes[wire.tail].node
        lines.append(f"  {tail} -> {to} [{said}tooltip={_joined(wire.hover)}]")
    return "\n".join([*lines, "}", ""])


def request(sizes: Sequence[Point], wires: Wires, between: float = BETWEEN) -> str:
    """Return DOT that asks where boxes of these sizes stand; needs the `graphviz` package."""
    import graphviz

    asked = graphviz.Digraph(
        graph_attr={"rankdir": "LR", "nodesep": _inches(GAP), "ranksep": _inches(between)},
        node_attr={"shape": "box", "fixedsize": "true", "label": ""},
        edge_attr={"dir": "none", "tailport": "e", "headport": "w"},
    )
    for box, (wide, tall) in enumerate(sizes):
        asked.node(f"n{box}", width=_inches(wide), height=_inches(tall))
    for tail, head in wires:
        asked.edge(f"n{tail}", f"n{head}")
    return str(asked.source)


def answer(text: str, sizes: Sequence[Point], wires: Wires) -> Layout:
    """Read the layout out of Graphviz's `plain` format.

    Raises:
        ValueError: if the text is not a whole answer to the request.
    """
    wide = tall = 0.0
    middles: dict[int, Point] = {}
    found: dict[tuple[int, int], list[Path]] = {}
    for words in map(str.split, text.splitlines()):
        if words[:1] == ["graph"]:
            wide, tall = (INCH * float(word) for word in words[2:4])
        elif words[:1] == ["node"]:
            middles[int(words[1][1:])] = _point(words[2:4], tall)
        elif words[:1] == ["edge"]:
            ends, n = (int(words[1][1:]), int(words[2][1:])), int(words[3])
            path = [_point(words[i : i + 2], tall) for i in range(4, 4 + 2 * n, 2)]
            found.setdefault(ends, []).append(path)
    if len(middles) != len(sizes) or sum(map(len, found.values())) != len(wires):
        raise ValueError(f"{len(middles)} of {len(sizes)} boxes were placed")
    places = [(middles[box][0] - size[0] / 2, middles[box][1]) for box, size in enumerate(sizes)]
    routes = [found[ends].pop(0) for ends in wires]
    _spread(routes, wires)
    return Layout(wide, tall, places, routes, {})


def _spread(routes: list[Path], wires: Wires) -> None:
    """Let few operands enter their gate in their order, and all end under its outline."""
    arriving: dict[int, list[Path]] = {}
    for path, (_, head) in zip(routes, wires, strict=True):
        arriving.setdefault(head, []).append(path)
    for some in arriving.values():
        shifts = spread(len(some)) if len(some) <= FEW else [0.0] * len(some)
        for path, shift in zip(some, shifts, strict=True):
            (x1, y1), (x2, y2) = path[-2:]
            path[-2:] = [(x1, y1 + shift), (x2 + PORT, y2 + shift)]


def _nodes(box: Box) -> Iterator[str]:
    """Write a box's node, and the node and wire of its gate."""
    note = f" ({box.note})" if box.note else ""
    texts = [short(box) + note] if box.name else []
    if box.changes:
        pairs = zip((box.value, box.grad or ""), box.changes, strict=True)
        texts += [f"{text} ({change.text})" for text, change in pairs]
    else:
        texts.append(box.value if box.grad is None else f"{box.value} | {box.grad}")
    role = box.role.removeprefix("folded ")
    rings = ", peripheries=2" if box.output else ""
    yield (
        f"{box.node} [label={_joined(texts)}, {_SHAPES[role]}{rings}, "
        f'class="{box.classes}", tooltip={_joined(box.hover)}]'
    )
    if box.symbol:
        gate = f"g{box.number}"
        yield f'{gate} [label={quote(box.symbol)}, shape=ellipse, class="gate", tooltip=""]'
        yield f"{gate} -> {box.node} [arrowhead=none]"


def _joined(texts: Iterable[str]) -> str:
    """Quote several shown texts as the lines of one label."""
    return '"' + r"\n".join(quote(text)[1:-1] for text in texts) + '"'


def _point(words: Sequence[str], tall: float) -> Point:
    """Read a point, turning inches upwards into pixels downwards."""
    x, y = words
    return INCH * float(x), tall - INCH * float(y)


def _inches(pixels: float) -> str:
    """Write a length for Graphviz."""
    return f"{pixels / INCH:.4f}"
