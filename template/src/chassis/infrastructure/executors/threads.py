"""An executor of threads, for calls that block: files, DNS, libraries without asyncio."""

import asyncio
import contextvars
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from chassis.application.ports.metrics import Metrics
from chassis.infrastructure.executors.places import Places

# Seconds after which a thread that waits to run Python looks again. With the default, 5 ms, the
# event loop may wait so long several times for each answer while other threads come and go.
SWITCH_INTERVAL = 0.0005


class ThreadExecutor:
    """An `Executor` of at most `size` threads, which start when they are needed.

    A thread cannot be ended: a call that the caller no longer waits for keeps its thread until it
    returns. So give each blocking call a timeout of its own.
    """

    def __init__(self, size: int, metrics: Metrics) -> None:
        self._places = Places("threads", size, metrics)
        self._pool = ThreadPoolExecutor(
            size,
            thread_name_prefix="blocking",
            initializer=sys.setswitchinterval,
            initargs=(SWITCH_INTERVAL,),
        )

    async def run[**Arguments, Result](
        self, work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """Call `work` in a thread, with the context variables of this task."""
        context = contextvars.copy_context()
        call = partial(context.run, work, *args, **kwargs)
        async with self._places.taken():
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    async def close(self) -> None:
        """End the idle threads; the rest end after their call."""
        self._pool.shutdown(wait=False, cancel_futures=True)
