"""Get: look up one notification."""

from contextlib import suppress

from msgspec import MsgspecError

from app.application.notification.mapping import decode, encode, to_message
from app.application.notification.messages import GetNotification, Notification
from app.application.notification.ports import Notifications
from app.application.notification.visible import visible
from chassis.application.context import current_caller
from chassis.application.ports.cache import Cache
from chassis.application.ports.metrics import Counter, Metrics
from chassis.application.ports.unit_of_work import UnitOfWork

HITS = Counter("cache_hits", "Notifications that were found in the cache.")
MISSES = Counter("cache_misses", "Notifications that were looked up in the database.")


class GetNotificationHandler:
    """Reads through the cache, and counts its hits and misses."""

    def __init__(self, work: UnitOfWork[Notifications], cache: Cache, metrics: Metrics) -> None:
        self._work = work
        self._cache = cache
        self._metrics = metrics
        for counter in (HITS, MISSES):
            metrics.count(counter, amount=0)

    async def __call__(self, message: GetNotification) -> Notification:
        """Return the notification; raises `NotFound` or `Unavailable`."""
        key = str(message.id)
        cached = await self._cache.get(key)
        if cached is not None:
            # An entry of another version of the service may not be readable here.
            with suppress(MsgspecError):
                notification = decode(cached)
                # A caller without permission waits as long as for a missing notification.
                if current_caller().may_read(notification.receiver):
                    self._metrics.count(HITS)
                    return notification
        self._metrics.count(MISSES)
        async with self._work.read() as notifications:
            found = await notifications.get(message.id)
        stored = visible(found, message.id)
        notification = to_message(stored.notification)
        await self._cache.fill({key: encode(notification)}, stored.version)
        return notification
