"""The port `LeaderElection`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest

from chassis.application.errors import LockLost
from chassis.application.locks.lock_election import LockElection
from chassis.application.ports.leader_election import LeaderElection
from tests.chassis.contract.candidate import LEADS, standing
from tests.chassis.contract.lock_places import PLACES, opened_locks
from tests.chassis.memory_election import MemoryElection, MemorySeat

# Within so many seconds a leader that is gone is followed by another.
TIMEOUT = 40

type Make = Callable[[], LeaderElection]


def memory(_: pytest.FixtureRequest) -> Make:
    """The election of the unit tests, held to the same contract."""
    seat = MemorySeat()
    return lambda: MemoryElection(seat)


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Closes all at the end of a test."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture(params=("memory", *sorted(PLACES)))
async def make(request: pytest.FixtureRequest, stack: AsyncExitStack) -> Make:
    """Makes candidates for one database."""
    if request.param == "memory":
        return memory(request)
    place = await PLACES[request.param](request)
    return lambda: LockElection(opened_locks(place, stack))


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


async def test_each_lead_has_a_greater_token_and_whoever_does_not_lead_has_none(
    make: Make,
) -> None:
    first, second = make(), make()
    with pytest.raises(LockLost):
        first.grant()
    await first.campaign()
    grants = [first.grant()]
    await first.campaign()
    assert first.grant() == grants[0]
    assert await second.campaign() is False
    with pytest.raises(LockLost):
        second.grant()

    await first.resign()
    with pytest.raises(LockLost):
        first.grant()
    await until_leader(second)

    grants.append(second.grant())
    assert grants[0].name == grants[1].name
    assert grants[0].token < grants[1].token


@pytest.mark.parametrize("name", PLACES)
async def test_a_leader_whose_process_dies_is_followed(
    name: str, request: pytest.FixtureRequest, stack: AsyncExitStack
) -> None:
    url, cache_url = place = await PLACES[name](request)
    other = LockElection(opened_locks(place, stack))
    async with standing(url, cache_url) as leader:
        assert await leader.told() == LEADS
        assert await other.campaign() is False

        leader.process.kill()

        await until_leader(other)


@pytest.mark.parametrize("name", PLACES)
async def test_elections_of_different_names_have_a_leader_each(
    name: str, request: pytest.FixtureRequest, stack: AsyncExitStack
) -> None:
    place = await PLACES[name](request)
    main, first, second = (
        LockElection(opened_locks(place, stack), each) for each in ("", "worker", "worker")
    )

    assert [await each.campaign() for each in (main, first, second)] == [True, True, False]
