"""What the unit tests share: a clock to turn, metrics to read, notifications to hand in."""

from collections import Counter
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.application.notification.messages import NewNotification
from app.domain.errors import Invalid
from app.domain.notification.identity import new_id, time_of
from app.domain.notification.notification import Notification


class ManualClock:
    """Stands still until it is turned; ids are made from it, so it starts at the real time."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        """Move on by a `timedelta` of these arguments."""
        self.now += timedelta(**by)


class RecordingMetrics:
    """Keeps what was counted and gauged."""

    def __init__(self) -> None:
        self.counters: Counter[str] = Counter()
        self.gauges: dict[str, float] = {}

    def count(self, name: str, amount: int = 1) -> None:
        self.counters[name] += amount

    def gauge(self, name: str, value: float) -> None:
        self.gauges[name] = value


def make_new(**fields: Any) -> NewNotification:
    """Return what a caller gives, with these fields."""
    return NewNotification(**({"receiver": "ada", "action_type": "greeted"} | fields))


def make_notification(now: datetime | None = None, **fields: Any) -> Notification:
    """Return an entity with these fields, its id made at `now`."""
    identity = fields.pop("id", None) or new_id(now or datetime.now(UTC))
    registered_at = time_of(identity)
    defaults: dict[str, Any] = {
        "id": identity,
        "registered_at": registered_at,
        "receiver": "ada",
        "action_type": "greeted",
        "action_data": {},
        "actioner": None,
        "fired_at": registered_at,
    }
    return Notification(**(defaults | fields))


async def invalid_field(work: Coroutine[Any, Any, object]) -> str:
    """Return the field for which `work` raises `Invalid`."""
    with pytest.raises(Invalid) as caught:
        await work
    return caught.value.field
