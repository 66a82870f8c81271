"""Parts of the watched service that fail while a file says so."""

from tools.service import Service

# The event that no attempt can handle.
FAILING = "drill.failed.v1"
# A job fails, or does not end, while these files are in the service's folder.
FAILS = "job-fails"
HANGS = "job-hangs"

_MODULE = f'''"""An event that always fails, a job that fails and one that hangs."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dependency_injector import containers, providers

from chassis.application.actors.job import Job


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


class Container(containers.DeclarativeContainer):
    """The parts of the drill."""

    core = providers.DependenciesContainer()
    failing = providers.Factory(Failing)
    events = providers.Dict({{"{FAILING}": failing.provider}})
    jobs = providers.List(
        providers.Factory(Job, name="fails", step=providers.Object(fail), interval=2),
        providers.Factory(Job, name="hangs", step=providers.Object(hang), interval=2, limit=600),
    )
'''


def add_faulty(service: Service) -> None:
    """Give a service these parts."""
    (service.path / "src/app/bootstrap/own/faulty.py").write_text(_MODULE)
