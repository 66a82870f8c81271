"""The command line of a service with a durable job: `python -m tests.chassis.e2e.working COMMAND`.

The job writes down in the file `log` of its folder when it begins and when it is done. It fails
while there is a file `broken`, and waits while there is a file `hold`.
"""

import asyncio
import os
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import ClassVar

from dependency_injector import containers, providers

from app.__main__ import main
from chassis.application.durable_jobs.durable_job import DurableJob
from chassis.bootstrap import discovery


class Note(DurableJob, frozen=True):
    """Write a name down."""

    kind: ClassVar[str] = "note.v1"
    name: str


class NoteHandler:
    """Writes to the file."""

    async def __call__(self, job: Note) -> None:
        """Write that it begins, and that it is done."""
        write(f"began {job.name}")
        if is_there("broken"):
            raise RuntimeError("on purpose")
        while is_there("hold"):
            await asyncio.sleep(0.02)
        write(f"done {job.name}")


def is_there(name: str) -> bool:
    """Return whether the folder has that file."""
    return Path(name).exists()


def write(line: str) -> None:
    """Add a line to the log of the folder, with this process and the time."""
    with Path("log").open("a") as log:
        log.write(f"{line} {os.getpid()} {time.time()}\n")


class Container(containers.DeclarativeContainer):
    """The job's handler."""

    core = providers.DependenciesContainer()
    note = providers.Singleton(NoteHandler)
    durable_job_handlers = providers.Dict({Note: note.provider})


def install() -> None:
    """Make the container one of the service's own."""
    module = ModuleType("working")
    module.Container = Container  # type: ignore[attr-defined]  # as a module of the user's has it
    discovery.own = lambda: [module]


if __name__ == "__main__":
    install()
    sys.argv[0] = "app"
    main()
