"""The calling side: streams to peers, whose addresses discovery finds."""

import asyncio
import ipaddress
import socket
from contextlib import suppress

import iroh

from chassis.interfaces.p2p.address import PeerAddress
from chassis.interfaces.p2p.binding import ALPN, bind_client
from chassis.interfaces.p2p.discovery.discovery import Discovery, Place
from chassis.interfaces.p2p.errors import NOT_ALLOWED, describe_error
from chassis.interfaces.p2p.identity import Identity

READ = 65_536
# Bytes of one message, at most.
LONGEST = 16 * 2**20


class PeerStream:
    """A session with a peer: whole messages, a line each. `node_id` is the one of this side."""

    def __init__(self, node_id: str, connection: iroh.Connection, stream: iroh.BiStream) -> None:
        self._node_id = node_id
        self._connection = connection
        self._receiving, self._sending = stream.recv(), stream.send()
        self._received = bytearray()

    async def send(self, message: bytes) -> None:
        """Send a message; raises `OSError`."""
        try:
            await self._sending.write_all(message + b"\n")
        except iroh.IrohError as error:
            raise _broken(self._connection, error, self._node_id) from None

    async def receive(self) -> bytes:
        """Return the next message; raises `OSError`, also at the end of the stream."""
        searched = 0
        while (end := self._received.find(b"\n", searched)) < 0:
            searched = len(self._received)
            if searched > LONGEST:
                raise ConnectionError(f"the peer sends a message of more than {LONGEST} bytes")
            try:
                data = await self._receiving.read(READ)
            except iroh.IrohError as error:
                raise _broken(self._connection, error, self._node_id) from None
            if not data:
                raise ConnectionError("the peer has ended the session")
            self._received += data
        message = bytes(self._received[:end])
        del self._received[: end + 1]
        return message

    async def close(self) -> None:
        """Send no more."""
        with suppress(iroh.IrohError):
            await self._sending.finish()


class Dialer:
    """Connects to peers with one identity; all streams to a peer share a connection."""

    def __init__(self, identity: Identity, discovery: Discovery) -> None:
        self._identity = identity
        self._discovery = discovery
        # By whether they only reach this machine.
        self._endpoints: dict[bool, iroh.Endpoint] = {}
        self._connections: dict[PeerAddress, iroh.Connection] = {}

    async def open(self, peer: PeerAddress) -> PeerStream:
        """Return a new session with the peer; raises `OSError`."""
        connection = self._connections.get(peer)
        try:
            if connection is None or connection.close_reason() is not None:
                connection = self._connections[peer] = await self._connect(peer)
            return PeerStream(self._identity.node_id, connection, await connection.open_bi())
        except iroh.IrohError as error:
            raise _broken(connection, error, self._identity.node_id) from None

    async def close(self) -> None:
        """Close all connections."""
        for connection in self._connections.values():
            connection.close(0, b"")
        self._connections.clear()
        await self._discovery.close()
        for endpoint in self._endpoints.values():
            await endpoint.close()
        self._endpoints.clear()

    async def _connect(self, peer: PeerAddress) -> iroh.Connection:
        if peer.node_id == self._identity.node_id:
            raise ConnectionError("a peer cannot connect to its own node id")
        places = [(peer.host, peer.port)] if peer.host else []
        places = places or await self._discovery.find(peer.node_id)
        if not places:
            raise ConnectionError("no address of this node id is known")
        addresses = await _resolved(places)
        is_local = all(_is_loopback(host) for host, _ in addresses)
        endpoint = self._endpoints.get(is_local)
        if endpoint is None:
            endpoint = await bind_client(self._identity.key, is_local=is_local)
            self._endpoints[is_local] = endpoint
        texts = [
            f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in addresses
        ]
        node = iroh.EndpointId.from_string(peer.node_id)
        return await endpoint.connect(iroh.EndpointAddr(node, None, texts), ALPN)


async def _resolved(places: list[Place]) -> list[Place]:
    """Return the addresses of the hosts; raises `OSError` if one has none."""
    loop = asyncio.get_running_loop()
    found = [await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM) for host, port in places]
    return [(str(each[4][0]), int(each[4][1])) for answers in found for each in answers]


def _is_loopback(host: str) -> bool:
    return ipaddress.ip_address(host.partition("%")[0]).is_loopback


def _broken(
    connection: iroh.Connection | None, error: iroh.IrohError, node_id: str
) -> ConnectionError:
    reason = connection.close_reason() if connection is not None else None
    if reason is not None and NOT_ALLOWED.reason.decode() in reason:
        reason = f"{reason}; it is {node_id}"
    return ConnectionError(reason or describe_error(error))
