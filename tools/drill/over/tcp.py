"""A caller over TCP: JSON-RPC 2.0, a message in each line."""

from tools.drill.over.jsonrpc import JsonRpcCaller
from tools.drill.over.lines import Pair, connect, unanswered, usable


class TcpCaller(JsonRpcCaller):
    """Has a connection to a port."""

    def __init__(self, port: int, token: str = "") -> None:
        super().__init__(token)
        self._port = port

    async def connect(self) -> "LineSession":
        """Return a new connection to this machine; raises `UnreachedError`."""
        return LineSession(await connect(self._port))


class LineSession:
    """A session on a pair of streams."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair

    async def is_usable(self) -> bool:
        """Return whether the other side has not ended it."""
        return await usable(self._pair) is not None

    async def send(self, message: bytes) -> None:
        """Send a message; raises `UnansweredError`."""
        try:
            self._pair[1].write(message + b"\n")
        except (OSError, RuntimeError, ValueError) as error:
            raise unanswered(error) from error

    async def receive(self) -> bytes:
        """Return the next message; raises `UnansweredError` at the end."""
        try:
            return await self._pair[0].readuntil(b"\n")
        except (OSError, EOFError) as error:
            raise unanswered(error) from error

    async def close(self) -> None:
        """Close it."""
        self._pair[1].close()
