"""The registrar: stores what callers register, as many requests as wait in one transaction."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from app.application.actors.batcher import Batcher
from app.application.errors import KeyReused
from app.application.notification.work import NotificationWork
from app.application.ports.idempotency import Key, Remembered
from app.application.ports.metrics import Counter, Metrics
from app.application.ports.outbox import Envelope
from app.application.ports.wake import Wake
from app.domain.notification.notification import Notification

ACCEPTED = Counter(
    "notifications_accepted", "Notifications whose callers were answered with an id."
)

# Bytes that Python takes for the objects of a notification, beside its texts, about.
OBJECTS = 1024
# The text as it came, as it is stored, and as it is published; the encoder leaves half as much
# room behind what it writes.
COPIES = 4

type Ids = tuple[UUID, ...]


class Registration(Struct, frozen=True):
    """One request, checked and encoded: it is stored whole, or not at all."""

    notifications: Sequence[Notification]
    envelopes: Sequence[Envelope]
    ids: Ids
    key: Key | None = None
    request_hash: bytes = b""


class Registrar(Batcher[Registration, Ids]):
    """Answers each request once its notifications and their events are committed."""

    def __init__(self, work: NotificationWork, wake: Wake, metrics: Metrics) -> None:
        super().__init__("registrar", self._store, metrics)
        self._work = work
        self._wake = wake
        self._has_stored = False
        metrics.count(ACCEPTED, amount=0)

    async def register(self, registration: Registration) -> Ids:
        """Return the new ids, or the earlier ones of the same key and request.

        Raises `KeyReused`, `ConstraintViolated`, `Busy` or `Unavailable`; then nothing was stored.
        """
        return await self.ask(registration, _weight(registration.envelopes))

    async def step(self) -> bool:
        """Store what waits; the relay is woken after the callers, who have waited for longer."""
        is_busy = await super().step()
        if self._has_stored:
            self._has_stored = False
            # The callers run before this does again, and what they wrote is sent at the end of
            # that turn of the loop: not held up by the first statement of a relay in this process.
            await asyncio.sleep(0)
            await self._wake.ring()
        return is_busy

    async def _store(self, asked: Sequence[Registration]) -> list[Ids | Exception]:
        # The first of those who come with one key speaks for all of them.
        first = {each.key: each for each in reversed(asked) if each.key is not None}
        requests = [(key, Remembered(each.request_hash, each.ids)) for key, each in first.items()]
        async with self._work.begin() as work:
            earlier = await work.idempotency.remember(requests) if requests else {}
            new = [
                each
                for each in asked
                if each.key is None or (first[each.key] is each and each.key not in earlier)
            ]
            notifications = [item for each in new for item in each.notifications]
            await work.notifications.add(notifications)
            await work.outbox.add([item for each in new for item in each.envelopes])
        if new:
            self._metrics.count(ACCEPTED, amount=len(notifications))
            self._has_stored = True
        known = dict(requests) | earlier
        return [each.ids if each.key is None else _answer(each, known[each.key]) for each in asked]


def _weight(envelopes: Sequence[Envelope]) -> int:
    """Return about how many bytes events take with what they were made of."""
    return sum([OBJECTS + COPIES * len(envelope.body) for envelope in envelopes])


def _answer(asked: Registration, known: Remembered) -> Ids | Exception:
    if asked.request_hash != known.request_hash:
        return KeyReused("this Idempotency-Key was used with another body")
    return known.ids
