"""On real servers, role by role in processes of their own: nothing but the settings differs."""

import asyncio
import json
from pathlib import Path

import httpx

from app.application.notification.mapping import REGISTERED
from tests.chassis.e2e.bound import until_bound
from tests.e2e.events import open_events
from tests.e2e.process import TIMEOUT, all_listed, serving, unrouted, until_unrouted

GREETING = {"receiver": "ada", "action_type": "greeted", "action_data": {"text": "héllo"}}


async def test_a_producer_and_two_consumers(tmp_path: Path, servers: dict[str, str]) -> None:
    async with (
        serving(tmp_path, "--role", "producer", **servers) as producer,
        serving(tmp_path, "--role", "consumer", **servers) as one,
        serving(tmp_path, "--role", "consumer", **servers) as other,
        httpx.AsyncClient(timeout=TIMEOUT) as http,
        open_events(http, url=one.url) as at_one,
        open_events(http, url=other.url) as at_other,
    ):
        assert (await anext(at_one)).keys() == (await anext(at_other)).keys() == {"id"}
        await until_bound(servers)
        ids = []
        for _ in range(20):
            answer = await http.post(f"{producer.url}/notifications", json=GREETING)
            assert answer.status_code == 202
            ids.append(answer.json()["id"])
        for events in (at_one, at_other):
            streamed = [json.loads((await anext(events))["data"])["id"] for _ in ids]
            assert sorted(streamed) == ids
        assert await all_listed(one.url) == ids[::-1]

        seen = await http.patch(f"{one.url}/notifications/{ids[0]}", json={"is_seen": True})
        found = await http.get(f"{other.url}/notifications/{ids[0]}")
        assert found.json() == seen.json()
        assert found.json()["is_seen"] is True
        for process in (producer, one, other):
            assert (await http.get(f"{process.ops}/readyz")).json()["status"] == "ready"
        assert (await http.post(f"{one.url}/notifications", json=GREETING)).status_code == 404
        assert (await http.get(f"{producer.url}/stream")).status_code == 404


async def test_what_no_queue_wanted_is_routed_by_itself_once_one_does(
    tmp_path: Path, servers: dict[str, str]
) -> None:
    async with (
        serving(tmp_path, "--role", "producer", **servers) as producer,
        httpx.AsyncClient(base_url=producer.url, timeout=TIMEOUT) as http,
    ):
        answer = await http.post("/notifications", json=[GREETING] * 3)
        await until_unrouted(tmp_path, servers, 3)
    async with (
        serving(tmp_path, "--role", "consumer", **servers) as consumer,
        httpx.AsyncClient(timeout=TIMEOUT) as http,
        open_events(http, url=consumer.url) as events,
    ):
        await anext(events)
        ids = {json.loads((await anext(events))["data"])["id"] for _ in range(3)}
    assert ids == set(answer.json()["ids"])
    assert unrouted(tmp_path, servers) == 0


async def test_the_first_events_after_a_start_find_their_queue(
    tmp_path: Path, servers: dict[str, str]
) -> None:
    async with (
        serving(tmp_path, **servers) as process,
        httpx.AsyncClient(timeout=TIMEOUT) as http,
        asyncio.timeout(TIMEOUT),
    ):
        answer = await http.post(f"{process.url}/notifications", json=[GREETING] * 50)
        assert answer.status_code == 202
        ingested = 'events_ingested_total{type="' + REGISTERED + '"} 50.0'
        while ingested not in await metrics(http, process.ops):
            await asyncio.sleep(0.05)
        # None has taken the way round.
        assert "messages_rerouted_total 0.0" in await metrics(http, process.ops)
    assert unrouted(tmp_path, servers) == 0


async def metrics(http: httpx.AsyncClient, ops: str) -> str:
    return (await http.get(f"{ops}/metrics")).text
