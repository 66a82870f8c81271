"""The producer over HTTP: alone, it needs a broker that others reach."""

from pathlib import Path

import httpx

from tests.e2e.process import all_listed, serving, until_unrouted
from tests.harness import Service


async def test_an_idempotency_key_publishes_once(service: Service) -> None:
    body = {"receiver": "ada", "action_type": "greeted"}
    answers = [
        await service.http.post("/notifications", json=body, headers={"idempotency-key": "k"})
        for _ in range(3)
    ]
    assert len({answer.json()["id"] for answer in answers}) == 1
    await service.quiet()
    assert len(service.published()) == 1


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
