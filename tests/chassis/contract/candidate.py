"""A candidate in a process of its own, which can be killed or frozen.

`python -m tests.chassis.contract.candidate URL [REDIS]` campaigns as the service does, and writes a
line each time that it comes to lead, or not to lead any more.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from subprocess import PIPE

from chassis.application.errors import Unavailable
from chassis.application.locks.lock_election import LockElection
from chassis.infrastructure.database.database import Database
from tests.chassis.contract.lock_places import locks_of

INTERVAL = 0.2
LEADS, FOLLOWS = "leads", "follows"


class Candidate:
    """Such a process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def told(self) -> str:
        """Return the next line."""
        assert self.process.stdout is not None
        async with asyncio.timeout(20):
            return (await self.process.stdout.readline()).decode().strip()


@asynccontextmanager
async def standing(url: str, cache_url: str = "") -> AsyncIterator[Candidate]:
    """Run a candidate; kills it at the end of the block."""
    program = (sys.executable, "-m", "tests.chassis.contract.candidate", url, cache_url)
    process = await asyncio.create_subprocess_exec(*program, stdout=PIPE)
    try:
        yield Candidate(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _campaign(url: str, cache_url: str) -> None:
    election = LockElection(locks_of(Database(url), cache_url))
    told = FOLLOWS
    while True:
        # Before it asks the database: the belief of a process that was frozen a moment ago.
        found = LEADS if election.is_leader else FOLLOWS
        if found != told:
            told = found
            sys.stdout.write(f"{told}\n")
            sys.stdout.flush()
        try:
            await election.campaign()
        except Unavailable:
            continue
        finally:
            await asyncio.sleep(INTERVAL)


if __name__ == "__main__":
    asyncio.run(_campaign(*sys.argv[1:]))
