"""The producer: what it accepts is published; alone it needs a broker that others reach."""

from pathlib import Path

import httpx
import msgspec

from tests.e2e.process import all_listed, run, serving, until_unrouted
from tests.harness import Service


async def test_what_is_sent_is_published(service: Service) -> None:
    identity = await service.send(receiver="ada", action_type="greeted.twice")
    await service.quiet()
    [envelope] = service.published()
    event = msgspec.json.decode(envelope.body)
    assert envelope.routing_key == "notification.greeted%2Etwice.ada"
    assert event["specversion"] == "1.0"
    assert event["type"] == "notification.registered.v1"
    assert event["id"] == event["data"]["id"] == identity
    assert event["subject"] == "ada"
    assert event["traceparent"].startswith("00-")
    assert [str(stored.id) for stored in await service.stored()] == [identity]


async def test_an_idempotency_key_publishes_once(service: Service) -> None:
    body = {"receiver": "ada", "action_type": "greeted"}
    answers = [
        await service.http.post("/notifications", json=body, headers={"idempotency-key": "k"})
        for _ in range(3)
    ]
    assert len({answer.json()["id"] for answer in answers}) == 1
    await service.quiet()
    assert len(service.published()) == 1


def test_alone_it_cannot_use_the_memory_broker(tmp_path: Path) -> None:
    ended = run(tmp_path, "serve", "--role", "producer")
    assert ended.returncode == 2, ended
    [line] = ended.stderr.splitlines()
    assert line.startswith("error: the producer alone cannot use BROKER_URL=memory://")
    assert "set BROKER_URL" in line


async def test_alone_on_real_servers_it_needs_no_consumer(
    tmp_path: Path, servers: dict[str, str]
) -> None:
    async with (
        serving(tmp_path, "--role", "producer", **servers) as process,
        httpx.AsyncClient(base_url=process.url) as http,
    ):
        body = [{"receiver": "ada", "action_type": "greeted"}] * 3
        answer = await http.post("/notifications", json=body)
        await until_unrouted(tmp_path, servers, 3)
        assert await all_listed(process.url) == answer.json()["ids"][::-1]
        assert (await http.get(f"{process.ops}/readyz")).json()["status"] == "ready"
