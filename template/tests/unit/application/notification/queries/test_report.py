from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from app.application.notification.messages import Count, Report
from app.application.notification.ports import Criteria
from app.application.notification.queries import report as module
from app.application.notification.queries.report import ReportHandler
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.memory_notification_work import MemoryNotificationWork
from tests.memory_notifications import MemoryNotifications
from tests.unit.support import ManualClock, invalid_field, make_notification, refusal, store

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def report(work: MemoryUnitOfWork, clock: ManualClock) -> ReportHandler:
    return ReportHandler(MemoryNotificationWork(work), clock)


async def add(database: MemoryDatabase, *ages: timedelta, **fields: Any) -> None:
    """Store a notification for each age, counted back from noon."""
    await store(database, [make_notification(NOON - age, **fields) for age in ages])


async def test_counts_are_by_bucket_and_key_oldest_first(
    report: ReportHandler, database: MemoryDatabase
) -> None:
    minute = timedelta(minutes=1)
    await add(database, 50 * minute, 49 * minute, 20 * minute, action_type="b")
    await add(database, 46 * minute, 20 * minute, action_type="a", receiver="eve")

    counts = await report(Report(bucket="15m"))

    first, second = NOON - 60 * minute, NOON - 30 * minute
    assert counts.items == [
        Count(first, "a", 1),
        Count(first, "b", 2),
        Count(second, "a", 1),
        Count(second, "b", 1),
    ]
    by_receiver = await report(Report(bucket="1d", by="receiver"))
    assert [(item.key, item.count) for item in by_receiver.items] == [("ada", 3), ("eve", 2)]


async def test_a_report_may_be_of_one_receiver_and_one_type(
    report: ReportHandler, database: MemoryDatabase
) -> None:
    minute = timedelta(minutes=1)
    await add(database, minute, receiver="eve", action_type="a")
    await add(database, minute, receiver="eve", action_type="b")
    await add(database, minute, receiver="bob", action_type="a")

    of_eve = await report(Report(receiver="eve"))
    of_a = await report(Report(by="receiver", action_type="a"))

    assert [(item.key, item.count) for item in of_eve.items] == [("a", 1), ("b", 1)]
    assert [(item.key, item.count) for item in of_a.items] == [("bob", 1), ("eve", 1)]


@pytest.mark.parametrize(
    ("times", "expected"),
    (
        ({}, 2),
        ({"since": NOON - timedelta(hours=30)}, 4),
        ({"since": NOON - timedelta(hours=2)}, 1),
        ({"until": NOON - timedelta(hours=1)}, 3),
        ({"until": NOON - timedelta(hours=2)}, 3),
        ({"since": NOON - timedelta(hours=25), "until": NOON - timedelta(hours=24)}, 1),
    ),
)
async def test_a_report_reaches_from_since_to_until(
    report: ReportHandler, database: MemoryDatabase, times: dict[str, Any], expected: int
) -> None:
    hour = timedelta(hours=1)
    await add(database, 2 * hour, 23 * hour, 25 * hour, 26 * hour)

    counts = await report(Report(bucket="1h", **times))

    assert sum(item.count for item in counts.items) == expected


@pytest.mark.parametrize(
    "bucket", ("", "15", "m", "0m", "-1h", "1w", "1.5h", "1H", "²h", "1h ", "999999s")
)
async def test_a_bucket_is_a_number_and_a_unit(report: ReportHandler, bucket: str) -> None:
    assert await refusal(report(Report(bucket=bucket))) == (
        "bucket: must be a number and a unit of s, m, h or d, such as 15m"
    )


@pytest.mark.parametrize("bucket", ("1s", "90m", "36h", "365d", "99999s", "99999d"))
@pytest.mark.parametrize("until", (None, NOON, datetime(9999, 12, 31, tzinfo=UTC)))
async def test_any_bucket_has_a_time_to_report_on(
    report: ReportHandler, bucket: str, until: datetime | None
) -> None:
    assert (await report(Report(bucket=bucket, until=until))).items == []


@pytest.mark.parametrize(
    ("since", "until"),
    (
        (NOON, NOON),
        (NOON, None),
        (NOON + timedelta(seconds=1), None),
        (datetime(1970, 1, 1, tzinfo=UTC), datetime(1969, 1, 1, tzinfo=UTC)),
    ),
)
async def test_a_time_that_ends_before_it_begins_is_refused(
    report: ReportHandler, since: datetime | None, until: datetime | None
) -> None:
    assert await refusal(report(Report(since=since, until=until))) == "since: must be before until"


@pytest.mark.parametrize("bucket", ("1s", "99999d"))
@pytest.mark.parametrize(
    "until",
    (
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    ),
)
async def test_a_report_that_ends_before_ids_begin_is_empty(
    report: ReportHandler, bucket: str, until: datetime
) -> None:
    assert (await report(Report(bucket=bucket, until=until))).items == []


async def test_a_report_may_begin_before_ids_do(report: ReportHandler) -> None:
    since, until = datetime(1, 1, 1, tzinfo=UTC), datetime(2, 1, 1, tzinfo=UTC)

    assert (await report(Report(bucket="1d", since=since, until=until))).items == []


@pytest.mark.parametrize("field", ("since", "until"))
async def test_a_time_outside_all_years_is_refused(report: ReportHandler, field: str) -> None:
    times: dict[str, Any] = {field: datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))}

    assert await invalid_field(report(Report(**times))) == field


async def test_a_report_has_at_most_400_buckets(report: ReportHandler) -> None:
    since = NOON - timedelta(minutes=400)
    await report(Report(bucket="1m", since=since))

    too_early = since - timedelta(seconds=1)
    assert await refusal(report(Report(bucket="1m", since=too_early))) == (
        "bucket: a report has at most 400 buckets: choose wider ones"
    )


async def test_a_report_has_a_bounded_number_of_rows(
    report: ReportHandler, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_ROWS", 2)
    for key in ("a", "b"):
        await add(database, timedelta(minutes=1), action_type=key)
    assert len((await report(Report())).items) == 2

    await add(database, timedelta(minutes=1), action_type="c")

    assert await refusal(report(Report())) == (
        "since: a report has at most 2 rows: choose a shorter time"
    )


async def test_no_more_rows_are_asked_for_than_tell_of_too_many(
    report: ReportHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = []

    async def counts(self: MemoryNotifications, criteria: Criteria, **asked: Any) -> list[Any]:
        limits.append(asked["limit"])
        return []

    monkeypatch.setattr(MemoryNotifications, "counts", counts)

    await report(Report())

    assert limits == [module.MAX_ROWS + 1]
