from datetime import UTC, datetime, timedelta, timezone

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis.strategies import datetimes, timezones

from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from chassis.domain.errors import Invalid
from chassis.interfaces.grpc.timestamps import stamp_of, time_of

# No offset may lead out of the years 1 to 9999.
MARGIN = timedelta(days=2)


@given(
    datetimes(
        datetime.min + MARGIN, datetime.max - MARGIN, timezones=timezones(), allow_imaginary=False
    )
)
def test_a_time_comes_back_and_is_as_the_library_has_it(time: datetime) -> None:
    stamp, theirs = stamp_of(time), Timestamp()
    theirs.FromDatetime(time)

    assert stamp == theirs
    assert time_of(pb.NewNotification(fired_at=stamp), "fired_at") == time.astimezone(UTC)


@pytest.mark.parametrize("time", (datetime.min, datetime.max))
def test_the_first_and_the_last_time_come_back(time: datetime) -> None:
    time = time.replace(tzinfo=UTC)
    assert time_of(pb.NewNotification(fired_at=stamp_of(time)), "fired_at") == time


def test_an_offset_is_reckoned_in() -> None:
    two = timezone(timedelta(hours=2))
    assert stamp_of(datetime(1970, 1, 1, 2, 0, 1, tzinfo=two)) == Timestamp(seconds=1)


def test_what_is_not_set_is_nothing() -> None:
    assert time_of(pb.NewNotification(), "fired_at") is None


@pytest.mark.parametrize(
    "stamp",
    (Timestamp(seconds=2**62), Timestamp(seconds=-(2**62)), Timestamp(nanos=-1)),
    ids=("late", "early", "malformed"),
)
def test_what_is_no_time_is_named(stamp: Timestamp) -> None:
    with pytest.raises(Invalid) as caught:
        time_of(pb.NewNotification(fired_at=stamp), "fired_at", "notifications[2].")
    assert caught.value.field == "notifications[2].fired_at"
