"""The consumer: what others announce is stored once and streamed; alone it needs their broker."""

import asyncio
from pathlib import Path
from uuid import uuid4

from app.application.ports.outbox import Envelope
from tests.e2e.process import run
from tests.harness import Service


async def test_what_is_announced_is_stored_and_streamed(service: Service) -> None:
    async with asyncio.timeout(10), service.http.stream("GET", "/stream") as answer:
        lines = answer.aiter_lines()
        assert (await anext(lines)).startswith("id: ")
        identity = await service.announce(receiver="ada", action_type="greeted")
        async for line in lines:
            if line.startswith("data: "):
                break
    assert str(identity) in line
    assert [stored.id for stored in await service.stored()] == [identity]
    assert await service.failed() == []


async def test_what_comes_twice_is_stored_once(service: Service) -> None:
    await service.announce(receiver="ada", action_type="greeted")
    [envelope] = service.published()
    await service.deliver(envelope)
    assert len(service.published()) == 2
    assert len(await service.stored()) == 1


async def test_what_cannot_be_handled_is_parked_with_its_reason(service: Service) -> None:
    await service.announce(receiver="ada", action_type="greeted")
    body = service.published()[0].body
    for poison in (
        b"{",
        body.replace(b".registered.v1", b".registered.v9"),
        body.replace(b'"greeted"', b'""'),
    ):
        await service.deliver(Envelope(uuid4(), "notification.greeted.ada", poison))
    reasons = [letter.reason.partition(":")[0] for letter in await service.failed()]
    assert reasons == ["undecodable", "unknown type", "refused"]
    assert (await service.failed())[0].body == b"{"
    assert len(await service.stored()) == 1


def test_alone_it_cannot_use_the_memory_broker(tmp_path: Path) -> None:
    ended = run(tmp_path, "serve", "--role", "consumer")
    assert ended.returncode == 2, ended
    [line] = ended.stderr.splitlines()
    assert line.startswith("error: the consumer alone cannot use BROKER_URL=memory://")
