"""Jobs for the executors of a service: `BUSY` of each kind run at any time.

A benchmark copies this file into the service's `bootstrap/own`.
"""

import asyncio
import os
import tempfile
import time
from typing import Annotated

from chassis.application.ports.executor import Executor
from dependency_injector import containers, providers
from msgspec import Meta, Struct

BLOCK = bytes(2**16)
SECONDS = 0.5


class Settings(Struct, frozen=True, kw_only=True):
    """How many jobs of each kind run at any time."""

    busy: Annotated[int, Meta(ge=0)] = 0


def write() -> int:
    """Write a file to the disk, again and again: a call that blocks."""
    end, written = time.monotonic() + SECONDS, 0
    with tempfile.TemporaryFile() as file:
        while time.monotonic() < end:
            file.seek(0)
            written += file.write(BLOCK)
            os.fsync(file.fileno())
    return written


def compute() -> int:
    """Add up, as fast as one processor can."""
    end, total = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        total += sum(range(10_000))
    return total


class Load:
    """Keeps both executors busy."""

    def __init__(self, threads: Executor, processes: Executor, busy: int) -> None:
        self._threads = threads
        self._processes = processes
        self._busy = busy

    async def run(self, stopping: asyncio.Event) -> None:
        """Run jobs until `stopping` is set."""

        async def blocking() -> None:
            while not stopping.is_set():
                await self._threads.run(write)

        async def computing() -> None:
            while not stopping.is_set():
                await self._processes.run(compute)

        async with asyncio.TaskGroup() as group:
            for _ in range(self._busy):
                group.create_task(blocking())
                group.create_task(computing())


class Container(containers.DeclarativeContainer):
    """Runs the load."""

    core = providers.DependenciesContainer()

    settings = providers.Singleton(lambda read: read.of(Settings), core.configuration)
    load = providers.Singleton(Load, core.threads, core.processes, settings.provided.busy)
    services = providers.List(load)
