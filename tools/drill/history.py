"""A journal full of events that no caller has sent: SQL writes a hundred thousand a second."""

from datetime import datetime, timedelta

import asyncpg

# Rows of one statement, so that none takes long.
STEP = 100_000
CUSTOMERS = 1000
MILLISECOND = timedelta(milliseconds=1)

# The id that the service would have stored: a UUIDv7 that carries the event's time (RFC 9562, 5.7).
_FILL = """
    INSERT INTO journal (id, registered_at, receiver, action_type, type, data)
    SELECT id, time, name, word, kind, convert_to(json_build_object({data})::text, 'UTF8')
    FROM (
        SELECT n, to_timestamp(ms / 1000.0) AS time, 'user-' || n % $4 AS name,
            '{word}' AS word, '{kind}' AS kind,
            (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0')
                || '8' || lpad(to_hex(n), 15, '0'))::uuid AS id
        FROM (SELECT n, $3 + n AS ms FROM generate_series($1::bigint, $2::bigint) AS n)
    )
    ORDER BY n
"""
ORDERS = _FILL.format(
    kind="order.placed.v1",
    word="tea",
    data="'id', id, 'placed_at', time, 'customer', name, 'product', word, "
    "'quantity', 1 + n % 1000, 'shipped_at', NULL",
)
NOTIFICATIONS = _FILL.format(
    kind="notification.registered.v1",
    word="drilled",
    data="'id', id, 'registered_at', time, 'receiver', name, 'action_type', word, "
    "'action_data', json_build_object('order', n, 'title', 'Your order has changed'), "
    "'actioner', 'shop', 'fired_at', time, 'is_seen', false",
)


async def fill(url: str, events: str, count: int, newest: datetime) -> None:
    """Append `count` of `ORDERS` or `NOTIFICATIONS`, a millisecond apart; the last is `newest`."""
    begin = newest - count * MILLISECOND
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute("SET synchronous_commit = off")
        for start in range(1, count + 1, STEP):
            last = min(start + STEP - 1, count)
            first = int(begin.timestamp() * 1000)
            await connection.execute(events, start, last, first, CUSTOMERS)
        # The server would do that later, and a drill is to measure something else.
        await connection.execute("VACUUM (ANALYZE) journal")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
