"""The cost of lists and reports in a large database:
`./run bench -- lists [PART …] --rows 10000000`.

One database has so many rows in 300 chunks, another 10,000 in 3, each with a receiver of 1,000
rows. Other rows should not matter to that receiver. One more receiver has a tenth of all rows. The
answers are timed from outside, one at a time.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from statistics import median
from urllib.parse import urlencode

import asyncpg

from benchmarks import psql
from benchmarks.past import begin_of
from benchmarks.place import BUSY, OF_ONE, RECENT, RECENT_DAYS, SPREAD, Place, fetch, fill
from benchmarks.rounds import Sample, Side, alternate, report
from benchmarks.stand import stand

FEW, MANY = 3, 300
FEW_ROWS = 10_000
SIZE = "50"
SLICES = 100
MONTH = 30
LIMIT_MS = 10.0

# The database query of a month's report, for psql.
REPORT = """
    SELECT date_bin('1 day', registered_at, '1970-01-01 00:00+00') AS bucket, action_type, count(*)
    FROM notifications WHERE registered_at >= '{since}' AND registered_at < '{until}'
    GROUP BY bucket, action_type ORDER BY bucket, action_type LIMIT 10001
"""

Measure = Callable[[], Awaitable[Sample]]


class Lists:
    """Measures the parts, each a comparison of its own."""

    def __init__(self, few: Place, many: Place, now: datetime, options: argparse.Namespace) -> None:
        self._few = few
        self._many = many
        self._now = now
        self._options = options

    async def page(self) -> None:
        """Compare the first page of a list, with its total."""
        await self._compare("page", "first page, with its total", listed(RECENT, page="1"))

    async def counted(self) -> None:
        """Compare the first page of what is not seen yet, which counts all days each time."""
        path = listed(RECENT, page="1", is_seen="false")
        await self._compare("counted", "first page of the unseen, all counted", path, at_most=None)

    async def cursor(self) -> None:
        """Compare the first slice of a list, which counts nothing."""
        await self._compare("cursor", "first slice, by cursor", listed(RECENT, cursor=""))

    async def spread(self) -> None:
        """Compare that slice where the receiver's rows lie in all chunks."""
        await self._compare("spread", "first slice, rows of all days", listed(SPREAD, cursor=""))

    async def filtered(self) -> None:
        """Compare the report of one receiver, over the days in which the rows lie."""
        since = begin_of(self._now, RECENT_DAYS)
        path = reported(since, self._now, bucket="1h", receiver=RECENT)
        await self._compare("filtered", f"report over {RECENT_DAYS} days", path)

    async def busy(self) -> None:
        """Measure the lists of the receiver that has most, compared with the limit."""
        slices = await self._slices()

        async def limit() -> Sample:
            return Sample(LIMIT_MS)

        def slowest(place: Place, *paths: str) -> Measure:
            return lambda: place.time(*paths, seconds=self._options.seconds, share="p99")

        sides = [
            Side("limit", limit),
            Side("first page", slowest(self._many, listed(BUSY, page="1")), at_most=1.0),
            Side("by cursor", slowest(self._many, *slices), at_most=1.0),
            # The effect of the machine itself on one answer in a hundred, with hardly any rows.
            Side(f"of {FEW_ROWS:,}", slowest(self._few, listed(RECENT, page="1"))),
        ]
        await alternate(sides, self._options.rounds)
        title = f"list of a receiver with {of_busy(self._options.rows):,} rows, 99 of 100 answers"
        report("lists-busy", title, "ms", sides)

    async def month(self) -> None:
        """Compare the report of all over a month with the same SQL by psql."""
        since = begin_of(self._now, MONTH)
        path = reported(since, self._now, bucket="1d")
        sql = REPORT.format(since=since.isoformat(), until=self._now.isoformat())
        await self._same(path, sql)

        async def by_psql() -> Sample:
            times = await psql.milliseconds(self._many.dsn, sql, self._options.times)
            return Sample(median(times), note=f"{len(times)} times")

        def by_service() -> Awaitable[Sample]:
            return self._many.time(path, seconds=self._options.seconds)

        sides = [Side("psql", by_psql), Side("service", by_service, at_most=1.1)]
        await alternate(sides, self._options.rounds)
        title = f"report of all over {MONTH} of {MANY} days, {self._options.rows:,} rows in all"
        report("lists-month", title, "ms", sides)

    async def _compare(self, name: str, title: str, path: str, at_most: float | None = 1.5) -> None:
        def time(place: Place) -> Measure:
            return lambda: place.time(path, seconds=self._options.seconds)

        sides = [
            Side(self._few.name, time(self._few)),
            Side(self._many.name, time(self._many), at_most=at_most),
        ]
        await alternate(sides, self._options.rounds)
        title += f", a receiver with {OF_ONE:,} of {FEW_ROWS:,} rows and of {self._options.rows:,}"
        report(f"lists-{name}", title, "ms", sides)

    async def _slices(self) -> list[str]:
        """Return the paths of slices that follow each other, from the newest on."""
        paths = [listed(BUSY, cursor="")]
        async with self._many.serving() as process:
            while len(paths) < SLICES:
                cursor = (await fetch(process, paths[-1]))["next_cursor"]
                if cursor is None:
                    break
                paths.append(listed(BUSY, cursor=cursor))
        return paths

    async def _same(self, path: str, sql: str) -> None:
        """Hold the report against what the SQL finds."""
        connection = await asyncpg.connect(self._many.dsn)
        try:
            wanted = [(key, count) for _, key, count in await connection.fetch(sql)]
        finally:
            await connection.close()
        items = (await self._many.get(path))["items"]
        if [(item["key"], item["count"]) for item in items] != wanted:
            raise RuntimeError("the report and the SQL count differently")


def listed(receiver: str, **more: str) -> str:
    """Return the path of a list."""
    return f"/notifications?{urlencode({'receiver': receiver, 'size': SIZE, **more})}"


def reported(since: datetime, until: datetime, **more: str) -> str:
    """Return the path of a report."""
    span = {"since": since.isoformat(), "until": until.isoformat()}
    return f"/reports/notifications?{urlencode(span | more)}"


def of_busy(rows: int) -> int:
    """Return how many of so many rows are those of one receiver."""
    return rows // 10


PARTS = ("page", "counted", "cursor", "spread", "filtered", "busy", "month")


async def main(options: argparse.Namespace) -> None:
    """Print the comparisons that were asked for."""
    async with stand(durable=options.durable) as on:
        now = datetime.now(UTC)
        few = await fill(on, now, "few", FEW_ROWS, 0, FEW)
        many = await fill(on, now, "many", options.rows, of_busy(options.rows), MANY)
        lists = Lists(few, many, now, options)
        for name in options.part or PARTS:
            await getattr(lists, name)()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- lists", description=__doc__)
    parser.add_argument("part", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5, help="of questions, in each round")
    parser.add_argument("--times", type=int, default=5, help="psql runs, in each round")
    parser.add_argument(
        "--no-fsync", dest="durable", action="store_false", help="as the servers of the tests"
    )
    asyncio.run(main(parser.parse_args()))
