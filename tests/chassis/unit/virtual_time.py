"""An event loop whose clock jumps over each wait, so a slow machine changes no result."""

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine


class _JumpingSelector(selectors.SelectSelector):
    """Adds a wait to `now`, and does not wait."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; without a timeout, wait for it."""
        ready = super().select(timeout if timeout is None else 0)
        if not ready and timeout:
            self.now += timeout
        return ready


class _JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop with the clock of its selector."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return the seconds since the start of the loop."""
        return self._jumping.now


def in_virtual_time[**Arguments](
    test: Callable[Arguments, Coroutine[None, None, None]],
) -> Callable[Arguments, None]:
    """Run a test on such a loop. It may wait for timers and tasks, but for no thread."""

    @functools.wraps(test)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        with asyncio.Runner(loop_factory=_JumpingLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run
