"""The notifications in memory, as their use cases have them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis.application.ports.locks import Grant
from tests.memory_database import MemoryUnitOfWork
from tests.memory_notifications import MemoryNotifications


class MemoryNotificationWork:
    """Transactions that give the notifications alone."""

    def __init__(self, work: MemoryUnitOfWork) -> None:
        self._work = work

    @asynccontextmanager
    async def begin(self, fence: Grant | None = None) -> AsyncIterator[MemoryNotifications]:
        async with self._work.begin(fence) as work:
            yield work.notifications

    @asynccontextmanager
    async def read(self) -> AsyncIterator[MemoryNotifications]:
        async with self._work.read() as work:
            yield work.notifications
