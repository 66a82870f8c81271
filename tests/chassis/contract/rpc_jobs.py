"""Remote jobs of the tests, and their handlers."""

import asyncio
from typing import Any

from msgspec import Struct

from chassis.application.context import current_context
from chassis.application.message import Message, QueryMessage


class Point(Struct, frozen=True):
    """An answer with a type."""

    x: int
    y: int


class Mirror(Message[Point], frozen=True):
    """Answered with the point on the other side."""

    point: Point


class Hold(Message[str], frozen=True):
    """Answered once the handler may continue."""

    name: str


class Look(QueryMessage[str], frozen=True):
    """Changes nothing, so it may be handled twice."""

    name: str


class Raise(Message[None], frozen=True):
    """Raises the error of that number."""

    number: int


class Trace(Message[list[str | None]], frozen=True):
    """Answered with the ids of its request."""


class Wrong(Message[int], frozen=True):
    """Answered with another type than it says."""


class Unknown(Message[None], frozen=True):
    """No worker has it."""


class Handlers:
    """The handlers of one test, which its workers share."""

    def __init__(self, errors: list[Exception]) -> None:
        self.open = asyncio.Event()
        self.begun: list[str] = []
        self.done: list[str] = []
        self.cancelled: list[str] = []
        self._errors = errors
        self.table: dict[type[Message[Any]], Any] = {
            Mirror: lambda: self.mirror,
            Hold: lambda: self.hold,
            Look: lambda: self.hold,
            Raise: lambda: self.fail,
            Trace: lambda: self.trace,
            Wrong: lambda: self.wrong,
        }

    async def mirror(self, message: Mirror) -> Point:
        return Point(-message.point.x, -message.point.y)

    async def hold(self, message: Hold | Look) -> str:
        self.begun.append(message.name)
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.cancelled.append(message.name)
            raise
        self.done.append(message.name)
        return message.name.upper()

    async def fail(self, message: Raise) -> None:
        raise self._errors[message.number]

    async def trace(self, message: Trace) -> list[str | None]:
        context = current_context()
        assert context is not None
        return [context.request_id, context.traceparent, context.transport]

    async def wrong(self, _: Wrong) -> str:
        return "no number"

    async def began(self, count: int) -> None:
        """Wait until so many have begun."""
        while len(self.begun) < count:
            await asyncio.sleep(0.01)
