import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.notification.action_data import (
    MAX_DEPTH,
    MAX_VALUES,
    check_action_data,
    check_count,
)
from chassis.domain.errors import Invalid

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | numbers | text
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


def count(value: Any) -> int:
    """Return how many values are in a value."""
    parts = value.values() if isinstance(value, dict) else value
    return sum(1 + count(each) for each in parts) if isinstance(value, dict | list) else 0


@given(st.dictionaries(st.text(max_size=5), values, max_size=3), st.sampled_from((None, 1)))
def test_values_are_counted_without_decoding(data: dict[str, Any], indent: int | None) -> None:
    known = count(data)
    # As many more as there may be, and of the kinds that may be mistaken for others.
    rest: list[Any] = [[], {}, "[{,", '"', "\\", {"[": ","}]
    rest = [*rest, *([0] * (MAX_VALUES - known - count([rest])))]
    text = json.dumps(data | {"\0rest": rest}, indent=indent).encode()
    assert count(json.loads(text)) == MAX_VALUES

    check_count(text)
    with pytest.raises(Invalid, match="at most 10,000 values"):
        check_count(json.dumps(data | {"\0rest": [*rest, 0]}, indent=indent).encode())


def test_a_long_text_is_one_value() -> None:
    check_count(json.dumps({"a": '[{,"' * 250_000}).encode())
