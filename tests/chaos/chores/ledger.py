"""A ledger that all workers write under one lock, with a durable job for each line."""

from tools.service import Service

# The journal's type of the durable job.
POSTED = "durable-job.post.v1"

# The order of the writes is that of `number`. The fence has stopped the writes in `refusals`.
TABLES = """
    CREATE TABLE lines (
        number bigserial PRIMARY KEY, value bigint, token bigint, who int, written timestamptz
    );
    CREATE TABLE refusals (token bigint, who int, refused timestamptz);
    CREATE TABLE posts (value bigint, who int, posted timestamptz);
    CREATE TABLE stops (stopped timestamptz);
"""
# After this the workers write no more lines.
STOP = "INSERT INTO stops VALUES (now())"

_MODULE = '''"""A ledger: each line has the next number, under a lock; a durable job posts it."""

import asyncio
import os
from typing import ClassVar

from dependency_injector import containers, providers
from sqlalchemy import text

from chassis.application.actors.job import Job
from chassis.application.durable_jobs.durable_job import DurableJob
from chassis.application.durable_jobs.durable_jobs import DurableJobs
from chassis.application.errors import LockHeld, StaleGrant
from chassis.application.locks.lock_manager import LockManager
from chassis.application.ports.signal import Signal
from chassis.infrastructure.database.unit_of_work import SqlUnitOfWork
from chassis.infrastructure.database.work import SqlWork

# Seconds that the lock is held for one line, so that one worker or the other nearly always has it.
WORK = 0.25
# Seconds that a post takes.
POSTING = 0.1
# Seconds to wait for the lock.
WAIT = 2.0

NEXT = text(
    "SELECT 1 + coalesce(max(value), 0) AS value, EXISTS (SELECT FROM stops) AS is_over FROM lines"
)
WRITE = text(
    "INSERT INTO lines (value, token, who, written)"
    " VALUES (:value, :token, :who, clock_timestamp())"
)
REFUSED = text("INSERT INTO refusals VALUES (:token, :who, clock_timestamp())")
POST = text("INSERT INTO posts VALUES (:value, :who, clock_timestamp())")


class Post(DurableJob, frozen=True):
    """Post the line with that value."""

    kind: ClassVar[str] = "post.v1"
    value: int


class WriteLine:
    """Writes the next line; a holder that has lost the lock goes on, so that the fence stops it."""

    def __init__(
        self,
        locks: LockManager,
        work: SqlUnitOfWork[SqlWork],
        jobs: DurableJobs,
        signal: Signal,
    ) -> None:
        self._locks = locks
        self._work = work
        self._jobs = jobs
        self._signal = signal

    async def __call__(self) -> bool:
        """Return that this was all."""
        named = {"token": 0, "who": os.getpid()}
        try:
            async with self._locks.hold("ledger", wait=WAIT, cancel=False) as lock:
                named["token"] = lock.grant.token
                async with self._work.read() as work:
                    found = (await work.transaction.execute(NEXT)).one()
                if found.is_over:
                    return False
                await asyncio.sleep(WORK)
                async with self._work.begin(fence=lock.grant) as work:
                    await work.transaction.execute(WRITE.bindparams(value=found.value, **named))
                    await work.outbox.add([self._jobs.envelope(Post(value=found.value))])
        except LockHeld:
            return False
        except StaleGrant:
            async with self._work.begin() as work:
                await work.transaction.execute(REFUSED.bindparams(**named))
            return False
        await self._signal.notify()
        return False


class PostHandler:
    """Writes down that a line was posted."""

    def __init__(self, work: SqlUnitOfWork[SqlWork]) -> None:
        self._work = work

    async def __call__(self, job: Post) -> None:
        """Post it, after a moment."""
        await asyncio.sleep(POSTING)
        async with self._work.begin() as work:
            await work.transaction.execute(POST.bindparams(value=job.value, who=os.getpid()))


class Container(containers.DeclarativeContainer):
    """The ledger, in each worker."""

    core = providers.DependenciesContainer()
    write = providers.Factory(
        WriteLine, core.locks, core.work, core.durable_jobs, core.outbox_signal
    )
    jobs = providers.List(providers.Factory(Job, name="ledger", step=write, interval=0.1))
    post = providers.Singleton(PostHandler, core.work)
    durable_job_handlers = providers.Dict({Post: post.provider})
'''


def add_ledger(service: Service) -> None:
    """Give the workers of a service the ledger; its database needs the `TABLES`."""
    package = service.path / "src" / "app" / "bootstrap" / "ledger"
    package.mkdir()
    (package / "__init__.py").write_text('"""A ledger under a lock."""\n')
    (package / "worker.py").write_text(_MODULE)
