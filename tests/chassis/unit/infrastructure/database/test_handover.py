from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from chassis.application.ports.outbox import Envelope
from chassis.domain.ids import new_id
from chassis.infrastructure.database.outbox import handover as module
from chassis.infrastructure.database.outbox.handover import LEASE, Handed, Handover
from tests.unit.support import ManualClock

WEIGHT = 10_000


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def handover(clock: ManualClock) -> Handover:
    """One from which a relay takes."""
    handover = Handover(clock)
    handover.take(1, WEIGHT)
    return handover


def envelopes(count: int, size: int = 10) -> list[Envelope]:
    return [Envelope(new_id(datetime.now().astimezone()), "key", bytes(size)) for _ in range(count)]


def hand_over(handover: Handover, given: Sequence[Envelope]) -> datetime:
    until = handover.lease()
    assert until is not None
    handover.put(given, until)
    return until


def test_what_was_handed_over_is_taken_once_oldest_first(
    handover: Handover, clock: ManualClock
) -> None:
    first, second = envelopes(3), envelopes(2)
    until = hand_over(handover, first)
    assert until == clock() + LEASE
    clock.turn(seconds=1)
    hand_over(handover, second)

    taken = handover.take(4, WEIGHT)

    assert [each.envelope for each in taken] == [*first, second[0]]
    assert {each.until for each in taken[:3]} == {until}
    assert [each.envelope for each in handover.take(4, WEIGHT)] == [second[1]]
    assert handover.is_empty
    assert not handover.is_bypassed


def test_a_weight_is_kept_unless_by_one_alone(handover: Handover) -> None:
    hand_over(handover, envelopes(5, size=100))

    sizes = [len(handover.take(10, weight)) for weight in (250, 50, WEIGHT)]

    assert sizes == [2, 1, 2]


def test_nothing_is_leased_before_somebody_takes_and_after_the_close(clock: ManualClock) -> None:
    handover = Handover(clock)
    assert handover.lease() is None

    handover.take(1, WEIGHT)
    until = hand_over(handover, envelopes(2))
    assert len(handover.close()) == 2

    assert handover.lease() is None
    handover.put(envelopes(1), until)
    assert handover.take(10, WEIGHT) == []
    assert handover.lease() is not None


@pytest.mark.parametrize(("limit", "weight"), ((3, WEIGHT), (100, 30)))
def test_it_is_bounded_and_has_room_again(
    handover: Handover, monkeypatch: pytest.MonkeyPatch, limit: int, weight: int
) -> None:
    monkeypatch.setattr(module, "LIMIT", limit)
    monkeypatch.setattr(module, "LIMIT_BYTES", weight)
    handover.close()
    handover.take(1, WEIGHT)

    hand_over(handover, envelopes(3))
    assert handover.lease() is None

    taken = handover.take(1, WEIGHT)
    assert handover.lease() is not None
    handover.put_back(taken)
    assert handover.lease() is None


def test_what_is_put_back_comes_first(handover: Handover) -> None:
    given = envelopes(4)
    hand_over(handover, given)
    handover.put_back(handover.take(2, WEIGHT))

    assert [each.envelope for each in handover.take(10, WEIGHT)] == given


def test_at_the_end_of_a_lease_it_is_for_whoever_finds_it_in_the_table(
    handover: Handover, clock: ManualClock
) -> None:
    late, early = envelopes(1), envelopes(1)
    hand_over(handover, late)
    clock.turn(seconds=1)
    until = hand_over(handover, early)
    clock.turn(seconds=LEASE.total_seconds() - 1)

    assert handover.take(10, WEIGHT) == [Handed(early[0], until)]
    assert handover.is_bypassed


def test_a_lease_is_a_matter_of_seconds() -> None:
    # The delay of a crash.
    assert timedelta(seconds=1) < LEASE <= timedelta(seconds=10)
