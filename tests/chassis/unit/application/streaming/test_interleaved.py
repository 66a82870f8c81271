import asyncio
from contextlib import aclosing
from random import Random

import pytest

from chassis.application.streaming import reader, recent_entries, stream
from tests.chassis.unit.application.streaming.log import (
    SHORT,
    started,
)


@pytest.mark.parametrize("seed", range(30))
async def test_whoever_comes_and_goes_sees_each_match_once_and_in_order(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(seed)
    monkeypatch.setattr(reader, "FIRST_BATCH", random.randint(1, 4))
    monkeypatch.setattr(reader, "BATCH", random.randint(1, 4))
    monkeypatch.setattr(stream, "PAGE_SIZE", random.randint(1, 4))
    monkeypatch.setattr(recent_entries, "SIZE", random.randint(1, 6))
    log = await started(heartbeat=SHORT)
    ended = asyncio.Event()

    async def dawdle() -> None:
        for _ in range(random.choice((0, 0, 1, 5, 20))):
            await asyncio.sleep(0)

    async def write() -> None:
        for _ in range(20):
            await log.append(random.randint(1, 4), receiver=random.choice(("ada", "eve")))
            await dawdle()
        ended.set()

    async def advance() -> None:
        while not ended.is_set():
            await log.follower.step()
            await dawdle()
        await log.advance()

    async def subscribe(receiver: str | None) -> list[str]:
        cursor, seen = log.cursor(0), list[str]()
        while not ended.is_set() or cursor != log.cursor(log.database.state.position):
            async with aclosing(log.open(receiver=receiver, cursor=cursor)) as items:
                for _ in range(random.randint(1, 12)):
                    item = await anext(items)
                    assert item.event in ("heartbeat", "notification", "closed")
                    cursor = item.cursor
                    if item.event == "closed":
                        break
                    if item.data is not None:
                        seen.append(cursor)
                    await dawdle()
        return seen

    wanted = (None, "ada", "eve")
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        subscribers = [group.create_task(subscribe(receiver)) for receiver in wanted]
        group.create_task(write())
        group.create_task(advance())

    for receiver, subscriber in zip(wanted, subscribers, strict=True):
        assert subscriber.result() == [
            log.cursor(entry.position)
            for entry in log.database.state.journal
            if receiver in (None, entry.event.subject)
        ]
