"""A database as the last release leaves it after a few weeks, filled by its own server."""

from collections.abc import Mapping

from tools.drill import look

DAYS = 20
PRUNED = 1_000

# Ids are UUIDv7, in the order of `n`, from `DAYS` ago until a minute ago.
_NUMBERED = f"""
WITH numbered AS (
    SELECT n, (extract(epoch FROM now()) * 1000)::bigint - 60000
              - ((($1::bigint - n) * {DAYS} * 86400000) / $1::bigint) AS milliseconds
    FROM generate_series(1, $1::bigint) AS n
), filled AS (
    SELECT n, (lpad(to_hex(milliseconds), 12, '0') || '7' || substr(md5(n::text), 1, 3)
               || '8' || substr(md5(n::text), 4, 15))::uuid AS id,
           to_timestamp(milliseconds / 1000.0) AS time
    FROM numbered
)
"""
_NOTIFICATIONS = f"""{_NUMBERED}
INSERT INTO notifications
    (id, registered_at, receiver, action_type, action_data, actioner, fired_at, is_seen)
SELECT id, time, 'r' || n % 97, 'filled', json_build_object('n', n), NULL, time, n % 2 = 0
FROM filled
"""
_JOURNAL = """
INSERT INTO journal (id, registered_at, receiver, action_type)
SELECT id, registered_at, receiver, action_type FROM notifications ORDER BY id
"""
_KEYS = """
INSERT INTO idempotency_keys (caller, key, request_hash, ids, created_at)
SELECT '', 'filled-' || id, sha256(id::text::bytea), json_build_array(id), now()
FROM notifications
"""
# As the release prunes.
_PRUNE = (
    f"DELETE FROM journal WHERE position <= {PRUNED}",
    f"UPDATE journal_epoch SET pruned = {PRUNED}",
)

_COUNTS = {
    "notifications": "SELECT count(*) FROM notifications WHERE action_type = 'filled'",
    "journal": "SELECT count(*) FROM journal WHERE action_type = 'filled'",
    "idempotency_keys": "SELECT count(*) FROM idempotency_keys WHERE key LIKE 'filled-%'",
}


async def fill(url: str, count: int) -> None:
    """Store `count` notifications, and as many journal rows and idempotency keys."""
    await look.rows(url, _NOTIFICATIONS, count)
    for statement in (_JOURNAL, _KEYS, *_PRUNE, "ANALYZE"):
        await look.rows(url, statement)


async def counts(url: str) -> Mapping[str, int]:
    """Return how many of these rows each table has."""
    return {name: (await look.rows(url, query))[0][0] for name, query in _COUNTS.items()}
