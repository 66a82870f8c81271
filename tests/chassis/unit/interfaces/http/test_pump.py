import asyncio
from typing import Self

import pytest

from chassis.interfaces.http import pump as module
from chassis.interfaces.http.pump import pump


class Items:
    """A stream that says why it was closed."""

    def __init__(self, *items: int, then: Exception | None = None, wait: bool = False) -> None:
        self.closed: str | None = None
        self._items = iter(items)
        self._then = then
        self._wait = wait

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> list[int]:
        item = next(self._items, None)
        if item is not None:
            return [item, -item]
        if self._wait:
            await asyncio.Event().wait()
        if self._then is not None:
            raise self._then
        raise StopAsyncIteration

    def close(self, reason: str = "left") -> None:
        self.closed = reason


def parts(items: list[int]) -> list[str]:
    return [str(item) for item in items]


async def never() -> None:
    await asyncio.Event().wait()


async def test_sends_all_in_order() -> None:
    sent: list[str] = []

    async def send(item: str) -> None:
        sent.append(item)

    items = Items(1, 2, 3)

    assert await pump(items, parts, send, never()) == "ended"
    assert sent == ["1", "-1", "2", "-2", "3", "-3"]
    assert items.closed == "ended"


async def test_ends_when_the_client_leaves() -> None:
    first = asyncio.Event()

    async def send(_: str) -> None:
        first.set()

    async def left() -> None:
        await first.wait()

    items = Items(1, wait=True)

    assert await pump(items, parts, send, left()) == "left"
    assert items.closed == "left"


async def test_gives_up_on_a_client_that_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEND_TIMEOUT", 0.01)

    async def send(_: str) -> None:
        await asyncio.Event().wait()

    items = Items(1)

    assert await pump(items, parts, send, never()) == "stuck"
    assert items.closed == "stuck"


async def test_lost_connection_counts_as_left() -> None:
    async def send(_: str) -> None:
        raise ConnectionResetError

    assert await pump(Items(1), parts, send, never()) == "left"


async def test_raises_what_the_stream_raises() -> None:
    async def send(_: str) -> None:
        pass

    items = Items(1, then=LookupError("the journal is gone"))

    with pytest.raises(LookupError):
        await pump(items, parts, send, never())
    assert items.closed == "failed"


async def test_closes_the_stream_when_cancelled() -> None:
    async def send(_: str) -> None:
        pass

    items = Items(1, wait=True)
    pumping = asyncio.create_task(pump(items, parts, send, never()))
    await asyncio.sleep(0.01)
    pumping.cancel()

    with pytest.raises(asyncio.CancelledError):
        await pumping
    assert items.closed == "failed"
