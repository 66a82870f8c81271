"""Cancelled at any await, no message is lost and no task is stuck."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from aiormq.channel import Channel

from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.topology import Topology
from tests.chassis.integration.rabbitmq.brokers import (
    consumers,
    declared,
    envelopes,
    insist,
    waiting,
)
from tests.unit.support import reject

STEPS = range(0, 60, 3)


async def cancelled_after(turns: int, work: Coroutine[Any, Any, object]) -> None:
    """Run `work` for so many turns of the event loop, and cancel it."""
    task = asyncio.create_task(work)
    for _ in range(turns):
        # Sockets are looked at once a turn: a little time lets the server answer meanwhile.
        await asyncio.sleep(0.0005)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def cancel_this_task() -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()


async def all_of(broker: RabbitBroker, count: int) -> list[bytes]:
    """Receive and ack until so many different bodies have come."""
    found: set[bytes] = set()
    while len(found) < count:
        received = await insist(lambda: broker.subscription.receive(500))
        await broker.subscription.ack(received)
        found |= {each.body for each in received}
    return sorted(found)


async def test_receiving(broker: RabbitBroker, broker_url: str, table: Topology) -> None:
    await declared(broker_url, table)
    await broker.publisher.publish(envelopes(b"1", b"2"))
    taken: list[bytes] = []

    async def receive() -> None:
        received = await broker.subscription.receive(1)
        taken.extend(each.body for each in received)
        await broker.subscription.requeue(received)

    for turns in STEPS:
        await cancelled_after(turns, receive())
    # However late the machine is: one is left to itself.
    await insist(receive)

    assert await all_of(broker, 2) == [b"1", b"2"]
    assert taken


async def test_pausing_while_an_older_delivery_is_held(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    await declared(broker_url, table)
    bodies = [b"%02d" % number for number in range(20)]
    await broker.publisher.publish(envelopes(*bodies))
    await broker.subscription.receive(1)

    async def pause() -> None:
        received = await broker.subscription.receive(1)
        await broker.subscription.requeue(received)

    for turns in STEPS:
        await cancelled_after(turns, insist(pause))

    # Unacked deliveries go back with the channel.
    await broker.close()
    assert await all_of(broker, len(bodies)) == bodies


@pytest.mark.parametrize("dead_letter", (False, True))
async def test_settling(
    broker: RabbitBroker, broker_url: str, table: Topology, dead_letter: bool
) -> None:
    await declared(broker_url, table)
    sent = envelopes(*(b"%d" % number for number in range(len(STEPS))))
    await broker.publisher.publish(sent)

    async def settle() -> None:
        received = await broker.subscription.receive(1)
        try:
            if dead_letter:
                await reject(broker, received[0], "why")
            else:
                await broker.subscription.ack(received)
        except BaseException:
            await broker.subscription.requeue(received)
            raise

    for turns in STEPS:
        await cancelled_after(turns, settle())
    # However late the machine is: one is left to itself.
    await insist(settle)

    await broker.subscription.requeue([])
    if not dead_letter:
        assert await waiting(broker_url, table.queue) < len(STEPS)
        return
    # Dead-lettering and acking are two steps: a message between them comes again, and is never
    # lost. The server takes back in its own time what was given back.
    while await waiting(broker_url, table.queue) + await broker.dead_letters.count() < len(STEPS):
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("answered", ("basic_consume", "basic_cancel"))
async def test_whoever_is_cancelled_with_the_answer_in_hand_hides_no_consumer(
    broker: RabbitBroker,
    broker_url: str,
    table: Topology,
    monkeypatch: pytest.MonkeyPatch,
    answered: str,
) -> None:
    await declared(broker_url, table)
    await broker.publisher.publish(envelopes(b"1", b"2", b"3"))
    answer = getattr(Channel, answered)

    async def cancelled(*args: object, **options: object) -> object:
        found = await answer(*args, **options)
        cancel_this_task()
        await asyncio.sleep(0)
        return found

    async def take_and_give_back() -> None:
        await broker.subscription.requeue(await broker.subscription.receive(1))

    with monkeypatch.context() as patched:
        patched.setattr(Channel, answered, cancelled)
        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(take_and_give_back())

    # Every request is sent again, and its delivery is returned.
    await take_and_give_back()
    while await waiting(broker_url, table.queue) < 3:
        await asyncio.sleep(0.01)
    assert not await consumers(broker_url, table.queue)


async def test_publishing(broker: RabbitBroker, broker_url: str, table: Topology) -> None:
    await declared(broker_url, table)
    for turns in STEPS:
        await cancelled_after(turns, broker.publisher.publish(envelopes(b"1", b"2", b"3")))

    sent = envelopes(b"4")
    assert await broker.publisher.publish(sent) == {sent[0].id}


async def test_walking(broker: RabbitBroker, broker_url: str, table: Topology) -> None:
    await declared(broker_url, table)
    for body in (b"1", b"2", b"3"):
        await broker.dead_letters.add(body, "why")

    async def walk() -> None:
        async for _ in broker.dead_letters.walk():
            await asyncio.sleep(0)

    for turns in STEPS:
        await cancelled_after(turns, walk())

    while await broker.dead_letters.count() < 3:
        await asyncio.sleep(0.01)


async def test_a_walk_that_is_cancelled_as_it_ends_gives_back_what_it_held(
    broker: RabbitBroker, broker_url: str, table: Topology, monkeypatch: pytest.MonkeyPatch
) -> None:
    await declared(broker_url, table)
    for body in (b"1", b"2", b"3"):
        await broker.dead_letters.add(body, "why")
    get, close = Channel.basic_get, Channel.close
    holding: set[Channel] = set()

    async def walk() -> list[bytes]:
        return [each.message.body async for each in broker.dead_letters.walk()]

    walking = asyncio.create_task(walk())

    async def noted(channel: Channel, *args: Any) -> Any:
        holding.add(channel)
        return await get(channel, *args)

    async def late(channel: Channel, *args: Any, **options: Any) -> None:
        if channel in holding:
            walking.cancel()
            await asyncio.sleep(0)
        await close(channel, *args, **options)

    monkeypatch.setattr(Channel, "basic_get", noted)
    monkeypatch.setattr(Channel, "close", late)
    with pytest.raises(asyncio.CancelledError):
        await walking

    assert holding
    while await broker.dead_letters.count() < 3:
        await asyncio.sleep(0.01)
