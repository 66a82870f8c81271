"""Publishing in bulk, by the attributes of the AMQP client that `batch.py` names."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from aio_pika import Message
from aio_pika.abc import AbstractChannel, HeadersType
from aiormq import Channel
from pamqp.commands import Basic
from pamqp.common import Arguments

from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.outgoing import Outgoing
from chassis.infrastructure.rabbitmq.upstream.batch import SLICE, SLICE_BYTES, PublishBatch
from tests.chassis.integration.rabbitmq.brokers import channel


@pytest.fixture
async def other(broker_url: str) -> AsyncIterator[AbstractChannel]:
    async with channel(broker_url) as other:
        yield other


@pytest.fixture
async def queue(other: AbstractChannel, unique_name: str) -> str:
    await other.declare_queue(unique_name, exclusive=True)
    return unique_name


@pytest.fixture
async def publishing(broker_url: str) -> AsyncIterator[Channel]:
    connection = RabbitConnection(broker_url, "tests")
    opened = await connection.open_channel()
    underlay = await opened.get_underlay_channel()
    assert isinstance(underlay, Channel)
    yield underlay
    # Each test leaves nothing behind.
    assert (len(underlay.confirmations), len(underlay.message_id_delivery_tag)) == (0, 0)
    await connection.close()


async def sent(publishing: Channel, outgoing: Sequence[Outgoing]) -> list[bool]:
    """Publish, and return which are kept."""
    batch = PublishBatch(publishing, outgoing)
    async with asyncio.timeout(60):
        while not await batch.wait(1):
            pass
    batch.end()
    assert batch.loss() is None
    return batch.confirmed()


async def bodies(other: AbstractChannel, queue: str) -> list[bytes]:
    """Take all that is in the queue."""
    taken = []
    found = await other.get_queue(queue, ensure=False)
    while (message := await found.get(fail=False, no_ack=True)) is not None:
        taken.append(message.body)
    return taken


def numbered(queue: str, count: int, start: int = 0) -> list[Outgoing]:
    return [
        Outgoing("", queue, Message(b"%d" % number, message_id=str(number)))
        for number in range(start, start + count)
    ]


async def test_many_arrive_in_their_order(
    publishing: Channel, other: AbstractChannel, queue: str
) -> None:
    outgoing = numbered(queue, 2 * SLICE + 1)

    assert await sent(publishing, outgoing) == [True] * len(outgoing)

    assert await bodies(other, queue) == [b"%d" % number for number in range(len(outgoing))]


async def test_none_is_none(publishing: Channel) -> None:
    assert await sent(publishing, []) == []


async def test_the_client_goes_on_counting_where_a_batch_ended(
    publishing: Channel, other: AbstractChannel, queue: str
) -> None:
    await sent(publishing, numbered(queue, 5))

    confirmed = await publishing.basic_publish(b"5", routing_key=queue)

    assert isinstance(confirmed, Basic.Ack)
    assert confirmed.delivery_tag == 6
    assert await sent(publishing, numbered(queue, 1, start=6)) == [True]
    assert await bodies(other, queue) == [b"%d" % number for number in range(7)]


async def test_batches_side_by_side_do_not_meet(
    publishing: Channel, other: AbstractChannel, queue: str
) -> None:
    gone = numbered(f"{queue}.gone", 3 * SLICE, start=1000)

    kept, lost = await asyncio.gather(
        sent(publishing, numbered(queue, 3 * SLICE)), sent(publishing, gone)
    )

    assert kept == [True] * 3 * SLICE
    assert lost == [False] * 3 * SLICE
    assert await bodies(other, queue) == [b"%d" % number for number in range(3 * SLICE)]


async def test_bodies_of_many_frames_arrive_whole(
    publishing: Channel, other: AbstractChannel, queue: str
) -> None:
    limit = publishing.max_content_size
    sizes = (0, 1, limit - 1, limit, limit + 1, 3 * limit, SLICE_BYTES, 2 * SLICE_BYTES)
    contents = [(b"%d" % size).ljust(size, b".")[:size] for size in sizes]
    outgoing = [
        Outgoing("", queue, Message(content, message_id=str(number)))
        for number, content in enumerate(contents)
    ]

    assert await sent(publishing, outgoing) == [True] * len(sizes)

    assert await bodies(other, queue) == contents


async def test_what_no_queue_takes_is_not_kept(publishing: Channel, queue: str) -> None:
    gone = [
        Outgoing("", f"{queue}.gone", Message(b"", message_id="gone")),
        Outgoing("", f"{queue}.gone", Message(b"without an id")),
    ]
    first, second = numbered(queue, 2)

    kept = await sent(publishing, [first, *gone, second])

    assert kept == [True, False, False, True]


async def test_what_a_full_queue_rejects_is_not_kept(
    publishing: Channel, other: AbstractChannel, unique_name: str
) -> None:
    bounds: Arguments = {"x-max-length": 2, "x-overflow": "reject-publish"}
    await other.declare_queue(unique_name, exclusive=True, arguments=bounds)

    kept = await sent(publishing, numbered(unique_name, 4))

    assert kept == [True, True, False, False]


async def test_what_cannot_be_written_is_not_kept_and_stops_nothing(
    publishing: Channel, other: AbstractChannel, queue: str
) -> None:
    headers: HeadersType = {"long": "x" * publishing.max_content_size}
    unwritable = [
        Outgoing("", "x" * 256, Message(b"")),
        Outgoing("", queue, Message(b"", headers=headers)),
        Outgoing("", queue, Message(b"", headers={"no UTF-8": "\udcff"})),
    ]
    first, second = numbered(queue, 2)

    kept = await sent(publishing, [first, *unwritable, second])

    assert kept == [True, False, False, False, True]
    assert await sent(publishing, unwritable) == [False] * 3
    assert await bodies(other, queue) == [b"0", b"1"]


@pytest.mark.parametrize("is_first_gone", (False, True))
@pytest.mark.parametrize("is_one_batch", (False, True))
async def test_two_of_one_id_are_told_apart(
    publishing: Channel, queue: str, is_first_gone: bool, is_one_batch: bool
) -> None:
    pair = [
        Outgoing("", f"{queue}.gone" if is_gone else queue, Message(b"", message_id="same"))
        for is_gone in (is_first_gone, not is_first_gone)
    ]
    # Behind many others, so that both are under way together.
    many = numbered(queue, SLICE)

    if is_one_batch:
        kept = (await sent(publishing, [*many, *pair]))[SLICE:]
    else:
        both = await asyncio.gather(
            *(sent(publishing, [*many[number::2], each]) for number, each in enumerate(pair))
        )
        kept = [each[-1] for each in both]

    assert kept == [not is_first_gone, is_first_gone]


async def test_others_have_their_turn_meanwhile(publishing: Channel, queue: str) -> None:
    batch = PublishBatch(publishing, numbered(queue, 5 * SLICE))

    turns = 0
    while publishing.delivery_tag < 5 * SLICE:
        turns += 1
        await asyncio.sleep(0)

    assert turns >= 5
    while not await batch.wait(1):
        pass
    batch.end()


async def test_one_that_is_let_go_of_leaves_room_for_the_next(
    publishing: Channel, other: AbstractChannel, queue: str
) -> None:
    batch = PublishBatch(publishing, numbered(queue, SLICE))
    while not publishing.confirmations:
        await asyncio.sleep(0)
    batch.end()
    assert not publishing.message_id_delivery_tag

    assert await sent(publishing, numbered(queue, 2)) == [True, True]

    assert await bodies(other, queue) == [b"%d" % n for n in (*range(SLICE), 0, 1)]


async def test_a_channel_that_closes_ends_it_with_the_reason(
    publishing: Channel, queue: str
) -> None:
    gone = [Outgoing(f"{queue}.gone", "", Message(b""))] * 3

    batch = PublishBatch(publishing, gone)
    assert await batch.wait(10)
    batch.end()

    assert batch.confirmed() == [False] * 3
    assert f"no exchange '{queue}.gone'" in str(batch.loss())
    publishing.confirmations.clear()
    late = PublishBatch(publishing, numbered(queue, 1))
    assert await late.wait(10)
    late.end()
    assert f"no exchange '{queue}.gone'" in str(late.loss())


async def test_a_client_of_another_shape_is_no_outage(
    publishing: Channel, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(publishing, "write_queue")
    batch = PublishBatch(publishing, numbered(queue, 1))

    assert await batch.wait(10)
    batch.end()

    with pytest.raises(AttributeError):
        batch.loss()
