"""Messages of other publishers, and the parts that the AMQP client does not read by itself."""

import asyncio
import struct
from contextlib import aclosing

import pytest
from aiormq import Channel
from aiormq.abc import ChannelFrame

from chassis.application.ports.dead_letter_queue import NotTaken
from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.declaring import declare
from chassis.infrastructure.rabbitmq.outgoing import Encoded, Outgoing
from chassis.infrastructure.rabbitmq.topology import Topology
from chassis.infrastructure.rabbitmq.upstream.frames import frames
from tests.chassis.integration.rabbitmq.brokers import channel, declared, receive, topology
from tests.unit.support import dead_lettered_in, reject

pytestmark = pytest.mark.attack("unreadable message", "broker")

HEADERS, DELIVERY_MODE, MESSAGE_ID, TIMESTAMP, TYPE = (1 << bit for bit in (13, 12, 7, 6, 5))
# The pieces of a message's frames that make the first of them.
METHOD = 6
KEY = b"notification.greeted.ada"
NO_TEXT = b"\xff" * 255
FOR_EVER = b"\xff" * 8
DEPTH = 2000


def properties(flag: int, value: bytes) -> bytes:
    """Return AMQP properties of which one is set."""
    return struct.pack(">H", flag) + value


def fields_of(fields: bytes) -> bytes:
    return struct.pack(">I", len(fields)) + fields


def nested(depth: int) -> bytes:
    """Return a table in a table in a table."""
    inner = fields_of(b"")
    for _ in range(depth):
        inner = fields_of(b"\x01aF" + inner)
    return inner


MESSAGES = {
    "nothing": (KEY, properties(0, b"")),
    "routing key": (b"notification.\xff.ada", properties(0, b"")),
    "long routing key": (NO_TEXT, properties(0, b"")),
    "id": (KEY, properties(MESSAGE_ID, b"\xff" + NO_TEXT)),
    "type": (KEY, properties(TYPE, b"\x02\xc3\x28")),
    "time": (KEY, properties(TIMESTAMP, FOR_EVER)),
    "header name": (KEY, properties(HEADERS, fields_of(b"\x01\xffV"))),
    "header time": (KEY, properties(HEADERS, fields_of(b"\x01aT" + FOR_EVER))),
    "nested headers": (KEY, properties(HEADERS, nested(DEPTH))),
    "delivery mode": (KEY, properties(DELIVERY_MODE, b"\x03")),
}


@pytest.fixture
def table(unique_name: str) -> Topology:
    return topology(unique_name, "#")


async def publish(url: str, exchange: str, routing_key: bytes, properties: bytes) -> None:
    async with channel(url) as other:
        underlay = await other.get_underlay_channel()
        assert isinstance(underlay, Channel)
        message = Encoded("", properties, b"body")
        pieces = frames(underlay.number, Outgoing(exchange, "", message), message, 2**17)
        name = exchange.encode()
        method = struct.pack(">HHHB", 60, 40, 0, len(name)) + name
        method += bytes((len(routing_key),)) + routing_key + b"\0"
        pieces[:METHOD] = [struct.pack(">BHI", 1, underlay.number, len(method)), method, b"\xce"]
        await underlay.write_queue.put(ChannelFrame(b"".join(pieces), should_close=False))
        # The server answers one after the other.
        await other.set_qos(1)


@pytest.mark.parametrize("what", MESSAGES)
async def test_it_comes_and_can_be_dead_lettered(
    broker: RabbitBroker, broker_url: str, table: Topology, what: str
) -> None:
    await declared(broker_url, table)
    await publish(broker_url, table.exchange, *MESSAGES[what])

    async with asyncio.timeout(60):
        (delivery,) = await receive(broker, 1)
        assert delivery.body == b"body"
        assert await reject(broker, delivery, "why")

        (letter,) = await dead_lettered_in(broker.dead_letters)
        assert (letter.body, letter.reason) == (b"body", "why")


@pytest.mark.parametrize("what", MESSAGES)
async def test_it_can_be_replayed_from_where_no_queue_was_bound(
    broker: RabbitBroker, broker_url: str, table: Topology, what: str
) -> None:
    connection = RabbitConnection(broker_url, "tests")
    await declare(connection, table.publishing())
    await connection.close()
    await publish(broker_url, table.exchange, *MESSAGES[what])
    await declared(broker_url, table)

    async with asyncio.timeout(60), aclosing(broker.unrouted.walk()) as walk:
        async for dead_letter in walk:
            assert dead_letter.message.body == b"body"
            if what == "long routing key":
                with pytest.raises(NotTaken):
                    await dead_letter.replay()
            else:
                await dead_letter.replay()
                (delivery,) = await receive(broker, 1)
                assert delivery.body == b"body"
