"""Events of any types over one connection."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from app.application.notification.mapping import REGISTERED
from tests.harness import Service

TIMEOUT = 10.0


class Connection:
    """Asks, and returns lines."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        self.writer.write(json.dumps(asked).encode() + b"\n")
        return await self.line()

    async def line(self) -> dict[str, Any]:
        async with asyncio.timeout(TIMEOUT):
            told: dict[str, Any] = json.loads(await self._reader.readline())
        return told


@asynccontextmanager
async def connected(service: Service) -> AsyncIterator[Connection]:
    connection = Connection(*await asyncio.open_connection("127.0.0.1", service.ports["tcp"]))
    try:
        yield connection
    finally:
        connection.writer.close()


async def test_events_are_followed_by_type_and_subject(service: Service) -> None:
    async with connected(service) as connection:
        opened = await connection.ask("events.subscribe", type=[REGISTERED], subject="bob")
        subscription = opened["result"]["subscription"]
        here = await connection.line()
        await service.announce(receiver="ada", action_type="greeted")
        identity = await service.announce(receiver="bob", action_type="greeted")
        told = await connection.line()
        ended = await connection.ask("events.unsubscribe", subscription=subscription)

    assert here["method"] == told["method"] == "events.event"
    assert here["params"]["event"] == "heartbeat"
    event = told["params"]
    assert (event["subscription"], event["event"]) == (subscription, "notification")
    assert event["data"]["id"] == str(identity)
    assert ended["result"] == {"subscription": subscription}


async def test_whoever_comes_back_goes_on_where_it_was(service: Service) -> None:
    async with connected(service) as connection:
        await connection.ask("events.subscribe")
        cursor = (await connection.line())["params"]["cursor"]
    missed = await service.announce(receiver="ada", action_type="greeted")
    async with connected(service) as connection:
        await connection.ask("events.subscribe", cursor=cursor)
        await connection.line()
        told = await connection.line()

    assert told["params"]["data"]["id"] == str(missed)


async def test_a_type_that_is_not_streamed_is_refused(service: Service) -> None:
    async with connected(service) as connection:
        answer = await connection.ask("events.subscribe", type=["invoice.sent.v1"])

    assert answer["error"]["code"] == -32602
    [error] = answer["error"]["data"]["errors"]
    known = ", ".join(sorted(service.system.streamed))
    assert error == {"field": "type", "message": f"is not streamed: choose from {known}"}
