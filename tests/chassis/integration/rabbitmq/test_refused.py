"""A refusal of the server itself, as one line."""

import asyncio
from contextlib import suppress

from yarl import URL

from chassis.application.errors import Unavailable
from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.topology import Topology
from tests.chassis.integration.rabbitmq.brokers import declared, envelopes, opened, unavailable
from tests.servers.rabbitmq import RabbitmqServer


async def test_a_wrong_password(broker_url: str, table: Topology) -> None:
    url = URL(broker_url)
    broker = RabbitBroker(str(url.with_password("s3cret")), table)

    text = await unavailable(broker.check())

    assert text == (f"RabbitMQ at {url.host}:{url.port} refuses the user or password of BROKER_URL")


async def test_a_virtual_host_that_is_not_there(broker_url: str, table: Topology) -> None:
    url = URL(broker_url)
    broker = RabbitBroker(str(url.with_path("/nope")), table)

    text = await unavailable(broker.check())

    assert "refuses the virtual host nope" in text


async def test_a_message_that_is_too_large_stops_none_of_the_others(table: Topology) -> None:
    with RabbitmqServer.private("max_message_size = 1000") as server:
        async with opened(server.url, table) as broker:
            sent = envelopes(b"1", bytes(2000), b"2", b"3")
            waiting = {each.id: each for each in sent}

            # As in the relay: a confirm may be lost with the channel. An unconfirmed message is
            # retried, always with the large one in front of other messages.
            async with asyncio.timeout(60):
                while waiting.keys() != {sent[1].id}:
                    with suppress(Unavailable):
                        for confirmed in await broker.publisher.publish(list(waiting.values())):
                            del waiting[confirmed]

            assert await broker.publisher.publish(sent[1:2]) == set()
            assert await broker.publisher.publish(sent[:1]) == {sent[0].id}


async def test_one_too_large_among_hundreds_is_found_in_one_call_with_another(
    table: Topology,
) -> None:
    with RabbitmqServer.private("max_message_size = 1000") as server:
        await declared(server.url, table)
        async with opened(server.url, table) as broker:
            sent = envelopes(*([b"1"] * 150), bytes(2000), *([b"2"] * 150), bytes(2000))
            others = envelopes(*([b"3"] * 300))
            fits = {each.id for each in sent if len(each.body) == 1}

            kept, kept_concurrently = await asyncio.gather(
                broker.publisher.publish(sent), broker.publisher.publish(others)
            )

            assert kept == fits
            assert kept_concurrently == {each.id for each in others}


async def test_what_the_server_does_not_make_is_told_in_its_words(table: Topology) -> None:
    with RabbitmqServer.private("default_limits.vhosts.1.max_queues = 1") as server:
        broker = RabbitBroker(server.url, table)

        text = await unavailable(broker.subscription.receive(1))

        await broker.close()
    assert "limit" in text
    assert "delete" not in text
