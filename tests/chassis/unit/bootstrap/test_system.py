import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dependency_injector import containers, providers

from app.application.notification.messages import ListNotifications, MarkSeen, Report
from chassis.application.bindings import binding_of
from chassis.bootstrap import discovery
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.environment import Environment
from chassis.bootstrap.system import System
from chassis.domain.ids import new_id
from tests.unit.support import ManualClock


class Slow:
    """Answers once it may continue."""

    def __init__(self) -> None:
        self.under_way = 0
        self.go_on = asyncio.Event()

    async def __call__(self, message: Any) -> None:
        self.under_way += 1
        await self.go_on.wait()


async def test_what_is_expensive_leaves_half_of_the_connections_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/app.db",
        "DATABASE_CONNECTIONS": "6",
    }
    large, small = Slow(), Slow()

    class Container(containers.DeclarativeContainer):
        """A user's own, whose use cases take the places of those that are there."""

        core = providers.DependenciesContainer()
        handlers = providers.Object(
            {ListNotifications: lambda: large, Report: lambda: large, MarkSeen: lambda: small}
        )

    monkeypatch.setattr(discovery, "own", lambda: [SimpleNamespace(Container=Container)])
    system = System(Configuration.read(Environment(settings)), [])
    seen = MarkSeen(new_id(ManualClock().now), True)

    asked = [*(5 * [ListNotifications()]), *(5 * [Report()]), *(5 * [seen])]
    tasks = [asyncio.create_task(system.bus.handle(message)) for message in asked]
    for _ in range(5):
        await asyncio.sleep(0)

    assert (large.under_way, small.under_way) == (3, 5)
    large.go_on.set()
    small.go_on.set()
    await asyncio.gather(*tasks)
    assert large.under_way == 10
    await system.close()


def test_bindings_follow_from_what_the_running_roles_handle(tmp_path: Path) -> None:
    settings = {
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/app.db",
        "BROKER_BINDINGS": "shipment.#, notification.#",
    }
    configuration = Configuration.read(Environment(settings))

    for roles in ([], discovery.role_names()):
        system = System(configuration, roles)
        kinds = [*system.events, *(kind for table in system.upcasters for kind in table)]
        expected = dict.fromkeys([*map(binding_of, kinds), "shipment.#", "notification.#"])
        assert system.core.bindings() == list(expected)
