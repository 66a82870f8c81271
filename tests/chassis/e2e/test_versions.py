"""A second version of an event, before and after the consumer that meets it has learnt it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from dependency_injector import containers, providers
from msgspec.structs import replace

from app.application.notification.mapping import REGISTERED, decode, to_event
from app.application.notification.stream import subscribe
from chassis.application.consuming.upcasting import BrokenChain
from chassis.application.ports.outbox import Envelope
from chassis.application.version import Version
from chassis.bootstrap import discovery
from chassis.bootstrap.description import describe
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.chassis.e2e.bound import until_bound
from tests.e2e.process import TIMEOUT, run
from tests.harness import Service
from tests.unit.support import make_notification

CODEC = CloudEventsCodec("/elsewhere")


def later(steps: int = 1) -> str:
    """Return the type that is so many versions after the present one."""
    version = Version.read(REGISTERED)
    assert version is not None
    return str(Version(version.name, version.number + steps))


def announced(kind: str, action_type: str) -> Envelope:
    """Return an event of that type, as another service publishes it."""
    return CODEC.encode(replace(to_event(make_notification(action_type=action_type)), type=kind))


def in_lower_case(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of the version after this one, whose action types are in lower case."""
    return data | {"action_type": data["action_type"].lower()}


def deploy(monkeypatch: pytest.MonkeyPatch, table: dict[str, Callable[..., Any]]) -> None:
    """Have the next service run with these upcasters of the user's own, and no others."""

    class Container(containers.DeclarativeContainer):
        core = providers.DependenciesContainer()
        upcasters = providers.Dict(table)

    module = ModuleType("own")
    module.Container = Container  # type: ignore[attr-defined]  # as a module of the user's has it
    monkeypatch.setattr(discovery, "own", lambda: [module])


async def test_embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/app.db"}
    deploy(monkeypatch, {})
    async with Service.running(tmp_path, **settings) as old:
        dead_letter, cursor = await meets_what_it_does_not_know(old)
    deploy(monkeypatch, {REGISTERED: in_lower_case})
    async with Service.running(tmp_path, **settings) as new:
        await takes_both_versions(new, dead_letter, cursor, tmp_path, settings)


async def test_on_real_servers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, servers: dict[str, str]
) -> None:
    deploy(monkeypatch, {})
    async with Service.running(tmp_path, **servers) as old:
        await until_bound(servers)
        dead_letter, cursor = await meets_what_it_does_not_know(old)
    deploy(monkeypatch, {REGISTERED: in_lower_case})
    async with Service.running(tmp_path, **servers) as new:
        await takes_both_versions(new, dead_letter, cursor, tmp_path, servers)


async def meets_what_it_does_not_know(service: Service) -> tuple[Envelope, str]:
    """Have a service without upcasters meet the next version.

    Return its dead letters, and the cursor of a subscriber from before.
    """
    stream = await service.ask(subscribe())
    (here,) = await anext(stream)
    stream.close()
    known, unknown = announced(REGISTERED, "Known"), announced(later(), "unknown")
    await service.deliver(unknown)
    await service.deliver(known)
    await until_stored(service, {known.id: "Known"})
    async with asyncio.timeout(TIMEOUT):
        while not (letters := await service.failed()):
            await asyncio.sleep(0.02)
    [letter] = letters
    assert letter.body == unknown.body
    assert letter.reason == (
        f"unknown type: {later()}: update this service, then dead-letters replay; "
        f"it knows {REGISTERED.rpartition('.')[2]}"
    )
    # At once: no retry was spent on it.
    assert letter.failures.count == 1
    lines = measures(service).splitlines()
    retried = [line for line in lines if line.startswith("events_retried_total{")]
    assert retried
    assert all(line.endswith(" 0.0") for line in retried)
    return unknown, here.cursor


async def takes_both_versions(
    service: Service, dead_letter: Envelope, cursor: str, folder: Path, settings: dict[str, str]
) -> None:
    """Have a service that knows both ingest the dead letters, once, and new events of either.

    A subscriber from before gets all of it, in whichever version the journal has it.
    """
    before = {item.id: item.action_type for item in await service.stored()}
    old, new = announced(REGISTERED, "Old"), announced(later(), "new")
    await service.deliver(old)
    await service.deliver(new)

    replay = ("dead-letters", "replay", "--reason", f"unknown type: {later()}")
    ended = await asyncio.to_thread(run, folder, *replay, **settings)

    assert (ended.returncode, ended.stdout) == (0, "replayed: 1 message\n"), ended
    taken = before | {old.id: "old", new.id: "new", dead_letter.id: "unknown"}
    await until_stored(service, taken)
    # Another replay, and another publication of the same event, change nothing.
    again = announced(REGISTERED, "Again")
    await service.deliver(dead_letter)
    await service.deliver(again)
    await until_stored(service, taken | {again.id: "again"})
    assert await service.failed() == []
    followed = await follow(service, cursor, count=5)
    assert sorted(followed) == ["Known", "again", "new", "old", "unknown"]
    shown = measures(service)
    assert 'events_ingested_total{type="' + later() + '"} 4.0' in shown
    assert 'events_upcast_total{type="' + REGISTERED + '"} 2.0' in shown


async def follow(service: Service, cursor: str, *, count: int) -> list[str]:
    """Return the action types of the first notifications after a cursor."""
    stream = await service.ask(subscribe(cursor=cursor))
    found: list[str] = []
    async with asyncio.timeout(TIMEOUT):
        while len(found) < count:
            data = [item.data for item in await anext(stream) if item.event == "notification"]
            found += [decode(each).action_type for each in data if each is not None]
    stream.close()
    return found


async def until_stored(service: Service, taken: dict[Any, str]) -> None:
    """Wait until these are stored, each with its action type."""
    async with asyncio.timeout(TIMEOUT):
        while {item.id: item.action_type for item in await service.stored()} != taken:
            await asyncio.sleep(0.02)
    assert len(await service.stored()) == len(taken)


def measures(service: Service) -> str:
    """Return the service's metrics."""
    return service.system.core.metrics().render()[0].decode()


async def test_a_gap_between_the_versions_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(monkeypatch, {later(1): in_lower_case})

    with pytest.raises(BrokenChain, match="add the upcasters between them"):
        async with Service.running(tmp_path):
            pass


def test_upcasters_are_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    deploy(monkeypatch, {REGISTERED: in_lower_case})

    assert describe().upcasters == {REGISTERED: "in_lower_case"}
