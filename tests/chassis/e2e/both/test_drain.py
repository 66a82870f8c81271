"""SIGTERM: what was accepted is answered, streams are told to come back, the exit code is 0."""

import asyncio
import json
import signal
import time
from pathlib import Path

import httpx
import websockets

from tests.e2e.process import TIMEOUT, all_listed, serving

NOTIFICATION = {"receiver": "ada", "action_type": "greeted"}


async def test_a_drain_answers_what_it_accepted(tmp_path: Path) -> None:
    statuses: list[int] = []
    ids: list[str] = []

    async def caller(http: httpx.AsyncClient) -> None:
        while True:
            try:
                answer = await http.post("/notifications", json=NOTIFICATION)
            except (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError):
                # Refused, or its idle connection was closed: either way nothing was accepted.
                return
            statuses.append(answer.status_code)
            if answer.status_code == 202:
                ids.append(answer.json()["id"])

    async with serving(tmp_path) as process, httpx.AsyncClient(base_url=process.url) as http:
        calling = [asyncio.create_task(caller(http)) for _ in range(8)]
        while len(ids) < 50:
            await asyncio.sleep(0.01)
        process.signal(signal.SIGTERM)
        await asyncio.gather(*calling)
        assert await process.ended() == 0
    assert set(statuses) <= {202, 503}
    async with serving(tmp_path) as process:
        assert set(ids) <= set(await all_listed(process.url))


async def test_streams_are_told_to_come_back(tmp_path: Path) -> None:
    async with serving(tmp_path, SHUTDOWN_GRACE="10") as process:
        url = process.url.replace("http", "ws", 1)
        async with (
            websockets.connect(f"{url}/stream") as socket,
            httpx.AsyncClient(base_url=process.url) as http,
            http.stream("GET", "/stream") as answer,
        ):
            assert json.loads(await socket.recv())["event"] == "heartbeat"
            began = time.monotonic()
            process.signal(signal.SIGTERM)
            lines = [line async for line in answer.aiter_lines()]
            assert any(line.startswith("retry: ") for line in lines)
            await socket.wait_closed()
            assert socket.close_code == 1001
        assert await process.ended() == 0
    assert time.monotonic() - began < 10


async def test_readiness_tells_of_the_drain(tmp_path: Path) -> None:
    async with serving(tmp_path) as process, httpx.AsyncClient() as http:
        # A consumer is not before its queue is there.
        async with asyncio.timeout(TIMEOUT):
            while (await http.get(f"{process.ops}/readyz")).json()["status"] != "ready":
                await asyncio.sleep(0.05)
        assert (await http.get(f"{process.ops}/livez")).status_code == 200
        metrics = (await http.get(f"{process.ops}/metrics")).text
        assert 'items_accepted_total{operation="notifications.register"} 0.0' in metrics
        await http.post(f"{process.url}/notifications", json=NOTIFICATION)
        metrics = (await http.get(f"{process.ops}/metrics")).text
        assert 'items_accepted_total{operation="notifications.register"} 1.0' in metrics


async def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    async with serving(tmp_path, SHUTDOWN_GRACE="15") as process:
        host, port = process.url.removeprefix("http://").split(":")
        # A request that never becomes whole keeps the drain waiting.
        reader, writer = await asyncio.open_connection(host, int(port))
        head = ("POST /notifications HTTP/1.1", "host: localhost", "content-type: application/json")
        begun = "\r\n".join((*head, "content-length: 100", "", "["))
        writer.write(begun.encode())
        await writer.drain()
        await asyncio.sleep(0.1)
        process.signal(signal.SIGTERM)
        await asyncio.sleep(0.2)
        assert any(line["event"] == "draining" for line in process.logs)
        began = time.monotonic()
        process.signal(signal.SIGTERM)
        assert await process.ended() == -signal.SIGTERM
        assert time.monotonic() - began < 10
        assert await reader.read() == b""
        writer.close()
