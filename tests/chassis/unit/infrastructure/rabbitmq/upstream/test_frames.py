from datetime import UTC, datetime

import pytest
from aio_pika import Message
from aio_pika.abc import HeadersType
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.frame import FrameTypes, marshal
from pamqp.header import ContentHeader

from chassis.infrastructure.rabbitmq.outgoing import Outgoing
from chassis.infrastructure.rabbitmq.upstream.frames import frames

LIMIT = 100
HEADERS: HeadersType = {"n": 1, "deep": {"text": "ж"}}
KEYS = ("", "notification.greeted.ada", "ж" * 127)
BODIES = tuple(bytes(range(256))[:size] for size in (0, 1, 99, 100, 101, 200, 256))


def packed(channel: int, outgoing: Outgoing, limit: int = LIMIT) -> bytes:
    return b"".join(frames(channel, outgoing, outgoing.encoded(), limit))


def by_the_library(channel: int, outgoing: Outgoing, message: Message) -> bytes:
    publish = Basic.Publish(0, outgoing.exchange, outgoing.routing_key, mandatory=True)
    body = message.body
    parts = [body[start : start + LIMIT] for start in range(0, len(body), LIMIT)]
    header = ContentHeader(body_size=len(body), properties=message.properties)
    all_of_it: list[FrameTypes] = [publish, header, *map(ContentBody, parts)]
    return b"".join(marshal(each, channel) for each in all_of_it)


@pytest.mark.parametrize("body", BODIES, ids=len)
@pytest.mark.parametrize("routing_key", KEYS)
@pytest.mark.parametrize(("channel", "exchange"), ((1, ""), (2047, "notifications.unrouted")))
def test_they_are_the_library_s_byte_for_byte(
    channel: int, exchange: str, routing_key: str, body: bytes
) -> None:
    message = Message(
        body,
        message_id="1",
        headers=dict(HEADERS),
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
    )
    outgoing = Outgoing(exchange, routing_key, message)

    assert packed(channel, outgoing) == by_the_library(channel, outgoing, message)


@pytest.mark.parametrize(
    ("routing_key", "reason"),
    (("x" * 256, "255 bytes"), ("ж" * 128, "255 bytes"), ("\udcff", "surrogates")),
)
def test_a_routing_key_that_amqp_cannot_carry_is_refused(routing_key: str, reason: str) -> None:
    outgoing = Outgoing("", routing_key, Message(b"", message_id="1"))

    with pytest.raises(ValueError, match=reason):
        packed(1, outgoing)


def test_properties_that_do_not_fit_one_frame_are_refused() -> None:
    outgoing = Outgoing("", "", Message(b"", message_id="1", headers={"long": "x" * LIMIT}))

    with pytest.raises(ValueError, match="properties"):
        packed(1, outgoing)
    assert packed(1, outgoing, 2 * LIMIT)
