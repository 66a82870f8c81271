"""A new event: its data, its routing key, and where it comes from."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.application.access.caller import Caller
from chassis.application.context import new_context, use_context
from chassis.application.event import Event, new_event
from chassis.domain.errors import Invalid
from chassis.domain.ids import new_id, time_of
from chassis.domain.json_text import JsonText

IDENTITY = new_id(datetime.now(UTC))


@dataclass(frozen=True)
class Order:
    """The data of the event."""

    product: str
    more: JsonText


def make(kind: str = "order.placed.v1", **fields: Any) -> Event:
    data = Order("tea", JsonText(b'{"a":1}'))
    time = time_of(IDENTITY)
    return new_event(kind, data, id=IDENTITY, time=time, subject="ada", **fields)


def test_a_time_before_which_it_is_not_published() -> None:
    time = datetime(2026, 1, 1, tzinfo=UTC)
    assert make().not_before is None
    assert make(not_before=time).not_before == time


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(Invalid, match="not_before: must have a time zone"):
        make(not_before=datetime(2026, 1, 1))


def test_the_data_is_json() -> None:
    assert bytes(make().data) == b'{"product":"tea","more":{"a":1}}'


@pytest.mark.parametrize(
    ("kind", "key"),
    (
        ("order.placed.v1", ("order", "placed", "ada")),
        ("order.v12", ("order", "ada")),
        ("order.placed", ("order", "placed", "ada")),
    ),
)
def test_the_key_is_the_words_of_the_type_and_the_subject(kind: str, key: tuple[str, ...]) -> None:
    assert make(kind).key == key


def test_another_key_is_taken_as_it_is() -> None:
    assert make(key=("order", "tea")).key == ("order", "tea")


def test_it_carries_the_request_the_trace_and_the_caller() -> None:
    context = new_context("r-1", caller=Caller(name="shop"))
    with use_context(context):
        event = make()
    assert (event.request_id, event.traceparent) == ("r-1", context.traceparent)
    assert event.caller == "shop"


def test_without_a_token_it_names_no_caller() -> None:
    with use_context(new_context()):
        assert make().caller is None
    assert (make().request_id, make().traceparent, make().caller) == (None, None, None)
