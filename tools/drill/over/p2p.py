"""A caller over p2p, by iroh alone: JSON-RPC 2.0, a message in each line of a stream."""

import asyncio
import base64
from contextlib import suppress

import iroh

from tools.drill.over.caller import CUT, UnansweredError, UnreachedError
from tools.drill.over.jsonrpc import JsonRpcCaller

# With this setting the callers know the node id of the service.
KEY = b"the private key of drilled peers"
# The key of the callers, for a service that lists its peers.
CALLER = b"the key of callers in the drills"
P2P_KEY = base64.urlsafe_b64encode(KEY).decode().rstrip("=")
ALPN = b"shallot-jsonrpc/1"
READ = 65_536
# Seconds for a handshake.
SHAKE = 5.0


async def bind(key: bytes | None = None) -> iroh.Endpoint:
    """Return an endpoint on this machine, with a fresh key unless one is given."""
    options = iroh.EndpointOptions(
        preset=iroh.preset_minimal(),
        bind_addr="127.0.0.1:0",
        relay_mode=iroh.RelayMode.disabled(),
        secret_key=key,
    )
    return await iroh.Endpoint.bind(options)


async def connect(endpoint: iroh.Endpoint, port: int, within: float = SHAKE) -> iroh.Connection:
    """Connect to the service on that port; raises `UnreachedError`."""
    target = iroh.EndpointAddr(node_id(KEY), None, [f"127.0.0.1:{port}"])
    try:
        async with asyncio.timeout(within):
            return await endpoint.connect(target, ALPN)
    except (iroh.IrohError, TimeoutError) as error:
        raise UnreachedError(type(error).__name__) from error


def node_id(key: bytes) -> iroh.EndpointId:
    """Return the node id of a key."""
    return iroh.SecretKey.from_bytes(key).public()


class P2pCaller(JsonRpcCaller):
    """Has an endpoint with one connection and one stream; the service's key is `P2P_KEY`."""

    def __init__(self, port: int, token: str = "") -> None:
        super().__init__(token)
        self._port = port

    async def connect(self) -> "P2pSession":
        """Return a new connection to this machine; raises `UnreachedError`."""
        endpoint = await bind(CALLER)
        try:
            connection = await connect(endpoint, self._port)
            return P2pSession(endpoint, connection, await connection.open_bi())
        except (iroh.IrohError, UnreachedError) as error:
            await endpoint.close()
            raise UnreachedError(str(error) or type(error).__name__) from error


class P2pSession:
    """A session on a stream of a connection of its own."""

    def __init__(
        self, endpoint: iroh.Endpoint, connection: iroh.Connection, stream: iroh.BiStream
    ) -> None:
        self._endpoint = endpoint
        self._connection = connection
        self._receiving, self._sending = stream.recv(), stream.send()
        self._rest = b""

    async def is_usable(self) -> bool:
        """Return whether the other side has not ended it."""
        return self._connection.close_reason() is None

    async def send(self, message: bytes) -> None:
        """Send a message; raises `UnansweredError`."""
        try:
            await self._sending.write_all(message + b"\n")
        except iroh.IrohError as error:
            raise UnansweredError(type(error).__name__) from error

    async def receive(self) -> bytes:
        """Return the next message; raises `UnansweredError` at the end."""
        try:
            while b"\n" not in self._rest:
                data = await self._receiving.read(READ)
                if not data:
                    raise UnansweredError(CUT if self._rest else "closed before the answer")
                self._rest += data
        except iroh.IrohError as error:
            raise UnansweredError(type(error).__name__) from error
        message, _, self._rest = self._rest.partition(b"\n")
        return message

    async def close(self) -> None:
        """Close it."""
        with suppress(iroh.IrohError):
            self._connection.close(0, b"")
            await self._endpoint.close()
