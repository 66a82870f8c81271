"""Leader election while something stands still: the leader, the server, or the way between."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chassis.application.errors import Unavailable
from chassis.application.ports.leader_election import LeaderElection
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.migration.migrate import migrate
from chassis.infrastructure.database.postgresql_locks import LEASE, SESSION
from tests.chassis.contract.candidate import FOLLOWS, LEADS, standing
from tests.chassis.contract.test_leader_election import until_leader
from tests.chassis.posix import posix
from tests.servers.databases import Databases, apart
from tests.servers.postgresql import PostgresqlServer


@pytest.fixture
def url(own_postgresql: PostgresqlServer) -> str:
    url = Databases(own_postgresql.url).create("app")
    apart(migrate(url))
    return url


@pytest.fixture
async def election(url: str) -> AsyncIterator[LeaderElection]:
    candidate = Database(url).election()
    yield candidate
    await candidate.resign()


@pytest.fixture
async def other(url: str) -> AsyncIterator[LeaderElection]:
    candidate = Database(url).election()
    yield candidate
    await candidate.resign()


async def test_a_frozen_leader_is_followed_and_knows_when_it_thaws(
    url: str, election: LeaderElection
) -> None:
    async with standing(url) as leader:
        assert await leader.told() == LEADS
        assert await election.campaign() is False

        leader.process.send_signal(posix("SIGSTOP"))
        await until_leader(election)
        leader.process.send_signal(posix("SIGCONT"))

        assert await leader.told() == FOLLOWS


async def test_a_leader_that_does_not_campaign_knows_before_another_leads(
    election: LeaderElection, other: LeaderElection
) -> None:
    assert LEASE < SESSION
    await election.campaign()

    await until_leader(other)

    assert not election.is_leader
    # The server has hung up; the next session is that of one candidate among others.
    with pytest.raises(Unavailable, match=r"lost|idle"):
        await election.campaign()
    assert await election.campaign() is False


async def test_a_server_that_hangs_up_ends_the_lead_at_once(
    own_postgresql: PostgresqlServer, election: LeaderElection
) -> None:
    await election.campaign()

    await asyncio.to_thread(own_postgresql.kill)
    async with asyncio.timeout(2):
        while election.is_leader:
            await asyncio.sleep(0.01)
    with pytest.raises(Unavailable):
        await election.campaign()

    own_postgresql.start()
    await until_leader(election)


async def test_a_frozen_server_ends_the_lead_and_holds_nobody_up(
    own_postgresql: PostgresqlServer, election: LeaderElection
) -> None:
    await election.campaign()
    own_postgresql.freeze()
    try:
        async with asyncio.timeout(15):
            with pytest.raises(Unavailable, match="does not answer in time"):
                await election.campaign()
            assert not election.is_leader
            await election.resign()
    finally:
        own_postgresql.thaw()
    await until_leader(election)


async def test_one_session_for_each_candidate_and_none_once_it_resigned(
    url: str, own_postgresql: PostgresqlServer, election: LeaderElection, other: LeaderElection
) -> None:
    for _ in range(3):
        await election.campaign()
        await other.campaign()
    assert sessions(own_postgresql) == 2

    await election.resign()
    await other.resign()

    async with asyncio.timeout(5):
        while sessions(own_postgresql):
            await asyncio.sleep(0.05)


def sessions(server: PostgresqlServer) -> int:
    """Return how many sessions are there but the one that asks."""
    [(count,)] = Databases(server.url).sql(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = 'app' "
        "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    return int(count)
