"""The adapters of the database ports: one entry for each kind of database."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pytest

from app.application.notification.mapping import REGISTERED
from app.application.notification.ports import Notifications
from app.domain.notification.notification import Notification
from app.infrastructure.notification.announced import announced
from app.infrastructure.notification.repository import SqlNotifications
from chassis.application.delay_limits import DelayLimits
from chassis.application.ports.dead_letters import DeadLetters
from chassis.application.ports.outbox_reader import OutboxReader
from chassis.application.ports.unit_of_work import UnitOfWork
from chassis.application.ports.unrouted import StoredUnrouted
from chassis.application.ports.work import Work
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.dead_letters.dead_letters import SqlDeadLetters
from chassis.infrastructure.database.dead_letters.unrouted import SqlUnrouted
from chassis.infrastructure.database.migration.migrate import migrate
from chassis.infrastructure.database.outbox.leased_outbox import LeasedOutbox
from chassis.infrastructure.database.outbox.outbox_reader import SqlOutboxReader
from chassis.infrastructure.database.transaction import SqlTransaction
from chassis.infrastructure.database.unit_of_work import SqlUnitOfWork
from chassis.infrastructure.database.work import SqlWork
from tests.memory_database import (
    MemoryDatabase,
    MemoryOutboxReader,
    MemoryUnitOfWork,
)
from tests.memory_dead_letters import MemoryDeadLetters, MemoryUnrouted
from tests.unit.support import ManualClock
from tests.unit.support import announced as events_of

IDEMPOTENCY_TTL = timedelta(hours=1)
MAX_DELAY = timedelta(days=1)
DELAYED_MARK = 1000


class EveryWork(Work, Protocol):
    """The machinery's stores and the notification's, in one transaction."""

    @property
    def notifications(self) -> Notifications: ...


class SqlEveryWork(SqlWork):
    """The same in a database."""

    def __init__(self, transaction: SqlTransaction, **options: Any) -> None:
        super().__init__(transaction, **options)
        self.notifications = SqlNotifications(transaction)


@dataclass(frozen=True)
class Store:
    """The ports of one empty database, and the clock that they go by."""

    work: UnitOfWork[EveryWork]
    outbox_reader: OutboxReader
    dead_letters: DeadLetters
    unrouted: StoredUnrouted
    clock: ManualClock


@asynccontextmanager
async def memory(_: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """The stores of the unit tests, held to the same contract."""
    clock = ManualClock()
    database = MemoryDatabase(clock, IDEMPOTENCY_TTL)
    yield Store(
        work=MemoryUnitOfWork(database),
        outbox_reader=MemoryOutboxReader(database),
        dead_letters=MemoryDeadLetters(database),
        unrouted=MemoryUnrouted(database),
        clock=clock,
    )


@asynccontextmanager
async def sqlite(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """A file."""
    folder: Path = request.getfixturevalue("tmp_path")
    url = f"sqlite+aiosqlite:///{folder}/app.db"
    await migrate(url)
    async with opened(url) as database:
        yield sql_store(database)


@asynccontextmanager
async def postgresql(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """A server whose notifications are in a plain table."""
    url: str = request.getfixturevalue("plain_database_url")
    async with opened(url) as database:
        yield sql_store(database)


@asynccontextmanager
async def timescaledb(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """A server whose notifications are in a hypertable."""
    url: str = request.getfixturevalue("database_url")
    async with opened(url) as database:
        yield sql_store(database)


@asynccontextmanager
async def opened(url: str, **options: int) -> AsyncIterator[Database]:
    """The database at `url`, closed at the end of the block."""
    database = Database(url, **options)
    try:
        yield database
    finally:
        await database.close()


def sql_store(
    database: Database,
    leased_outbox: LeasedOutbox | None = None,
    delay_limits: DelayLimits | None = None,
) -> Store:
    """Return the ports of a migrated database, with these parts or with new ones."""
    clock = ManualClock()
    leased_outbox = leased_outbox or LeasedOutbox(clock)
    work = partial(
        SqlEveryWork,
        clock=clock,
        leased_outbox=leased_outbox,
        delay_limits=delay_limits or DelayLimits(clock, MAX_DELAY, DELAYED_MARK),
        idempotency_ttl=IDEMPOTENCY_TTL,
        older={REGISTERED: announced},
    )
    return Store(
        work=SqlUnitOfWork(database, work),
        outbox_reader=SqlOutboxReader(database, clock, leased_outbox),
        dead_letters=SqlDeadLetters(database, clock),
        unrouted=SqlUnrouted(database, clock),
        clock=clock,
    )


async def store_whole(store: Store, *notifications: Notification) -> None:
    """Store notifications as a consumer does: in the journal, and in their own table."""
    async with store.work.begin() as work:
        await work.journal.append(*events_of(notifications))
        await work.notifications.add(notifications)


# Each asks for the fixtures that it needs itself, so that the others start no server.
STORES: dict[str, Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Store]]] = {
    "memory": memory,
    "sqlite": sqlite,
    "postgresql": postgresql,
    "timescaledb": timescaledb,
}
