import asyncio
import random
from collections.abc import Coroutine
from typing import Any

import pytest

from tests.chaos.proxy import Proxy
from tests.echo import ask, connected, proxied, silent
from tools.client.address import Address

LATENCY = 0.2
PATIENCE = 20.0


def play(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scene, PATIENCE))


def test_a_delay_holds_each_way_and_keeps_the_order() -> None:
    async def scene() -> None:
        async with proxied() as (proxy, _):
            reader, writer = await connected(proxy)
            proxy.delay(LATENCY, jitter=0.1)
            began = asyncio.get_running_loop().time()
            content = b"".join(b"%04d" % number for number in range(200))
            for first in range(0, len(content), 4):
                writer.write(content[first : first + 4])
                await asyncio.sleep(0.001)
            assert await reader.readexactly(len(content)) == content
            # Pieces are on their way together: one after the other they would take 40 s.
            assert 2 * LATENCY <= asyncio.get_running_loop().time() - began < 10

    play(scene())


def test_healing_lets_pass_what_waits() -> None:
    async def scene() -> None:
        async with proxied() as (proxy, echo):
            streams = await connected(proxy)
            proxy.delay(3600)
            proxy.hold()
            streams[1].write(b"late")
            assert await silent(streams)
            assert bytes(echo.heard[0]) == b"hello"
            await proxy.heal()
            assert await streams[0].readexactly(4) == b"late"

    play(scene())


def test_what_is_held_stays_beyond_its_time_and_is_not_lost() -> None:
    async def scene() -> None:
        async with proxied() as (proxy, _):
            streams = await connected(proxy)
            proxy.delay(0.1)
            streams[1].write(b"held")
            proxy.hold()
            assert await silent(streams, 0.5)
            await proxy.heal()
            assert await streams[0].readexactly(4) == b"held"

    play(scene())


def test_a_throttled_line_carries_no_more_than_its_rate() -> None:
    async def scene() -> None:
        async with proxied() as (proxy, _):
            streams = await connected(proxy)
            proxy.throttle(100_000)
            began = asyncio.get_running_loop().time()
            await ask(streams, bytes(50_000))
            assert asyncio.get_running_loop().time() - began >= 0.5

    play(scene())


def test_lost_pieces_come_late_and_whole() -> None:
    async def scene() -> None:
        async with proxied() as (proxy, _):
            streams = await connected(proxy)
            proxy.lose(0.2)
            loop = asyncio.get_running_loop()
            took = []
            for number in range(20):
                began = loop.time()
                question = b"%04d" % number
                assert await ask(streams, question) == question
                took.append(loop.time() - began)
            assert sum(each >= 0.2 for each in took) >= 3
            assert sum(each < 0.2 for each in took) >= 3

    play(scene())


def test_all_that_is_lost_is_no_loss_that_tcp_survives() -> None:
    proxy = Proxy(Address("127.0.0.1", 5432), random.Random(7))
    with pytest.raises(ValueError, match="no share"):
        proxy.lose(1.0)
