"""Pages whose own name leads to this machine: they read nothing, over any way in."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from chassis.bootstrap.servers import ops
from tests.harness import Service

FOREIGN = {"host": "evil.example:8000", "origin": "http://evil.example:8000"}
SOCKET = {
    "connection": "upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.mark.parametrize("path", ("/notifications", "/stream", "/schema"))
async def test_a_foreign_host_reads_nothing(service: Service, path: str) -> None:
    refused(await service.http.get(path, headers=FOREIGN))


async def test_a_foreign_host_stores_nothing(service: Service) -> None:
    body = {"receiver": "ada", "action_type": "greeted"}
    refused(await service.http.post("/notifications", json=body, headers=FOREIGN))

    assert (await service.http.get("/notifications")).json()["total"] == 0


async def test_a_foreign_host_opens_no_socket(service: Service) -> None:
    refused(await service.http.get("/stream", headers=FOREIGN | SOCKET))


@pytest.mark.parametrize("path", ("/readyz", "/metrics"))
async def test_a_foreign_host_sees_no_operations(tmp_path: Path, path: str) -> None:
    async with Service.running(tmp_path, OPS_PORT="0") as service:
        server: Any = ops.build(service.system)
        await server.start()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
            refused(await client.get(path, headers=FOREIGN))
            assert (await client.get(path)).status_code == 200
        await server.stop(1)


async def test_a_host_that_is_set_is_served(tmp_path: Path) -> None:
    async with Service.running(tmp_path, ALLOWED_HOSTS="evil.example") as service:
        assert (await service.http.get("/notifications", headers=FOREIGN)).status_code == 200


def refused(answer: httpx.Response) -> None:
    assert answer.status_code == 421
    assert "ALLOWED_HOSTS" in answer.json()["detail"]
