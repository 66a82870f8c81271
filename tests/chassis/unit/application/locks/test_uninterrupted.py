import asyncio
import gc

import pytest

from chassis.application.locks import uninterrupted as module
from chassis.application.locks.uninterrupted import uninterrupted


class Call:
    """A call that ends once it is `open`."""

    def __init__(self, error: Exception | None = None) -> None:
        self.open = asyncio.Event()
        self.ended = False
        self.undone: list[int] = []
        self._error = error

    async def __call__(self) -> int:
        await self.open.wait()
        self.ended = True
        if self._error is not None:
            raise self._error
        return 7

    async def undo(self, result: int) -> None:
        self.undone.append(result)


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def cancelled(call: Call, *, has_undo: bool) -> None:
    """Cancel the caller before the call has ended."""
    caller = asyncio.create_task(uninterrupted(call(), call.undo if has_undo else None))
    await turns()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller


async def test_a_caller_gets_the_result_and_nothing_is_undone() -> None:
    call = Call()
    call.open.set()

    assert await uninterrupted(call(), call.undo) == 7

    await turns()
    assert call.undone == []


async def test_a_caller_gets_the_error() -> None:
    call = Call(ZeroDivisionError())
    call.open.set()

    with pytest.raises(ZeroDivisionError):
        await uninterrupted(call(), call.undo)


async def test_a_call_ends_although_its_caller_is_cancelled() -> None:
    call = Call()
    await cancelled(call, has_undo=False)
    assert not call.ended

    call.open.set()
    await turns()

    assert call.ended


async def test_a_result_that_comes_too_late_is_undone() -> None:
    call = Call()
    await cancelled(call, has_undo=True)

    call.open.set()
    await turns()

    assert call.undone == [7]


async def test_a_late_error_has_nothing_to_undo() -> None:
    problems: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: problems.append(context))
    call = Call(ZeroDivisionError())
    await cancelled(call, has_undo=True)

    call.open.set()
    await turns()

    assert (call.ended, call.undone) == (True, [])
    # The loop would log a task with an error that no code has asked for.
    gc.collect()
    assert problems == []


async def test_no_call_is_kept_after_its_end() -> None:
    ended, late = Call(), Call()
    ended.open.set()
    await uninterrupted(ended())
    await cancelled(late, has_undo=True)
    late.open.set()
    await turns()

    assert module._running == set()
