"""One connection through a proxy."""

import asyncio
import socket
import struct
from contextlib import suppress

from tests.chaos.conditions import Conditions, Way

PIECE = 64 * 1024
# Together with `PIECE` the most that one way of a connection keeps, as a kernel's buffers would.
PIECES = 32

# Closing takes no time and tells the other side so by RST.
ABORT = struct.pack("ii", 1, 0)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Piece = tuple[float, bytes]


class Link:
    """Carries bytes between a client and a server, as the conditions have it."""

    def __init__(self, client: Streams, server: Streams, conditions: Conditions) -> None:
        self._writers = (client[1], server[1])
        self._ways = ((Way.UP, client[0], server[1]), (Way.DOWN, server[0], client[1]))
        self._conditions = conditions
        # Something of it was lost for good: no real connection would go on after that.
        self.broken = False

    async def run(self) -> None:
        """Return once both sides have closed; where one has reset, so is the other."""
        try:
            async with asyncio.TaskGroup() as group:
                for way, source, sink in self._ways:
                    pieces = asyncio.Queue[Piece](PIECES)
                    group.create_task(self._take(way, source, pieces))
                    group.create_task(self._give(way, pieces, sink))
        except* OSError:
            self.reset()
        finally:
            for writer in self._writers:
                writer.close()

    def cut(self) -> None:
        """Tell both sides by FIN that the other has closed; what is under way is lost."""
        for writer in self._writers:
            # The other side may have gone just now.
            with suppress(OSError):
                writer.get_extra_info("socket").shutdown(socket.SHUT_WR)
            writer.transport.abort()

    def reset(self) -> None:
        """Tell both sides by RST that there is no such connection; what is under way is lost."""
        for writer in self._writers:
            if not writer.transport.is_closing():
                connection = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            writer.transport.abort()

    async def _take(
        self, way: Way, source: asyncio.StreamReader, pieces: asyncio.Queue[Piece]
    ) -> None:
        due, piece = 0.0, b"any"
        while piece:
            try:
                piece = await source.read(PIECE)
            except OSError:
                if not self._conditions.swallows(way):
                    raise
                piece = b""
            due = self._conditions.due(len(piece), due)
            await pieces.put((due, piece))

    async def _give(
        self, way: Way, pieces: asyncio.Queue[Piece], sink: asyncio.StreamWriter
    ) -> None:
        piece = b"any"
        while piece:
            due, piece = await pieces.get()
            await self._conditions.passes(due)
            if self._conditions.swallows(way):
                self.broken = True
                # It never goes on: the sides learn of it by a reset, or by a clock of their own.
                while True:
                    await pieces.get()
            if piece:
                sink.write(piece)
                await sink.drain()
            elif sink.can_write_eof():
                sink.write_eof()
