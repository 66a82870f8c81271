"""New epoch: invalidate the cursors from before a restore."""

import asyncio

from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.system import System
from chassis.cli.output import console


def command() -> None:
    """Start a new epoch after the database was restored from a backup.

    A subscriber that resumes with an older cursor gets a reset: the restored database assigns the
    positions behind the cursors a second time. Running services follow within seconds, and reset
    the open streams.
    """
    console.print(f"the new epoch: {asyncio.run(_draw())}", highlight=False)


async def _draw() -> str:
    system = System(Configuration.read(), [])
    try:
        async with system.core.work().begin() as work:
            old = await work.journal.epoch()
            await work.journal.draw_epoch(old)
            new: str = await work.journal.epoch()
        return new
    finally:
        await system.close()
