"""A database full of notifications, and what a restored one must have of another."""

from collections.abc import Mapping

from tools.drill import look

DAYS = 20

# Ids are UUIDv7, in the order of `n`, from `DAYS` ago until a minute ago.
_NOTIFICATIONS = f"""
INSERT INTO notifications
    (id, registered_at, receiver, action_type, action_data, fired_at, is_seen)
SELECT (lpad(to_hex(ms), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
        || substr(md5(n::text), 4, 15))::uuid,
    to_timestamp(ms / 1000.0), 'r' || n % 97, 'filled',
    json_build_object('n', n, 'title', 'Your order has changed'), to_timestamp(ms / 1000.0),
    n % 2 = 0
FROM (
    SELECT n, (extract(epoch FROM now()) * 1000)::bigint - 60000
        - (($1::bigint - n) * {DAYS} * 86400000) / $1::bigint AS ms
    FROM generate_series(1, $1::bigint) AS n
)
"""
_JOURNAL = """
INSERT INTO journal (id, registered_at, receiver, action_type, type, data)
SELECT id, registered_at, receiver, action_type, 'notification.registered.v1',
    convert_to(row_to_json(notifications)::text, 'UTF8')
FROM notifications ORDER BY id
"""
_KEYS = """
INSERT INTO idempotency_keys (caller, key, operation, request_hash, ids, created_at)
SELECT '', 'filled-' || id, 'notifications.register', sha256(id::text::bytea),
    json_build_array(id), now()
FROM notifications
"""

# Only what is filled: load changes the rest. The hash depends on each value, and on the order.
_CHECKSUMS = {
    "notifications": "notifications AS t WHERE action_type = 'filled'",
    "journal": "journal AS t WHERE action_type = 'filled'",
    "idempotency keys": "idempotency_keys AS t WHERE key LIKE 'filled-%'",
}


async def fill(url: str, count: int) -> None:
    """Store `count` notifications, and as many journal rows and idempotency keys."""
    await look.rows(url, _NOTIFICATIONS, count)
    for statement in (_JOURNAL, _KEYS, "ANALYZE"):
        await look.rows(url, statement)


async def checksums(url: str) -> Mapping[str, tuple[int, str]]:
    """Return the number of the filled rows of each table, and a hash of all of them."""
    hashed = "SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY t::text)) FROM {}"
    found = {
        name: (await look.rows(url, hashed.format(rows)))[0] for name, rows in _CHECKSUMS.items()
    }
    return {name: (row[0], row[1]) for name, row in found.items()}
