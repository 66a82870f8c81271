"""The port of the notifications in memory."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Literal
from uuid import UUID

from app.application.notification.ports import WEIGHT, Criteria, Stored
from app.domain.notification.notification import Notification

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class MemoryNotifications:
    """Keeps them in `stored`, and how often each was changed: both are the transaction's own."""

    def __init__(
        self, stored: dict[UUID, Notification], versions: dict[UUID, int] | None = None
    ) -> None:
        self._stored = stored
        self._versions = {} if versions is None else versions

    async def add(self, notifications: Sequence[Notification]) -> None:
        for notification in notifications:
            self._stored.setdefault(notification.id, notification)

    async def add_new(self, notifications: Sequence[Notification]) -> set[UUID]:
        new = {item.id for item in notifications} - self._stored.keys()
        await self.add(notifications)
        return new

    async def get(self, identity: UUID) -> Stored | None:
        found = self._stored.get(identity)
        return None if found is None else Stored(found, self._versions.get(identity, 0))

    async def set_seen(self, identity: UUID, is_seen: bool) -> Stored | None:
        found = self._stored.get(identity)
        if found is not None:
            self._stored[identity] = replace(found, is_seen=is_seen)
            self._versions[identity] = self._versions.get(identity, 0) + 1
        return await self.get(identity)

    async def select(
        self,
        criteria: Criteria,
        *,
        limit: int,
        offset: int = 0,
        before: UUID | None = None,
        weight: int = WEIGHT,
    ) -> list[Notification]:
        found = self._matching(criteria)
        if before is not None:
            found = [item for item in found if item.id < before]
        return fitting(found[offset : offset + limit], weight, len_of=_size)

    async def count(self, criteria: Criteria, *, at_most: int) -> int:
        return min(at_most, len(self._matching(criteria)))

    async def counts(
        self,
        criteria: Criteria,
        *,
        by: Literal["action_type", "receiver"],
        bucket_seconds: int,
        limit: int,
    ) -> list[tuple[datetime, str, int]]:
        width = timedelta(seconds=bucket_seconds)
        counter = Counter(
            (_EPOCH + (item.registered_at - _EPOCH) // width * width, getattr(item, by))
            for item in self._matching(criteria)
        )
        return [(bucket, key, n) for (bucket, key), n in sorted(counter.items())][:limit]

    async def prune(self, before: datetime, *, limit: int) -> bool:
        old = [item.id for item in reversed(self._matching(Criteria(until=before)))][:limit]
        for identity in old:
            del self._stored[identity]
        return len(old) == limit

    def _matching(self, criteria: Criteria) -> list[Notification]:
        found = (item for item in self._stored.values() if fits(item, criteria))
        return sorted(found, key=lambda item: item.id, reverse=True)


def _size(item: Notification) -> int:
    return len(item.action_data)


def fitting[Item](items: list[Item], weight: int, len_of: Callable[[Item], int]) -> list[Item]:
    """Return the first items, up to the one with which they reach `weight`."""
    before = accumulate((len_of(item) for item in items), initial=0)
    return [item for item, size in zip(items, before, strict=False) if size < weight]


def fits(item: Notification, criteria: Criteria) -> bool:
    """Return whether a list by these criteria shows it."""
    return (
        criteria.receiver in (None, item.receiver)
        and criteria.action_type in (None, item.action_type)
        and criteria.is_seen in (None, item.is_seen)
        and (criteria.since is None or criteria.since <= item.registered_at)
        and (criteria.until is None or item.registered_at < criteria.until)
    )
