"""Frames that come in an order in which a server does not send them in a test."""

import asyncio
from typing import cast

from aiormq import Channel
from aiormq.abc import DeliveredMessage, FrameType
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.commands import Channel as Commands
from pamqp.header import ContentHeader

from chassis.infrastructure.rabbitmq.upstream.deliveries import Deliveries


class Opened:
    """The parts of a channel that `Deliveries` uses."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[tuple[int, FrameType]] = asyncio.Queue()
        self.has_room = asyncio.Event()
        self.has_room.set()


async def test_a_channel_that_is_closed_within_a_message_is_told_so() -> None:
    opened, taken = Opened(), list[DeliveredMessage]()
    deliveries = Deliveries(cast(Channel, opened), taken.append, opened.has_room)
    closing = Commands.Close(320, "forced", 0, 0)

    await deliveries.put((0, Basic.Deliver("tag", 1, False, "", "")))
    await deliveries.put((0, ContentHeader(body_size=10)))
    await deliveries.put((0, ContentBody(b"12345")))
    await deliveries.put((0, closing))

    assert (await deliveries.get())[1] is closing
    deliveries.task_done()
    assert taken == []


async def test_a_body_is_put_together_and_what_comes_between_messages_goes_on() -> None:
    opened, taken = Opened(), list[DeliveredMessage]()
    deliveries = Deliveries(cast(Channel, opened), taken.append, opened.has_room)
    between = Basic.CancelOk("tag")

    await deliveries.put((0, Basic.Deliver("tag", 1, False, "", "")))
    await deliveries.put((0, ContentHeader(body_size=10)))
    await deliveries.put((0, ContentBody(b"12345")))
    await deliveries.put((0, ContentBody(b"67890")))
    await deliveries.put((0, between))
    await deliveries.put((0, Basic.Deliver("tag", 2, False, "", "")))
    await deliveries.put((0, ContentHeader(body_size=0)))

    assert [(each.delivery_tag, each.body) for each in taken] == [(1, b"1234567890"), (2, b"")]
    assert (await deliveries.get())[1] is between


async def test_without_room_the_next_message_waits_and_the_one_that_has_begun_comes_in() -> None:
    opened, taken = Opened(), list[DeliveredMessage]()
    deliveries = Deliveries(cast(Channel, opened), taken.append, opened.has_room)
    await deliveries.put((0, Basic.Deliver("tag", 1, False, "", "")))
    opened.has_room.clear()
    await deliveries.put((0, ContentHeader(body_size=1)))
    await deliveries.put((0, ContentBody(b"1")))
    assert [each.delivery_tag for each in taken] == [1]

    putting = asyncio.create_task(deliveries.put((0, Basic.Deliver("tag", 2, False, "", ""))))
    await asyncio.sleep(0)
    assert not putting.done()
    opened.has_room.set()
    await putting
    await deliveries.put((0, ContentHeader(body_size=0)))
    assert [each.delivery_tag for each in taken] == [1, 2]
