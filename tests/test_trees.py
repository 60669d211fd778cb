"""Trees: taking containers apart and putting them together again."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatenet.errors import OperandError, WiringError
from gatenet.real import number
from gatenet.trees import checked, flatten, flatten_like, mapped, unflatten

Pair = namedtuple("Pair", "left right")

trees = st.recursive(
    st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
        | st.builds(Pair, inner, inner)
    ),
    max_leaves=12,
)


def leaves_by_recursion(tree: Any) -> list[Any]:
    """The leaves as a schoolbook recursion finds them: an independent oracle."""
    if isinstance(tree, dict):
        return [leaf for item in tree.values() for leaf in leaves_by_recursion(item)]
    if isinstance(tree, (list, tuple)):
        return [leaf for item in tree for leaf in leaves_by_recursion(item)]
    return [tree]


@given(trees)
def test_a_tree_comes_back_the_same_from_its_leaves(tree: Any) -> None:
    """unflatten undoes flatten, types and keys included."""
    leaves, structure = flatten(tree)
    back = unflatten(structure, leaves)

    assert leaves == leaves_by_recursion(tree)
    assert back == tree
    assert repr(back) == repr(tree)  # a tuple equals a named tuple; their texts differ


@given(trees)
def test_a_structure_knows_its_size_and_compares_by_shape(tree: Any) -> None:
    """Two trees of one shape have equal structures, whatever their leaves are."""
    leaves, structure = flatten(tree)
    other = flatten(mapped(lambda _: None, tree))[1]

    assert structure.size == len(leaves)
    assert structure == other
    assert hash(structure) == hash(other)


@given(trees)
def test_every_path_leads_to_its_leaf(tree: Any) -> None:
    """The path written in messages is Python that finds the leaf."""
    leaves, structure = flatten(tree)

    assert leaves == [eval(f"tree{structure.path(k)}", {"tree": tree}) for k in range(len(leaves))]


def test_a_hundred_thousand_lists_deep_is_no_limit() -> None:
    """Nothing recurses over the nesting."""
    deep: Any = 1.0
    for _ in range(100_000):
        deep = [deep]
    leaves, structure = flatten(deep)
    back = unflatten(structure, [2.0])
    depth = 0
    while isinstance(back, list):
        back, depth = back[0], depth + 1

    assert leaves == [1.0]
    assert (back, depth) == (2.0, 100_000)
    assert len(str(structure)) < 200


def test_dicts_match_by_their_keys_in_any_order() -> None:
    """A dict with the same keys in another order lists its leaves in the first one's order."""
    _, structure = flatten({"a": 0, "b": [0, 0]})

    assert flatten_like(structure, {"b": [2, 3], "a": 1}, "this", "that") == [1, 2, 3]


def test_subclasses_of_dict_and_list_are_containers_too() -> None:
    """An OrderedDict comes back as a dict."""
    leaves, structure = flatten(OrderedDict(b=1, a=2))

    assert leaves == [1, 2]
    assert unflatten(structure, leaves) == {"b": 1, "a": 2}


@pytest.mark.parametrize(
    ("like", "tree", "message"),
    [
        ([0, 0], [0], "at the top expected a list of 2, got a list of 1"),
        ([0, 0], (0, 0), "expected a list of 2, got a tuple of 2"),
        ([0, {"a": 0}], [0, {"b": 0}], r"at \[1\] expected a dict with the keys 'a'"),
        ({"a": [0]}, {"a": 3.0}, r"at \['a'\] expected a list of 1, got 3.0 of type float"),
        (Pair(0, [0]), Pair(0, 0), r"at \.right expected a list of 1"),
        (0, [0], "expected one number, got a list of 1"),
        ([0], None, "expected a list of 1, got None of type NoneType"),
    ],
)
def test_a_mismatch_says_where_and_what(like: Any, tree: Any, message: str) -> None:
    """Trees of different structure are told apart with the place of the first difference."""
    with pytest.raises(WiringError, match=message):
        flatten_like(flatten(like)[1], tree, "the tangents", "the primals")


def test_a_wrong_number_of_leaves_is_refused() -> None:
    """unflatten neither drops leaves nor runs out of them."""
    _, structure = flatten([0, 0])

    for leaves in ([1.0], [1.0, 2.0, 3.0]):
        with pytest.raises(WiringError, match=rf"got {len(leaves)} leaves"):
            unflatten(structure, leaves)


def test_a_check_names_the_place_of_the_leaf_it_refuses() -> None:
    """Of a nested tree with one wrong leaf, the message gives the way to that leaf."""
    leaves, structure = flatten({"w": [1.0, "two"]})

    with pytest.raises(OperandError, match=r"weights at \['w'\]\[1\]: 'two' of type str is text"):
        checked(structure, leaves, "weights", number)


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (1.0, "*"),
        ((1, 2), "(*, *)"),
        ((1,), "(*,)"),
        ([], "[]"),
        ({"a": [1, Pair(1, 2)]}, "{'a': [*, Pair(left=*, right=*)]}"),
    ],
)
def test_a_structure_prints_as_python_with_stars(tree: Any, text: str) -> None:
    """The text of a structure shows containers and keys."""
    assert str(flatten(tree)[1]) == text
