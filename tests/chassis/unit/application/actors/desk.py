"""An actor of the tests, its messages, and what runs it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from chassis.application.actors.message_actor import MessageActor
from chassis.application.message import Message
from chassis.application.ports.metrics import Metrics


class Add(Message[int], frozen=True):
    """Answered with the sum so far."""

    amount: int


class Fail(Message[None], frozen=True):
    """Fails with this error, until the desk is mended."""

    error: Exception


class Unknown(Message[None], frozen=True):
    """No handler takes it."""


class Desk(MessageActor):
    """Adds up; it waits while it is not `open`."""

    def __init__(self, metrics: Metrics, **options: Any) -> None:
        self.table: dict[Any, Any] = {Add: self._add, Fail: self._fail}
        super().__init__("desk", metrics, self.table, **options)
        self.open = asyncio.Event()
        self.open.set()
        self.begun = asyncio.Event()
        self.total = -1
        self.starts = 0
        self.is_mended = False
        self.handled: list[Message[Any]] = []

    async def start(self) -> None:
        self.starts += 1
        self.total = 0

    async def _add(self, message: Add) -> int:
        self.begun.set()
        await self.open.wait()
        self.handled.append(message)
        self.total += message.amount
        return self.total

    async def _fail(self, message: Fail) -> None:
        self.handled.append(message)
        if not self.is_mended:
            raise message.error


@asynccontextmanager
async def running(actor: MessageActor) -> AsyncIterator[asyncio.Event]:
    stopping = asyncio.Event()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(actor.run(stopping))
        yield stopping
        stopping.set()


def asking(desk: Desk, *amounts: int) -> list[asyncio.Task[int]]:
    return [asyncio.create_task(desk.ask(Add(amount=amount))) for amount in amounts]


async def filled(desk: Desk, *amounts: int) -> list[asyncio.Task[int]]:
    """Ask, with the first message under way and the rest in the mailbox."""
    desk.open.clear()
    tasks = asking(desk, amounts[0])
    await desk.begun.wait()
    tasks += asking(desk, *amounts[1:])
    await asyncio.sleep(0)
    return tasks
