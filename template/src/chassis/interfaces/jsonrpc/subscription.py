"""One stream that a session has subscribed to, carried to its client."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from chassis.application.errors import ApplicationError, Busy
from chassis.application.ports.stream import Stream
from chassis.interfaces.jsonrpc.channel import Channel
from chassis.interfaces.jsonrpc.session_context import Events

log = logging.getLogger(__name__)


class SessionSubscription:
    """Sends a message for each item, and waits while the channel is full.

    The part of an item that all subscribers share is encoded once, and this subscription's own is
    put before it. `over` is the transport's name; `on_end` is called when the stream has ended, for
    any reason.
    """

    def __init__(
        self,
        identity: str,
        items: Stream[Any],
        events: Events[Any],
        channel: Channel,
        over: str,
        on_end: Callable[[str], None],
    ) -> None:
        self.identity = identity
        # The request that opened it.
        self.owner = asyncio.current_task()
        self._items = items
        self._events = events
        self._channel = channel
        self._over = over
        self._on_end = on_end
        self._head = b'{"jsonrpc":"2.0","method":"%b","params":{"subscription":"%b",' % (
            events.name.encode(),
            identity.encode(),
        )
        self._last: Any = None
        self._task: asyncio.Task[None] | None = None
        self._has_ended = False

    def start(self) -> None:
        """Begin to send."""
        if not self._has_ended:
            log.info("stream opened", extra={"over": self._over})
            self._task = asyncio.create_task(self._run())

    def end(self, reason: str, *, tell: bool = False) -> None:
        """End it, for a reason; with `tell`, notify the client."""
        if self._has_ended:
            return
        if tell:
            self._send(self._events.closed(self._last, reason))
        self._finish(reason)
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        try:
            await self._pump()
            self._finish("ended")
        except Busy:
            # The service has ended before the stream could begin.
            self.end("draining", tell=True)
        except ApplicationError as error:
            log.warning("stream failed", extra={"error": str(error)})
            self.end("failed", tell=True)
        except Exception:
            log.exception("stream failed")
            self.end("failed", tell=True)

    async def _pump(self) -> None:
        channel, encode = self._channel, self._events.encode
        async for items in self._items:
            for item in items:
                if channel.is_full:
                    await channel.drain()
                self._send(encode(item))
                self._last = item

    def _send(self, rest: bytes) -> None:
        self._channel.send(self._head + rest)

    def _finish(self, reason: str) -> None:
        if self._has_ended:
            return
        self._has_ended = True
        self._items.close(reason)
        self._on_end(self.identity)
        log.info("stream closed", extra={"over": self._over, "end": reason})
