from chassis.application.locks.elections import Elections
from tests.chassis.unit.application.locks.leased_locks import LeasedLocks


async def test_each_election_is_made_once_with_locks_of_its_own() -> None:
    made: list[LeasedLocks] = []

    def locks() -> LeasedLocks:
        made.append(LeasedLocks())
        return made[-1]

    elections = Elections(locks)
    main, worker = elections.of(), elections.of("worker")

    assert (elections.of(), elections.of("worker")) == (main, worker)
    assert main is not worker
    assert [await each.campaign() for each in (main, worker)] == [True, True]
    assert [each.grant().name for each in (main, worker)] == ["leader", "leader-worker"]
    assert len(made) == 2
