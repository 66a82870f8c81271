import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.domain.errors import Invalid
from chassis.domain.routing import MAX_ENCODED_BYTES, check_label, encode_label

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=70)


@given(texts)
def test_encoding_loses_nothing(label: str) -> None:
    assert unquote(encode_label(label)) == label


@given(texts)
def test_an_encoded_label_is_one_word_of_a_routing_key(label: str) -> None:
    assert re.fullmatch(r"([A-Za-z0-9_~-]|%[0-9A-F]{2})*", encode_label(label))


@pytest.mark.parametrize(
    ("label", "encoded"),
    (
        ("a.b", "a%2Eb"),
        ("*", "%2A"),
        ("#", "%23"),
        ("a/b c", "a%2Fb%20c"),
        ("ё", "%D1%91"),
        ("A-z_0~9", "A-z_0~9"),
    ),
)
def test_encoding(label: str, encoded: str) -> None:
    assert encode_label(label) == encoded


@pytest.mark.parametrize("label", ("a", "a" * 64, "a" * 63 + ".", "ж" * 18, "." * 36 + "aa", "."))
def test_a_label_that_can_be_routed_by_is_taken(label: str) -> None:
    check_label("receiver", label)


@pytest.mark.parametrize(
    ("label", "reason"),
    (
        ("", "must have 1 to 64 characters"),
        ("a" * 65, "must have 1 to 64 characters"),
        ("a\0b", "must not contain NUL characters"),
        ("ж" * 19, f"must have at most {MAX_ENCODED_BYTES} bytes"),
        ("." * 37, f"must have at most {MAX_ENCODED_BYTES} bytes"),
        ("a\ud800", "must not contain lone surrogates$"),
    ),
)
def test_any_other_label_is_refused_by_name(label: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason) as caught:
        check_label("receiver", label)

    assert caught.value.field == "receiver"


@given(texts)
def test_two_labels_that_pass_fit_into_a_routing_key(label: str) -> None:
    try:
        check_label("receiver", label)
    except Invalid:
        return

    key = ".".join(["notification", encode_label(label), encode_label(label)])
    assert len(key) <= 255
