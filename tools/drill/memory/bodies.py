"""The largest notifications there are: plain, dense, and denser than is taken."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import asyncpg

from tools.drill.events import uuid7

# The largest body that is taken by default, less what is around the data.
SIZE = 1_048_576 - 300
# As many values as are taken.
VALUES = 10_000

PLAIN = json.dumps({"text": "x" * (SIZE - 20)})
# A character of four bytes makes a `str` of four bytes for each of the others.
WIDE = json.dumps({"text": "x" * (SIZE - 40) + "\U0001f9c5"}, ensure_ascii=False)
DENSE = json.dumps(
    {"list": [{"a": "x" * (SIZE // (VALUES // 2) - 12)}] * (VALUES // 2 - 1)},
    separators=(",", ":"),
)
# Taken by earlier versions.
DENSER = json.dumps({"list": [{}] * 340_000}, separators=(",", ":"))


def body(data: str) -> bytes:
    """Return the body of a POST with this JSON as its data."""
    head = '{"receiver":"ada","action_type":"heavy","action_data":'
    return f"{head}{data}}}".encode()


async def insert(settings: Mapping[str, str], data: str, count: int) -> None:
    """Store as many notifications with this data as an earlier version has, by the journal too."""
    url = settings["DATABASE_URL"]
    ids = [uuid7() for _ in range(count)]
    if url.startswith("sqlite"):
        _insert_sqlite(url.partition("///")[2], ids, data)
    else:
        await _insert_postgresql(url.replace("+asyncpg", ""), ids, data)


async def _insert_postgresql(url: str, ids: Iterable[str], data: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for identity in ids:
            time = _time(identity)
            await connection.execute(
                "INSERT INTO notifications (id, registered_at, receiver, action_type, action_data,"
                " fired_at, is_seen) VALUES ($1, $2, 'ada', 'dense', $3::text::json, $2, false)",
                *(identity, time, data),
            )
            await connection.execute(
                "INSERT INTO journal (id, registered_at, receiver, action_type)"
                " VALUES ($1, $2, 'ada', 'dense')",
                *(identity, time),
            )
    finally:
        await connection.close()


def _insert_sqlite(path: str, ids: Iterable[str], data: str) -> None:
    connection = sqlite3.connect(path, timeout=30)
    with connection:
        for identity in ids:
            stored = identity.replace("-", "")
            time = int(_time(identity).timestamp() * 1000) * 1000
            connection.execute(
                "INSERT INTO notifications (id, registered_at, receiver, action_type, action_data,"
                " fired_at, is_seen) VALUES (?, ?, 'ada', 'dense', ?, ?, 0)",
                (stored, time, data, time),
            )
            connection.execute(
                "INSERT INTO journal (id, registered_at, receiver, action_type)"
                " VALUES (?, ?, 'ada', 'dense')",
                (stored, time),
            )
    connection.close()


def _time(identity: str) -> datetime:
    return datetime.fromtimestamp(int(identity.replace("-", "")[:12], 16) / 1000, UTC)
