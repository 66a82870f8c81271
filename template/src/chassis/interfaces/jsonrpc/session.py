"""A session: the requests of one connection, from bytes to bytes."""

import asyncio
from asyncio import Task
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import DecodeError, Raw

from chassis.application.access.caller import Caller
from chassis.application.errors import Busy
from chassis.application.ports.stream import Stream
from chassis.interfaces.jsonrpc.auth import AuthState
from chassis.interfaces.jsonrpc.batch import ResponseBatch
from chassis.interfaces.jsonrpc.call import Call
from chassis.interfaces.jsonrpc.channel import Channel
from chassis.interfaces.jsonrpc.dispatcher import Dispatcher
from chassis.interfaces.jsonrpc.endpoint import Endpoint
from chassis.interfaces.jsonrpc.errors import RETRY_AFTER
from chassis.interfaces.jsonrpc.refused import JsonRpcRefused
from chassis.interfaces.jsonrpc.request import Request, read, read_item
from chassis.interfaces.jsonrpc.session_context import Events
from chassis.interfaces.jsonrpc.subscriptions import Subscriptions

# The escape of a NUL in a text. A database accepts none, so such a message is checked.
NUL = b"\\u0000"


class Session:
    """Answers on `channel` the received requests, in the order in which they finish.

    While `is_full`, the transport should hold further messages back: the limit of requests is
    reached, or a batch runs, or an authentication. `channel.ready()` reports the end of it.
    """

    def __init__(self, endpoint: Endpoint, channel: Channel, caller: Caller | None = None) -> None:
        self.is_full = False
        # The client's address, as far as the transport knows it.
        self.address = ""
        self.bus = endpoint.bus
        self._endpoint = endpoint
        self._channel = channel
        self._decode = endpoint.decode
        self._limit = endpoint.in_flight
        self._loop = asyncio.get_running_loop()
        self._tasks: set[Task[None]] = set()
        self._waiting: deque[tuple[Request, ResponseBatch]] = deque()
        self._subscriptions = Subscriptions(channel, endpoint.transport, self._settle)
        self._auth = AuthState(endpoint.authenticator, caller)
        self._dispatcher = Dispatcher(self, endpoint, self._auth, self._subscriptions, channel)
        self._answer = self._dispatcher.answer
        self._batches = 0
        self._is_authenticating = False
        self._is_draining = False

    @property
    def is_known(self) -> bool:
        """Whether the caller is authenticated, or need not be."""
        return self._auth.is_known

    @property
    def in_flight(self) -> int:
        """How many requests are running."""
        return len(self._tasks) + len(self._waiting)

    @property
    def is_busy(self) -> bool:
        """Whether a request is running."""
        return bool(self._tasks or self._waiting)

    @property
    def is_idle(self) -> bool:
        """Whether there is no running request and no subscription."""
        return not (self._tasks or self._waiting or self._subscriptions)

    def receive(self, message: bytes) -> None:
        """Take one whole message: a request, with or without an id, or a batch of them."""
        # `in` takes three times as long: it first tries whether its operand is a number.
        if message.find(NUL) < 0:
            try:
                call = self._decode(message)
            except (DecodeError, UnicodeDecodeError, RecursionError):
                self._look_into(message)
            else:
                self._begin(call)
        else:
            self._look_into(message)

    def _look_into(self, message: bytes) -> None:
        """Take a message that is no plain call: a batch, an unknown method, bad parameters."""
        try:
            found = read(message)
        except JsonRpcRefused as refused:
            self._dispatcher.refuse(refused, refused.identity)
            return
        if isinstance(found, list):
            self._receive_batch(found)
        else:
            self._begin(found)

    def refuse(self, error: Exception) -> None:
        """Report an error that belongs to no request."""
        self._dispatcher.refuse(error, None)

    def drain(self) -> None:
        """Refuse further requests, end the subscriptions, and close once all is answered."""
        self._is_draining = True
        self._subscriptions.close("draining", tell=True)
        self._settle()

    def lose(self, reason: str = "left") -> None:
        """The channel has closed: received requests are executed, but not answered.

        Large answers that have not begun are not built.
        """
        self._dispatcher.lose()
        self._subscriptions.close(reason)

    def cancel(self) -> int:
        """Cancel the running requests, and return how many there were."""
        count = len(self._tasks) + len(self._waiting)
        self._waiting.clear()
        for task in tuple(self._tasks):
            task.cancel()
        return count

    async def authenticate(self, token: str) -> Caller:
        """Return the session's new caller; meanwhile other requests wait."""
        self._is_authenticating = True
        try:
            return await self._auth.authenticate(token)
        finally:
            self._is_authenticating = False

    async def subscribe(
        self, opening: Callable[[], Awaitable[Stream[Any]]], events: Events[Any]
    ) -> str:
        """Open a stream and return the id of the subscription."""
        return await self._subscriptions.open(opening, events)

    def unsubscribe(self, identity: str) -> None:
        """End a subscription; raises `NotFound`."""
        self._subscriptions.end(identity)

    def describe(self) -> Raw:
        """Return the OpenRPC document."""
        return self._endpoint.description

    def _receive_batch(self, items: list[Raw]) -> None:
        batch = ResponseBatch(len(items), self._channel.send)
        self._batches += 1
        batch.after(self._end_batch)
        was_full = self.is_full
        for item in items:
            try:
                request = read_item(item)
            except JsonRpcRefused as refused:
                self._dispatcher.refuse(refused, refused.identity, batch)
                continue
            if self.is_full and not was_full:
                self._waiting.append((request, batch))
            else:
                self._begin(request, batch)
        # Each holds its answers until all are there, and several must not add up.
        self.is_full = self.is_full or self._batches > 0

    def _end_batch(self) -> None:
        self._batches -= 1

    def _begin(
        self,
        request: Request | Call,
        batch: ResponseBatch | None = None,
        *,
        has_waited: bool = False,
    ) -> None:
        if (self.is_full or self._is_draining) and not has_waited:
            self._dispatcher.refuse(self._busy(), request.id, batch)
            return
        # Most requests that need not wait are done before the next line. A task that the loop would
        # run later costs as much again, and a task's name a tenth.
        answer = self._answer(request, batch)
        task = Task(answer, loop=self._loop, name="request", eager_start=True)
        if not task.done():
            self._tasks.add(task)
            task.add_done_callback(self._done)
            self.is_full = not self._has_room()

    def _done(self, task: Task[None]) -> None:
        self._tasks.discard(task)
        self._settle()

    def _settle(self) -> None:
        if self.is_full and self._has_room():
            self.is_full = False
            while self._waiting and not self.is_full:
                self._begin(*self._waiting.popleft(), has_waited=True)
            self.is_full = self.is_full or bool(self._waiting or self._batches)
            if not self.is_full:
                self._channel.ready()
        if self._is_draining and not self._tasks and not self._waiting:
            self._channel.close()

    def _has_room(self) -> bool:
        return len(self._tasks) < self._limit and not self._is_authenticating

    def _busy(self) -> Busy:
        if self._is_draining:
            return Busy("the service is draining", RETRY_AFTER)
        return Busy(f"the limit of {self._limit} concurrent requests of a connection is reached", 1)
