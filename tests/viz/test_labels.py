"""Labels: numbers as written, any text made safe."""

from __future__ import annotations

import math
import unicodedata
from xml.etree import ElementTree

import pytest
from gatenet.viz.labels import escape, fitted, fitted_name, number, quote, width
from gatenet.viz.shapes import NAME_ROOM, TEXT
from hypothesis import given
from hypothesis import strategies as st
from viz_samples import PAYLOADS, texts

from gatenet.nn import MLP
from gatenet.texts import ELLIPSIS, LONGEST, counted, shown


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0, "0"),
        (-0.0, "−0"),
        (3.0, "3"),
        (-11.59, "−11.59"),
        (0.88079707, "0.8808"),
        (24.70408, "24.7"),
        (99999.0, "1e5"),
        (1e300, "1e300"),
        (-1.2345e-300, "−1.234e−300"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "nan"),
    ],
)
def test_a_number_is_written_in_four_digits(x: float, text: str) -> None:
    """A number is written short, with a true minus sign and a bare exponent."""
    assert text == number(x)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_number_is_the_number_to_four_digits(x: float) -> None:
    """Read back, a written number is the number, to four significant digits."""
    back = float(number(x).replace("−", "-"))

    assert float(f"{x:.3e}") == pytest.approx(back, rel=1e-12, abs=0.0)


def test_counts_have_their_noun() -> None:
    """A count comes with commas and a plural, except for one."""
    assert ["1 gate", "0 gates", "12,345 gates"] == [counted(n, "gate") for n in (1, 0, 12345)]


@given(texts)
def test_any_text_becomes_one_legal_line_that_reads_back(text: str) -> None:
    """Escaped and parsed as XML, a shown text is itself, on one line, with no hidden turns."""
    line = shown(text)
    element = ElementTree.fromstring(f'<a b="{escape(line)}">{escape(line)}</a>')

    assert (line, line) == (element.text or "", element.attrib["b"])
    assert len(line) <= LONGEST
    assert not [c for c in line if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


@given(texts)
def test_showing_twice_changes_nothing(text: str) -> None:
    """A shown text goes through unchanged."""
    assert shown(text) == shown(shown(text))


@pytest.mark.parametrize("text", ["w1", "a & b < c", '"q"', "שלום", "مرحبا", "👩‍👧", "é", "\\n \\"])
def test_ordinary_text_is_shown_as_typed(text: str) -> None:
    """Quotes, markup, backslashes, other scripts and emoji are shown as they were typed."""
    assert text == shown(text)


def test_what_cannot_be_shown_is_replaced_or_escaped() -> None:
    """Controls and turning marks are escaped; what XML cannot hold becomes U+FFFD."""
    assert r"a\nb\r\tc" == shown("a\nb\r\tc")
    assert r"\u202e\x85\u2028" == shown("\u202e\x85\u2028")
    assert "\ufffd" * 4 == shown("\x00\x08\ufffe\ud800")


@given(texts, st.floats(10, 400))
def test_a_fitted_text_fits(text: str, room: float) -> None:
    """A fitted text is within its room and, where it was cut, a beginning of the text."""
    line = shown(text)
    cut = fitted(line, room, 12)

    assert width(cut, 12) <= room or cut == ELLIPSIS
    assert cut == line or (cut.endswith(ELLIPSIS) and line.startswith(cut[:-1]))


def test_a_text_is_not_cut_within_a_letter() -> None:
    """An accent stays with its letter, and a family of emoji together."""
    assert "abcde\u0301…" == fitted("abcde\u0301xyz", width("abcde…", 12), 12)
    assert "abcd…" == fitted("abcde\u0301xyz", width("abcde…", 12) - 0.1, 12)
    assert "…" == fitted("👩‍👩‍👧‍👦xxxxxxxxxxx", 60, 12)


@pytest.mark.parametrize(
    ("text", "pixels"),
    [
        ("positive gradient", 115.9),
        ("layer.weight[3]", 102.1),
        ("log_sigmoid", 80.3),
        ("w1.0.0", 45.3),
        ("HELLO WORLD", 97.8),
        ("MMMM", 47.8),
        ("αβγδ", 33.3),
    ],
)
def test_widths_are_estimated_from_above(text: str, pixels: float) -> None:
    """An estimate is not below what DejaVu Sans Bold takes at 12 pixels, nor far above it."""
    assert pixels <= width(text, 12) <= 1.45 * pixels


@given(texts)
def test_a_quoted_text_is_one_dot_string(text: str) -> None:
    """A DOT string ends where it should, and undoing Graphviz's escapes gives the text."""
    inside = quote(shown(text))[1:-1]
    plain, i = "", 0
    while i < len(inside):
        if inside[i] == "\\":
            assert inside[i + 1] in '\\"'
            i += 1
        else:
            assert inside[i] != '"'
        plain += inside[i]
        i += 1

    assert shown(text) == plain.replace("&amp;", "&")


def test_the_payloads_are_many() -> None:
    """The list of hostile names stays at least as long as the one it was begun with."""
    assert len(set(PAYLOADS)) >= 30


@pytest.mark.parametrize(
    ("text", "room", "short"),
    [
        ("layers.0.neurons.3.weights.2", 300, "layers.0.neurons.3.weights.2"),
        ("layers.0.neurons.3.weights.2", 180, "l0.neurons.3.weights.2"),
        ("layers.1.neurons.0.weights.0", 150, "l1.n0.weights.0"),
        ("layers.1.neurons.0.bias", 120, "l1.n0.bias"),
        ("layers.10.weights.3.12", 100, "l10.w3.12"),
        ("hidden_layers.0.self_attention.out.bias", 170, "hl0.sa.out.bias"),
        ("0.neurons.3.weights.2", 110, "0.n3.w2"),
        ("layers.0.neurons.3.weights.2", 65, "….n3.w2"),
        ("a.b.c", 100, "a.b.c"),
        ("layers.0", 40, "lay…"),
    ],
)
def test_a_dotted_path_keeps_what_tells_it_apart(text: str, room: float, short: str) -> None:
    """Words become initials from the front, as few as it takes, before any part is lost."""
    assert short == fitted_name(text, room, 12)
    assert width(short, 12) <= room


def test_the_weights_of_a_network_have_different_labels() -> None:
    """In the room that a box gives, no two parameters of a model of many layers look alike."""
    names = [name for name, _ in MLP(12, [12, 12, 12, 1], rng=0).named_parameters()]
    for room in (NAME_ROOM, 130, 100):
        assert len(names) == len({fitted_name(name, room, TEXT) for name in names}), room


@given(st.lists(st.sampled_from(["", "0", "17", "w_", "_", "layers", "x" * 40]), max_size=6))
def test_any_path_is_fitted(parts: list[str]) -> None:
    """Empty words, numbers alone and long words all come out within their room."""
    short = fitted_name(".".join(parts), 60, 12)

    assert width(short, 12) <= 60
