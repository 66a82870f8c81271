"""A request on each surface, for attacks that are the same everywhere."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from tests.chassis.attacks.good import TRANSPORTS
from tests.chassis.attacks.target import Target
from tests.chassis.conformance.conftest import driver_of
from tests.chassis.conformance.driver import Failed
from tests.chassis.conformance.support import begun

ASKED = (*TRANSPORTS, "sse", "websocket")


async def ask(target: Target, surface: str, bearer: str | None, **query: str) -> None:
    """Ask for a list, or for a stream where there is no list; raises `Failed`."""
    if surface == "websocket":
        async with socket(target, bearer, **query) as stream:
            try:
                json.loads(await stream.recv())
            except ConnectionClosedError as closed:
                # A browser can see the reason only once the socket is open.
                if closed.rcvd is None or closed.rcvd.code != 1008:
                    raise
                raise Failed("forbidden", closed.rcvd.reason) from None
        return
    transport = "http" if surface == "sse" else surface
    async with driver_of(transport).connected(target.ports[transport], bearer) as caller:
        if surface != "sse":
            await caller.list(**query)
            return
        async with caller.subscribed(**query) as items:
            await begun(items)


@asynccontextmanager
async def socket(
    target: Target, bearer: str | None, **query: str
) -> AsyncIterator[ClientConnection]:
    """Connect a WebSocket to the stream; raises `Failed`."""
    url = f"ws://127.0.0.1:{target.ports['http']}/stream?{httpx.QueryParams(query)}"
    headers = {} if bearer is None else {"authorization": f"Bearer {bearer}"}
    opening = connect(url, additional_headers=headers)
    try:
        stream = await opening.__aenter__()
    except InvalidStatus as refused:
        problem = json.loads(refused.response.body or b"{}")
        kind = problem["type"].removeprefix("urn:problem:")
        raise Failed(kind, problem["detail"]) from None
    try:
        yield stream
    finally:
        await opening.__aexit__(None, None, None)
