"""The faults: each makes its alerts fire, and ends with its block."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from tests.chaos.rabbitmqctl import control
from tools.drill import look
from tools.drill.alerts import broker, database
from tools.drill.alerts.faulty import FAILING, FAILS, HANGS, SENDS
from tools.drill.alerts.scene import Scene
from tools.drill.events import event
from tools.drill.load import Load

# The lowest share of the memory that RabbitMQ takes for its limit, and its own default.
NO_MEMORY, MEMORY = "0.00001", "0.6"
SOCKETS = 170
AHEAD = 90.0
DELAY = timedelta(seconds=3)


class Fault(NamedTuple):
    """A fault of the running servers, and the alerts that must fire while it lasts."""

    name: str
    alerts: tuple[str, ...]
    inflict: Callable[[Scene], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def _killed(scene: Scene) -> AsyncIterator[None]:
    await scene.stage.kill(scene.process)
    yield
    await scene.start()


@asynccontextmanager
async def _postgresql_stopped(scene: Scene) -> AsyncIterator[None]:
    await scene.stage.servers.do("stop", "postgresql")
    yield
    await scene.stage.servers.do("start", "postgresql")


@asynccontextmanager
async def _redis_killed(scene: Scene) -> AsyncIterator[None]:
    await scene.stage.servers.do("kill", "redis")
    yield
    await scene.stage.servers.do("start", "redis")


@asynccontextmanager
async def _rabbitmq_frozen(scene: Scene) -> AsyncIterator[None]:
    await scene.stage.servers.do("freeze", "rabbitmq")
    yield
    await scene.stage.servers.do("thaw", "rabbitmq")


@asynccontextmanager
async def _rabbitmq_full(scene: Scene) -> AsyncIterator[None]:
    await control(scene.broker, "set_vm_memory_high_watermark", NO_MEMORY)
    yield
    await control(scene.broker, "set_vm_memory_high_watermark", MEMORY)


@asynccontextmanager
async def _unbound(scene: Scene) -> AsyncIterator[None]:
    async with broker.unbound(scene.broker, scene.queue):
        yield


@asynccontextmanager
async def _poisoned(scene: Scene) -> AsyncIterator[None]:
    await scene.publish(b"no JSON")
    yield
    await broker.purge(scene.broker, f"{scene.queue}.dead")


@asynccontextmanager
async def _always_failing(scene: Scene) -> AsyncIterator[None]:
    async def publish() -> None:
        while True:
            await scene.publish(event(type=FAILING))
            await asyncio.sleep(1)

    publishing = asyncio.create_task(publish())
    yield
    publishing.cancel()
    # The last of them has become a dead letter then.
    await scene.ended("RetriesGrowing")
    await broker.purge(scene.broker, f"{scene.queue}.dead")


@asynccontextmanager
async def _durable_job_failing(scene: Scene) -> AsyncIterator[None]:
    path: Path = scene.service.path / SENDS
    path.touch()
    yield
    path.unlink()
    # The last of them has become a dead letter then.
    await scene.ended("RetriesGrowing", "DurableJobFailed")
    await broker.purge(scene.broker, f"{scene.queue}.dead")


@asynccontextmanager
async def _clock_ahead(scene: Scene) -> AsyncIterator[None]:
    async with scene.second_replica() as clock:
        clock.set(AHEAD)
        yield
        clock.set(0)
        await scene.ended("ClockWrong")


@asynccontextmanager
async def _log_stuck(scene: Scene) -> AsyncIterator[None]:
    reader = scene.log_reader()
    os.kill(reader, signal.SIGSTOP)
    load = Load([scene.process.url])
    loading = asyncio.create_task(load.run())
    try:
        yield
    finally:
        os.kill(reader, signal.SIGCONT)
        load.stop()
        await loading


@asynccontextmanager
async def _sockets(scene: Scene) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        port = scene.process.ports["http"]
        for _ in range(SOCKETS):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            stack.callback(writer.close)
            writer.write(b"GET /notifications?page_size=1 HTTP/1.1\r\nhost: localhost\r\n\r\n")
        yield


@asynccontextmanager
async def _delayed_locked(scene: Scene) -> AsyncIterator[None]:
    due = datetime.now(UTC) + DELAY
    query = "INSERT INTO plan VALUES (0, $1, $2, $3)"
    await look.rows(scene.database, query, 1, due, timedelta())
    while not await look.rows(scene.database, "SELECT 1 FROM delayed_events"):
        await asyncio.sleep(0.1)
    async with database.holding(scene.database, "SELECT * FROM delayed_events FOR UPDATE"):
        yield


@asynccontextmanager
async def _journal_locked(scene: Scene) -> AsyncIterator[None]:
    async with database.holding(scene.database, database.LOCK_JOURNAL):
        yield


@asynccontextmanager
async def _journal_slow(scene: Scene) -> AsyncIterator[None]:
    async def slow_down() -> None:
        while True:
            async with database.holding(scene.database, database.LOCK_JOURNAL):
                await asyncio.sleep(2.5)
            await asyncio.sleep(0.5)

    slowing = asyncio.create_task(slow_down())
    yield
    slowing.cancel()


@asynccontextmanager
async def _revision_removed(scene: Scene) -> AsyncIterator[None]:
    where = "WHERE version_num ~ 'own'"
    (row,) = await look.rows(scene.database, f"SELECT version_num FROM alembic_version {where}")
    await look.rows(scene.database, f"DELETE FROM alembic_version {where}")
    yield
    await look.rows(scene.database, "INSERT INTO alembic_version VALUES ($1)", row[0])


def _raising(event: str, times: int = 0) -> Callable[[Scene], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def inflict(scene: Scene) -> AsyncIterator[None]:
        async with database.raising(scene.database, event, times):
            yield

    return inflict


def _lead_taken(lock: int) -> Callable[[Scene], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def inflict(scene: Scene) -> AsyncIterator[None]:
        async with database.lead_taken(scene.database, lock):
            yield

    return inflict


def _file(name: str) -> Callable[[Scene], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def inflict(scene: Scene) -> AsyncIterator[None]:
        path: Path = scene.service.path / name
        path.touch()
        yield
        path.unlink()

    return inflict


FAULTS = (
    Fault("the process is killed", ("ServiceDown",), _killed),
    Fault("PostgreSQL is stopped", ("ServiceNotReady",), _postgresql_stopped),
    Fault("Redis is killed", ("DependencyDown",), _redis_killed),
    Fault("a revision is removed", ("DatabaseBehind",), _revision_removed),
    Fault("a replica's clock is set", ("ClockWrong",), _clock_ahead),
    Fault("the relay's statement fails", ("ActorRestarted",), _raising("DELETE", 3)),
    Fault("the reader of the log is frozen", ("LogLinesLost",), _log_stuck),
    Fault("the outbox takes no row", ("RequestsFailing",), _raising("INSERT")),
    Fault("170 of 200 connections are open", ("ConnectionsNearLimit",), _sockets),
    Fault(
        "RabbitMQ is frozen under load",
        ("OutboxOld", "OutboxNearLimit", "RequestsBusy", "TargetDown"),
        _rabbitmq_frozen,
    ),
    Fault("RabbitMQ gets no memory", ("RabbitmqAlarm",), _rabbitmq_full),
    Fault("a delayed event is locked", ("DelayedEventsOverdue",), _delayed_locked),
    Fault("the queue is unbound", ("UnroutedMessages",), _unbound),
    Fault("a handler always fails", ("RetriesGrowing",), _always_failing),
    Fault("a message cannot be decoded", ("DeadLetters", "DeadLettersWaiting"), _poisoned),
    Fault("the journal is locked", ("FollowerBehind",), _journal_locked),
    Fault("the journal is locked again and again", ("DeliverySlow",), _journal_slow),
    Fault("another session takes the lead", ("NoLeader",), _lead_taken(database.LEADER)),
    Fault(
        "another session takes the worker's lead", ("NoRoleLeader",), _lead_taken(database.WORKER)
    ),
    Fault("a job fails", ("JobFailed",), _file(FAILS)),
    Fault(
        "a durable job always fails",
        ("DurableJobFailed", "DeadLetters", "DeadLettersWaiting"),
        _durable_job_failing,
    ),
    Fault("a job does not end", ("JobOverdue",), _file(HANGS)),
)
