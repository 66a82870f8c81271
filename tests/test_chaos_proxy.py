import asyncio
import random
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import pytest

from tests.chaos.conditions import Way
from tests.chaos.proxy import Proxy
from tests.echo import ask, connected, eventually, proxied, silent
from tools.client.address import Address

PATIENCE = 20.0


def play(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scene, PATIENCE))


def test_a_url_names_the_proxy_and_keeps_the_rest() -> None:
    proxy = Proxy(Address("127.0.0.1", 5432), random.Random(7))
    port = proxy.address.port
    assert proxy.url("amqp://me:p%40ss@host:5672/") == f"amqp://me:p%40ss@127.0.0.1:{port}/"
    assert proxy.url("http://host:80/a?b=c") == f"http://127.0.0.1:{port}/a?b=c"


def test_much_passes_whole_and_a_close_is_passed_on() -> None:
    async def scene() -> None:
        content = random.Random(7).randbytes(3_000_000)
        async with proxied() as (proxy, echo):
            reader, writer = await connected(proxy)
            writer.write(content)
            writer.write_eof()
            assert await reader.read(-1) == content
            assert bytes(echo.heard[0]) == b"hello" + content
            assert echo.ends == ["closed"]

    play(scene())


def test_a_server_that_does_not_read_holds_the_client_up() -> None:
    async def scene() -> None:
        async with proxied() as (proxy, echo):
            reader, writer = await connected(proxy)
            echo.reading.clear()
            sent = 0
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    while sent < 100_000_000:
                        writer.write(bytes(100_000))
                        await writer.drain()
                        sent += 100_000
            # The buffers of the proxy, and the kernel's of four sockets.
            assert sent < 40_000_000
            echo.reading.set()
            await reader.readexactly(sent)

    play(scene())


def test_a_cut_closes_both_sides_and_new_connections_pass() -> None:
    async def scene() -> None:
        async with proxied() as (proxy, echo):
            reader, _ = await connected(proxy)
            assert proxy.cut() == 1
            assert await reader.read(-1) == b""
            await eventually(echo.ends, ["closed"])
            await connected(proxy)
            assert proxy.connections == 1

    play(scene())


def test_a_reset_resets_both_sides_and_new_connections_pass() -> None:
    async def scene() -> None:
        async with proxied() as (proxy, echo):
            reader, _ = await connected(proxy)
            assert proxy.reset() == 1
            with pytest.raises(ConnectionResetError):
                await reader.read(-1)
            await eventually(echo.ends, ["reset"])
            await connected(proxy)

    play(scene())


def test_a_reset_is_nothing_to_tell_of(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        async with proxied() as (proxy, echo):
            await connected(proxy)
            proxy.reset()
            await eventually(echo.ends, ["reset"])

    play(scene())
    assert not caplog.records


def test_a_side_that_resets_resets_the_other() -> None:
    async def scene() -> None:
        async with proxied() as (outer, echo), Proxy(outer.address, random.Random(7)) as inner:
            await connected(inner)
            outer.reset()
            await eventually(echo.ends, ["reset"])
            while inner.connections:
                await asyncio.sleep(0.01)

    play(scene())


def test_where_the_target_does_not_listen_the_caller_is_reset() -> None:
    async def scene() -> None:
        async with proxied() as (gone, _):
            await gone.refuse()
            async with Proxy(gone.address, random.Random(7)) as proxy:
                reader, _ = await asyncio.open_connection(*proxy.address)
                with pytest.raises(ConnectionResetError):
                    await reader.read(-1)

    play(scene())


def test_half_open_loses_all_closes_nothing_and_heals_by_a_reset() -> None:
    async def scene() -> None:
        async with proxied() as (proxy, echo):
            old, idle = await connected(proxy), await connected(proxy)
            proxy.half_open()
            new = await asyncio.open_connection(*proxy.address)
            for streams in (old, new):
                streams[1].write(b"lost")
                assert await silent(streams)
            assert [bytes(each) for each in echo.heard] == [b"hello", b"hello", b""]
            assert echo.ends == []
            await proxy.heal()
            for streams in (old, new):
                with pytest.raises(ConnectionResetError):
                    await streams[0].read(-1)
            assert await ask(idle, b"still here") == b"still here"

    play(scene())


def test_a_side_that_closes_a_half_open_connection_is_not_heard_of() -> None:
    async def scene() -> None:
        async with proxied() as (proxy, echo):
            _, writer = await connected(proxy)
            proxy.half_open()
            writer.close()
            await asyncio.sleep(0.3)
            assert echo.ends == []
            await proxy.heal()
            await eventually(echo.ends, ["reset"])

    play(scene())


def test_with_the_answers_lost_the_server_still_does_what_it_is_told() -> None:
    async def scene() -> None:
        async with proxied() as (proxy, echo):
            streams = await connected(proxy)
            proxy.half_open(Way.DOWN)
            for _ in range(2):
                streams[1].write(b"again")
                assert await silent(streams)
            assert bytes(echo.heard[0]) == b"helloagainagain"

    play(scene())


def test_refused_until_healed_and_old_connections_stay() -> None:
    async def scene() -> None:
        async with proxied() as (proxy, _):
            old = await connected(proxy)
            await proxy.refuse()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(*proxy.address)
            assert await ask(old, b"still here") == b"still here"
            await proxy.heal()
            await connected(proxy)

    play(scene())
