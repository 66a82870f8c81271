"""The suite's client for p2p: a line each way on a stream between peers, by the library alone."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import iroh

from tests.chassis.conformance.drivers.jsonrpc import WireDriver

KEY = b"the private key of a tested peer"
NODE_ID = str(iroh.SecretKey.from_bytes(KEY).public())
# With these settings the suite knows the node id of the service.
SETTINGS = {"P2P_KEY": base64.urlsafe_b64encode(KEY).decode().rstrip("=")}
ALPN = b"shallot-jsonrpc/1"
TIMEOUT = 10.0
READ = 65_536


class Wire:
    """One stream of a connection of its own."""

    def __init__(self, stream: iroh.BiStream) -> None:
        self._receiving, self._sending = stream.recv(), stream.send()

    async def send(self, message: bytes) -> None:
        """Send a line."""
        try:
            await self._sending.write_all(message + b"\n")
        except iroh.IrohError as error:
            raise ConnectionError(error.message()) from None

    async def messages(self) -> AsyncIterator[bytes]:
        """Yield the lines."""
        rest = b""
        with suppress(iroh.IrohError):
            while data := await self._receiving.read(READ):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    yield line


class Driver(WireDriver):
    """One caller's connection."""

    NODE_ID = NODE_ID

    @classmethod
    @asynccontextmanager
    async def wire(cls, port: int) -> AsyncIterator[Wire]:
        """Connect to 127.0.0.1; raises `OSError`."""
        async with connection(f"127.0.0.1:{port}") as connected:
            try:
                yield Wire(await connected.open_bi())
            except iroh.IrohError as error:
                raise ConnectionError(error.message()) from None


@asynccontextmanager
async def connection(
    address: str, node_id: str = NODE_ID, key: bytes | None = None
) -> AsyncIterator[iroh.Connection]:
    """Connect a peer to the one with the node id; raises `OSError`."""
    options = iroh.EndpointOptions(
        preset=iroh.preset_minimal(),
        bind_addr="127.0.0.1:0",
        relay_mode=iroh.RelayMode.disabled(),
        secret_key=key,
    )
    endpoint = await iroh.Endpoint.bind(options)
    try:
        target = iroh.EndpointAddr(iroh.EndpointId.from_string(node_id), None, [address])
        try:
            async with asyncio.timeout(TIMEOUT):
                connected = await endpoint.connect(target, ALPN)
        except iroh.IrohError as error:
            raise ConnectionError(error.message()) from None
        yield connected
        connected.close(0, b"")
    finally:
        await endpoint.close()
