"""The adapters of the port `Locks`: what a process does to use the locks of one place."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from chassis.application.delay_limits import DelayLimits
from chassis.application.epoch import EpochMonitor
from chassis.application.locks.fenced_locks import FencedLocks
from chassis.application.ports.locks import Locks
from chassis.infrastructure.clock import system_clock
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.migration.migrate import migrate
from chassis.infrastructure.database.outbox.leased_outbox import LeasedOutbox
from chassis.infrastructure.database.unit_of_work import SqlUnitOfWork
from chassis.infrastructure.database.work import SqlWork
from chassis.infrastructure.redis.locks import RedisLocks
from chassis.infrastructure.telemetry.metrics import PrometheusMetrics
from tests.contract.database.stores import DELAYED_MARK, MAX_DELAY

# All keys in Redis begin with it.
PREFIX = "tests:lock:"

type Place = tuple[str, str]


def work_of(database: Database) -> SqlUnitOfWork[SqlWork]:
    """Return the machinery's transactions."""
    return SqlUnitOfWork(
        database,
        partial(
            SqlWork,
            clock=system_clock,
            leased_outbox=LeasedOutbox(system_clock),
            delay_limits=DelayLimits(system_clock, MAX_DELAY, DELAYED_MARK),
            idempotency_ttl=timedelta(days=1),
            older={},
        ),
    )


def locks_of(database: Database, cache_url: str) -> Locks:
    """Return the locks of one process: in the database, or in Redis if its URL is given."""
    if not cache_url:
        return database.locks()
    epoch = EpochMonitor(work_of(database), PrometheusMetrics())
    return FencedLocks(RedisLocks(cache_url, PREFIX), database.fences(), epoch)


def opened_locks(place: Place, stack: AsyncExitStack) -> Locks:
    """Return the locks of another process, as it were; the stack closes them."""
    database = Database(place[0])
    locks = locks_of(database, place[1])
    stack.push_async_callback(database.close)
    stack.push_async_callback(locks.close)
    return locks


async def sqlite(request: pytest.FixtureRequest) -> Place:
    folder: Path = request.getfixturevalue("tmp_path")
    url = f"sqlite+aiosqlite:///{folder}/app.db"
    await migrate(url)
    return url, ""


async def postgresql(request: pytest.FixtureRequest) -> Place:
    return request.getfixturevalue("database_url"), ""


async def redis(request: pytest.FixtureRequest) -> Place:
    url, _ = await sqlite(request)
    return url, request.getfixturevalue("cache_url")


async def redis_and_postgresql(request: pytest.FixtureRequest) -> Place:
    return request.getfixturevalue("database_url"), request.getfixturevalue("cache_url")


PLACES: dict[str, Callable[[pytest.FixtureRequest], Awaitable[Place]]] = {
    "sqlite": sqlite,
    "postgresql": postgresql,
    "redis": redis,
    "redis and postgresql": redis_and_postgresql,
}
