"""Three jobs of the leading worker for a service, which write down each tick."""

from tools.service import Service

JOBS = ("count", "sum", "report")
# Seconds of one tick, and of the work in it.
PERIOD = 1.0
WORK = 0.2

TABLE = """
    CREATE TABLE ticks (
        job text, tick bigint, who int, token bigint, began timestamptz, ended timestamptz,
        PRIMARY KEY (job, tick, token)
    )
"""

_MODULE = f'''"""Jobs that write each of their ticks down, as the leading worker alone."""

import asyncio
import os

from dependency_injector import containers, providers
from sqlalchemy import text

from chassis.application.actors.job import Job
from chassis.application.ports.leader_election import LeaderElection
from chassis.application.ports.locks import Grant
from chassis.application.pruning import itself
from chassis.infrastructure.database.transaction import SqlTransaction
from chassis.infrastructure.database.unit_of_work import SqlUnitOfWork

# The clock of the database, which all workers share.
LAST = text(
    "SELECT max(tick) AS last,"
    " floor(extract(epoch FROM clock_timestamp()) / {PERIOD})::bigint AS now "
    "FROM ticks WHERE job = :job AND ended IS NOT NULL"
)
# The commit of an earlier attempt may have been stored without an answer.
BEGIN = text(
    "INSERT INTO ticks VALUES (:job, :tick, :who, :token, clock_timestamp(), NULL) "
    "ON CONFLICT DO NOTHING"
)
END = text(
    "UPDATE ticks SET ended = clock_timestamp() "
    "WHERE job = :job AND tick = :tick AND token = :token AND ended IS NULL"
)


class Tick:
    """Does the next tick of one job, if it is due; missed ones first."""

    def __init__(
        self, job: str, work: SqlUnitOfWork[SqlTransaction], election: LeaderElection
    ) -> None:
        self._job = job
        self._work = work
        self._election = election

    async def __call__(self) -> bool:
        """Return whether another one may be due."""
        grant = self._election.grant()
        tick = await self._begin(grant)
        if tick is None:
            return False
        await asyncio.sleep({WORK})
        named = {{"job": self._job, "tick": tick, "token": grant.token}}
        async with self._work.begin(fence=grant) as transaction:
            await transaction.execute(END.bindparams(**named))
        return True

    async def _begin(self, grant: Grant) -> int | None:
        async with self._work.begin(fence=grant) as transaction:
            found = (await transaction.execute(LAST.bindparams(job=self._job))).one()
            tick = found.now if found.last is None else found.last + 1
            if tick > found.now:
                return None
            named = {{"job": self._job, "tick": tick, "who": os.getpid(), "token": grant.token}}
            await transaction.execute(BEGIN.bindparams(**named))
            return tick


def job(name: str, work: providers.Provider, election: providers.Provider) -> providers.Provider:
    """Return the job of that name."""
    step = providers.Factory(Tick, name, work, election)
    return providers.Factory(Job, name=name, step=step, interval=0.2, leader_only=True)


class Container(containers.DeclarativeContainer):
    """The jobs of the drill."""

    core = providers.DependenciesContainer()
    election = core.elections.provided.of.call("worker")
    work = providers.Singleton(SqlUnitOfWork, core.database, providers.Object(itself))
    jobs = providers.List(
        {"".join(f"job({name!r}, work, election), " for name in JOBS)}
    )
'''


def add_ticking(service: Service) -> None:
    """Give the workers of a service these jobs; its database needs the `TABLE`."""
    package = service.path / "src" / "app" / "bootstrap" / "ticking"
    package.mkdir()
    (package / "__init__.py").write_text('"""Jobs that write down each tick."""\n')
    (package / "worker.py").write_text(_MODULE)
