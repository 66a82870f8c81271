"""Mark seen: set the seen state of one notification."""

from app.application.notification.commands.lifecycle import is_about_itself
from app.application.notification.mapping import encode, to_message
from app.application.notification.messages import MarkSeen, Notification
from app.application.notification.ports import Notifications
from app.application.notification.visible import visible
from chassis.application.ports.cache import Cache
from chassis.application.ports.lifecycle import Lifecycle
from chassis.application.ports.unit_of_work import UnitOfWork


class MarkSeenHandler:
    """Writes the state to the database, and after the commit to the cache.

    No other use case sets a key there. The cache keeps the later one of two changes.
    """

    def __init__(
        self, work: UnitOfWork[Notifications], cache: Cache, lifecycle: Lifecycle | None = None
    ) -> None:
        self._work = work
        self._cache = cache
        self._lifecycle = lifecycle

    async def __call__(self, message: MarkSeen) -> Notification:
        """Return the notification as it is now; raises `NotFound` or `Unavailable`."""
        async with self._work.begin() as notifications:
            found = await notifications.set_seen(message.id, message.is_seen)
            # Checked here, where a refusal rolls the change back.
            stored = visible(found, message.id)
        if message.is_seen and self._lifecycle and not is_about_itself(stored.notification):
            self._lifecycle.report("seen", stored.notification.receiver, str(message.id))
        notification = to_message(stored.notification)
        await self._cache.put(str(message.id), encode(notification), stored.version)
        return notification
