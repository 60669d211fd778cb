"""DOT: stable, quoted, and understood by Graphviz."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest
from gatenet.viz.dot import answer, request, source
from gatenet.viz.layout import PORT
from hypothesis import given
from hypothesis import strategies as st
from viz_samples import GOLDEN, PAYLOADS, neuron, seen, tangle, texts

from gatenet import Circuit, Unit
from gatenet.texts import shown

STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
STATEMENT = re.compile(
    r"  (?:(?:graph|node|edge) \[.*\]|[ng]\d+(?: -> [ng]\d+)? \[[^\n]*\])", re.DOTALL
)


def _hostile(names: list[str]) -> Circuit:
    """A sum of inputs with these names, itself named by the last."""
    out = Unit(0.0, names[0])
    for name in names[1:]:
        out = out + Unit(1.0, name)
    if out.gate is not None:
        out.name = names[-1]
    return Circuit(out)


def test_the_source_of_the_neuron_is_golden() -> None:
    """The DOT text is the same, byte for byte, on every machine and in every process."""
    golden = (GOLDEN / "neuron.dot").read_text(encoding="utf-8")

    assert golden == source(seen(Circuit(neuron()), 500))


@given(st.lists(texts, min_size=1, max_size=5))
def test_no_name_leaves_its_quotes(names: list[str]) -> None:
    """With strings taken out, the source is of our own statements alone."""
    text = source(seen(_hostile(names), 500))
    first, *lines, last, end = STRING.sub("S", text).split("\n")

    assert ("digraph circuit {", "}", "") == (first, last, end)
    assert [] == [line for line in lines if not STATEMENT.fullmatch(line)]
    assert not re.search(r"URL|href|image|comment|<", STRING.sub("S", text))


@given(st.lists(texts, min_size=1, max_size=5))
def test_every_name_can_be_read_back(names: list[str]) -> None:
    """Each name is in the tooltip of its node, up to the length a name may have."""
    text = source(seen(_hostile(names), 500)).replace("&amp;", "&")
    plain = re.sub(r"\\(.)", lambda m: m[1] if m[1] in '"\\' else "\n", text)

    for name in names[:-1]:
        assert shown(name) in plain


def test_nodes_have_our_own_names() -> None:
    """Node names are n and the number of the row, g for the row's gate, whatever names say."""
    text = STRING.sub("S", source(seen(_hostile(["n1", "a:b", "c"]), 500)))

    assert {"n0", "n1", "n2", "n3", "n4", "g2", "g4"} == set(re.findall(r"\b[ng]\d+", text))


def test_the_request_has_sizes_and_nothing_typed() -> None:
    """What a program is asked has box sizes in inches and no text of the user's."""
    pytest.importorskip("graphviz")
    text = request([(72.0, 36.0), (144.0, 36.0)], [(0, 1)])

    assert "n0 [height=0.5000 width=1.0000]" in text
    assert "n0 -> n1" in text
    assert ['""'] == STRING.findall(text)


PLAIN = """graph 1 4 2
node n0 0.5 1 1 0.5  solid box black lightgrey
node n1 3.5 1 1 0.5  solid box black lightgrey
edge n0 n1 4 1 1 1.5 1.25 2.5 1.25 3 1 solid black
stop
"""


def test_an_answer_is_read_into_pixels() -> None:
    """Inches upwards become pixels downwards, and a wire ends under the gate's outline."""
    layout = answer(PLAIN, [(72.0, 36.0), (72.0, 36.0)], [(0, 1)])

    assert (288.0, 144.0) == (layout.width, layout.height)
    assert [(0.0, 72.0), (216.0, 72.0)] == layout.places
    assert [[(72.0, 72.0), (108.0, 54.0), (180.0, 54.0), (216.0 + PORT, 72.0)]] == layout.routes


@pytest.mark.parametrize(
    "text", ["", "graph 1 4 2\nstop\n", PLAIN.replace("edge", "egde"), PLAIN.replace("3.5", "x")]
)
def test_half_an_answer_is_refused(text: str) -> None:
    """A text that does not place every box and wire is not taken for a layout."""
    with pytest.raises(ValueError, match=r"placed|float"):
        answer(text, [(72.0, 36.0), (72.0, 36.0)], [(0, 1)])


@pytest.mark.exe
@pytest.mark.skipif(shutil.which("dot") is None, reason="the dot program is not on the path")
def test_graphviz_reads_every_name_as_meant() -> None:
    """The dot program accepts all hostile names and finds the nodes and texts we wrote."""
    circuit = _hostile([*PAYLOADS, "out"])
    text = source(seen(circuit, 500))
    done = subprocess.run(
        ["dot", "-Tdot_json"], input=text.encode(), capture_output=True, check=True, timeout=900
    )
    objects = json.loads(done.stdout)["objects"]
    tooltips = {o["name"]: o.get("tooltip", "") for o in objects}
    found = re.sub(
        r"\\(.)", lambda m: m[1] if m[1] in '"\\' else "\n", "\n".join(tooltips.values())
    )

    assert {f"n{i}" for i in range(len(circuit.rows))} <= set(tooltips)
    assert [] == [p for p in PAYLOADS if shown(p) not in found.replace("&amp;", "&")]


@pytest.mark.exe
@pytest.mark.skipif(shutil.which("dot") is None, reason="the dot program is not on the path")
def test_graphviz_answers_the_request() -> None:
    """The dot program's own answer is read, each box where it does not touch another."""
    shown_ = seen(Circuit(tangle(40, seed=2)), 500)
    sizes = [(100.0, 40.0)] * len(shown_.boxes)
    wires = [(wire.tail, wire.head) for wire in shown_.wires]
    done = subprocess.run(
        ["dot", "-Tplain"],
        input=request(sizes, wires),
        capture_output=True,
        check=True,
        encoding="utf-8",
        timeout=900,
    )
    layout = answer(done.stdout, sizes, wires)

    assert all(route[0][0] < route[-1][0] for route in layout.routes)
    assert len(layout.places) == len({(round(x), round(y)) for x, y in layout.places})
