"""Notifications that the service itself registers."""

from collections.abc import Callable

from app.application.notification.mapping import to_entity, to_event
from app.application.notification.messages import NewNotification
from app.application.notification.ports import Notifications
from chassis.application.ports.clock import Clock
from chassis.application.ports.codec import Codec
from chassis.application.ports.locks import Grant
from chassis.application.ports.signal import Signal
from chassis.application.ports.work import MachineryWork, Transaction
from chassis.domain.ids import new_id, time_of

RECEIVER = "operators"


class OwnNotifications:
    """Stores a notification and its event in one transaction; the relay publishes it."""

    def __init__(
        self,
        work: MachineryWork,
        notifications: Callable[[Transaction], Notifications],
        codec: Codec,
        signal: Signal,
        clock: Clock,
        source: str,
    ) -> None:
        """`source` is the `actioner` of the notifications."""
        self._work = work
        self._notifications = notifications
        self._codec = codec
        self._signal = signal
        self._clock = clock
        self.source = source

    async def register(self, new: NewNotification, fence: Grant | None = None) -> None:
        """Register the notification, under the grant of a lock if there is one.

        Raises `Invalid`, `StaleGrant` or `Unavailable`.
        """
        identity = new_id(self._clock())
        notification = to_entity(new, identity, time_of(identity))
        async with self._work.begin(fence) as work:
            await self._notifications(work.transaction).add([notification])
            await work.outbox.add([self._codec.encode(to_event(notification))])
        await self._signal.notify()
