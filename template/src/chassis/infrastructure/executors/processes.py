"""An executor of processes, for work that needs a processor: it takes no turn of the event loop."""

import os
import signal
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from chassis.application.errors import Unavailable
from chassis.application.ports.metrics import Metrics
from chassis.infrastructure.executors.places import Places

# The event loop, which answers callers, comes before the work.
NICENESS = 10


class ProcessExecutor:
    """An `Executor` of at most `size` processes, which start when they are needed.

    The function, its arguments and its result go through `pickle`, so the function must be at the
    top of a module. A cancelled call ends its process. `Unavailable` is raised if a process dies.
    """

    def __init__(self, size: int, metrics: Metrics) -> None:
        self._size = size
        self._places = Places("processes", size, metrics)

    async def run[**Arguments, Result](
        self, work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """Call `work` in a process."""
        # A start of the service does not need it.
        from anyio import BrokenWorkerProcess, CapacityLimiter, to_process

        call = partial(_run, work, args, kwargs)
        async with self._places.taken():
            try:
                return await to_process.run_sync(
                    call, cancellable=True, limiter=CapacityLimiter(self._size)
                )
            except BrokenWorkerProcess as error:
                raise Unavailable("a process of the service has died under its work") from error

    async def close(self) -> None:
        """Return: the processes end with the event loop."""


@cache
def _prepare() -> None:
    """Make this process one of the executor, at its first call."""
    # Ctrl-C reaches every process of the terminal; the service decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)


def _run(work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call `work` in a process of the executor."""
    _prepare()
    try:
        return work(*args, **kwargs)
    except Exception:
        raise
    except BaseException as error:
        # Raised in the event loop, it would end the service.
        raise RuntimeError(f"the work ended its process: {error!r}") from error
