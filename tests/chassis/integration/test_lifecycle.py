"""Lifecycle events as notifications: the way there, and no loop."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.application.notification.messages import MarkSeen
from app.application.notification.projection import NotificationProjection
from app.domain.notification.notification import Notification
from chassis.application import lifecycle_events
from tests.harness import Service

TIMEOUT = 30
# Seconds in which a loop would come round several times.
LOOP = 0.5


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle_events, "INTERVAL", 0.01)


def about_itself(found: list[Notification]) -> list[tuple[str, Any]]:
    """Return the kind and the data of each notification about the service, oldest first."""
    return [
        (each.action_type, msgspec.json.decode(each.action_data.text))
        for each in sorted(found, key=lambda each: each.id)
        if each.receiver == "operators"
    ]


async def until_told(service: Service, count: int) -> list[tuple[str, Any]]:
    async with asyncio.timeout(TIMEOUT):
        while len(found := about_itself(await service.stored())) < count:
            await asyncio.sleep(0.01)
    return found


async def test_nothing_is_told_by_default(tmp_path: Path) -> None:
    async with Service.running(tmp_path) as service:
        identity = await service.announce(receiver="ada", action_type="greeted")
        await service.ask(MarkSeen(id=identity, is_seen=True))
        await asyncio.sleep(LOOP)
        assert about_itself(await service.stored()) == []


async def test_what_was_seen_is_told_once(tmp_path: Path) -> None:
    async with Service.running(tmp_path, LIFECYCLE_EVENTS="seen") as service:
        identity = await service.announce(receiver="ada", action_type="greeted")
        await service.ask(MarkSeen(id=identity, is_seen=True))
        [(kind, data)] = await until_told(service, 1)
        assert (kind, data["subject"], data["details"]) == ("seen", "ada", str(identity))

        await service.quiet()
        [own] = [each for each in await service.stored() if each.receiver == "operators"]
        await service.ask(MarkSeen(id=own.id, is_seen=True))
        await asyncio.sleep(LOOP)
        assert len(about_itself(await service.stored())) == 1


async def test_an_event_about_a_dead_letter_is_made_and_none_about_that_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("no event can be stored")

    monkeypatch.setattr(NotificationProjection, "store", fail)
    settings = {"LIFECYCLE_EVENTS": "dead-lettered", "RETRY_DELAYS": "none"}
    async with Service.running(tmp_path, **settings) as service:
        await service.send(receiver="ada", action_type="greeted")
        # The dead letter of the event, and that of the event about it.
        async with asyncio.timeout(TIMEOUT):
            while len(await service.failed()) < 2:
                await asyncio.sleep(0.01)
        await asyncio.sleep(LOOP)
        assert len(await service.failed()) == 2
        [(kind, data)] = about_itself(await service.stored())
        assert (kind, data["subject"]) == ("dead-lettered", "failed")
        assert data["details"] == "failed: no event can be stored"
