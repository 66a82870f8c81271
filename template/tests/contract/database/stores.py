"""The adapters of the database ports: one entry for each kind of database."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from app.application.notification.work import NotificationWork
from app.application.ports.dead_letters import DeadLetters
from app.application.ports.pending import Pending
from app.infrastructure.database.database import Database
from app.infrastructure.database.dead_letters.dead_letters import SqlDeadLetters
from app.infrastructure.database.migration.migrate import migrate
from app.infrastructure.database.notification.work import SqlNotificationWork
from app.infrastructure.database.outbox.pending import SqlPending
from app.infrastructure.database.unit_of_work import SqlUnitOfWork
from tests.memory_database import (
    MemoryDatabase,
    MemoryDeadLetters,
    MemoryPending,
    MemoryUnitOfWork,
)
from tests.unit.support import ManualClock

IDEMPOTENCY_TTL = timedelta(hours=1)


@dataclass(frozen=True)
class Store:
    """The ports of one empty database, and the clock that they go by."""

    work: NotificationWork
    pending: Pending
    dead_letters: DeadLetters
    clock: ManualClock


@asynccontextmanager
async def memory(_: Path) -> AsyncIterator[Store]:
    """What the unit tests use in place of a database, held to the same contract."""
    clock = ManualClock()
    database = MemoryDatabase(clock, IDEMPOTENCY_TTL)
    yield Store(
        work=MemoryUnitOfWork(database),
        pending=MemoryPending(database),
        dead_letters=MemoryDeadLetters(database),
        clock=clock,
    )


@asynccontextmanager
async def sqlite(folder: Path) -> AsyncIterator[Store]:
    """A file in `folder`."""
    database = Database(f"sqlite+aiosqlite:///{folder}/app.db")
    await migrate(database.url)
    try:
        yield sql_store(database)
    finally:
        await database.close()


def sql_store(database: Database) -> Store:
    """Return the ports of a migrated database."""
    clock = ManualClock()
    work = partial(SqlNotificationWork, clock=clock, idempotency_ttl=IDEMPOTENCY_TTL)
    return Store(
        work=SqlUnitOfWork(database, work),
        pending=SqlPending(database, clock),
        dead_letters=SqlDeadLetters(database, clock),
        clock=clock,
    )


STORES: dict[str, Callable[[Path], AbstractAsyncContextManager[Store]]] = {
    "memory": memory,
    "sqlite": sqlite,
}
