"""Large answers: few are made at once for one connection, and none until those are taken."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from msgspec import Raw

from app.application.notification.messages import ListNotifications, Notification, Page
from chassis.application.bus import Bus
from tests.chassis.integration.grpc.deaf import deaf
from tests.integration.grpc.serving import SERVICE, connected, started

NOW = datetime(2030, 1, 31, 12, tzinfo=UTC)
ONE = Notification(
    id=UUID("0198f0a0-0000-7000-8000-000000000001"),
    receiver="ada",
    action_type="greeted",
    action_data=Raw(b'{"text":"%b"}' % (b"x" * 1_000_000)),
    actioner=None,
    fired_at=NOW,
    registered_at=NOW,
    is_seen=False,
)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


class Large:
    """Answers with more than a connection buffers for a client that does not read."""

    def __init__(self) -> None:
        self.begun = 0

    async def __call__(self, message: ListNotifications) -> Page:
        self.begun += 1
        return Page(items=[ONE, ONE], page=1, size=50, total=2)


async def test_who_reads_nothing_gets_no_more_than_its_turns() -> None:
    large = Large()
    async with (
        started(Bus({ListNotifications: lambda: large}), large_at_once=2) as server,
        connected(server.port) as other,
    ):
        async with deaf(server.port, f"/{SERVICE.full_name}/List", 6):
            await until(lambda: large.begun >= 2)
            # Another connection has turns of its own; there is time enough for the first one's.
            for _ in range(5):
                assert len((await other.ask("List")).items) == 2
            assert large.begun == 2 + 5

        # A client that leaves gives its turns back, and answers that wait for one are not made.
        await until(lambda: server.under_way == 0)
        assert large.begun == 2 + 5
