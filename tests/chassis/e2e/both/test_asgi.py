"""The application under another ASGI server, with every role in its process."""

import asyncio
import signal
import socket
import sys
from pathlib import Path

import httpx

from tests.e2e.process import TIMEOUT, environment


async def test_another_server_runs_the_application(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "uvicorn", "--factory", "app.asgi:create", "--port", str(port)),
        cwd=tmp_path,
        env=environment({"LOG_LEVEL": "ERROR"}),
        stderr=asyncio.subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(TIMEOUT), httpx.AsyncClient(base_url=url) as http:
            identity = await _registered(http)
            async with http.stream("GET", "/stream") as answer:
                lines = answer.aiter_lines()
                await anext(lines)
                second = await _registered(http)
                # The first one may be on its way still.
                while second not in await anext(lines):
                    pass
            assert (await http.get(f"/notifications/{identity}")).status_code == 200
    finally:
        server.terminate()
        ended = await asyncio.wait_for(server.wait(), TIMEOUT)
    assert ended in (0, -signal.SIGTERM)


async def _registered(http: httpx.AsyncClient) -> str:
    """Register a notification, as soon as the server is there, and return its id."""
    while True:
        try:
            answer = await http.post(
                "/notifications", json={"receiver": "ada", "action_type": "greeted"}
            )
        except httpx.ConnectError:
            await asyncio.sleep(0.05)
            continue
        assert answer.status_code == 202
        identity: str = answer.json()["id"]
        return identity
