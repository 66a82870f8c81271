"""A stream of notifications, registered as they come: all, or only the first ones."""

import time
from collections.abc import AsyncIterator
from typing import NamedTuple

from app.application.notification.messages import Register
from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from app.interfaces.grpc.notification.mapping import to_new
from chassis.application.bus import Bus
from chassis.application.commands.items import check_total, placed
from chassis.application.context import current_caller
from chassis.application.errors import Unauthorized
from chassis.domain.errors import Invalid
from chassis.interfaces.grpc.read_ahead import ReadAhead
from chassis.interfaces.grpc.refused import CutShort

# Their ids fit into the four megabytes that a client accepts by default.
MOST = 100_000


class RegisterBatch(NamedTuple):
    """The notifications of one batch: the messages from number `message` on."""

    message: int
    asked: list[pb.NewNotification]


class Registering:
    """One call; waiting messages are registered as one batch, or singly with a key."""

    def __init__(self, bus: Bus, key: str | None, max_batch: int) -> None:
        self.ids: list[str] = []
        self._bus = bus
        self._key = key
        self._max_batch = max_batch
        self._message = 0

    async def register(self, messages: AsyncIterator[pb.RegisterManyRequest]) -> list[str]:
        """Return the ids of all; raises `CutShort`, which says how many were registered."""
        async with ReadAhead(messages, _count) as waiting:
            try:
                while batch := await self._next(waiting):
                    self.ids += await self._register(batch)
            except Exception as error:
                done = len(self.ids)
                told = f"the first {done} notifications are registered"
                raise CutShort(error, told, registered=done) from error
        return self.ids

    async def _next(self, waiting: ReadAhead[pb.RegisterManyRequest]) -> RegisterBatch | None:
        message = await waiting.take()
        if message is None:
            return None
        first, asked = self._message, list(message.notifications)
        self._message += 1
        if self._key is None:
            while more := waiting.take_at_once(self._max_batch - len(asked)):
                asked += more.notifications
                self._message += 1
        return RegisterBatch(first, asked)

    async def _register(self, batch: RegisterBatch) -> list[str]:
        expires_at = current_caller().expires_at
        if expires_at is not None and time.time() >= expires_at:
            raise Unauthorized("the token has expired: continue with another one")
        if not batch.asked:
            raise Invalid("notifications", f"message {batch.message} holds none")
        check_total(len(self.ids) + len(batch.asked), MOST, "notifications", "call")
        key = None if self._key is None else f"{self._key}.{batch.message}"
        notifications = to_new(batch.asked, len(self.ids))
        return await register(self._bus, Register(notifications, key), len(self.ids))


def _count(message: pb.RegisterManyRequest) -> int:
    return len(message.notifications)


async def register(bus: Bus, message: Register, first: int = 0) -> list[str]:
    """Return the ids; raises the use case's errors for `notifications[0].receiver` and so on.

    `first` is the number of the first notification.
    """
    try:
        registered = await bus.handle(message)
    except Invalid as error:
        raise placed(error, "notifications", first) from None
    return [str(identity) for identity in registered.ids]
