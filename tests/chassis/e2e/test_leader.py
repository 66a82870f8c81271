"""Replicas on one database: one of them leads, and another follows it when it dies."""

import asyncio
import signal
from pathlib import Path

import httpx

from tests.chassis.posix import posix
from tests.e2e.process import Process, serving

TIMEOUT = 20


async def leads(http: httpx.AsyncClient, process: Process) -> bool:
    """Tell what a replica says of itself."""
    metrics = (await http.get(f"{process.ops}/metrics")).text
    return "leader 1.0" in metrics.splitlines()


async def until_one_leads(http: httpx.AsyncClient, *replicas: Process) -> Process:
    """Return the one that leads, as soon as there is one; fails where there are more."""
    async with asyncio.timeout(TIMEOUT):
        while not (leaders := [each for each in replicas if await leads(http, each)]):
            await asyncio.sleep(0.05)
    [leader] = leaders
    return leader


async def test_a_leader_that_is_killed_or_stopped_is_followed(
    tmp_path: Path, servers: dict[str, str]
) -> None:
    async with (
        serving(tmp_path, **servers) as first,
        serving(tmp_path, **servers) as second,
        serving(tmp_path, **servers) as third,
        httpx.AsyncClient() as http,
    ):
        replicas = {first, second, third}
        for number in (posix("SIGKILL"), signal.SIGTERM):
            leader = await until_one_leads(http, *replicas)
            leader.signal(number)
            await leader.ended()
            replicas.remove(leader)
        await until_one_leads(http, *replicas)
