"""A process that leads, and writes under the grant that it got; it can be frozen before it writes.

`python -m tests.chassis.contract.writer URL REDIS` says `leads TOKEN`, and stores a row for each
line that it reads: it says `stored`, or `refused` with the error.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from subprocess import PIPE

from sqlalchemy import text

from chassis.application.errors import ApplicationError
from chassis.application.locks.lock_election import LockElection
from chassis.infrastructure.database.database import Database
from tests.chassis.contract.lock_places import Place, locks_of, work_of

INTERVAL = 0.2


class Writer:
    """Such a process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def told(self) -> str:
        """Return the next line."""
        assert self.process.stdout is not None
        async with asyncio.timeout(30):
            return (await self.process.stdout.readline()).decode().strip()

    def write(self, words: str) -> None:
        """Have it store this, as soon as it runs."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{words}\n".encode())


@asynccontextmanager
async def writing(place: Place) -> AsyncIterator[Writer]:
    """Run a writer; kills it at the end of the block."""
    program = (sys.executable, "-m", "tests.chassis.contract.writer", *place)
    process = await asyncio.create_subprocess_exec(*program, stdin=PIPE, stdout=PIPE)
    try:
        yield Writer(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def _lead(election: LockElection) -> None:
    while True:
        await election.campaign()
        await asyncio.sleep(INTERVAL)


async def _write(place: Place) -> None:
    database = Database(place[0])
    election = LockElection(locks_of(database, place[1]))
    while not await election.campaign():
        await asyncio.sleep(INTERVAL)
    leading = asyncio.create_task(_lead(election))
    # Once, as a piece of work does: under a later grant it would have to read everything again.
    grant = election.grant()
    _tell(f"leads {grant.token}")
    work = work_of(database)
    while line := await asyncio.to_thread(sys.stdin.readline):
        statement = text("INSERT INTO written (words) VALUES (:words)").bindparams(words=line)
        try:
            async with work.begin(grant) as inside:
                await inside.transaction.execute(statement)
                if line.startswith("freeze"):
                    # Its transaction is open, and its statement done.
                    _tell("open")
                    await asyncio.to_thread(sys.stdin.readline)
        except ApplicationError as error:
            _tell(f"refused {type(error).__name__}: {error}")
        else:
            _tell("stored")
    leading.cancel()


if __name__ == "__main__":
    asyncio.run(_write((sys.argv[1], sys.argv[2])))
