import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dependency_injector import containers, providers

from app.application.notification.messages import ListNotifications, MarkSeen, Report
from chassis.application.bindings import binding_of
from chassis.application.errors import Unavailable
from chassis.application.topology import OWN, Binding, Exchange
from chassis.bootstrap import discovery
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.environment import Environment
from chassis.bootstrap.system import System
from chassis.domain.ids import new_id
from chassis.infrastructure.database.migration.migrate import migrate
from chassis.infrastructure.memory.broker import MemoryBroker
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


async def test_locks_and_the_lead_are_where_the_setting_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "own", list)
    url = f"sqlite+aiosqlite:///{tmp_path}/app.db"
    await migrate(url)
    shared = {"CACHE_URL": "redis://127.0.0.1:1/0", "LOCKS": "cache"}
    for more, away in (({}, False), (shared, True)):
        system = System(Configuration.read(Environment({"DATABASE_URL": url, **more})), [])
        core = system.core
        if away:
            for attempt in (core.election().campaign, core.locks().hold("a").__aenter__):
                with pytest.raises(Unavailable, match="Redis"):
                    await attempt()
        else:
            assert await core.election().campaign()
            async with core.locks().hold("a") as lock, core.work().begin(fence=lock.grant):
                pass
        async with core.local_locks().hold("a", wait=0):
            pass
        assert core.elections().of() is core.election() is core.election()
        assert core.elections().of("worker") is core.elections().of("worker")
        await core.election().resign()
        await system.close()


def test_the_mailbox_of_jobs_stops_after_all_that_may_fill_it(tmp_path: Path) -> None:
    settings = {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/app.db"}
    system = System(Configuration.read(Environment(settings)), discovery.role_names())

    assert system.services[-1] is system.core.local_jobs()


async def test_a_services_own_topology_decides_what_reaches_its_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Container(containers.DeclarativeContainer):
        """Binds the queue to an exchange of its own."""

        topology = providers.List(
            providers.Object(Exchange(name="audit", kind="fanout")),
            providers.Object(Binding(exchange="audit", key="payment.#")),
            providers.Object(Binding(source="audit", queue=OWN)),
        )

    settings = {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/app.db"}
    monkeypatch.setattr(discovery, "own", lambda: [SimpleNamespace(Container=Container)])
    system = System(Configuration.read(Environment(settings)), [])

    broker = system.core.broker()
    assert isinstance(broker, MemoryBroker)
    [inbox] = broker.publisher._inboxes
    assert inbox.routes.take("payment.made", b"{}")
    assert not inbox.routes.take("order.placed", b"{}")
    assert [type(row) for row in system.topology] == [Exchange, Binding, Binding]
    await system.close()


def test_a_wrong_topology_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Container(containers.DeclarativeContainer):
        """Binds a queue that has no row."""

        topology = providers.List(providers.Object(Binding(queue="nowhere")))

    settings = {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/app.db"}
    monkeypatch.setattr(discovery, "own", lambda: [SimpleNamespace(Container=Container)])
    with pytest.raises(ValueError, match="the queue nowhere, which has no row"):
        System(Configuration.read(Environment(settings)), [])
