"""Servers: killed, stopped, frozen; sessions ended, a cache emptied behind the service's back."""

import asyncio
import random

from tests.chaos.fault import Fault
from tests.chaos.world import World
from tools.client.address import Address
from tools.drill import look
from tools.drill.servers import Deed, Name

NAMES: tuple[Name, ...] = ("rabbitmq", "postgresql", "redis")

TERMINATE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def away(server: Name, done: str, deed: Deed, back: Deed) -> Fault:
    """Return the fault that takes a server away, and brings it back as it was."""

    async def inflict(world: World, chance: random.Random) -> None:
        seconds = world.seconds(chance)
        await world.servers.do(deed, server)
        try:
            await asyncio.sleep(seconds)
        finally:
            await world.servers.do(back, server)

    return Fault(f"{server} {done}", server, inflict)


async def terminate(world: World, chance: random.Random) -> None:
    """End all sessions of the database, a few times."""
    for _ in range(chance.randint(1, 5)):
        await look.rows(world.direct["DATABASE_URL"], TERMINATE)
        await asyncio.sleep(chance.uniform(0, 0.5))


async def flush(world: World, chance: random.Random) -> None:
    """Empty the cache, a few times."""
    for _ in range(chance.randint(1, 5)):
        await _flush(world.direct["CACHE_URL"])
        await asyncio.sleep(chance.uniform(0, 0.5))


async def _flush(url: str) -> None:
    password = url.split("@")[0].rpartition(":")[2]
    reader, writer = await asyncio.open_connection(*Address.of(url))
    try:
        writer.write(f"AUTH {password}\r\nFLUSHALL\r\n".encode())
        for _ in range(2):
            answer = await reader.readline()
            if answer != b"+OK\r\n":
                raise RuntimeError(f"Redis refuses to be emptied: {answer.decode().strip()}")
    finally:
        writer.close()


FAULTS = (
    *(away(name, "killed", "kill", "start") for name in NAMES),
    *(away(name, "stopped", "stop", "start") for name in NAMES),
    *(away(name, "frozen", "freeze", "thaw") for name in NAMES),
    Fault("postgresql sessions ended", "postgresql", terminate),
    Fault("redis emptied", "redis", flush),
)
