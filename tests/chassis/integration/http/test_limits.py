"""Connections and requests of the http server, counted and bounded."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import httpx

from tests.harness import Service


def metric(service: Service, line: str) -> float:
    text = service.system.core.metrics().render()[0].decode()
    (found,) = [each for each in text.splitlines() if each.startswith(f"{line} ")]
    return float(found.rpartition(" ")[2])


async def test_one_address_gets_so_many_connections(tmp_path: Path) -> None:
    async with (
        Service.running(tmp_path, MAX_CONNECTIONS_PER_ADDRESS="2") as service,
        AsyncExitStack() as opened,
    ):
        http = [await opened.enter_async_context(client(service)) for _ in range(3)]
        answers = [await each.get("/notifications") for each in http]

        assert [answer.status_code for answer in answers] == [200, 200, 503]
        problem = answers[2].json()
        assert problem["detail"] == "too many connections are open from this address"
        assert answers[2].headers["retry-after"] == "1"
        # Those that were let in go on.
        assert (await http[0].get("/notifications")).status_code == 200
        refused = 'connections_refused_total{reason="address",transport="http"}'
        assert metric(service, refused) == 1
        assert metric(service, 'connections_open{transport="http"}') == 2


async def test_a_socket_counts_once(tmp_path: Path) -> None:
    async with Service.running(tmp_path, MAX_CONNECTIONS="2") as service:
        for _ in range(5):
            async with httpx.AsyncClient(base_url=service.url) as http:
                answer = await http.get(
                    "/stream",
                    headers={
                        "connection": "upgrade",
                        "upgrade": "websocket",
                        "sec-websocket-version": "13",
                        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
                    },
                )
                assert answer.status_code == 101
            async with asyncio.timeout(5):
                while metric(service, 'connections_open{transport="http"}'):
                    await asyncio.sleep(0.01)
        assert (await service.http.get("/notifications")).status_code == 200


async def test_requests_are_measured_by_how_they_ended(service: Service) -> None:
    await service.http.get("/notifications")
    await service.http.get("/nothing")

    for outcome in ("ok", "refused"):
        labels = f'outcome="{outcome}",transport="http"'
        assert metric(service, "request_duration_seconds_count{" + labels + "}") == 1


def client(service: Service) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=service.url)
