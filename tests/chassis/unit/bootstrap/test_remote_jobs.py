import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from dependency_injector import containers, providers

from chassis.application.errors import NoWorker
from chassis.application.message import Message
from chassis.bootstrap import discovery
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.environment import Environment
from chassis.bootstrap.system import System
from tests.actors import running


class Double(Message[int], frozen=True):
    """Answered with twice the number."""

    number: int


class DoubleHandler:
    """Doubles."""

    async def __call__(self, message: Double) -> int:
        return 2 * message.number


class Container(containers.DeclarativeContainer):
    """A part of a service that serves a remote job."""

    double = providers.Singleton(DoubleHandler)
    remote_job_handlers = providers.Dict({Double: double.provider})


def made(folder: Path) -> System:
    settings = {"DATABASE_URL": f"sqlite+aiosqlite:///{folder}/app.db", "RPC_PREFETCH": "3"}
    return System(Configuration.read(Environment(settings)), [])


async def test_the_handlers_of_all_containers_are_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "own", lambda: [SimpleNamespace(Container=Container)])
    system = made(tmp_path)
    jobs, server = system.core.remote_jobs(), system.core.job_server()

    assert system.core.remote_job_names() == ["Double"]
    assert server in system.services
    async with running(server):
        while True:
            try:
                assert await jobs.ask(Double(number=4)) == 8
            except NoWorker:
                await asyncio.sleep(0)
            else:
                break
    await system.close()


async def test_a_process_that_serves_none_knows_that_no_worker_does(tmp_path: Path) -> None:
    system = made(tmp_path)
    async with running(system.core.job_server()):
        with pytest.raises(NoWorker):
            await system.core.remote_jobs().ask(Double(number=4))
    await system.close()
