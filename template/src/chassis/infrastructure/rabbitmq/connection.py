"""A connection to RabbitMQ that is opened at first use, and again after a loss."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, UnderlayConnection
from aio_pika.exceptions import CONNECTION_EXCEPTIONS, ProbableAuthenticationError
from aiormq.connection import TCPTransportFactory, TLSTransportFactory, TransportFactory
from yarl import URL

from chassis.application.errors import Unavailable
from chassis.infrastructure.rabbitmq.channel_numbers import ChannelNumbers
from chassis.infrastructure.rabbitmq.error_messages import describe_error
from chassis.infrastructure.rabbitmq.upstream.lenient import read_leniently
from chassis.infrastructure.secrets.login import RenewableLogin

# Seconds: a connection without traffic for three of these is regarded as lost.
HEARTBEAT = 15
# Seconds for one exchange with the server, and for the close.
TIMEOUT = 5.0
LEAVE = 3.0

BLOCKED = "RabbitMQ takes no messages: its memory or disk alarm is on, see its log"

# It logs each lost connection with its traceback; here `Unavailable` reports it in one line.
logging.getLogger("aiormq").setLevel(logging.CRITICAL)
read_leniently()


class RabbitConnection:
    """One AMQP connection, whose users open channels on it; `name` shows in RabbitMQ's lists.

    It is aio-pika's plain one. Its robust one restores channels and consumers by itself, and only
    some of them. Here the user of a lost connection gets `Unavailable` and tries again, which opens
    all that it needs.
    """

    def __init__(self, url: str, name: str) -> None:
        # Raises here if it cannot be read.
        URL(url)
        self._login = RenewableLogin(url)
        self._name = name
        self._lock = asyncio.Lock()
        self._connection: aio_pika.Connection | None = None
        self._sockets = _Sockets()
        self._closing: set[asyncio.Task[None]] = set()
        self._numbers = ChannelNumbers()

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[AbstractChannel]:
        """Lend a channel for a short exchange; raises `Unavailable`."""
        channel = await self.open_channel()
        try:
            async with self.watch():
                yield channel
        finally:
            await self.close_channel(channel)

    async def open_channel(self) -> AbstractChannel:
        """Open a channel with publisher confirms; raises `Unavailable`."""
        async with self.watch():
            async with self._lock:
                connection = await self._opened()
            if await self.is_blocked():
                raise Unavailable(BLOCKED)
            channel = connection.channel(self._next_number(), on_return_raises=True)
            await channel.initialize()
            return channel

    async def close_channel(self, channel: AbstractChannel) -> None:
        """Close a channel, which requeues its unacked messages; raises `Unavailable`.

        It is also closed if the caller is cancelled meanwhile, because no other task knows of it.
        """
        await asyncio.shield(self._begin_to_close(channel))

    def abandon_channel(self, channel: AbstractChannel) -> None:
        """Begin to close a channel, for a caller that does not wait for its end."""
        self._begin_to_close(channel).add_done_callback(_ignore)

    @asynccontextmanager
    async def watch(self, timeout: float = TIMEOUT) -> AsyncIterator[None]:
        """Run calls of the client; raises `Unavailable` if they fail or do not end in time.

        Even a cancelled call may wait for a server that has stopped reading. After `timeout`
        seconds the connection is therefore cut, which ends all calls that wait on it.
        """
        is_late = False

        def give_up() -> None:
            nonlocal is_late
            is_late = True
            self.cut()

        timer = asyncio.get_running_loop().call_later(timeout, give_up)
        try:
            yield
        except asyncio.CancelledError as error:
            # The client also cancels all waiting calls when a connection is lost.
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise Unavailable(self.describe_error(error)) from error
        except CONNECTION_EXCEPTIONS as error:
            raise Unavailable(self.describe_error(TimeoutError() if is_late else error)) from error
        finally:
            timer.cancel()

    def describe_error(self, error: BaseException) -> str:
        """Return one line about an error of this connection."""
        return describe_error(error, URL(self._login.newest()))

    async def is_blocked(self) -> bool:
        """Return whether the server has said that it takes no messages."""
        transport = self._transport()
        if transport is None:
            return False
        try:
            async with asyncio.timeout(0):
                await transport.ready()
        except TimeoutError:
            return True
        return False

    def cut(self) -> None:
        """Drop the connection at once."""
        self._sockets.abort()

    async def close(self) -> None:
        """Close the connection, if necessary by cutting it."""
        async with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                with suppress(Unavailable):
                    async with self.watch(LEAVE):
                        await connection.close()

    def _next_number(self) -> int | None:
        transport = self._transport()
        if transport is None:
            return None
        client = transport.connection
        return self._numbers.next(client.channels, client.connection_tune.channel_max or 0)

    def _begin_to_close(self, channel: AbstractChannel) -> asyncio.Task[None]:
        closing = asyncio.create_task(self._close_channel(channel))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        return closing

    async def _close_channel(self, channel: AbstractChannel) -> None:
        async with self.watch():
            await channel.close()

    def _transport(self) -> UnderlayConnection | None:
        """Return the client's own connection, unless it is lost."""
        transport = self._connection.transport if self._connection is not None else None
        return transport if transport is not None and transport.connection.is_opened else None

    async def _opened(self) -> aio_pika.Connection:
        if self._connection is not None:
            if self._transport() is not None:
                return self._connection
            await self._connection.close()
            self._connection = None
        self._connection = await self._login.connect(self._open, _is_refusal)
        return self._connection

    async def _open(self, url: str) -> aio_pika.Connection:
        parsed = URL(url)
        connection = aio_pika.Connection(
            parsed.with_query({"heartbeat": str(HEARTBEAT), **parsed.query}),
            client_properties={"connection_name": self._name},
        )
        connection.kwargs["transport_factory"] = self._sockets
        try:
            await connection.connect(timeout=TIMEOUT)
        except BaseException:
            # A cancelled call may have opened it and not returned it, so `close` does not find it.
            # An open one would try to close itself when it is collected, without a loop.
            self.cut()
            await connection.close()
            raise
        return connection


def _is_refusal(error: Exception) -> bool:
    return isinstance(error, ProbableAuthenticationError)


def _ignore(closing: asyncio.Task[None]) -> None:
    """Ignore an error: the connection is then lost, which closes the channel too."""
    if not closing.cancelled():
        closing.exception()


class _Sockets(TransportFactory):
    """Opens the client's sockets, and keeps the last one to cut it."""

    def __init__(self) -> None:
        self._writer: asyncio.StreamWriter | None = None

    async def create(
        self, url: URL, **kwargs: Any
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        factory = TLSTransportFactory() if url.scheme == "amqps" else TCPTransportFactory()
        reader, self._writer = await factory.create(url, **kwargs)
        return reader, self._writer

    def abort(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
