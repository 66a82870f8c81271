"""A peer on another host, which has nothing but the service's node id, or its address, too."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from chassis.interfaces.p2p.identity import Identity
from tests.chassis.conformance.drivers.p2p import NODE_ID, SETTINGS
from tests.chassis.e2e.both import foreign_peer
from tests.chassis.network import Host, joined
from tests.e2e.process import Process, environment
from tests.free_ports import FREE_PORTS
from tests.servers.missing import Missing, give_up

TIMEOUT = 60.0
PEER = Identity(b"the key of the peer on that host")


@pytest.fixture
def network() -> Iterator[tuple[Host, Host]]:
    """Two hosts that reach each other, and nothing else."""
    made = joined()
    try:
        pair = made.__enter__()
    except Missing as missing:
        give_up(missing)
    yield pair
    made.__exit__(None, None, None)


@asynccontextmanager
async def serving_on(host: Host, folder: Path, **settings: str) -> AsyncIterator[Process]:
    """Run the service on a host; it is found there, and lists the peer of the other one."""
    own = {"P2P_HOST": host.address, "P2P_DISCOVERY": "mdns", "LOG_FORMAT": "json"}
    own |= {"P2P_ALLOWED_PEERS": PEER.node_id}
    child = await asyncio.create_subprocess_exec(
        *host.command(sys.executable, "-m", "app", "serve"),
        cwd=folder,
        env=environment(FREE_PORTS | SETTINGS | own | settings),
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


async def ran(host: Host, folder: Path, *command: str, **settings: str) -> tuple[int, str, str]:
    """Run a program of Python on a host; return its exit code and what it printed."""
    child = await asyncio.create_subprocess_exec(
        *host.command(sys.executable, *command),
        cwd=folder,
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    async with asyncio.timeout(TIMEOUT):
        printed, errors = await child.communicate()
    return child.returncode or 0, printed.decode(), errors.decode()


@pytest.mark.parametrize("is_discovered", (True, False))
async def test_a_foreign_peer_registers_and_hears(
    tmp_path: Path, network: tuple[Host, Host], is_discovered: bool
) -> None:
    near, far = network
    async with serving_on(near, tmp_path) as process:
        place = f"{near.address}:{process.ports['p2p']}"
        command = [foreign_peer.__file__, PEER.key.hex(), NODE_ID]
        code, printed, errors = await ran(far, tmp_path, *command, *[place][is_discovered:])

    assert code == 0, errors
    told: dict[str, Any] = json.loads(printed)
    assert told["place"] == place
    assert len(told["registered"]) == foreign_peer.COUNT
    assert sorted(told["heard"]) == sorted(told["registered"])


async def test_a_stranger_of_another_host_is_sent_away(
    tmp_path: Path, network: tuple[Host, Host]
) -> None:
    near, far = network
    stranger = Identity(b"the key of one that is not listed"[:32])
    async with serving_on(near, tmp_path) as process:
        place = f"{near.address}:{process.ports['p2p']}"
        command = (foreign_peer.__file__, stranger.key.hex(), NODE_ID, place)
        code, printed, errors = await ran(far, tmp_path, *command)
        [line] = [each for each in process.logs if each["event"] == "peer not allowed"]

    assert (code, printed) != (0, "")
    assert "P2P_ALLOWED_PEERS" in errors
    assert line["node_id"] == stranger.node_id


@pytest.mark.parametrize("is_discovered", (True, False))
async def test_the_commands_find_a_service_of_another_host(
    tmp_path: Path, network: tuple[Host, Host], is_discovered: bool
) -> None:
    near, far = network
    folder = tmp_path / "far"
    (folder / "var").mkdir(parents=True)
    (folder / "var" / "p2p-command.key").write_text(PEER.text)
    async with serving_on(near, tmp_path) as process:
        listed = f"{NODE_ID}@{near.address}:{process.ports['p2p']}"
        settings = {"P2P_DISCOVERY": "mdns"} if is_discovered else {"P2P_PEERS": listed}
        command = ("-m", "app", "send", "ada", "greeted", "--via", f"p2p://{NODE_ID}")
        code, printed, errors = await ran(far, folder, *command, **settings)

    assert code == 0, errors
    assert len(json.loads(printed)["ids"]) == 1
