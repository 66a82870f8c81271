import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.chaos.cluster.balancer import Balancer
from tests.echo import Server, connected
from tools.client.address import Address
from tools.process import free_port

PATIENCE = 20.0


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[Address, Server]]:
    echo = Server()
    server = await asyncio.start_server(echo.talk, "127.0.0.1", 0)
    yield Address("127.0.0.1", server.sockets[0].getsockname()[1]), echo
    server.close()


def test_targets_take_turns_and_one_that_refuses_is_passed_over() -> None:
    async def scene() -> None:
        async with listening() as (one, first), listening() as (other, second):
            gone = Address("127.0.0.1", free_port())
            async with Balancer([one, gone, other], random.Random(7)) as balancer:
                for _ in range(4):
                    await connected(balancer)
                assert len(first.heard) == len(second.heard) == 2

    asyncio.run(asyncio.wait_for(scene(), PATIENCE))


def test_callers_are_reset_where_no_target_listens() -> None:
    async def scene() -> None:
        targets = [Address("127.0.0.1", free_port()) for _ in range(2)]
        async with Balancer(targets, random.Random(7)) as balancer:
            reader, _ = await asyncio.open_connection(*balancer.address)
            with pytest.raises(ConnectionResetError):
                await reader.read()

    asyncio.run(asyncio.wait_for(scene(), PATIENCE))
