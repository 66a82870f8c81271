"""Cron expressions, time zones and changes of the clocks, and an evaluation of our own.

The evaluation knows nothing of the library: it looks at every minute of the elapsed time.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
NAMES = {name: number for number, name in enumerate(WEEKDAYS)} | {"MAR": 3, "OCT": 10}

EXPRESSIONS = (
    "* * * * *",
    "*/5 * * * *",
    "*/15 * * * *",
    "*/20 * * * *",
    "7 * * * *",
    "0 * * * *",
    "30 * * * *",
    "59 * * * *",
    "0,30 * * * *",
    "5-10 * * * *",
    "0 */2 * * *",
    "30 */3 * * *",
    "* 1 * * *",
    "* 2 * * *",
    "*/30 0-4 * * *",
    "*/10 2,3 * * *",
    "0 0 * * *",
    "30 0 * * *",
    "0 1 * * *",
    "15 1 * * *",
    "30 1 * * *",
    "59 1 * * *",
    "0 2 * * *",
    "1 2 * * *",
    "30 2 * * *",
    "59 2 * * *",
    "0 3 * * *",
    "30 3 * * *",
    "0 12 * * *",
    "0 1,2,3 * * *",
    "0,30 2 * * *",
    "15,45 1-3 * * *",
    "0 2 * * SUN",
    "30 1 * * SUN",
    "30 2 * * MON-FRI",
    "0 0 * * SAT,SUN",
    "30 2 1-14 * *",
    "30 2 29 MAR *",
    "0 2 25-31 OCT *",
    "15 0-23/4 * * *",
)

# The zone, and the days of both changes in 2026. Most skip an hour at two or three o'clock. Two do
# it at midnight, one by half an hour, and one on a Friday. Two zones have no changes.
CHANGES = (
    ("Europe/Berlin", (3, 29), (10, 25)),
    ("Europe/London", (3, 29), (10, 25)),
    ("America/New_York", (3, 8), (11, 1)),
    ("America/Santiago", (9, 6), (4, 5)),
    ("America/Havana", (3, 8), (11, 1)),
    ("Australia/Lord_Howe", (10, 4), (4, 5)),
    ("Australia/Sydney", (10, 4), (4, 5)),
    ("Africa/Cairo", (4, 24), (10, 30)),
    ("Asia/Kolkata", (3, 29), (10, 25)),
    ("UTC", (3, 29), (10, 25)),
)


# The library skips one run where a zone changes its clocks by half an hour: it goes on in whole
# hours. No other zone with people in it does so.
HALF_HOUR = "Australia/Lord_Howe"
SKIPPING = {"30 * * * *", "0 */2 * * *", "* 2 * * *", "*/10 2,3 * * *"}


def span(zone: str, month: int, day: int) -> tuple[datetime, datetime]:
    """Return the three days around a change, in UTC."""
    begin = datetime(2026, month, day, tzinfo=ZoneInfo(zone)).astimezone(UTC) - timedelta(days=1)
    return begin, begin + timedelta(days=3)


def due_times(expression: str, zone: str, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the due times after `begin` and up to `end`, as the manual of Debian's cron has them.

    Jobs with a `*` as the start of their minute or hour follow the elapsed time. All others run at
    fixed times: those of a skipped interval run at its end, and those of a repeated one run once.
    """
    fields = expression.split()
    is_fixed = not (fields[0].startswith("*") or fields[1].startswith("*"))
    yielded: set[datetime] = set()
    # By the clock on the wall: what is due there, and whether it has been.
    shown: set[datetime] = set()
    _, before = walls(zone, begin, end)[0]
    for now, wall in walls(zone, begin, end)[1:]:
        if not is_fixed:
            if fits(fields, wall):
                yield now
            continue
        skipped = before + MINUTE
        while skipped < wall:
            if fits(fields, skipped) and now not in yielded:
                yielded.add(now)
            skipped += MINUTE
        if fits(fields, wall) and wall not in shown:
            yielded.add(now)
        shown.add(wall)
        if now in yielded:
            yield now
        before = wall


@cache
def walls(zone: str, begin: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Return every minute from `begin` to `end`, and what the clock on the wall shows then."""
    minutes = range(int((end - begin) / MINUTE) + 1)
    every = [begin + minute * MINUTE for minute in minutes]
    return [(now, now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)) for now in every]


def fits(fields: list[str], wall: datetime) -> bool:
    """Return whether the five fields name this minute."""
    minute, hour, day, month, weekday = fields
    if wall.minute not in numbers(minute, 0, 59) or wall.hour not in numbers(hour, 0, 23):
        return False
    is_day = wall.day in numbers(day, 1, 31)
    # Sunday is 0 and 7.
    is_weekday = bool({wall.isoweekday(), wall.isoweekday() % 7} & numbers(weekday, 0, 7))
    either = is_day and is_weekday
    if not (day.startswith("*") or weekday.startswith("*")):
        either = is_day or is_weekday
    return wall.month in numbers(month, 1, 12) and either


@cache
def numbers(field: str, least: int, most: int) -> frozenset[int]:
    """Return the numbers that a field names."""
    found: set[int] = set()
    for term in field.split(","):
        bounds, _, step = term.partition("/")
        first, _, last = bounds.partition("-")
        low = least if first == "*" else number(first)
        high = most if first == "*" else number(last or first)
        found.update(range(low, high + 1, int(step or 1)))
    return frozenset(found)


def number(text: str) -> int:
    """Return the number of a digit or of a name."""
    return NAMES[text] if text in NAMES else int(text)
