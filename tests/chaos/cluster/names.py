"""The names of other Erlang nodes: they lead to proxies, so the network can be broken."""

import asyncio
import random
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from tools.process import free_port

# The distribution protocol: the request, and the beginnings of the answers.
ALIVE, ALIVE_ANSWER, ALIVE_ANSWER_OLD = 120, 118, 121
PORT_PLEASE, PORT_ANSWER = 122, 119
ALL = 110
DONE, UNKNOWN = 0, 1

# A node like any other, over TCP, and the versions of the protocol that it speaks.
A_NODE = bytes([77, 0]) + (6).to_bytes(2) + (5).to_bytes(2)
# The version from which a creation has four bytes.
WIDE = 6


class Names:
    """Stands in for `epmd`, the name server of Erlang's nodes, before a single one of them.

    The node learns that the names in `ports` listen there. The other nodes have separate name
    servers, which may get other answers.
    """

    def __init__(self, ports: Mapping[str, int]) -> None:
        self.port = free_port()
        self._ports = ports
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            size = int.from_bytes(await reader.readexactly(2))
            request = await reader.readexactly(size)
            writer.write(self.answer(request))
            await writer.drain()
            if request[0] == ALIVE:
                # A node holds this connection for as long as it lives.
                await reader.read()
        except (OSError, EOFError):
            # It has gone, or is no node at all.
            pass
        finally:
            writer.close()

    def answer(self, request: bytes) -> bytes:
        """Return what a node is told; nothing where it asks for what is not known here."""
        kind = request[0]
        if kind == ALIVE:
            is_wide = int.from_bytes(request[5:7]) >= WIDE
            # It tells a node from the one before it of the same name.
            creation = random.randrange(4, 1 << (32 if is_wide else 16))
            beginning = bytes([ALIVE_ANSWER if is_wide else ALIVE_ANSWER_OLD, DONE])
            return beginning + creation.to_bytes(4 if is_wide else 2)
        if kind == PORT_PLEASE:
            name = request[1:].decode()
            if name not in self._ports:
                return bytes([PORT_ANSWER, UNKNOWN])
            told = len(name).to_bytes(2) + name.encode() + bytes(2)
            return bytes([PORT_ANSWER, DONE]) + self._ports[name].to_bytes(2) + A_NODE + told
        # A node that starts looks whether its name is taken, and none is.
        return self.port.to_bytes(4) if kind == ALL else b""
