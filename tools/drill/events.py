"""Events as another service would write them: good ones, and those that can never be handled."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4


def uuid7(ago: timedelta = timedelta()) -> str:
    """Return a UUIDv7 of that long ago."""
    milliseconds = int(time.time() * 1000 - ago.total_seconds() * 1000)
    rest = uuid4().int & ((1 << 80) - 1)
    without_version = rest & ~(0xF << 76) & ~(0b11 << 62)
    return str(UUID(int=(milliseconds << 80) | without_version | (7 << 76) | (0b10 << 62)))


def event(**changes: Any) -> dict[str, Any]:
    """Return a good event; `data` replaces single fields, every other name a whole attribute."""
    identity = changes.get("id") or uuid7()
    now = datetime.now(UTC).isoformat()
    data = {
        "id": identity,
        "registered_at": now,
        "is_seen": False,
        "receiver": "ada",
        "action_type": "drilled",
        "action_data": {"n": 1},
        "actioner": None,
        "fired_at": now,
    } | changes.pop("data", {})
    good = {
        "specversion": "1.0",
        "id": identity,
        "source": "/elsewhere",
        "type": "notification.registered.v1",
        "subject": "ada",
        "time": now,
        "datacontenttype": "application/json",
        "data": data,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def poisons(retention: timedelta = timedelta(hours=1)) -> Mapping[str, bytes]:
    """Return one message of each kind that can never be handled by a service of that retention."""
    deep: Any = {}
    for _ in range(40):
        deep = {"deeper": deep}
    bodies: dict[str, Any] = {
        "an array": [event()],
        "no specversion": event(specversion=None),
        "an older specversion": event(specversion="0.3"),
        "an id that is no UUID": event(id="4711"),
        "an id that is no UUIDv7": event(id=str(uuid4())),
        "an id an hour ahead": event(id=uuid7(-timedelta(hours=1))),
        "an id before the retention": event(id=uuid7(retention + timedelta(hours=1))),
        "an unknown type": event(type="notification.registered.v9"),
        "another's type": event(type="invoice.paid.v1"),
        "data that is no object": event() | {"data": "text"},
        "an empty label": event(data={"action_type": ""}),
        "a label of the wrong type": event(data={"receiver": 7}),
        "a time without an offset": event(data={"fired_at": "2026-01-01T00:00:00"}),
        "action data too deep": event(data={"action_data": deep}),
        "a NUL in the action data": event(data={"action_data": {"n": "\0"}}),
    }
    return {
        "nothing": b"",
        "no JSON": b"{",
        "no UTF-8": b'{"specversion": "\xff"}',
        "a JSON bomb": b"[" * 100_000,
        **{name: json.dumps(body).encode() for name, body in bodies.items()},
    }
