"""New epoch: make cursors of before a restore worth nothing."""

import asyncio

from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.system import System
from chassis.cli.output import console


def command() -> None:
    """Draw a new epoch after the database was restored from a backup.

    A subscriber that resumes with a cursor of before gets a reset: the restored database gives the
    positions behind the cursors a second time. Running services follow within seconds, and reset
    the streams that are open.
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
