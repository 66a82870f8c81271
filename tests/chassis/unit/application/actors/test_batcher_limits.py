"""The limits of what waits for a batcher."""

import asyncio

import pytest

from chassis.application.actors.batcher import RETRY_AFTER, WAITING, WAITING_BYTES, Batcher
from chassis.application.errors import Busy
from tests.chassis.unit.application.actors.clerk import Clerk
from tests.unit.support import RecordingMetrics


@pytest.mark.parametrize(("count", "weight"), ((WAITING, 0), (2, WAITING_BYTES // 2)))
async def test_so_many_requests_or_bytes_wait_and_no_more(
    metrics: RecordingMetrics, count: int, weight: int
) -> None:
    batcher = Batcher("clerk", Clerk().handle, metrics)
    asking = [asyncio.create_task(batcher.ask("a", weight)) for _ in range(count)]
    await asyncio.sleep(0)

    with pytest.raises(Busy) as full:
        await batcher.ask("b", 1)

    assert full.value.retry_after == RETRY_AFTER
    for each in asking:
        each.cancel()
