"""Register: accept notifications and promise that they will be delivered."""

from hashlib import sha256

import msgspec

from app.application.backlog import Backlog
from app.application.context import current_context
from app.application.errors import KeyReused, TooMany
from app.application.notification.mapping import to_entity, to_event
from app.application.notification.messages import Register, Registered
from app.application.notification.work import NotificationWork
from app.application.ports.clock import Clock
from app.application.ports.codec import Codec
from app.application.ports.metrics import Counter, Metrics
from app.application.ports.wake import Wake
from app.domain.errors import Invalid
from app.domain.notification.identity import new_id, time_of
from app.domain.notification.notification import Notification

ACCEPTED = Counter(
    "notifications_accepted", "Notifications whose callers were answered with an id."
)


class RegisterHandler:
    """Stores each notification and the event that tells of it in one transaction."""

    def __init__(
        self,
        work: NotificationWork,
        codec: Codec,
        backlog: Backlog,
        clock: Clock,
        wake: Wake,
        metrics: Metrics,
        max_batch: int,
    ) -> None:
        self._work = work
        self._codec = codec
        self._backlog = backlog
        self._clock = clock
        self._wake = wake
        self._metrics = metrics
        self._max_batch = max_batch

    async def __call__(self, message: Register) -> Registered:
        """Return the new ids, or the earlier ones of the same key and request.

        Raises `Invalid`, `TooMany`, `KeyReused`, `Busy` or `Unavailable`; then nothing was stored.
        """
        if len(message.notifications) > self._max_batch:
            raise TooMany(f"at most {self._max_batch} notifications fit into one request")
        await self._backlog.check()
        notifications = self._entities(message)
        ids = tuple(notification.id for notification in notifications)
        async with self._work.begin() as work:
            if message.idempotency_key is not None:
                caller = context.caller if (context := current_context()) else "anonymous"
                digest = _digest(message)
                earlier = await work.idempotency.remember(
                    caller, message.idempotency_key, digest, ids
                )
                if earlier is not None:
                    if earlier.request_hash != digest:
                        raise KeyReused("this Idempotency-Key was used with another body")
                    return Registered(earlier.ids)
            await work.notifications.add(notifications)
            await work.outbox.add([self._codec.encode(to_event(item)) for item in notifications])
        self._metrics.count(ACCEPTED, amount=len(ids))
        await self._wake.ring()
        return Registered(ids)

    def _entities(self, message: Register) -> list[Notification]:
        now = self._clock()
        entities = []
        for index, new in enumerate(message.notifications):
            identity = new_id(now)
            try:
                entities.append(to_entity(new, identity, time_of(identity)))
            except Invalid as error:
                if len(message.notifications) == 1:
                    raise
                raise Invalid(f"[{index}].{error.field}", error.reason) from None
        return entities


def _digest(message: Register) -> bytes:
    return sha256(msgspec.json.encode(message.notifications, order="deterministic")).digest()
