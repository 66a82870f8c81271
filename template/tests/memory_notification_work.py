"""The notifications in memory, as their use cases have them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.memory_database import MemoryUnitOfWork
from tests.memory_notifications import MemoryNotifications


class MemoryNotificationWork:
    """Transactions that give the notifications alone."""

    def __init__(self, work: MemoryUnitOfWork) -> None:
        self._work = work

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryNotifications]:
        async with self._work.begin() as work:
            yield work.notifications

    @asynccontextmanager
    async def read(self) -> AsyncIterator[MemoryNotifications]:
        async with self._work.read() as work:
            yield work.notifications
