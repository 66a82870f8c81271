import asyncio
from collections.abc import AsyncGenerator
from typing import Any, cast

import pytest
from grpc.aio import EOF

from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from chassis.interfaces.grpc.messages import read, read_one, write
from chassis.interfaces.grpc.observe import Context
from chassis.interfaces.grpc.refused import GrpcRefused, TooSlow
from chassis.interfaces.grpc.shared_timeout import SharedTimeout
from chassis.interfaces.grpc.unread import Unread
from chassis.interfaces.serving.limits import Limits

LIMITS = Limits(request_timeout=0.05, idle_timeout=0.1)
GOOD = pb.GetRequest(id="a").SerializeToString()


def unread(timeout: float = 0.05) -> Unread:
    return Unread(timeout, lambda _: True)


class Call:
    """Returns the sent bytes, and takes the written ones; `wait` at either end never returns."""

    def __init__(self, *sent: bytes, wait: bool = False) -> None:
        self.written: list[bytes] = []
        self.opened = 0
        self._sent = iter(sent)
        self._wait = wait

    async def read(self) -> Any:
        message = next(self._sent, None)
        if message is None and self._wait:
            await asyncio.Event().wait()
        return EOF if message is None else message

    def peer(self) -> str:
        return "ipv4:127.0.0.1:50000"

    async def write(self, message: bytes) -> None:
        assert self.opened == 1
        if self._wait:
            await asyncio.Event().wait()
        self.written.append(message)

    async def open(self) -> None:
        self.opened += 1

    @property
    def context(self) -> Context:
        return cast("Context", self)


async def test_reads_one_and_no_more() -> None:
    call = Call(GOOD, b"\xff")
    assert (await read_one(call.context, pb.GetRequest.FromString, SharedTimeout(5))).id == "a"


@pytest.mark.parametrize("sent", ((), (b"\xff",)), ids=("nothing", "no message"))
async def test_what_cannot_be_decoded_is_refused(sent: tuple[bytes, ...]) -> None:
    with pytest.raises(GrpcRefused):
        await read_one(Call(*sent).context, pb.GetRequest.FromString, SharedTimeout(5))


async def test_reads_all() -> None:
    found = read(Call(GOOD, GOOD).context, pb.GetRequest.FromString, LIMITS)
    assert [each.id async for each in found] == ["a", "a"]


async def test_waits_in_bounded_time_at_the_start_and_later() -> None:
    with pytest.raises(TooSlow, match=r"0\.05 seconds"):
        await read_one(Call(wait=True).context, pb.GetRequest.FromString, SharedTimeout(0.05))
    messages = read(Call(GOOD, wait=True).context, pb.GetRequest.FromString, LIMITS)
    await anext(messages)
    with pytest.raises(TooSlow, match=r"0\.1 seconds"):
        await anext(messages)


class Items:
    """Yields, and says how it ended."""

    def __init__(self, *items: str, then: Exception | None = None) -> None:
        self.end = ""
        self._items = items
        self._then = then

    async def all(self) -> AsyncGenerator[str]:
        try:
            for item in self._items:
                yield item
            if self._then is not None:
                raise self._then
        except BaseException as error:
            self.end = type(error).__name__
            raise
        finally:
            self.end = self.end or "ended"


async def test_opens_once_and_writes_in_order() -> None:
    call, items = Call(), Items("a", "b")
    await write(items.all(), call.context, call.open, str.encode, unread())

    assert (call.written, call.opened, items.end) == ([b"a", b"b"], 1, "ended")


async def test_what_fails_before_the_first_one_opens_nothing() -> None:
    call = Call()
    with pytest.raises(LookupError):
        await write(Items(then=LookupError()).all(), call.context, call.open, str.encode, unread())
    assert call.opened == 0


async def test_what_is_sent_hears_that_nobody_reads() -> None:
    call, items = Call(wait=True), Items("a", "b")
    with pytest.raises(TooSlow):
        await write(items.all(), call.context, call.open, str.encode, unread())
    assert items.end == "TooSlow"


async def test_what_is_sent_is_closed_where_the_call_is_cancelled() -> None:
    call, items = Call(wait=True), Items("a")
    writing = asyncio.create_task(
        write(items.all(), call.context, call.open, str.encode, unread(60))
    )
    await asyncio.sleep(0.01)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)

    assert items.end in ("GeneratorExit", "CancelledError")
