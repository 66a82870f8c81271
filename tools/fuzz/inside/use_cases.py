"""The service's own use cases, on a database in memory that is the same for each input."""

import asyncio
from collections.abc import Sequence
from typing import Any, Self
from uuid import UUID

from app.application.notification.commands.mark_seen import MarkSeenHandler
from app.application.notification.commands.register import RegisterHandler
from app.application.notification.mapping import REGISTERED, encode, to_entity
from app.application.notification.messages import (
    GetNotification,
    ListNotifications,
    MarkSeen,
    NewNotification,
    Register,
    Report,
)
from app.application.notification.queries.get_notification import GetNotificationHandler
from app.application.notification.queries.list_notifications import ListNotificationsHandler
from app.application.notification.queries.report import ReportHandler
from app.application.notification.stream import STREAMED
from app.domain.notification.notification import Notification
from chassis.application.access.guard import guarded_handlers
from chassis.application.backlog import Backlog
from chassis.application.bus import Bus
from chassis.application.commands.batcher import Command, Ids
from chassis.application.ports.journal import Filter
from chassis.application.streaming.messages import ItemStream, StreamItem, Subscribe
from chassis.application.streaming.streamed import StreamTable
from chassis.application.streaming.subscribe import SubscribeHandler
from chassis.domain.ids import time_of
from chassis.infrastructure.clock import system_clock
from chassis.infrastructure.memory.cache import MemoryCache
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec
from msgspec import Raw
from tests.memory_database import (
    MemoryDatabase,
    MemoryOutboxReader,
    MemoryUnitOfWork,
    memory_notifications,
)
from tests.memory_notification_work import MemoryNotificationWork

from tools.fuzz.inside.strict import StrictUnitOfWork, check_storable

MAX_BATCH = 100
# The streamed events.
TABLE: StreamTable = {REGISTERED: STREAMED}
# The notification that is there.
STORED = UUID("0198f0a0-0000-7000-8000-000000000001")


class NoMetrics:
    """Counts nothing."""

    def count(self, *_: Any, **__: Any) -> None:
        """Take no notice."""

    gauge = watch = observe = count


class Commands:
    """Stores each command at once: the service's own waits for others, in a loop of its own."""

    def __init__(self, work: MemoryUnitOfWork) -> None:
        self._work = work

    async def execute(self, command: Command) -> Ids:
        """Return the new ids."""
        if command.key is not None:
            check_storable(*command.key)
        async with self._work.begin() as work:
            await command.store(work.transaction, command.items)
            await work.outbox.add(command.envelopes)
        return command.ids


class Items:
    """A stream of one notification, which then waits for another until it is closed."""

    def __init__(self) -> None:
        self.is_open = True
        self._is_first = True

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Sequence[StreamItem]:
        if self._is_first:
            self._is_first = False
            data = Raw(encode(_notification(STORED)))
            return [StreamItem(event="notification", cursor="1", data=data)]
        return await asyncio.get_running_loop().create_future()

    def close(self, reason: str = "left") -> None:
        """End it."""
        self.is_open = False


class UseCases:
    """Handles messages, and keeps the streams that were opened."""

    def __init__(self) -> None:
        self.streams: list[Items] = []
        self._database = MemoryDatabase()
        work, metrics = StrictUnitOfWork(self._database), NoMetrics()
        notifications = MemoryNotificationWork(work)
        # It keeps nothing for longer than no time: what one input has left, no other may find.
        cache = MemoryCache(0)
        backlog = Backlog(MemoryOutboxReader(self._database), system_clock, metrics, 1000)
        codec = CloudEventsCodec("/fuzz")
        handlers = {
            Register: RegisterHandler(
                Commands(work),
                memory_notifications,
                codec,
                backlog,
                system_clock,
                metrics,
                MAX_BATCH,
            ),
            MarkSeen: MarkSeenHandler(notifications, cache),
            GetNotification: GetNotificationHandler(notifications, cache, metrics),
            ListNotifications: ListNotificationsHandler(notifications, system_clock),
            Report: ReportHandler(notifications, system_clock),
            Subscribe: self._subscribe,
        }
        factories = {kind: (lambda each=each: each) for kind, each in handlers.items()}
        self.bus = Bus(factories)
        # The use cases with tokens.
        self.guarded = Bus(guarded_handlers(factories))

    def forget(self) -> None:
        """Have one notification again, and no stream."""
        self._database.state = type(self._database.state)({STORED: _notification(STORED)})
        self.streams.clear()

    def open(self, matching: Filter, cursor: str | None, expires_at: float | None = None) -> Items:
        """Open a stream, in a follower's place."""
        check_storable(matching.subject, matching.tag, *(matching.types or ()))
        self.streams.append(Items())
        return self.streams[-1]

    async def _subscribe(self, message: Subscribe) -> ItemStream:
        await asyncio.sleep(0)
        return await SubscribeHandler(self, TABLE)(message)


def _notification(identity: UUID) -> Notification:
    new = NewNotification(receiver="ada", action_type="greeted", action_data=Raw(b'{"text":"hi"}'))
    return to_entity(new, identity, time_of(identity))
