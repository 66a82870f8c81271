import asyncio
from collections.abc import AsyncGenerator

import pytest

from app.interfaces.http import pump as module
from app.interfaces.http.pump import pump


class Items:
    """A stream that says whether it was closed."""

    def __init__(self, *items: int, then: Exception | None = None, wait: bool = False) -> None:
        self.closed = False
        self._items = items
        self._then = then
        self._wait = wait

    async def stream(self) -> AsyncGenerator[int]:
        try:
            for item in self._items:
                yield item
            if self._wait:
                await asyncio.Event().wait()
            if self._then is not None:
                raise self._then
        finally:
            self.closed = True


async def never() -> None:
    await asyncio.Event().wait()


async def test_sends_all_in_order() -> None:
    sent: list[int] = []

    async def send(item: int) -> None:
        sent.append(item)

    items = Items(1, 2, 3)

    assert await pump(items.stream(), send, never()) == "ended"
    assert sent == [1, 2, 3]
    assert items.closed


async def test_ends_when_the_client_leaves() -> None:
    first = asyncio.Event()

    async def send(_: int) -> None:
        first.set()

    async def left() -> None:
        await first.wait()

    items = Items(1, wait=True)

    assert await pump(items.stream(), send, left()) == "left"
    assert items.closed


async def test_gives_up_on_a_client_that_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEND_TIMEOUT", 0.01)

    async def send(_: int) -> None:
        await asyncio.Event().wait()

    items = Items(1)

    assert await pump(items.stream(), send, never()) == "stuck"
    assert items.closed


async def test_lost_connection_counts_as_left() -> None:
    async def send(_: int) -> None:
        raise ConnectionResetError

    assert await pump(Items(1).stream(), send, never()) == "left"


async def test_raises_what_the_stream_raises() -> None:
    async def send(_: int) -> None:
        pass

    items = Items(1, then=LookupError("the journal is gone"))

    with pytest.raises(LookupError):
        await pump(items.stream(), send, never())
    assert items.closed


async def test_closes_the_stream_when_cancelled() -> None:
    async def send(_: int) -> None:
        pass

    items = Items(1, wait=True)
    pumping = asyncio.create_task(pump(items.stream(), send, never()))
    await asyncio.sleep(0.01)
    pumping.cancel()

    with pytest.raises(asyncio.CancelledError):
        await pumping
    assert items.closed
