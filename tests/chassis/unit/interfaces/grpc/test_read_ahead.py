import asyncio
from collections.abc import AsyncIterator

import pytest

from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from chassis.interfaces.grpc import read_ahead as module
from chassis.interfaces.grpc.read_ahead import ReadAhead


def message(count: int = 1, size: int = 1) -> pb.RegisterManyRequest:
    one = pb.NewNotification(receiver="x" * size)
    return pb.RegisterManyRequest(notifications=[one] * count)


def held(asked: pb.RegisterManyRequest) -> int:
    return len(asked.notifications)


class Source:
    """Counts what was taken from it."""

    def __init__(self, *messages: pb.RegisterManyRequest, then: Exception | None = None) -> None:
        self.taken = 0
        self._messages = messages
        self._then = then

    async def __aiter__(self) -> AsyncIterator[pb.RegisterManyRequest]:
        for each in self._messages:
            self.taken += 1
            yield each
        if self._then is not None:
            raise self._then


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_takes_all_in_order_and_tells_the_end() -> None:
    sent = [message(count) for count in (1, 2, 3)]
    async with ReadAhead(aiter(Source(*sent)), held) as waiting:
        assert [await waiting.take() for _ in range(4)] == [*sent, None]


async def test_an_error_comes_after_what_was_read() -> None:
    async with ReadAhead(aiter(Source(message(), then=LookupError())), held) as waiting:
        assert await waiting.take() == message()
        with pytest.raises(LookupError):
            await waiting.take()


async def test_reads_ahead_as_far_as_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MESSAGES", 3)
    source = Source(*[message()] * 10)
    async with ReadAhead(aiter(source), held) as waiting:
        await settled()
        # One more is in the reader's hand.
        assert source.taken == 4
        await waiting.take()
        await settled()
        assert source.taken == 5


async def test_bytes_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WEIGHT", 2500)
    source = Source(*[message(size=1000)] * 10)
    async with ReadAhead(aiter(source), held) as waiting:
        await settled()
        assert source.taken == 3
        for _ in range(10):
            assert await waiting.take() is not None
        assert await waiting.take() is None


async def test_a_single_one_may_be_over_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WEIGHT", 10)
    async with ReadAhead(aiter(Source(message(size=1000))), held) as waiting:
        assert await waiting.take() is not None


@pytest.mark.parametrize(("count", "room", "fits"), ((2, 2, True), (3, 2, False), (0, 2, False)))
async def test_takes_at_once_what_fits(count: int, room: int, fits: bool) -> None:
    async with ReadAhead(aiter(Source(message(), message(count))), held) as waiting:
        await waiting.take()
        await settled()
        assert (waiting.take_at_once(room) is not None) == fits


async def test_at_once_there_may_be_nothing() -> None:
    async with ReadAhead(aiter(Source()), held) as waiting:
        assert waiting.take_at_once(9) is None


async def test_reads_no_more_after_the_block() -> None:
    async with ReadAhead(aiter(Source(*[message()] * 10_000)), held):
        pass
    assert len(asyncio.all_tasks()) == 1
