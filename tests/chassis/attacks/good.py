"""A good caller of each surface: whatever attackers do, it is answered."""

import asyncio
import json
from contextlib import suppress
from uuid import uuid4

import httpx
from websockets.asyncio.client import connect

from tests.chassis.attacks.target import Target
from tests.chassis.conformance.conftest import driver_of
from tests.chassis.conformance.driver import Failed
from tests.chassis.conformance.support import new
from tests.chassis.conformance.tokens import token

TRANSPORTS = ("http", "tcp", "grpc", "quic", "webrtc", "p2p")
TIMEOUT = 20.0


async def is_answered(target: Target, surface: str) -> None:
    """Fail unless a good caller gets what it asks for, within twenty seconds.

    Where it can register, what it has registered can be read afterwards.
    """
    async with asyncio.timeout(TIMEOUT):
        if surface == "ops":
            async with httpx.AsyncClient() as http:
                assert (await http.get(f"{target.ops}/readyz")).status_code == 200
        elif surface == "websocket":
            await _follows_socket(target)
        elif surface == "sse":
            await _follows(target)
        else:
            await _registers(target, surface)


async def _registers(target: Target, transport: str) -> None:
    async with driver_of(transport).connected(target.ports[transport], token()) as caller:
        (identity,) = await caller.register([new(f"good-{uuid4()}")])
        while True:
            with suppress(Failed):
                assert (await caller.get(identity))["id"] == identity
                return
            await asyncio.sleep(0.02)


async def _follows(target: Target) -> None:
    receiver = f"good-{uuid4()}"
    async with (
        driver_of("http").connected(target.ports["http"], token()) as caller,
        caller.subscribed(receiver=receiver) as items,
    ):
        await anext(items)
        await caller.register([new(receiver)])
        while (item := await anext(items)).event == "heartbeat":
            pass
        assert item.data is not None
        assert item.data["receiver"] == receiver


async def _follows_socket(target: Target) -> None:
    receiver = f"good-{uuid4()}"
    url = f"ws://127.0.0.1:{target.ports['http']}/stream?receiver={receiver}"
    headers = {"authorization": f"Bearer {token()}"}
    async with (
        connect(url, additional_headers=headers) as stream,
        driver_of("http").connected(target.ports["http"], token()) as caller,
    ):
        await stream.recv()
        await caller.register([new(receiver)])
        while (item := json.loads(await stream.recv()))["event"] == "heartbeat":
            pass
        assert item["data"]["receiver"] == receiver
