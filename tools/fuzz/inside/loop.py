"""One event loop for all the inputs of a process."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from tools.fuzz.inside.watch import WATCH

MOST_TURNS = 1000

_runner = asyncio.Runner()


def run(main: Coroutine[Any, Any, Any]) -> Any:
    """Run it to its end; raises what it does, or else what the service has logged as an error.

    Work that is still running would show its errors with a later input, so there may be none.
    """
    result = _runner.run(_alone(main))
    WATCH.check()
    return result


async def turns(count: int = 10) -> None:
    """Let what can go on do so."""
    for _ in range(count):
        await asyncio.sleep(0)


async def until(is_so: Callable[[], bool], otherwise: str) -> None:
    """Let others go on until it is so; raises where it does not come to that."""
    for _ in range(MOST_TURNS):
        if is_so():
            return
        await asyncio.sleep(0)
    raise AssertionError(otherwise)


async def _alone(main: Coroutine[Any, Any, Any]) -> Any:
    result = await main
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    assert not left, f"still under way: {left}"
    return result
