from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from chassis.application.ports.outbox import Envelope
from chassis.domain.ids import new_id
from chassis.infrastructure.database.outbox import leased_outbox as module
from chassis.infrastructure.database.outbox.leased_outbox import LEASE, Lease, LeasedOutbox
from tests.unit.support import ManualClock

WEIGHT = 10_000


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def leased_outbox(clock: ManualClock) -> LeasedOutbox:
    """One from which a relay takes."""
    leased_outbox = LeasedOutbox(clock)
    leased_outbox.take(1, WEIGHT)
    return leased_outbox


def envelopes(count: int, size: int = 10) -> list[Envelope]:
    return [Envelope(new_id(datetime.now().astimezone()), "key", bytes(size)) for _ in range(count)]


def lease(leased_outbox: LeasedOutbox, given: Sequence[Envelope]) -> datetime:
    until = leased_outbox.lease()
    assert until is not None
    leased_outbox.put(given, until)
    return until


def test_what_was_leased_is_taken_once_oldest_first(
    leased_outbox: LeasedOutbox, clock: ManualClock
) -> None:
    first, second = envelopes(3), envelopes(2)
    until = lease(leased_outbox, first)
    assert until == clock() + LEASE
    clock.turn(seconds=1)
    lease(leased_outbox, second)

    taken = leased_outbox.take(4, WEIGHT)

    assert [each.envelope for each in taken] == [*first, second[0]]
    assert {each.until for each in taken[:3]} == {until}
    assert [each.envelope for each in leased_outbox.take(4, WEIGHT)] == [second[1]]
    assert leased_outbox.is_empty
    assert not leased_outbox.is_bypassed


def test_a_weight_is_kept_unless_by_one_alone(leased_outbox: LeasedOutbox) -> None:
    lease(leased_outbox, envelopes(5, size=100))

    sizes = [len(leased_outbox.take(10, weight)) for weight in (250, 50, WEIGHT)]

    assert sizes == [2, 1, 2]


def test_nothing_is_leased_before_somebody_takes_and_after_the_close(clock: ManualClock) -> None:
    leased_outbox = LeasedOutbox(clock)
    assert leased_outbox.lease() is None

    leased_outbox.take(1, WEIGHT)
    until = lease(leased_outbox, envelopes(2))
    assert len(leased_outbox.close()) == 2

    assert leased_outbox.lease() is None
    leased_outbox.put(envelopes(1), until)
    assert leased_outbox.take(10, WEIGHT) == []
    assert leased_outbox.lease() is not None


@pytest.mark.parametrize(("limit", "weight"), ((3, WEIGHT), (100, 30)))
def test_it_is_bounded_and_has_room_again(
    leased_outbox: LeasedOutbox, monkeypatch: pytest.MonkeyPatch, limit: int, weight: int
) -> None:
    monkeypatch.setattr(module, "LIMIT", limit)
    monkeypatch.setattr(module, "LIMIT_BYTES", weight)
    leased_outbox.close()
    leased_outbox.take(1, WEIGHT)

    lease(leased_outbox, envelopes(3))
    assert leased_outbox.lease() is None

    taken = leased_outbox.take(1, WEIGHT)
    assert leased_outbox.lease() is not None
    leased_outbox.put_back(taken)
    assert leased_outbox.lease() is None


def test_what_is_put_back_comes_first(leased_outbox: LeasedOutbox) -> None:
    given = envelopes(4)
    lease(leased_outbox, given)
    leased_outbox.put_back(leased_outbox.take(2, WEIGHT))

    assert [each.envelope for each in leased_outbox.take(10, WEIGHT)] == given


def test_at_the_end_of_a_lease_it_is_for_whoever_finds_it_in_the_table(
    leased_outbox: LeasedOutbox, clock: ManualClock
) -> None:
    late, early = envelopes(1), envelopes(1)
    lease(leased_outbox, late)
    clock.turn(seconds=1)
    until = lease(leased_outbox, early)
    clock.turn(seconds=LEASE.total_seconds() - 1)

    assert leased_outbox.take(10, WEIGHT) == [Lease(early[0], until)]
    assert leased_outbox.is_bypassed


def test_a_lease_is_a_matter_of_seconds() -> None:
    # The delay of a crash.
    assert timedelta(seconds=1) < LEASE <= timedelta(seconds=10)
