"""PostgreSQL on disks of its own: one for its data, one for its write-ahead log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from tests.chaos.disk import Disk, lacks
from tools.drill import look
from tools.drill.servers import Servers

WAL = "pg_wal"


@asynccontextmanager
async def small_disks(servers: Servers) -> AsyncIterator[None]:
    """Move a PostgreSQL that holds little yet to such disks, for as long as the block lasts.

    It is restarted for that, and stopped at the end, for its data are gone then. If this machine
    cannot have such disks, nothing changes.
    """
    if lacks():
        yield
        return
    data = await folder(servers.settings["DATABASE_URL"])
    with ExitStack() as mounted:
        await servers.do("stop", "postgresql")
        await asyncio.to_thread(_move, data, mounted)
        await servers.do("start", "postgresql")
        try:
            yield
        finally:
            await servers.do("stop", "postgresql")


async def folder(url: str) -> Path:
    """Return where the server keeps its data."""
    return Path((await look.rows(url, "SHOW data_directory"))[0][0])


def _move(data: Path, mounted: ExitStack) -> None:
    before = data.rename(data.with_name("data-before"))
    for path in (data, data / WAL):
        path.mkdir()
        disk = Disk(path)
        disk.mount(like=before)
        mounted.callback(disk.unmount)
    Disk(data).take_in(before)
