import asyncio
from collections.abc import Sequence
from typing import Any, Self

import pytest

from chassis.application.errors import Unavailable
from chassis.interfaces.http import event_stream
from chassis.interfaces.http.event_stream import EventStream


class Lots:
    """A stream with so many items ready at a time."""

    def __init__(self, *lots: Sequence[str], then: Exception | None = None) -> None:
        self.closed: str | None = None
        self._lots = iter(lots)
        self._then = then

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Sequence[str]:
        queue = next(self._lots, None)
        if queue is None:
            raise self._then or StopAsyncIteration
        return queue

    def close(self, reason: str = "left") -> None:
        self.closed = self.closed or reason


class Client:
    """Keeps what is sent to it, and stays."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.body":
            self.bodies.append(message["body"])

    async def receive(self) -> Any:
        await asyncio.Event().wait()


async def sent(lots: Lots) -> list[bytes]:
    client = Client()
    respond = EventStream(lots, lambda item: f"{item}\n\n".encode()).to_asgi_response()
    scope: Any = {"type": "http"}
    await respond(scope, client.receive, client.send)
    return client.bodies


async def test_what_is_ready_together_is_sent_together() -> None:
    lots = Lots(["a"], ["b", "c", "d"])

    assert await sent(lots) == [b"a\n\n", b"b\n\nc\n\nd\n\n", b""]
    assert lots.closed == "ended"


async def test_no_part_is_longer_than_it_may_be_but_for_a_long_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_stream, "PART", 7)
    lots = Lots(["a", "b", "c", "long" * 10, "d"])

    parts = [b"a\n\nb\n\n", b"c\n\n", b"long" * 10 + b"\n\n", b"d\n\n"]
    assert await sent(lots) == [*parts, b""]


async def test_an_outage_ends_the_response() -> None:
    lots = Lots(["a"], then=Unavailable("the database does not answer"))

    assert await sent(lots) == [b"a\n\n", b""]
    assert lots.closed == "failed"
