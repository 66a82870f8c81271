"""The client for tcp and tcps: JSON-RPC, one message a line."""

import asyncio

from chassis.cli.credentials import Credentials
from chassis.cli.jsonrpc_client import JsonRpcClient, place_of
from chassis.cli.remote import Remote

PORT = 7000
# Bytes of one answer, at most.
LONGEST = 16 * 2**20


class TcpClient(JsonRpcClient):
    """Talks to the service at `url`; a stream has a connection of its own."""

    def __init__(self, url: str, credentials: Credentials, remote: Remote) -> None:
        super().__init__(url, credentials, remote)
        self._host, self._port = place_of(url, "tcp", PORT)
        is_secure = url.startswith("tcps://")
        self._context = credentials.context() if is_secure else None

    async def connect(self) -> "_Connection":
        """Return a new connection; raises `OSError`."""
        streams = await asyncio.open_connection(
            self._host, self._port, limit=LONGEST, ssl=self._context
        )
        return _Connection(*streams)


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, message: bytes) -> None:
        """Send a message; raises `OSError`."""
        self._writer.write(message + b"\n")
        await self._writer.drain()

    async def receive(self) -> bytes:
        """Return the next message; raises `OSError`, also at the end of the connection."""
        line = await self._reader.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError("the connection broke")
        return line

    async def close(self) -> None:
        """Close it."""
        self._writer.close()


# The client that `open_client` returns.
CLIENT = TcpClient
