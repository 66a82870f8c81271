"""A stream over a bad network: it resumes after a restart without a gap, and nothing is doubled."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chassis.bootstrap import discovery
from tests.chassis.cable import Conditions, wired
from tests.chassis.conformance.conftest import driver_of, driver_settings
from tests.chassis.network import Host
from tests.e2e.process import Process, environment
from tests.free_ports import FREE_PORTS
from tests.servers.missing import Missing, give_up

TIMEOUT = 90.0
COUNT = 60
OVER = [name for name in ("tcp", "quic", "webrtc", "p2p") if name in discovery.server_names()]


@asynccontextmanager
async def serving_on(
    host: Host, folder: Path, transport: str, **more: str
) -> AsyncIterator[Process]:
    """Run the service on a host, where every peer of the other one may connect."""
    own = {f"{transport.upper()}_HOST": host.address, "LOG_FORMAT": "json"}
    child = await asyncio.create_subprocess_exec(
        *host.command(sys.executable, "-m", "app", "serve", "--server", transport),
        cwd=folder,
        env=environment(FREE_PORTS | driver_settings() | own | more),
        stderr=subprocess.PIPE,
    )
    process = Process(child)
    try:
        await process.ready()
        yield process
    finally:
        if child.returncode is None:
            child.terminate()
        assert await process.ended() == 0


@pytest.mark.parametrize("transport", OVER)
async def test_a_stream_resumes_without_a_gap(tmp_path: Path, transport: str) -> None:
    making = wired(Conditions())
    try:
        near, far, cable = making.__enter__()
    except Missing as missing:
        give_up(missing)
    try:
        registered, heard = await _talk(near, far, tmp_path, transport)
    finally:
        making.__exit__(None, None, None)

    assert len(registered) == 2 * COUNT
    assert sorted(heard) == sorted(registered), "a gap, or an event twice"
    assert cable.counts["lost"] > 0
    assert cable.counts["late"] > 0


async def _talk(near: Host, far: Host, folder: Path, transport: str) -> tuple[list[str], list[str]]:
    """Follow, and register before and after a restart; return the ids of both."""
    elsewhere = folder / "far"
    elsewhere.mkdir()
    registered: list[str] = []
    settings = {"P2P_ALLOWED_PEERS": await _command_peer(elsewhere)} if transport == "p2p" else {}
    async with serving_on(near, folder, transport, **settings) as first:
        port = first.ports[transport]
        url = _url(near, transport, port)
        trust = _trust(first)
        tail = await asyncio.create_subprocess_exec(
            *far.command(sys.executable, "-m", "app", "tail", "--json", "--via", url),
            *("--limit", str(2 * COUNT)),
            cwd=elsewhere,
            env=environment(trust),
            stdout=subprocess.PIPE,
        )
        assert tail.stdout is not None
        opened = json.loads(await asyncio.wait_for(tail.stdout.readline(), TIMEOUT))
        assert opened["event"] == "heartbeat"
        registered += await _sent(far, elsewhere, url, trust)
    taken = {f"{transport.upper()}_PORT": str(port)}
    async with serving_on(near, folder, transport, **settings, **taken):
        registered += await _sent(far, elsewhere, url, trust)
        rest = await asyncio.wait_for(tail.stdout.read(), TIMEOUT)
        assert await tail.wait() == 0
    items = [json.loads(line) for line in rest.splitlines()]
    assert "reset" not in {item["event"] for item in items}
    return registered, [i["data"]["id"] for i in items if i["event"] == "notification"]


async def _sent(host: Host, folder: Path, url: str, trust: dict[str, str]) -> list[str]:
    lines = "".join(
        json.dumps({"receiver": f"r{number}", "action_type": "greeted"}) + "\n"
        for number in range(COUNT)
    )
    child = await asyncio.create_subprocess_exec(
        *host.command(sys.executable, "-m", "app", "send", "--lines", "-", "--via", url),
        cwd=folder,
        env=environment(trust),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    printed, _ = await asyncio.wait_for(child.communicate(lines.encode()), TIMEOUT)
    assert child.returncode == 0
    ids: list[str] = json.loads(printed)["ids"]
    return ids


def _url(host: Host, transport: str, port: int) -> str:
    peer = getattr(driver_of(transport), "NODE_ID", "")
    return f"{transport}://{peer}{'@' * bool(peer)}{host.address}:{port}"


def _trust(process: Process) -> dict[str, str]:
    """Return the fingerprint of the service's own certificate, if it has made one."""
    found = [line["sha256"] for line in process.logs if line["event"] == "self-signed certificate"]
    return {"QUIC_FINGERPRINT": found[0]} if found else {}


async def _command_peer(folder: Path) -> str:
    """Return the node id of the commands that run in this folder."""
    # Only if the service has that transport.
    from chassis.bootstrap.p2p import keep_identity

    return keep_identity("", folder / "var" / "p2p-command.key").node_id
