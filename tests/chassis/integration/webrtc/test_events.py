"""Events of any types over one channel of a whole service."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from app.application.notification.mapping import REGISTERED
from tests.chassis.integration.webrtc.serving import told
from tests.chassis.webrtc_client import Channel, connected
from tests.harness import Service


@asynccontextmanager
async def channel_to(service: Service) -> AsyncIterator[Channel]:
    async with connected(f"http://127.0.0.1:{service.ports['webrtc']}") as (_, channel):
        yield channel


async def ask(channel: Channel, method: str, **params: Any) -> dict[str, Any]:
    channel.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
    answer: dict[str, Any] = await told(channel)
    return answer


async def test_events_are_followed_by_type_and_subject(service: Service) -> None:
    async with channel_to(service) as channel:
        opened = await ask(channel, "events.subscribe", type=[REGISTERED], subject="bob")
        here = await told(channel)
        await service.announce(receiver="ada", action_type="greeted")
        identity = await service.announce(receiver="bob", action_type="greeted")
        event = (await told(channel))["params"]

    assert here["params"]["event"] == "heartbeat"
    assert event["subscription"] == opened["result"]["subscription"]
    assert (event["event"], event["data"]["id"]) == ("notification", str(identity))


async def test_whoever_comes_back_goes_on_where_it_was(service: Service) -> None:
    async with channel_to(service) as channel:
        await ask(channel, "events.subscribe")
        cursor = (await told(channel))["params"]["cursor"]
    missed = await service.announce(receiver="ada", action_type="greeted")
    async with channel_to(service) as channel:
        await ask(channel, "events.subscribe", cursor=cursor)
        await told(channel)
        event = (await told(channel))["params"]

    assert event["data"]["id"] == str(missed)
