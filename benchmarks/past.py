"""A past: so many notifications over so many days, made inside the database."""

from datetime import UTC, datetime, timedelta

import asyncpg

# So many rows in one statement, so that none takes long and all can be seen to go on.
STEP = 100_000

DAY = timedelta(days=1)

# A UUIDv7 of the row's time (RFC 9562, 5.7), and what a service would have stored with it.
_INSERT = """
    INSERT INTO notifications
        (id, registered_at, receiver, action_type, action_data, actioner, fired_at, is_seen)
    SELECT
        (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0')
            || '8' || substr(md5(receiver || n), 1, 15))::uuid,
        to_timestamp(ms / 1000.0), receiver, kinds[1 + n % 4],
        json_build_object('order', n, 'title', 'Your order has changed',
            'url', 'https://shop.example.com/orders/' || n),
        'shop', to_timestamp(ms / 1000.0), n % 3 = 0
    FROM (
        SELECT n, $3 + n * $4 / $5 AS ms,
            CASE WHEN $6 = '' THEN 'user-' || n % 9973 ELSE $6 END AS receiver,
            ARRAY['order_placed', 'order_shipped', 'payment_received', 'comment_added'] AS kinds
        FROM generate_series($1::bigint, $2::bigint) AS n
    ) AS made
"""


class Past:
    """The rows in one database; `begin` is the first moment of its first day."""

    def __init__(self, connection: asyncpg.Connection, now: datetime, days: int) -> None:
        self._connection = connection
        self._now = now
        self._begin = begin_of(now, days)

    async def add(self, rows: int, receiver: str = "", days: int | None = None) -> None:
        """Add so many rows, evenly over all days or over the last ones.

        They are those of one receiver; without, of ten thousand in turns.
        """
        begin = self._begin if days is None else begin_of(self._now, days)
        first = int(begin.timestamp() * 1000)
        span = int(self._now.timestamp() * 1000) - first
        for start in range(0, rows, STEP):
            last = min(start + STEP, rows) - 1
            await self._connection.execute(_INSERT, start, last, first, span, rows, receiver)

    async def settle(self) -> None:
        """Let the server do now what it would do sooner or later, so that no round meets it."""
        await self._connection.execute("VACUUM (ANALYZE) notifications")
        await self._connection.execute("CHECKPOINT")

    async def chunks(self) -> int:
        """Return how many chunks there are."""
        found: int = await self._connection.fetchval(
            "SELECT count(*) FROM timescaledb_information.chunks "
            "WHERE hypertable_name = 'notifications'"
        )
        return found


def begin_of(now: datetime, days: int) -> datetime:
    """Return the midnight with which the last `days` days begin, of which the last is today."""
    return datetime.combine(now.date(), datetime.min.time(), UTC) - (days - 1) * DAY
