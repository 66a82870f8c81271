import os
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.domain.errors import Invalid
from chassis.domain.ids import (
    CLOCK_SKEW,
    AheadOfClock,
    time_of,
    time_of_foreign,
)
from tests.unit.support import IdGenerator

NOW = datetime(2026, 5, 4, 12, 30, 15, 123_000, tzinfo=UTC)
RETENTION = timedelta(days=30)
MILLISECOND = timedelta(milliseconds=1)
FURTHEST = CLOCK_SKEW / 2


def id_at(time: datetime) -> UUID:
    return IdGenerator()(time)


@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)))
def test_an_id_carries_the_millisecond_it_was_made_in(now: datetime) -> None:
    identity = id_at(now)

    assert (identity.version, identity.variant) == (7, "specified in RFC 4122")
    assert time_of(identity) == now.replace(microsecond=now.microsecond // 1000 * 1000)


def test_a_time_with_another_offset_is_the_same_time() -> None:
    shifted = NOW.astimezone(tz=datetime.strptime("+0530", "%z").tzinfo)

    assert time_of(id_at(shifted)) == NOW


def test_ids_grow_within_a_millisecond_even_when_its_counter_spills_over() -> None:
    generate = IdGenerator()
    ids = [generate(NOW) for _ in range(10_000)]

    assert ids == sorted(set(ids))
    assert all(identity.version == 7 for identity in ids)
    assert time_of(ids[1]) == NOW
    assert time_of(ids[-1]) <= NOW + 3 * MILLISECOND


def test_a_millisecond_has_room_for_two_thousand_ids() -> None:
    generate = IdGenerator()

    assert {time_of(generate(NOW)) for _ in range(2000)} == {NOW}


@given(st.lists(st.integers(-5_000, 5_000), min_size=2, max_size=50))
def test_ids_grow_when_the_clock_steps_back(steps: list[int]) -> None:
    generate = IdGenerator()
    ids = [generate(NOW + step * MILLISECOND) for step in steps]

    assert ids == sorted(set(ids))


def test_ids_follow_the_clock_again_after_it_stepped_back() -> None:
    generate = IdGenerator()
    generate(NOW)
    generate(NOW - timedelta(hours=1))

    assert time_of(generate(NOW + timedelta(seconds=1))) == NOW + timedelta(seconds=1)


def test_ids_do_not_stay_ahead_of_a_clock_that_was_wrong_for_a_while() -> None:
    generate = IdGenerator()
    generate(NOW + timedelta(days=1))
    identity = generate(NOW)

    assert time_of(identity) == NOW
    time_of_foreign(identity, now=NOW, retention=RETENTION)


@pytest.mark.parametrize(("back", "behind"), ((FURTHEST, False), (FURTHEST + MILLISECOND, True)))
def test_ids_wait_for_a_clock_that_is_back_by_half_the_skew_at_most(
    monkeypatch: pytest.MonkeyPatch, back: timedelta, behind: bool
) -> None:
    monkeypatch.setattr(os, "urandom", bytes)
    generate = IdGenerator()
    generate(NOW)

    assert time_of(generate(NOW - back)) == (NOW - back if behind else NOW)


def test_all_of_an_id_that_may_be_random_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", lambda count: b"\xff" * count)

    number = id_at(NOW).int

    assert number & (2**62 - 1) == 2**62 - 1
    # The lower half of the counter.
    assert number >> 64 & 0xFFF == 0x7FF


def test_two_processes_do_not_make_the_same_id() -> None:
    assert len({id_at(NOW) for _ in range(1000)}) == 1000


def test_another_kind_of_uuid_has_no_time() -> None:
    with pytest.raises(Invalid, match=r"^id: must be a UUIDv7$"):
        time_of(uuid4())


def test_a_time_beyond_the_year_9999_is_refused() -> None:
    latest = UUID(int=id_at(NOW).int | (0xFFFF_FFFF_FFFF << 80))

    with pytest.raises(Invalid, match=r"^id: its time lies beyond the year 9999$") as caught:
        time_of(latest)
    assert caught.value.field == "id"


@pytest.mark.parametrize("age", (timedelta(0), RETENTION, -CLOCK_SKEW))
def test_a_foreign_id_within_bounds_is_taken(age: timedelta) -> None:
    assert time_of_foreign(id_at(NOW - age), now=NOW, retention=RETENTION) == NOW - age


@pytest.mark.parametrize(
    ("age", "reason"),
    (
        (RETENTION + MILLISECOND, "before the retention"),
        (-CLOCK_SKEW - MILLISECOND, "ahead of this server's clock"),
    ),
)
def test_a_foreign_id_out_of_bounds_is_refused(age: timedelta, reason: str) -> None:
    with pytest.raises(Invalid, match=reason) as caught:
        time_of_foreign(id_at(NOW - age), now=NOW, retention=RETENTION)

    assert caught.value.field == "id"


def test_only_what_is_ahead_may_become_right_with_the_time() -> None:
    later = id_at(NOW + CLOCK_SKEW + MILLISECOND)
    with pytest.raises(AheadOfClock) as caught:
        time_of_foreign(later, now=NOW, retention=RETENTION)
    assert caught.value.time == NOW + CLOCK_SKEW + MILLISECOND
    soon = NOW + MILLISECOND
    assert time_of_foreign(later, now=soon, retention=RETENTION) == soon + CLOCK_SKEW

    with pytest.raises(Invalid) as refused:
        time_of_foreign(id_at(NOW - RETENTION - MILLISECOND), now=NOW, retention=RETENTION)
    assert not isinstance(refused.value, AheadOfClock)


def test_a_foreign_id_that_is_no_uuid7_is_refused() -> None:
    with pytest.raises(Invalid, match="must be a UUIDv7"):
        time_of_foreign(uuid4(), now=NOW, retention=RETENTION)
