import asyncio

from app.application.prune import Pruner
from tests.unit.support import RecordingMetrics


async def test_it_prunes_at_the_start_until_nothing_is_left_and_then_rests() -> None:
    steps = [True, True, False]
    done = asyncio.Event()
    stopping = asyncio.Event()

    async def prune() -> bool:
        more = steps.pop(0)
        if not steps:
            done.set()
        return more

    running = asyncio.create_task(Pruner(prune, RecordingMetrics()).run(stopping))
    async with asyncio.timeout(5):
        await done.wait()
        stopping.set()
        # It rests for about an hour, unless it is told to stop.
        await running
