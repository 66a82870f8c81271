"""The times of a drain, in seconds: the same on every transport."""

import asyncio
from collections.abc import Callable

from chassis.interfaces.serving.wait_until import wait_until

# To read the requests that clients sent before they noticed the drain.
LAST_READ = 0.1
# For clients to take the next part of their answers, or to close their connections after the last.
CLOSING = 1.0
# The part of the grace that is kept for cutting the remaining connections.
RESERVE = 0.3


def time_left(deadline: float) -> float:
    """Return the seconds until the event loop's time is `deadline`; negative after that."""
    return deadline - asyncio.get_running_loop().time()


async def wait_for_clients(
    have_closed: Callable[[], bool], progress: Callable[[], int], deadline: float
) -> None:
    """Return once all have closed, or have taken nothing for `CLOSING` seconds.

    `progress` returns a number that changes whenever they take bytes. It ends `RESERVE` seconds
    before `deadline`, a time of the event loop.
    """
    before: int | None = None
    while not have_closed() and before != (before := progress()) and time_left(deadline) > RESERVE:
        await wait_until(have_closed, min(CLOSING, time_left(deadline) - RESERVE))
