"""Scheduled work in a whole service."""

import asyncio
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest
from dependency_injector import containers, providers

from app.application.notification.mapping import to_event
from chassis.application.actors import runner, timers
from chassis.application.actors.job import Job
from chassis.bootstrap import discovery
from tests.harness import Service, notification_work
from tests.unit.support import make_notification

TIMEOUT = 30


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "INITIAL_DELAY", 0.01)
    monkeypatch.setattr(runner, "POLL_INTERVAL", 0.01)


async def until_shown(service: Service, line: str) -> None:
    """Wait for a line among the metrics."""
    async with asyncio.timeout(TIMEOUT):
        while line not in service.system.core.metrics().render()[0].decode().splitlines():
            await asyncio.sleep(0.01)


async def test_what_is_older_than_the_retention_is_pruned(tmp_path: Path) -> None:
    async with Service.running(tmp_path) as service:
        core = service.system.core
        old = make_notification(core.clock()() - core.retention() - timedelta(hours=1))
        new = make_notification(core.clock()())
        async with core.work().begin() as work:
            await work.journal.append([to_event(old), to_event(new)])
        async with notification_work(service.system).begin() as notifications:
            await notifications.add([old, new])
    async with Service.running(tmp_path) as service:
        await until_shown(service, "leader 1.0")
        for job in ("prune-journal", "prune-notifications", "prune-keys"):
            await until_shown(service, 'job_runs_total{job="' + job + '",outcome="done"} 1.0')

        assert await service.stored() == [new]


async def test_the_journal_has_a_retention_of_its_own(tmp_path: Path) -> None:
    short = {"JOURNAL_RETENTION": "3600"}
    async with Service.running(tmp_path) as service:
        core = service.system.core
        old = make_notification(core.clock()() - timedelta(hours=2))
        new = make_notification(core.clock()())
        async with core.work().begin() as work:
            await work.journal.append([to_event(old), to_event(new)])
        async with notification_work(service.system).begin() as notifications:
            await notifications.add([old, new])
    async with Service.running(tmp_path, **short) as service:
        for job in ("prune-journal", "prune-notifications"):
            await until_shown(service, 'job_runs_total{job="' + job + '",outcome="done"} 1.0')

        async with service.system.core.work().read() as work:
            left = [entry.event.id for entry in await work.journal.after(0, limit=10)]
        assert left == [new.id]
        assert await service.stored() == [new, old]


async def test_a_job_of_the_users_runs_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = asyncio.Event()

    async def step() -> bool:
        ran.set()
        return False

    class Container(containers.DeclarativeContainer):
        core = providers.DependenciesContainer()
        jobs = providers.List(
            providers.Factory(Job, name="own", step=providers.Object(step), interval=60.0)
        )

    module = ModuleType("own")
    module.Container = Container  # type: ignore[attr-defined]  # as a module of the user's has it
    monkeypatch.setattr(discovery, "own", lambda: [module])
    async with Service.running(tmp_path) as service, asyncio.timeout(TIMEOUT):
        await ran.wait()

    assert "own" in [job.name for job in service.system.jobs]
