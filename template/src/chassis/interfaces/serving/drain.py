"""The times of a drain, in seconds: the same on every transport."""

import asyncio

# To read the requests that clients sent before they noticed the drain.
LAST_READ = 0.1
# For clients to close their connections after the last answer.
CLOSING = 1.0
# The part of the grace that is kept for cutting the remaining connections.
RESERVE = 0.3


def time_left(deadline: float) -> float:
    """Return the seconds until the event loop's time is `deadline`; negative after that."""
    return deadline - asyncio.get_running_loop().time()
