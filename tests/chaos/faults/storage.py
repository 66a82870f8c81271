"""Storage: RabbitMQ's alarms, PostgreSQL's disks full, data that cannot be written safely."""

import asyncio
import random
from contextlib import suppress

import asyncpg

from tests.chaos import disk, rabbitmqctl, syscalls
from tests.chaos.disk import Disk
from tests.chaos.fault import Fault
from tests.chaos.small_disks import WAL, folder
from tests.chaos.world import World
from tools.drill import look

# Seconds in which a server that can come back by itself does.
RECOVERY = 20.0
PAUSE = 0.2
# More than the segments that a write-ahead log keeps for later.
SEGMENTS = 200

# The answer of a server that dies of the query.
GONE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

SESSIONS = "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()"


def alarm(what: str, on: tuple[str, ...], off: tuple[str, ...]) -> Fault:
    """Return the fault that raises an alarm, in which RabbitMQ reads from no publisher."""

    async def inflict(world: World, chance: random.Random) -> None:
        seconds = world.seconds(chance)
        url = world.direct["BROKER_URL"]
        try:
            await rabbitmqctl.control(url, *on)
            await asyncio.sleep(seconds)
        finally:
            await rabbitmqctl.control(url, *off)

    return Fault(f"rabbitmq {what} alarm", "rabbitmq", inflict, rabbitmqctl.lacks)


async def fill_data(world: World, chance: random.Random) -> None:
    """Leave no room where the tables are: what needs a new page fails, and is rolled back."""
    full = Disk(await folder(world.direct["DATABASE_URL"]))
    seconds = world.seconds(chance)
    try:
        full.fill()
        await asyncio.sleep(seconds)
    finally:
        full.clear()
        await recover(world)


async def fill_wal(world: World, chance: random.Random) -> None:
    """Leave no room for the write-ahead log: the server panics, and again as it recovers."""
    url = world.direct["DATABASE_URL"]
    full = Disk(await folder(url) / WAL)
    seconds = world.seconds(chance)
    try:
        full.fill()
        with suppress(*GONE):
            for _ in range(SEGMENTS):
                await look.rows(url, "SELECT pg_switch_wal()")
        await asyncio.sleep(seconds)
    finally:
        full.clear()
        await recover(world)


async def fail_sync(world: World, chance: random.Random) -> None:
    """Fail to write a commit safely: the server panics, and it is unknown which commits it has."""
    url = world.direct["DATABASE_URL"]
    seconds = world.seconds(chance)
    # It is off in throwaway servers, which then never ask the disk.
    await _setting(url, "ALTER SYSTEM SET fsync = on")
    try:
        pids = [row["pid"] for row in await look.rows(url, SESSIONS)]
        async with syscalls.failing_sync(pids):
            await asyncio.sleep(seconds)
    finally:
        await recover(world)
        await _setting(url, "ALTER SYSTEM RESET fsync")


async def recover(world: World) -> None:
    """Wait until PostgreSQL serves again; start it, as its operator would, where it does not."""
    with suppress(TimeoutError):
        async with asyncio.timeout(RECOVERY):
            while not await _serves(world.direct["DATABASE_URL"]):
                await asyncio.sleep(PAUSE)
            return
    await world.servers.do("stop", "postgresql")
    await world.servers.do("start", "postgresql")


async def _serves(url: str) -> bool:
    with suppress(*GONE):
        return bool(await look.rows(url, "SELECT 1"))
    return False


async def _setting(url: str, statement: str) -> None:
    for each in (statement, "SELECT pg_reload_conf()"):
        await look.rows(url, each)


FAULTS = (
    alarm(
        "memory",
        ("set_vm_memory_high_watermark", "absolute", "1MB"),
        ("set_vm_memory_high_watermark", "0.6"),
    ),
    alarm("disk", ("set_disk_free_limit", "1000000GB"), ("set_disk_free_limit", "50MB")),
    Fault("postgresql disk full", "postgresql", fill_data, disk.lacks),
    Fault("postgresql log full", "postgresql", fill_wal, disk.lacks),
    Fault("postgresql sync failed", "postgresql", fail_sync, syscalls.lacks),
)
