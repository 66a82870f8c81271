"""The streams that a session has subscribed to."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from chassis.application.errors import Busy, NotFound, TooMany
from chassis.application.ports.stream import Stream
from chassis.interfaces.jsonrpc.channel import Channel
from chassis.interfaces.jsonrpc.errors import RETRY_AFTER
from chassis.interfaces.jsonrpc.session_context import Events
from chassis.interfaces.jsonrpc.subscription import SessionSubscription

# Subscriptions of one session: each may have as many ready items as a stream has at a time.
MAX_SUBSCRIPTIONS = 64


class Subscriptions:
    """Opens and ends them; `on_end` is called after the end of each."""

    def __init__(self, channel: Channel, over: str, on_end: Callable[[], None]) -> None:
        self._channel = channel
        self._over = over
        self._on_end = on_end
        self._open: dict[str, SessionSubscription] = {}
        self._opening = 0
        self._opened = 0
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._open)

    async def open(self, opening: Callable[[], Awaitable[Stream[Any]]], events: Events[Any]) -> str:
        """Return the id of a new one, which `start` starts."""
        if len(self._open) + self._opening >= MAX_SUBSCRIPTIONS:
            raise TooMany(
                f"{MAX_SUBSCRIPTIONS} subscriptions are open on this connection: end one first"
            )
        self._opening += 1
        try:
            items = await opening()
        finally:
            self._opening -= 1
        if self._is_closed:
            items.close("draining")
            raise Busy("the service is draining", RETRY_AFTER)
        self._opened += 1
        identity = str(self._opened)
        self._open[identity] = SessionSubscription(
            identity, items, events, self._channel, self._over, self._ended
        )
        return identity

    def start(self, owner: "asyncio.Task[Any] | None") -> None:
        """Start the subscriptions of this request."""
        for subscription in tuple(self._open.values()):
            if subscription.owner is owner and owner is not None:
                subscription.owner = None
                subscription.start()

    def end(self, identity: str) -> None:
        """End one; raises `NotFound`."""
        subscription = self._open.get(identity)
        if subscription is None:
            raise NotFound("there is no such subscription on this connection")
        subscription.end("left")

    def close(self, reason: str, *, tell: bool = False) -> None:
        """End all, and open no more."""
        self._is_closed = True
        for subscription in tuple(self._open.values()):
            subscription.end(reason, tell=tell)

    def _ended(self, identity: str) -> None:
        del self._open[identity]
        self._on_end()
