import asyncio
import sys
from pathlib import Path

import pytest

from benchmarks import peer
from tools.service import Service

SERVER = """
import http.server, os
http.server.HTTPServer(
    ("127.0.0.1", int(os.environ["PORT"])), http.server.BaseHTTPRequestHandler
).serve_forever()
"""


@pytest.fixture
def project(tmp_path: Path) -> Service:
    commands = tmp_path / ".venv" / "bin"
    commands.mkdir(parents=True)
    (commands / "python").symlink_to(sys.executable)
    return Service(tmp_path)


def test_a_server_that_logs_nothing_is_served_until_it_is_told_to_end(project: Service) -> None:
    async def scene() -> int | None:
        async with peer.serve(project, ("python", "-c", SERVER), {}, "PORT") as process:
            assert process.ports["http"]
        return process.exit_code

    assert asyncio.run(scene()) in peer.WELL


def test_a_server_that_does_not_start_is_told_with_what_it_said(project: Service) -> None:
    async def scene() -> None:
        broken = ("python", "-c", "raise SystemExit('no database')")
        async with peer.serve(project, broken, {}, "PORT"):
            raise AssertionError("it is served")

    with pytest.raises(RuntimeError, match="no database"):
        asyncio.run(scene())


def test_a_program_that_fails_is_told(project: Service) -> None:
    async def scene() -> None:
        failing = "print('consuming', flush=True); raise SystemExit('lost')"
        async with peer.run(project, ("python", "-c", failing), {}) as process:
            await process.gone.wait()

    with pytest.raises(RuntimeError, match="lost"):
        asyncio.run(scene())
