"""First datagrams of handshakes, as the library makes them, for others to send."""

import asyncio
import socket
from contextlib import suppress

import iroh

from tools.drill.over import p2p

# The bytes of each: a first datagram is padded (RFC 9000, 14.1).
INITIAL = 1200
HOST = "127.0.0.1"
# Handshakes that are begun at a time, and the seconds for their first datagrams.
AT_ONCE, WITHIN = 20, 10.0


async def initials(count: int) -> list[bytes]:
    """Return so many, each of another handshake."""
    found: dict[bytes, bytes] = {}
    while len(found) < count:
        for datagram in await _taken(min(AT_ONCE, count - len(found))):
            # Handshakes are told apart by the connection id that their client has chosen.
            found[datagram[6 : 6 + datagram[5]]] = datagram
    return list(found.values())[:count]


async def _taken(count: int) -> list[bytes]:
    """Let endpoints connect to a socket that keeps what comes, and never answers."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind((HOST, 0))
        sink.setblocking(False)
        place = iroh.EndpointAddr(p2p.node_id(p2p.KEY), None, [f"{HOST}:{sink.getsockname()[1]}"])
        endpoints = [await p2p.bind() for _ in range(count)]
        begun = [asyncio.create_task(each.connect(place, p2p.ALPN)) for each in endpoints]
        taken: dict[int, bytes] = {}
        with suppress(TimeoutError):
            async with asyncio.timeout(WITHIN):
                while len(taken) < count:
                    datagram, (_, port) = await loop.sock_recvfrom(sink, 2048)
                    if len(datagram) >= INITIAL:
                        taken.setdefault(port, datagram)
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
        for endpoint in endpoints:
            await endpoint.close()
    return list(taken.values())
