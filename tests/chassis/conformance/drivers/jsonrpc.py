"""The suite's client for every transport that carries JSON-RPC: requests by hand."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, Protocol, Self

from tests.chassis.conformance.driver import Disconnected, Failed, Item

TIMEOUT = 20.0

type Message = dict[str, Any]


class Wire(Protocol):
    """A connection that carries whole messages."""

    async def send(self, message: bytes) -> None:
        """Send a message; raises `OSError`."""
        ...

    def messages(self) -> AsyncIterator[bytes]:
        """Yield the received messages until the connection ends; raises `OSError`."""
        ...


class JsonRpcDriver:
    """One caller's connection; answers are told apart by id, events by subscription."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._asked = 0
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._events: dict[str, asyncio.Queue[Message | None]] = {}
        self._ended: Exception | None = None
        self._reading = asyncio.create_task(self._read())

    async def register(self, notifications: Sequence[Any], key: str | None = None) -> list[str]:
        """Register an array."""
        more = {} if key is None else {"idempotency_key": key}
        answer = await self.ask("notifications.register", notifications=list(notifications), **more)
        ids: list[str] = answer["ids"]
        return ids

    async def list(self, **query: Any) -> dict[str, Any]:
        """List a page or a slice."""
        return await self.ask("notifications.list", **query)

    async def get(self, identity: str) -> dict[str, Any]:
        """Look one up."""
        return await self.ask("notifications.get", id=identity)

    async def mark_seen(self, identity: str, is_seen: bool) -> dict[str, Any]:
        """Set its seen state."""
        return await self.ask("notifications.mark_seen", id=identity, is_seen=is_seen)

    async def report(self, **query: Any) -> dict[str, Any]:
        """Count."""
        return await self.ask("notifications.report", **query)

    @asynccontextmanager
    async def subscribed(self, **query: Any) -> AsyncIterator[AsyncIterator[Item]]:
        """Follow the stream."""
        opened = await self.ask("notifications.subscribe", **query)
        name = opened["subscription"]
        events = self._events.setdefault(name, asyncio.Queue())
        items = self._items(events)
        try:
            yield items
        finally:
            with suppress(Failed, Disconnected):
                await self.ask("notifications.unsubscribe", subscription=name)

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Return the result; raises `Failed` or `Disconnected`."""
        if self._ended is not None:
            raise self._ended
        self._asked += 1
        identity = self._asked
        answer = self._answers[identity] = asyncio.get_running_loop().create_future()
        request = {"jsonrpc": "2.0", "id": identity, "method": method, "params": params}
        try:
            await self._wire.send(json.dumps(request).encode())
            told = await asyncio.wait_for(answer, TIMEOUT)
        except OSError as error:
            raise Disconnected(str(error)) from error
        finally:
            del self._answers[identity]
        if "error" in told:
            raise failure(told["error"])
        result: dict[str, Any] = told["result"]
        return result

    async def _items(self, events: "asyncio.Queue[Message | None]") -> AsyncIterator[Item]:
        while (event := await events.get()) is not None:
            yield Item(
                event=event["event"],
                cursor=event["cursor"],
                data=event.get("data"),
                reason=event.get("reason"),
            )
            if event["event"] == "closed":
                return

    async def _read(self) -> None:
        ended: Exception = Disconnected("the service has closed the connection")
        with suppress(OSError):
            async for message in self._wire.messages():
                told = json.loads(message)
                assert told["jsonrpc"] == "2.0", told
                if "method" in told:
                    params = told["params"]
                    self._events.setdefault(params["subscription"], asyncio.Queue()).put_nowait(
                        params
                    )
                elif told["id"] is None:
                    ended = failure(told["error"])
                else:
                    self._answers[told["id"]].set_result(told)
        self._ended = ended
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ended)
        for events in self._events.values():
            events.put_nowait(None)


class WireDriver(JsonRpcDriver, ABC):
    """One that shows a token as its first request."""

    @classmethod
    @abstractmethod
    def wire(cls, port: int) -> AbstractAsyncContextManager[Wire]:
        """Connect to 127.0.0.1; raises `OSError`."""

    @classmethod
    @asynccontextmanager
    async def connected(cls, port: int, token: str | None = None) -> AsyncIterator[Self]:
        """Connect, and show the token first."""
        opening = cls.wire(port)
        try:
            wire = await opening.__aenter__()
        except OSError as error:
            raise Disconnected(str(error)) from error
        driver = cls(wire)
        try:
            if token is not None:
                await driver.ask("session.authenticate", token=token)
            yield driver
        finally:
            driver._reading.cancel()
            await opening.__aexit__(None, None, None)


def failure(error: Message) -> Failed:
    """Return what an error object tells."""
    data = error["data"]
    blamed = (data.get("errors") or [{}])[0]
    return Failed(
        data.get("kind", "unforeseen"),
        error["message"],
        field=blamed.get("field"),
        retry_after=data.get("retry_after"),
    )
