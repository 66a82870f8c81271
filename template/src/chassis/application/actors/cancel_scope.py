"""Waiting for a result, or for the stop."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self


def is_cancelled() -> bool:
    """Return whether the current task itself is cancelled, and not only what it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class CancelScope:
    """Cancels what one task waits for, once `stopping` is set; opened in that task.

    It cancels the task itself, as `asyncio.timeout` does, so that a wait needs no task of its own.
    An actor that rests after every step would create thousands of tasks a second.
    """

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping
        self._is_waiting = False
        self._is_cut = False

    async def __aenter__(self) -> Self:
        """Begin to watch for the stop."""
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._watcher = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the watching task."""
        self._watcher.cancel()
        await asyncio.gather(self._watcher, return_exceptions=True)

    async def until_stopped[Result](self, work: Coroutine[Any, Any, Result]) -> Result | None:
        """Return the result of `work`, or cancel it and return `None` once `stopping` is set."""
        if self._stopping.is_set():
            work.close()
            return None
        self._is_waiting = True
        try:
            return await work
        except asyncio.CancelledError:
            # More than one cancellation: another task cancels this one, too.
            if not self._is_cut or self._task.cancelling() > 1:
                raise
            return None
        finally:
            self._is_waiting = False
            # Once is enough: no work begins after it.
            if self._is_cut:
                self._task.uncancel()

    async def _watch(self) -> None:
        await self._stopping.wait()
        if self._is_waiting:
            self._is_cut = True
            self._task.cancel()
