"""The way of one notification, from its POST to its subscriber: how many modules it enters.

The documentation's page about the way has this number, too. A change that needs more modules should
say why, and a change that needs fewer writes the new number here and there.
"""

import asyncio
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import chassis
from tests.harness import Service

SOURCE = Path(chassis.__file__).parent.parent

MOST_MODULES = 73

# The number is that of the shortest walk: in a longer one another actor did its own work, too.
WALKS = 10
# Seconds: after the subscriber has it, the rest is settled: acked, cached, deleted.
PAUSE = 0.1
NOTIFICATION = {"receiver": "ada", "action_type": "greeted"}


class Walk:
    """The modules of this service that are entered while it is open."""

    def __init__(self) -> None:
        self.modules: set[str] = set()
        # A coroutine that continues is no new call. Kept, so that no frame has another one's place.
        self._known: set[FrameType] = set()

    def __enter__(self) -> set[str]:
        sys.setprofile(self._enter)
        return self.modules

    def __exit__(self, *error: object) -> None:
        sys.setprofile(None)

    def _enter(self, frame: FrameType, event: str, _: Any) -> None:
        file = Path(frame.f_code.co_filename)
        if event != "call" or frame in self._known or not file.is_relative_to(SOURCE):
            return
        self._known.add(frame)
        self.modules.add(str(file.relative_to(SOURCE)))


async def test_a_notification_enters_no_more_modules_than_before(tmp_path: Path) -> None:
    walks = []
    async with (
        Service.running(tmp_path) as service,
        service.http.stream("GET", "/stream") as answer,
    ):
        lines = answer.aiter_lines()
        await anext(lines)
        for _ in range(WALKS):
            with Walk() as modules:
                accepted = await service.http.post("/notifications", json=NOTIFICATION)
                async for line in lines:
                    if line.startswith("data:"):
                        break
            assert accepted.status_code == 202
            walks.append(modules)
            await asyncio.sleep(PAUSE)

    assert min(map(len, walks)) <= MOST_MODULES
    assert all("chassis/application/relay.py" in modules for modules in walks)
