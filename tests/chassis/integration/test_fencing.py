"""A leader that freezes before a write, or inside its transaction, and thaws when another leads."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from chassis.application.locks.lock_election import LockElection
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.unit_of_work import SqlUnitOfWork
from chassis.infrastructure.database.work import SqlWork
from tests.chassis.contract.lock_places import (
    Place,
    opened_locks,
    postgresql,
    redis_and_postgresql,
    work_of,
)
from tests.chassis.contract.test_leader_election import until_leader
from tests.chassis.contract.writer import writing
from tests.chassis.posix import posix

pytestmark = pytest.mark.attack("lock holder frozen beyond its lease", "server")

PLACES = {"postgresql": postgresql, "redis": redis_and_postgresql}


@dataclass
class Other:
    """The process that follows the frozen one."""

    place: Place
    election: LockElection
    work: SqlUnitOfWork[SqlWork]

    async def write(self, words: str) -> None:
        """Store a row under its own grant."""
        statement = text("INSERT INTO written (words) VALUES (:words)").bindparams(words=words)
        async with self.work.begin(self.election.grant()) as inside:
            await inside.transaction.execute(statement)

    async def written(self) -> list[str]:
        """Return what is stored."""
        async with self.work.read() as inside:
            rows = await inside.transaction.execute(text("SELECT words FROM written"))
            return [str(words).strip() for (words,) in rows]


@pytest.fixture(params=sorted(PLACES))
async def other(request: pytest.FixtureRequest) -> AsyncIterator[Other]:
    place = await PLACES[request.param](request)
    database = Database(place[0])
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        async with database.transaction() as connection:
            await connection.exec_driver_sql("CREATE TABLE written (words text)")
        yield Other(place, LockElection(opened_locks(place, stack)), work_of(database))


async def test_the_late_write_of_a_frozen_leader_is_refused(other: Other) -> None:
    async with writing(other.place) as leader:
        token = int((await leader.told()).removeprefix("leads "))
        leader.write("in time")
        assert await leader.told() == "stored"

        leader.process.send_signal(posix("SIGSTOP"))
        await until_leader(other.election)
        assert other.election.grant().token > token
        await other.write("by another")
        leader.write("too late")
        leader.process.send_signal(posix("SIGCONT"))

        told = await leader.told()
        assert told.startswith("refused StaleGrant")
        assert f"the newest one is {other.election.grant().token}" in told
    assert await other.written() == ["in time", "by another"]


async def test_the_open_transaction_of_a_frozen_leader_ends_before_another_leads(
    other: Other,
) -> None:
    async with writing(other.place) as leader:
        await leader.told()
        leader.write("freeze")
        assert await leader.told() == "open"

        leader.process.send_signal(posix("SIGSTOP"))
        await until_leader(other.election)
        await other.write("by another")
        leader.write("go on")
        leader.process.send_signal(posix("SIGCONT"))

        assert (await leader.told()).startswith("refused ")
    assert await other.written() == ["by another"]
