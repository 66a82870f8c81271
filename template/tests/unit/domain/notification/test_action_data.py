from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.notification.action_data import MAX_DEPTH, check_action_data

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(text, inner))


def nested(depth: int, *, by: type[list[Any]] | type[dict[str, Any]]) -> dict[str, Any]:
    """Return an object of that depth; everything below the top is a list or an object."""
    value: Any = by()
    for _ in range(depth - 2):
        value = {"a": value} if by is dict else [value]
    return {"a": value}


@given(st.dictionaries(text, values, max_size=3))
def test_what_json_can_say_is_taken(data: dict[str, Any]) -> None:
    check_action_data(data)


@pytest.mark.parametrize("by", (list, dict))
def test_the_deepest_data_is_taken(by: type[list[Any]] | type[dict[str, Any]]) -> None:
    check_action_data(nested(MAX_DEPTH, by=by))


@pytest.mark.parametrize("by", (list, dict))
@pytest.mark.parametrize("depth", (MAX_DEPTH + 1, 100_000))
def test_deeper_data_is_refused(depth: int, by: type[list[Any]] | type[dict[str, Any]]) -> None:
    with pytest.raises(Invalid, match="deeper than 32") as caught:
        check_action_data(nested(depth, by=by))

    assert caught.value.field == "action_data"


@pytest.mark.parametrize(
    ("data", "path"),
    (
        ({"a": "\0"}, "action_data.a"),
        ({"a": {"b": ["fine", "x\0y"]}}, "action_data.a.b[1]"),
        ({"a": [{"b": "\ud800"}]}, "action_data.a[0].b"),
        ({"a": [["\udfff"]]}, "action_data.a[0][0]"),
        ({"a\0b": 1}, "action_data"),
        ({"a": {"\udc00": 1}}, "action_data.a"),
        ({"a": "fine", "b": "\ud83d", "c": "\ude00"}, "action_data.b"),
    ),
)
def test_text_that_no_store_can_keep_is_refused_by_its_path(
    data: dict[str, Any], path: str
) -> None:
    with pytest.raises(Invalid) as caught:
        check_action_data(data)

    assert caught.value.field == path


def test_characters_beyond_the_basic_plane_are_no_surrogates() -> None:
    check_action_data({"🧅": ["🧅", "\ud7ff", "\ue000"]})
