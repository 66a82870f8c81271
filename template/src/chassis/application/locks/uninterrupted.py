"""A call that ends even if its caller is cancelled."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

_running: set[asyncio.Task[Any]] = set()


async def uninterrupted[Result](
    call: Coroutine[Any, Any, Result],
    undo: Callable[[Result], Coroutine[Any, Any, object]] | None = None,
) -> Result:
    """Return the result of `call`; a cancelled caller does not wait for it.

    The call then goes on by itself, so that a connection that others share is not left in the
    middle of a query. `undo` is called with a result that has come too late.
    """
    task = asyncio.create_task(call)
    _running.add(task)
    task.add_done_callback(_running.discard)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        late = asyncio.create_task(_finish(task, undo))
        _running.add(late)
        late.add_done_callback(_running.discard)
        raise


async def _finish[Result](
    task: asyncio.Task[Result], undo: Callable[[Result], Coroutine[Any, Any, object]] | None
) -> None:
    [result] = await asyncio.gather(task, return_exceptions=True)
    if undo is not None and not isinstance(result, BaseException):
        await undo(result)
