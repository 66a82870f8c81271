"""Each loop is woken by the one that gives it work, and need not look by itself.

Here no reader polls, so an arrival shows that every step has notified the next.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.application.notification.messages import NewNotification, Register
from chassis.application import relay
from chassis.application.context import new_context, use_context
from chassis.application.streaming import follower
from chassis.application.streaming.messages import Subscribe
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.environment import Environment
from chassis.bootstrap.schema import ready_schema
from chassis.bootstrap.system import System

TIMEOUT = 20.0
NEVER = 3600.0
ROLES = ("producer", "consumer")


@pytest.fixture
async def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[System]:
    """One that runs, with its default servers: those in its own process."""
    monkeypatch.setattr(relay, "POLL", NEVER)
    monkeypatch.setattr(follower, "POLL", NEVER)
    settings = {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/app.db"}
    system = System(Configuration.read(Environment(settings)), ROLES)
    await ready_schema(system.core.database())
    stopping = asyncio.Event()
    running = [asyncio.create_task(service.run(stopping)) for service in system.services]
    yield system
    stopping.set()
    await asyncio.gather(*running)
    await system.close()


async def test_what_is_registered_comes_out_of_a_stream_though_nobody_looks(system: System) -> None:
    async with asyncio.timeout(TIMEOUT):
        with use_context(new_context()):
            stream = await system.bus.handle(Subscribe())
            started = await anext(stream)
            assert [item.event for item in started] == ["heartbeat"]
            for number in range(3):
                new = NewNotification(receiver=f"r{number}", action_type="greeted")
                await system.bus.handle(Register(notifications=(new,)))
                (item,) = await anext(stream)
                assert item.event == "notification"
            stream.close()
