"""The port `LeaderElection`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from chassis.application.ports.leader_election import LeaderElection
from chassis.infrastructure.database.database import Database
from tests.chassis.contract.candidate import LEADS, standing
from tests.chassis.memory_election import MemoryElection, MemorySeat

# Within so many seconds a leader that is gone is followed by another.
TIMEOUT = 10

type Make = Callable[[], LeaderElection]


def memory(_: pytest.FixtureRequest) -> Make:
    """The election of the unit tests, held to the same contract."""
    seat = MemorySeat()
    return lambda: MemoryElection(seat)


def sqlite_url(request: pytest.FixtureRequest) -> str:
    folder: Path = request.getfixturevalue("tmp_path")
    return f"sqlite+aiosqlite:///{folder}/app.db"


def postgresql_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue("database_url")
    return url


URLS = {"sqlite": sqlite_url, "postgresql": postgresql_url}
MAKERS: dict[str, Callable[[pytest.FixtureRequest], Make]] = {
    "memory": memory,
    "sqlite": lambda request: Database(sqlite_url(request)).election,
    "postgresql": lambda request: Database(postgresql_url(request)).election,
}


@pytest.fixture(params=sorted(MAKERS))
async def make(request: pytest.FixtureRequest) -> AsyncIterator[Make]:
    """Makes candidates for one database; they resign at the end."""
    made: list[LeaderElection] = []
    maker = MAKERS[request.param](request)

    def make() -> LeaderElection:
        made.append(maker())
        return made[-1]

    yield make
    for candidate in made:
        await candidate.resign()


async def until_leader(candidate: LeaderElection) -> None:
    """Campaign until that leads; fails after a while."""
    async with asyncio.timeout(TIMEOUT):
        while not await candidate.campaign():
            await asyncio.sleep(0.05)


async def test_nobody_leads_before_anybody_campaigns(make: Make) -> None:
    assert not make().is_leader


async def test_one_of_two_leads_and_keeps_the_lead(make: Make) -> None:
    first, second = make(), make()

    assert await first.campaign() is True
    for _ in range(3):
        assert await second.campaign() is False
        assert await first.campaign() is True
        assert (first.is_leader, second.is_leader) == (True, False)


async def test_of_many_at_once_one_leads(make: Make) -> None:
    candidates = [make() for _ in range(8)]

    await asyncio.gather(*(candidate.campaign() for candidate in candidates))

    assert sum(candidate.is_leader for candidate in candidates) == 1


async def test_whoever_resigns_leads_no_more_and_another_may(make: Make) -> None:
    first, second = make(), make()
    await first.campaign()
    # However often it was confirmed.
    await first.campaign()

    await first.resign()

    assert not first.is_leader
    await until_leader(second)
    assert await first.campaign() is False


async def test_resigning_twice_or_without_the_lead_changes_nothing(make: Make) -> None:
    leader, other = make(), make()
    await other.resign()
    await leader.campaign()
    await other.campaign()

    await other.resign()
    await other.resign()

    assert leader.is_leader
    assert await leader.campaign() is True


async def test_whoever_resigned_may_lead_again(make: Make) -> None:
    candidate = make()
    await candidate.campaign()
    await candidate.resign()

    await until_leader(candidate)


@pytest.mark.parametrize("name", URLS)
async def test_a_leader_whose_process_dies_is_followed(
    name: str, request: pytest.FixtureRequest
) -> None:
    url = URLS[name](request)
    other = Database(url).election()
    async with standing(url) as leader:
        assert await leader.told() == LEADS
        assert await other.campaign() is False

        leader.process.kill()

        await until_leader(other)
    await other.resign()
