import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import MsgspecError, Raw

from app.application.notification.action_data import read_action_data, take_action_data
from app.domain.notification.action_data import MAX_VALUES
from chassis.domain.errors import Invalid
from chassis.domain.json_text import EMPTY_OBJECT

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9)
leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | texts
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(texts, inner))


@given(st.dictionaries(texts, values, max_size=3), st.sampled_from((None, 1, "\t")))
def test_the_text_says_what_was_given_and_is_compact(data: dict[str, Any], indent: Any) -> None:
    text = read_action_data(Raw(json.dumps(data, indent=indent).encode())).text

    assert json.loads(text) == data
    assert text.decode() == json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def test_of_a_key_that_is_given_twice_the_last_value_counts() -> None:
    assert read_action_data(Raw(b'{"a":1,"a":2}')).text == b'{"a":2}'


@pytest.mark.parametrize("text", (b"{}", b"{ }", b"{\n}"))
def test_an_empty_object_is_an_empty_object(text: bytes) -> None:
    assert read_action_data(Raw(text)) == EMPTY_OBJECT


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    (
        (b"[1]", "action_data", "expected `object`, got `array`"),
        (b'{"a":1e999}', "action_data", "number out of range"),
        (b'{"a":', "action_data", "is not JSON: Input data was truncated"),
        (b'{"a":"\xff"}', "action_data", "is not UTF-8"),
        (b'{"a":{"b":"x\\u0000"}}', "action_data.a.b", "must not contain NUL characters"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "action_data", "must not be nested deeper than 32"),
        (b'{"a":[%b0]}' % (b"0," * MAX_VALUES), "action_data", "must have at most 10,000 values"),
    ),
)
def test_what_is_wrong_is_told_by_its_field(text: bytes, field: str, reason: str) -> None:
    with pytest.raises(Invalid) as caught:
        take_action_data(Raw(text))

    assert (caught.value.field, caught.value.reason) == (field, reason)


def test_what_is_nested_as_deep_as_values_may_is_refused() -> None:
    with pytest.raises(Invalid, match="nested"):
        take_action_data(Raw(b'{"a":' * 9_000 + b"1" + b"}" * 9_000))


def test_an_event_is_at_fault_in_the_words_of_the_decoder() -> None:
    with pytest.raises(MsgspecError):
        read_action_data(Raw(b"[]"))


def test_of_too_many_values_none_is_made() -> None:
    given = Raw(b'{"a":[%b{}]}' % (b"{}," * 340_000))
    tracemalloc.start()
    try:
        with pytest.raises(Invalid):
            read_action_data(given)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    # A few copies of a text of 1 MB, where its values would take 24 MB.
    assert most < 5 * 2**20
