import pytest

from chassis.application.errors import LockLost, Unavailable
from chassis.application.locks import lock_election
from chassis.application.locks.lock_election import LockElection
from chassis.application.ports.locks import Grant
from tests.chassis.unit.application.locks.leased_locks import LeasedLocks
from tests.unit.support import ManualTime


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> ManualTime:
    time = ManualTime()
    monkeypatch.setattr(lock_election, "time", time)
    return time


@pytest.fixture
def locks() -> LeasedLocks:
    return LeasedLocks(lease=5.0)


async def test_a_candidate_leads_once_it_has_the_lock(locks: LeasedLocks) -> None:
    election = LockElection(locks)
    assert not election.is_leader
    with pytest.raises(LockLost, match=r"^this process does not hold the lock leader$"):
        election.grant()

    assert await election.campaign() is True

    assert election.grant() == Grant("leader", 1)
    assert await LockElection(locks).campaign() is False


async def test_elections_of_two_names_have_two_leaders(locks: LeasedLocks) -> None:
    main, named = LockElection(locks), LockElection(locks, "worker")

    assert [await main.campaign(), await named.campaign()] == [True, True]
    assert named.grant().name == "leader-worker"


async def test_the_lead_ends_with_the_lease_unless_it_is_renewed(
    locks: LeasedLocks, time: ManualTime
) -> None:
    election = LockElection(locks)
    await election.campaign()
    time.now += 4.9
    assert election.is_leader
    await election.campaign()
    grant = election.grant()
    time.now += 4.9
    assert election.grant() == grant
    time.now += 0.1

    with pytest.raises(LockLost):
        election.grant()
    assert (election.is_leader, grant.token, locks.renewed) == (False, 1, 1)


async def test_the_lease_begins_when_the_candidate_asked(
    locks: LeasedLocks, time: ManualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    acquire = locks.acquire

    async def slowly(name: str, above: int = 0) -> Grant | None:
        time.now += 2
        return await acquire(name, above)

    monkeypatch.setattr(locks, "acquire", slowly)
    election = LockElection(locks)
    await election.campaign()
    time.now += 2.9
    assert election.is_leader
    time.now += 0.2

    assert not election.is_leader


async def test_a_leader_whose_lock_was_lost_gets_another_grant_if_it_is_free(
    locks: LeasedLocks,
) -> None:
    election = LockElection(locks)
    await election.campaign()
    await locks.take_away("leader")
    assert not election.is_leader

    assert await election.campaign() is True

    assert election.grant().token == 2


async def test_a_leader_whose_lock_was_lost_has_none_without_another_answer(
    locks: LeasedLocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(name: str, above: int = 0) -> Grant | None:
        raise Unavailable("away")

    election = LockElection(locks)
    await election.campaign()
    await locks.take_away("leader")
    monkeypatch.setattr(locks, "acquire", away)

    with pytest.raises(Unavailable):
        await election.campaign()

    assert not election.is_leader


async def test_a_leader_without_an_answer_leads_to_the_end_of_its_lease(
    locks: LeasedLocks, time: ManualTime
) -> None:
    election = LockElection(locks)
    await election.campaign()
    locks.is_available = False
    time.now += 3
    with pytest.raises(Unavailable):
        await election.campaign()
    grant = election.grant()
    time.now += 2

    assert not election.is_leader
    # It renews the same grant once there is an answer again.
    locks.is_available = True
    assert await election.campaign() is True
    assert election.grant() == grant


async def test_a_leader_that_lost_its_lock_with_its_connection_has_no_grant(
    locks: LeasedLocks,
) -> None:
    election = LockElection(locks)
    await election.campaign()
    locks.is_available = False
    await locks.take_away("leader")
    with pytest.raises(Unavailable):
        await election.campaign()

    locks.is_available = True
    await election.campaign()

    assert (election.grant().token, locks.renewed) == (2, 0)


async def test_a_leader_that_resigns_leaves_the_lock_free(locks: LeasedLocks) -> None:
    election = LockElection(locks)
    await election.campaign()

    await election.resign()

    assert not election.is_leader
    assert await LockElection(locks).campaign() is True
