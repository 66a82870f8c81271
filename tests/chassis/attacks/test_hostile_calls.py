"""Remote jobs: requests of a hostile client, which end no others; and replies of one."""

import asyncio
import struct
from collections.abc import AsyncIterator

import pytest
from aiormq import Channel
from aiormq.abc import ChannelFrame

from chassis.infrastructure.rabbitmq.outgoing import Encoded, Outgoing
from chassis.infrastructure.rabbitmq.upstream.frames import frames
from tests.chassis.contract.rpc_jobs import Handlers, Mirror, Point
from tests.chassis.contract.rpc_places import RabbitPlace, Worker, caller, rabbitmq
from tests.chassis.integration.rabbitmq.brokers import channel, consumers, waiting
from tests.unit.support import RecordingMetrics

CORRELATION, REPLY_TO, EXPIRATION, MESSAGE_ID, TYPE = (1 << bit for bit in (10, 9, 8, 7, 5))
HEADERS, PRIORITY = 1 << 13, 1 << 11
BODY = b'{"point": {"x": 1, "y": 2}}'
KIND = b"\x06Mirror"


def short(text: bytes) -> bytes:
    return bytes((len(text),)) + text


def fields_of(fields: bytes) -> bytes:
    return struct.pack(">I", len(fields)) + fields


# The flags of AMQP properties, and their values in wire format, in the order of the flags.
REQUESTS = {
    "reply_to of no text": (REPLY_TO | TYPE, short(b"\xff" * 255) + KIND),
    "reply_to of a forged reply": (
        REPLY_TO | TYPE,
        short(b"amq.rabbitmq.reply-to.g2dkABByZXBseUA.forged==") + KIND,
    ),
    "reply_to of nobody": (REPLY_TO | TYPE, short(b"no such queue") + KIND),
    "reply_to with a line break": (REPLY_TO | TYPE, short(b"a\r\nb\0c") + KIND),
    "correlation id of no text": (
        CORRELATION | REPLY_TO | TYPE,
        short(b"\xff" * 255) + short(b"nobody") + KIND,
    ),
    "correlation id of the longest": (
        CORRELATION | REPLY_TO | TYPE,
        short(b"a" * 255) + short(b"nobody") + KIND,
    ),
    "message id of no text": (
        REPLY_TO | MESSAGE_ID | TYPE,
        short(b"nobody") + short(b"\xff" * 255) + KIND,
    ),
    "expiration": (REPLY_TO | EXPIRATION | TYPE, short(b"no") + short(b"4294967295") + KIND),
    "no type": (REPLY_TO, short(b"nobody")),
    "type of no text": (REPLY_TO | TYPE, short(b"nobody") + short(b"\xff" * 255)),
    "traceparent": (
        HEADERS | REPLY_TO | TYPE,
        fields_of(b"\x0btraceparentS" + fields_of(b"\xff\n garbage" * 1000)) + short(b"no") + KIND,
    ),
    "request id": (
        HEADERS | REPLY_TO | TYPE,
        fields_of(b"\x0arequest-idS" + fields_of("\u202e\x1b[2J".encode() * 1000))
        + short(b"no")
        + KIND,
    ),
    "headers of a thousand tables": (
        HEADERS | REPLY_TO | TYPE,
        fields_of(b"".join(b"\x01aF" + fields_of(b"") for _ in range(1000))) + short(b"no") + KIND,
    ),
    "priority": (PRIORITY | REPLY_TO | TYPE, b"\xff" + short(b"no") + KIND),
}


@pytest.fixture
def handlers() -> Handlers:
    return Handlers([])


@pytest.fixture
async def place(request: pytest.FixtureRequest) -> AsyncIterator[RabbitPlace]:
    async with rabbitmq(request) as subject, asyncio.timeout(50):
        yield subject


@pytest.fixture
async def worker(place: RabbitPlace, broker_url: str, handlers: Handlers) -> AsyncIterator[Worker]:
    working = Worker(place, handlers.table, RecordingMetrics())
    queue = place.topology.remote_job("Wrong")
    while not await consumers(broker_url, queue):
        await asyncio.sleep(0.02)
    yield working
    handlers.open.set()
    await working.stop()


async def publish(url: str, queue: str, properties: tuple[int, bytes], body: bytes) -> None:
    async with channel(url) as other:
        underlay = await other.get_underlay_channel()
        assert isinstance(underlay, Channel)
        flags, values = properties
        message = Encoded("", struct.pack(">H", flags) + values, body)
        pieces = frames(underlay.number, Outgoing("", queue, message), message, 2**17)
        await underlay.write_queue.put(ChannelFrame(b"".join(pieces), should_close=False))
        await other.set_qos(1)


@pytest.mark.attack("hostile request", "broker")
@pytest.mark.parametrize("what", REQUESTS)
async def test_a_hostile_request_is_settled_and_ends_no_other(
    place: RabbitPlace, worker: Worker, broker_url: str, what: str
) -> None:
    queue = place.topology.remote_job("Mirror")
    await publish(broker_url, queue, REQUESTS[what], BODY)
    for _ in range(3):
        answer = await caller(place).ask(Mirror(point=Point(1, 2)), 5.0)
        assert answer == Point(-1, -2)
    await worker.stop()
    # Settled: with the end of the worker's channel, nothing comes back.
    assert await waiting(broker_url, queue) == 0
