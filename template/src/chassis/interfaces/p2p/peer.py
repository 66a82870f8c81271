"""A connected peer: its connection, and the sessions on it."""

import asyncio
from contextlib import suppress

import iroh

from chassis.interfaces.jsonrpc.connections import Connections
from chassis.interfaces.p2p.errors import Goodbye
from chassis.interfaces.p2p.stream import StreamTransport

# Sessions at once. The library allows a new peer as many, before it can be told otherwise.
SESSIONS = 100


class PeerConnection:
    """Each stream that the peer opens in both directions is a session of `connections`."""

    def __init__(
        self,
        node_id: str,
        connection: iroh.Connection,
        address: tuple[str, int],
        connections: Connections,
    ) -> None:
        self.node_id = node_id
        self.address = address
        self._connection = connection
        self._connections = connections
        self._streams: set[StreamTransport] = set()
        self._loop = asyncio.get_running_loop()
        self._had_session = False
        # Since then there is no session.
        self._idle_since = self._loop.time()
        self._refusing: asyncio.Task[None] | None = None
        self._accepting: asyncio.Task[None] | None = None
        connection.set_max_concurrent_bi_streams(SESSIONS)

    async def run(self) -> None:
        """Serve sessions until the connection is closed."""
        self._refusing = self._loop.create_task(self._refuse_one_way())
        self._accepting = self._loop.create_task(self._accept())
        try:
            await self._connection.closed()
            # The library still hands out what the peer sent before it left, and fails then.
            await asyncio.wait((self._accepting,))
        finally:
            self.deafen()

    def deafen(self) -> None:
        """Accept no more sessions; the open ones go on."""
        for task in (self._accepting, self._refusing):
            if task is not None:
                task.cancel()

    def close(self, goodbye: Goodbye) -> None:
        """Close the connection with all of its sessions."""
        self.deafen()
        self._connection.close(goodbye.code, goodbye.reason)

    def is_idle(self, now: float, first: float, later: float) -> bool:
        """Return whether no session was opened for `first` seconds, or none is open for `later`."""
        limit = later if self._had_session else first
        return not self._streams and now - self._idle_since >= limit

    async def _accept(self) -> None:
        with suppress(iroh.IrohError):
            while True:
                opened = await self._connection.accept_bi()
                stream = StreamTransport(
                    opened, self._connections.make(), self.address, self._forget
                )
                self._had_session = True
                self._streams.add(stream)
                stream.start()

    async def _refuse_one_way(self) -> None:
        """Refuse streams in one direction: unread, they would only take memory."""
        with suppress(iroh.IrohError):
            while True:
                stream = await self._connection.accept_uni()
                await stream.stop(0)

    def _forget(self, stream: StreamTransport) -> None:
        self._streams.discard(stream)
        self._idle_since = self._loop.time()
