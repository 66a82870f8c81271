"""From filters by name to the message: in the aggregates' own words."""

import pytest

from chassis.application.streaming.messages import Subscribe
from chassis.application.streaming.streamed import Streamed
from chassis.application.streaming.words import own_words, subscribe_by_words
from chassis.domain.errors import Invalid

PLACED, SHIPPED, NOTE, PING = "order.placed.v1", "order.shipped.v1", "note.sent.v1", "ping.v1"
TABLE = {
    PLACED: Streamed("placed", "orders", subject="customer", tag="product"),
    SHIPPED: Streamed("shipped", "orders", subject="customer"),
    NOTE: Streamed("note", "notes", subject="receiver", tag="customer"),
    PING: Streamed("ping", "notes"),
}
ORDERS = {PLACED: TABLE[PLACED], SHIPPED: TABLE[SHIPPED]}


def asked(*types: str, cursor: str | None = None, **words: str | None) -> Subscribe:
    return subscribe_by_words(TABLE, types, words, cursor)


def test_the_words_are_those_of_all_types() -> None:
    assert own_words(TABLE) == ["customer", "product", "receiver"]
    assert own_words({PING: TABLE[PING]}) == []
    assert own_words({}) == []


def test_without_filters_all_is_asked_for() -> None:
    assert asked() == Subscribe()
    assert asked(receiver=None, subject=None, cursor="") == Subscribe()


@pytest.mark.parametrize(
    ("types", "words", "expected"),
    (
        ((), {"subject": "ada"}, Subscribe(subject="ada")),
        ((PING, NOTE), {}, Subscribe(types=(NOTE, PING))),
        ((PING, PING), {"subject": "ada"}, Subscribe(types=(PING,), subject="ada")),
        ((), {"receiver": "ada"}, Subscribe(types=(NOTE,), subject="ada")),
        ((), {"product": "tea"}, Subscribe(types=(PLACED,), tag="tea")),
        ((PLACED, SHIPPED), {"customer": "eve"}, Subscribe(types=(PLACED, SHIPPED), subject="eve")),
        ((NOTE,), {"customer": "eve"}, Subscribe(types=(NOTE,), tag="eve")),
        # Another word decides which of its two meanings `customer` has.
        ((), {"customer": "a", "product": "b"}, Subscribe(types=(PLACED,), subject="a", tag="b")),
        ((), {"customer": "a", "receiver": "b"}, Subscribe(types=(NOTE,), subject="b", tag="a")),
        ((), {"receiver": "ada", "subject": "ada"}, Subscribe(types=(NOTE,), subject="ada")),
        # An empty filter is one all the same: nothing matches it.
        ((), {"receiver": ""}, Subscribe(types=(NOTE,), subject="")),
        # The use case refuses what is not streamed.
        (("x.v1", NOTE), {"receiver": "a"}, Subscribe(types=(NOTE, "x.v1"), subject="a")),
        (("x.v1",), {"receiver": "a"}, Subscribe(types=("x.v1",), tag="a")),
    ),
)
def test_words_choose_types_and_filters(
    types: tuple[str, ...], words: dict[str, str], expected: Subscribe
) -> None:
    assert asked(*types, **words) == expected
    assert asked(*types, cursor="e.7", **words).cursor == "e.7"


@pytest.mark.parametrize(
    ("types", "words", "field", "reason"),
    (
        ((PING,), {"receiver": "ada"}, "receiver", "is not a filter of these types"),
        ((), {"product": "tea", "receiver": "ada"}, "receiver", "is not a filter of these types"),
        ((SHIPPED,), {"product": "tea"}, "product", "is not a filter of these types"),
        ((), {"receiver": "a", "subject": "b"}, "receiver", "differs from the subject"),
        ((), {"customer": "eve"}, "customer", "is the subject of one type and not of another"),
    ),
)
def test_words_that_contradict_each_other_are_refused(
    types: tuple[str, ...], words: dict[str, str], field: str, reason: str
) -> None:
    with pytest.raises(Invalid) as caught:
        asked(*types, **words)

    assert caught.value.field == field
    assert caught.value.reason.startswith(reason)


def test_an_aggregate_has_words_for_its_own_types_alone() -> None:
    found = subscribe_by_words(ORDERS, ORDERS, {"customer": "eve", "product": None}, None)

    assert found == Subscribe(types=(PLACED, SHIPPED), subject="eve")
