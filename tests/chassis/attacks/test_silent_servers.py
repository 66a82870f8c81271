"""Servers that accept and then say nothing, or speak something else: each is given up in time."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.e2e.process import run, serving
from tests.free_ports import FREE_PORTS

URLS = {
    "database": ("DATABASE_URL", "postgresql+asyncpg://ada:hush-hush@127.0.0.1:{}/app"),
    "broker": ("BROKER_URL", "amqp://ada:hush-hush@127.0.0.1:{}/"),
    "cache": ("CACHE_URL", "redis://ada:hush-hush@127.0.0.1:{}/0"),
}
SAID = {
    "nothing": None,
    "an end": b"",
    "http": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "a mail server": b"220 mail.example ESMTP\r\n",
    "garbage": b"\xff\x00\x1b[2J\xe2\x80\xae" * 100,
}
PATIENCE = 45.0


@asynccontextmanager
async def saying(data: bytes | None) -> AsyncIterator[int]:
    """Say the same to each caller, and close; or say nothing, and hold the connection."""
    held: list[asyncio.StreamWriter] = []

    async def said(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        if data is not None:
            with contextlib.suppress(OSError):
                writer.write(data)
                await writer.drain()
                writer.close()

    server = await asyncio.start_server(said, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in held:
            writer.close()


@pytest.mark.attack("silent or foreign server", "server")
@pytest.mark.parametrize("says", SAID)
@pytest.mark.parametrize("which", URLS)
async def test_the_doctor_says_so_in_time(tmp_path: Path, which: str, says: str) -> None:
    name, url = URLS[which]
    async with saying(SAID[says]) as port:
        settings = FREE_PORTS | {name: url.format(port)}
        began = time.monotonic()
        ended = await asyncio.to_thread(run, tmp_path, "doctor", **settings)
    assert time.monotonic() - began < PATIENCE
    assert ended.returncode == 1, ended
    assert "hush-hush" not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    assert any(line.startswith(f"✗ {which}") for line in ended.stdout.splitlines()), ended
    assert all(line.isprintable() for line in ended.stdout.splitlines())


@pytest.mark.attack("silent or foreign server", "server")
@pytest.mark.parametrize("says", SAID)
async def test_no_start_hangs_on_a_database(tmp_path: Path, says: str) -> None:
    name, url = URLS["database"]
    async with saying(SAID[says]) as port:
        settings = FREE_PORTS | {name: url.format(port)}
        ended = await asyncio.to_thread(run, tmp_path, "serve", **settings)
    assert ended.returncode == 1, ended
    [line] = ended.stderr.splitlines()
    assert line.startswith("error: ")
    assert line.isprintable()
    assert "hush-hush" not in line


@pytest.mark.attack("silent or foreign server", "server")
@pytest.mark.parametrize("says", SAID)
@pytest.mark.parametrize("which", ("broker", "cache"))
async def test_a_service_accepts_meanwhile(tmp_path: Path, which: str, says: str) -> None:
    name, url = URLS[which]
    item = {"receiver": "ada", "action_type": "greeted", "action_data": {}}
    async with (
        saying(SAID[says]) as port,
        serving(tmp_path, **{name: url.format(port)}) as process,
        httpx.AsyncClient(timeout=20.0) as http,
    ):
        answer = await http.post(f"{process.url}/notifications", json=item)
        assert answer.status_code == 202
        ready = await http.get(f"{process.ops}/readyz")
        assert ready.elapsed.total_seconds() < 10
        assert which in ready.text
        assert "hush-hush" not in str(process.logs)
