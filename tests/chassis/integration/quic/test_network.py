"""A bad network: 50 ms each way, lost and late datagrams, and another address on the way."""

import asyncio
from typing import Any

from aioquic.asyncio.client import connect
from msgspec import Raw

from app.application.notification.messages import GetNotification
from chassis.application.streaming.messages import Subscribe
from tests.chassis.integration.quic.relay import Conditions, relayed
from tests.chassis.integration.quic.serving import (
    Client,
    Protocol,
    configuration,
    request,
    serving,
)
from tests.unit.jsonrpc.talk import Items

COUNT = 400
SUBSCRIBE = b'{"jsonrpc":"2.0","id":1,"method":"notifications.subscribe"}\n'


async def test_streams_go_on_without_a_gap_and_nothing_is_doubled() -> None:
    stream, asked = Items(), []

    async def subscribe(message: Any) -> Items:
        return stream

    async def done(message: Any) -> Raw:
        asked.append(message)
        return Raw(b'"done"')

    handlers: Any = {Subscribe: subscribe, GetNotification: done}
    async with (
        serving(handlers) as server,
        relayed(server.port, Conditions()) as relay,
        connect(
            "127.0.0.1",
            relay.port,
            configuration=configuration(),
            create_protocol=Protocol,
        ) as protocol,
    ):
        assert isinstance(protocol, Protocol)
        following = Client(protocol)
        following.send(SUBSCRIBE)
        assert (await following.line())["result"] == {"subscription": "1"}
        asking = following.another()

        async def follow() -> list[str]:
            return [(await following.line())["params"]["cursor"] for _ in range(COUNT)]

        async def ask() -> list[int]:
            found = []
            for number in range(0, COUNT, 20):
                asking.send(b"".join(request(number + each) for each in range(20)))
                found += [(await asking.line())["id"] for _ in range(20)]
            return found

        async def put() -> None:
            for number in range(COUNT):
                stream.put(str(number), data=Raw(b'"%b"' % (b"x" * 500)))
                if number % 100 == 50:
                    # The client does not even notice.
                    await relay.move()
                await asyncio.sleep(0.005)

        async with asyncio.timeout(60):
            cursors, ids, _ = await asyncio.gather(follow(), ask(), put())

    assert cursors == [str(number) for number in range(COUNT)]
    assert sorted(ids) == list(range(COUNT))
    assert len(asked) == COUNT
    assert relay.counts["lost"] > 0
    assert relay.counts["late"] > 0


async def test_a_network_that_loses_a_fifth_only_takes_longer() -> None:
    async def done(message: Any) -> Raw:
        return Raw(b'"done"')

    conditions = Conditions(delay=0.01, lost=0.2, late=0.1)
    async with (
        serving({GetNotification: done}) as server,
        relayed(server.port, conditions, seed=3) as relay,
        connect(
            "127.0.0.1",
            relay.port,
            configuration=configuration(),
            create_protocol=Protocol,
        ) as protocol,
    ):
        assert isinstance(protocol, Protocol)
        client = Client(protocol)
        client.send(b"".join(map(request, range(200))), is_last=True)
        async with asyncio.timeout(60):
            answers = [(await client.line())["id"] for _ in range(200)]
    assert sorted(answers) == list(range(200))
