from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from aio_pika import DeliveryMode, IncomingMessage, Message
from aio_pika.abc import HeadersType
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from chassis.infrastructure.rabbitmq import copies
from chassis.infrastructure.rabbitmq.copies import HEADERS_BYTES, copied

HEADERS = {
    "text": "ж",
    "number": -7,
    "fraction": Decimal("0.05"),
    "bytes": bytearray(b"\xff"),
    "time": datetime(2026, 1, 1, tzinfo=UTC),
    "nothing": None,
    "list": [True, {"deep": 1.5}],
}


def incoming(**properties: Any) -> IncomingMessage:
    header = ContentHeader(properties=Basic.Properties(**properties))
    no_channel: Any = None
    return IncomingMessage(
        DeliveredMessage(Basic.GetOk(), header, b"body", no_channel), no_ack=True
    )


def test_what_belongs_to_the_message_is_kept() -> None:
    again = copied(
        incoming(
            headers=dict(HEADERS),
            content_type="text/plain",
            content_encoding="gzip",
            correlation_id="1",
            message_id="2",
            timestamp=datetime(2026, 1, 1, tzinfo=UTC),
            message_type="kind",
            app_id="3",
        )
    )

    assert again.body == b"body"
    assert again.headers == HEADERS
    assert (again.content_type, again.content_encoding, again.correlation_id) == (
        "text/plain",
        "gzip",
        "1",
    )
    assert (again.message_id, again.type, again.app_id) == ("2", "kind", "3")
    assert again.timestamp == datetime(2026, 1, 1, tzinfo=UTC)
    assert again.delivery_mode is DeliveryMode.PERSISTENT


def test_what_would_send_it_astray_is_not() -> None:
    again = copied(incoming(headers={"CC": ["other"]}, expiration="1000", user_id="ada"))

    assert again.headers == {}
    assert (again.expiration, again.user_id) == (None, None)


@pytest.mark.parametrize(
    "headers",
    (
        {"kept": 1, "text that is no UTF-8": b"\xff"},
        {"kept": 1, "deep": {"in it": [b"\xff"]}},
        {"kept": 1, "long": "x" * HEADERS_BYTES},
        {"kept": 1, "more than a float can be": 1e300},
    ),
)
def test_a_header_that_cannot_be_sent_is_left_out(headers: dict[str, object]) -> None:
    again = copied(incoming(headers=headers))

    assert again.headers == {"kept": 1}
    assert again.properties.marshal()


def test_headers_nested_too_deep_are_left_out() -> None:
    nested: HeadersType = {}
    for _ in range(10_000):
        nested = {"in": nested}

    assert copied(incoming(headers={"kept": 1, "nested": nested})).headers == {"kept": 1}


def test_text_that_is_too_long_is_cut_between_characters() -> None:
    again = copied(incoming(message_id="ж" * 200, message_type="x" * 256))

    assert (again.message_id, again.type) == ("ж" * 127, "x" * 255)
    assert again.properties.marshal()


def test_a_delivery_mode_that_does_not_exist_is_read_as_persistent() -> None:
    properties = Basic.Properties()
    properties.delivery_mode = 3
    no_channel: Any = None
    delivered = DeliveredMessage(
        Basic.GetOk(), ContentHeader(properties=properties), b"", no_channel
    )

    assert copies.incoming(delivered).delivery_mode is DeliveryMode.PERSISTENT


def test_a_message_without_anything_is_one_too() -> None:
    again: Message = copied(incoming())

    assert (again.headers, again.message_id) == ({}, None)
