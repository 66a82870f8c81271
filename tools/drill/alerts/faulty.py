"""Parts of the watched service that fail while a file says so."""

from tools.service import Service

# The event that no attempt can handle.
FAILING = "drill.failed.v1"
# A job fails, or does not end, and durable jobs that fail are sent, while these files are in the
# service's folder.
FAILS = "job-fails"
HANGS = "job-hangs"
SENDS = "job-sends"

_MODULE = f'''"""An event and a durable job that always fail; jobs that fail, hang and send."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from dependency_injector import containers, providers

from chassis.application.actors.job import Job
from chassis.application.durable_jobs.durable_job import DurableJob
from chassis.application.durable_jobs.durable_jobs import DurableJobs


class Failing:
    """The handler of the event."""

    async def __call__(self, events: Sequence[Any]) -> Any:
        """Fail."""
        raise RuntimeError("this one always fails")


async def fail() -> bool:
    """Fail while the file is there."""
    if Path("{FAILS}").exists():
        raise RuntimeError("the file says so")
    return False


async def hang() -> bool:
    """Do not end while the file is there."""
    while Path("{HANGS}").exists():
        await asyncio.sleep(0.2)
    return False


class Letter(DurableJob, frozen=True):
    """Work that no attempt can do."""

    kind: ClassVar[str] = "letter.v1"


class LetterHandler:
    """The handler of the durable job."""

    async def __call__(self, job: Letter) -> None:
        """Fail."""
        raise RuntimeError("this one always fails")


class Send:
    """Sends a durable job while the file is there."""

    def __init__(self, jobs: DurableJobs) -> None:
        self._jobs = jobs

    async def __call__(self) -> bool:
        """Send one."""
        if Path("{SENDS}").exists():
            await self._jobs.send(Letter())
        return False


class Container(containers.DeclarativeContainer):
    """The parts of the drill."""

    core = providers.DependenciesContainer()
    letter = providers.Singleton(LetterHandler)
    durable_job_handlers = providers.Dict({{Letter: letter.provider}})
    send = providers.Singleton(Send, core.durable_jobs)
    failing = providers.Factory(Failing)
    events = providers.Dict({{"{FAILING}": failing.provider}})
    jobs = providers.List(
        providers.Factory(Job, name="fails", step=providers.Object(fail), interval=2),
        providers.Factory(Job, name="hangs", step=providers.Object(hang), interval=2, limit=600),
        providers.Factory(Job, name="sends", step=send, interval=2),
    )
'''


def add_faulty(service: Service) -> None:
    """Give a service these parts."""
    (service.path / "src/app/bootstrap/own/faulty.py").write_text(_MODULE)
