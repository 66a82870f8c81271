"""A TCP proxy that plays a bad network between a client and a server."""

import asyncio
import random
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.chaos.conditions import Conditions, Way
from tests.chaos.link import PIECE, Link, Streams
from tools.client.address import Address
from tools.process import free_port

BACKLOG = 512


class Proxy:
    """Listens on a loopback port of its own and carries what comes to `target` and back.

    It reads no protocol, so it serves PostgreSQL, AMQP, Redis and HTTP alike. If the target does
    not listen, callers are reset. `chance` draws jitter and losses. Each fault lasts until `heal`;
    several may hold at once.
    """

    def __init__(self, target: Address, chance: random.Random) -> None:
        self.target = target
        self.address = Address("127.0.0.1", free_port())
        self._conditions = Conditions(chance)
        self._links: dict[asyncio.Task[None], Link | None] = {}
        self._server: asyncio.Server | None = None
        self._listening = asyncio.Lock()

    def url(self, url: str) -> str:
        """Return this URL of the target's with the proxy's address in it."""
        parts = urlsplit(url)
        account, at, _ = parts.netloc.rpartition("@")
        return parts._replace(
            netloc=f"{account}{at}{self.address.host}:{self.address.port}"
        ).geturl()

    @property
    def connections(self) -> int:
        """How many there are now."""
        return len(self._links)

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.refuse()
        self.cut()
        if self._links:
            await asyncio.wait(self._links)

    def cut(self) -> int:
        """Close all connections by FIN, on both sides, and return how many there were."""
        for task, link in self._links.items():
            if link is not None:
                link.cut()
            task.cancel()
        return len(self._links)

    def reset(self) -> int:
        """Reset all connections by RST, on both sides, and return how many there were."""
        return self._reset(broken_only=False)

    def half_open(self, *ways: Way) -> None:
        """Lose for good what goes these ways, or both, on old connections and on new ones.

        Nothing is closed, and a side that closes is not heard of by the other. With `Way.DOWN`
        alone the server still executes its requests, but the answers are lost.
        """
        self._conditions.swallow(*(ways or Way))

    def delay(self, seconds: float, jitter: float = 0.0) -> None:
        """Let each piece take that long each way, and up to `jitter` seconds longer."""
        self._conditions.delay(seconds, jitter)

    def lose(self, share: float) -> None:
        """Lose that share of the pieces of data until TCP sends them again, so let them be late."""
        self._conditions.lose(share)

    def throttle(self, rate: float) -> None:
        """Let no more than `rate` bytes a second pass, on each way of each connection."""
        self._conditions.throttle(rate)

    def hold(self) -> None:
        """Let nothing pass, and lose nothing: it comes with `heal`, as after a short partition."""
        self._conditions.hold()

    async def refuse(self) -> None:
        """Refuse new connections; the old ones stay."""
        async with self._listening:
            if self._server is not None:
                self._server.close()
                self._server = None

    async def heal(self) -> None:
        """Be a good network again; a connection that has lost something for good is reset."""
        self._conditions.heal()
        self._reset(broken_only=True)
        await self._listen()

    async def dial(self) -> Streams:
        """Open a connection to the target; raises `OSError`."""
        return await asyncio.open_connection(*self.target, limit=PIECE)

    async def _listen(self) -> None:
        async with self._listening:
            if self._server is None:
                self._server = await asyncio.start_server(
                    self._serve, *self.address, limit=PIECE, backlog=BACKLOG
                )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links[task] = None
        try:
            # Cut or reset: the streams of Python 3.11 take a handler that is cancelled for a fault.
            with suppress(asyncio.CancelledError):
                await self._carry(task, (reader, writer))
        finally:
            del self._links[task]

    async def _carry(
        self,
        task: asyncio.Task[None],
        client: Streams,
    ) -> None:
        try:
            server = await self.dial()
        except OSError:
            Link(client, client, self._conditions).reset()
            return
        link = self._links[task] = Link(client, server, self._conditions)
        await link.run()

    def _reset(self, *, broken_only: bool) -> int:
        reset = 0
        for task, link in self._links.items():
            if link is not None and (link.broken or not broken_only):
                link.reset()
                task.cancel()
                reset += 1
        return reset
