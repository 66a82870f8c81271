"""A session on a channel of the test's own: lines in, what was sent out."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self
from uuid import UUID

from msgspec import Raw

from app.application.notification.messages import (
    GetNotification,
    Register,
    Registered,
)
from app.interfaces.jsonrpc.notification.methods import methods
from chassis.application.bus import Bus
from chassis.application.message import Message
from chassis.application.ports.authenticator import Authenticator
from chassis.application.ports.request_log import RequestLog
from chassis.application.ports.tracing import Tracing
from chassis.application.streaming.messages import StreamItem, Subscribe
from chassis.interfaces.jsonrpc.endpoint import Endpoint
from chassis.interfaces.jsonrpc.method import Method
from chassis.interfaces.jsonrpc.openrpc import Info
from chassis.interfaces.jsonrpc.session import Session

IDENTITY = UUID("0198f0a0-0000-7000-8000-000000000001")
ONE = {"receiver": "ada", "action_type": "greeted"}

type Handle = Callable[[Any], Awaitable[Any]]


class RecordingChannel:
    """Keeps what was sent; `is_full` is the test's to set."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.is_closed = False
        self.times_ready = 0
        self._has_room = asyncio.Event()
        self._has_room.set()

    @property
    def is_full(self) -> bool:
        return not self._has_room.is_set()

    @is_full.setter
    def is_full(self, is_full: bool) -> None:
        (self._has_room.clear if is_full else self._has_room.set)()

    def send(self, message: bytes) -> None:
        self.sent.append(message)

    async def drain(self) -> None:
        await self._has_room.wait()

    def ready(self) -> None:
        self.times_ready += 1

    def close(self) -> None:
        self.is_closed = True


class Items:
    """A stream that gives what is put into it, and says why it was closed."""

    def __init__(self) -> None:
        self.closed: str | None = None
        self.queue: asyncio.Queue[Sequence[StreamItem] | Exception | None] = asyncio.Queue()

    def put(self, cursor: str, event: Any = "notification", **more: Any) -> StreamItem:
        """Put one item in, which is ready at once, and return it."""
        item = StreamItem(event=event, cursor=cursor, **more)
        self.queue.put_nowait([item])
        return item

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Sequence[StreamItem]:
        items = await self.queue.get()
        if isinstance(items, Exception):
            raise items
        if items is None:
            raise StopAsyncIteration
        return items

    def close(self, reason: str = "left") -> None:
        self.closed = self.closed or reason


class Talk:
    """A session with use cases of the test's own."""

    def __init__(
        self,
        handlers: dict[type[Message[Any]], Handle] | None = None,
        *,
        authenticator: Authenticator | None = None,
        tracing: Tracing | None = None,
        request_log: RequestLog | None = None,
        in_flight: int = 256,
        large_at_once: int = 8,
        more: Sequence[Method[Any]] = (),
    ) -> None:
        self.channel = RecordingChannel()
        self.streams: list[Items] = []
        handle: dict[Any, Handle] = {Register: self._register, Subscribe: self._subscribe}
        handle |= handlers or {}
        factories = {kind: (lambda each=each: each) for kind, each in handle.items()}
        endpoint = Endpoint(
            "test",
            Bus(factories),
            [*methods, *more],
            info=Info("A service", "1.2.3"),
            authenticator=authenticator,
            tracing=tracing,
            request_log=request_log,
            in_flight=in_flight,
            large_at_once=large_at_once,
        )
        self.session = Session(endpoint, self.channel)

    def call(self, method: str, identity: Any = 1, **params: Any) -> None:
        """Send a request."""
        self.send({"jsonrpc": "2.0", "id": identity, "method": method, "params": params})

    def send(self, message: Any) -> None:
        """Send a message, which may be bytes."""
        encoded = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.session.receive(encoded)

    def told(self) -> list[Any]:
        """Return what was sent since the last time."""
        sent, self.channel.sent = self.channel.sent, []
        return [json.loads(each) for each in sent]

    def is_full(self) -> bool:
        """Return whether the session takes no more."""
        return self.session.is_full

    def error(self) -> dict[str, Any]:
        """Return the only answer, which is an error."""
        [answer] = self.told()
        error: dict[str, Any] = answer["error"] | {"id": answer["id"]}
        return error

    async def settled(self) -> None:
        """Let all that can go on do so."""
        for _ in range(10):
            await asyncio.sleep(0)

    async def _register(self, message: Register) -> Registered:
        return Registered(tuple(IDENTITY for _ in message.notifications))

    async def _subscribe(self, message: Subscribe) -> Items:
        self.streams.append(Items())
        return self.streams[-1]


class Gate:
    """A use case that waits until it is let through."""

    def __init__(self) -> None:
        self.begun = 0
        self.open = asyncio.Event()

    async def __call__(self, message: Any) -> Any:
        self.begun += 1
        await self.open.wait()
        return Raw(b'"done"')


def get(identity: Any = 1) -> dict[str, Any]:
    """Return a request of `notifications.get`."""
    return {
        "jsonrpc": "2.0",
        "id": identity,
        "method": "notifications.get",
        "params": {"id": str(IDENTITY)},
    }


def gated() -> dict[type[Message[Any]], Handle]:
    """Return the handlers in which `notifications.get` waits at a gate."""
    return {GetNotification: Gate()}
