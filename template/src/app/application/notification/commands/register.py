"""Register: accept notifications and promise that they will be delivered."""

from collections.abc import Callable, Sequence
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from app.application.notification.action_data import in_order
from app.application.notification.mapping import to_entity, to_event
from app.application.notification.messages import Register, Registered
from app.application.notification.ports import Notifications
from app.domain.notification.notification import Notification
from chassis.application.backlog import Backlog
from chassis.application.commands.batcher import ACCEPTED, Command, CommandBatcher
from chassis.application.commands.items import check_total, numbered
from chassis.application.context import current_caller
from chassis.application.errors import (
    ApplicationError,
    Busy,
    ConstraintViolated,
    KeyReused,
    TooMany,
    Unavailable,
)
from chassis.application.ports.clock import Clock
from chassis.application.ports.codec import Codec
from chassis.application.ports.idempotency import Key
from chassis.application.ports.metrics import Counter, Metrics
from chassis.application.ports.work import Transaction
from chassis.domain.errors import Invalid
from chassis.domain.ids import new_id, time_of

# Stored with each idempotency key: with another name, existing keys would be forgotten.
OPERATION = "notifications.register"

REFUSED = Counter(
    "notifications_refused",
    "Notifications that were not stored; the reason is the name of the error.",
    ("reason",),
)
REFUSALS = (Invalid, TooMany, KeyReused, ConstraintViolated, Busy, Unavailable)


class RegisterHandler:
    """Checks and encodes a caller's items, and stores them in one batch with other commands."""

    def __init__(
        self,
        commands: CommandBatcher,
        notifications: Callable[[Transaction], Notifications],
        codec: Codec,
        backlog: Backlog,
        clock: Clock,
        metrics: Metrics,
        max_batch: int,
    ) -> None:
        self._commands = commands
        self._notifications = notifications
        self._codec = codec
        self._backlog = backlog
        self._clock = clock
        self._metrics = metrics
        self._max_batch = max_batch
        for refusal in REFUSALS:
            metrics.count(REFUSED, refusal.__name__, amount=0)
        metrics.count(ACCEPTED, OPERATION, amount=0)

    async def __call__(self, message: Register) -> Registered:
        """Return the new ids, or the earlier ones of the same key and request.

        Raises `Invalid`, `TooMany`, `KeyReused`, `ConstraintViolated`, `Busy` or `Unavailable`;
        then nothing was stored.
        """
        try:
            check_total(len(message.notifications), self._max_batch, "notifications")
            await self._backlog.check()
            return Registered(await self._commands.execute(self._command(message)))
        except (Invalid, ApplicationError) as error:
            reason = type(error).__name__
            self._metrics.count(REFUSED, reason, amount=len(message.notifications))
            raise

    def _command(self, message: Register) -> Command:
        notifications = self._entities(message)
        envelopes = [self._codec.encode(to_event(each)) for each in notifications]
        ids = tuple([each.id for each in notifications])
        command = Command(OPERATION, self._store, notifications, envelopes, ids)
        if message.idempotency_key is None:
            return command
        key = Key(OPERATION, current_caller().name, message.idempotency_key)
        return replace(command, key=key, request_hash=_digest(message, notifications))

    async def _store(self, transaction: Transaction, items: Sequence[Notification]) -> None:
        await self._notifications(transaction).add(items)

    def _entities(self, message: Register) -> list[Notification]:
        now = self._clock()
        entities = []
        for index, new in enumerate(message.notifications):
            identity = new_id(now)
            try:
                entities.append(to_entity(new, identity, time_of(identity)))
            except Invalid as error:
                raise numbered(error, index, len(message.notifications)) from None
        return entities


def _digest(message: Register, notifications: Sequence[Notification]) -> bytes:
    """Return the hash of the request, the same whatever the order of the keys in free-form data."""
    ordered = [
        replace(new, action_data=in_order(each.action_data))
        for new, each in zip(message.notifications, notifications, strict=True)
    ]
    return sha256(msgspec.json.encode(ordered)).digest()
