"""The limit of aiortc: peers that echo each message of a data channel.

It is the library's own example, on the same event loop as the service.
"""

import asyncio
import logging
import re

from aiortc import RTCDataChannel, RTCPeerConnection, RTCSessionDescription

from benchmarks.inside.ask_channels import new_peer
from benchmarks.inside.serving import serve

log = logging.getLogger(__name__)

LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"


def echo(channel: RTCDataChannel) -> None:
    """Send each message back."""
    channel.on("message", channel.send)


class Bare:
    """Offers on any free port."""

    def __init__(self) -> None:
        self._peers: list[RTCPeerConnection] = []

    async def start(self) -> None:
        """Listen, and log where."""
        self._server = await asyncio.start_server(self._signal, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        log.info("listening", extra={"server": "webrtc", "port": port})

    async def stop(self, grace: float) -> None:
        """Accept no more."""
        self._server.close()
        for peer in self._peers:
            await peer.close()

    async def _signal(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        found = LENGTH.search(head)
        assert found is not None
        offer = (await reader.readexactly(int(found[1]))).decode()
        peer = new_peer()
        self._peers.append(peer)
        peer.on("datachannel", echo)
        await peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        answer = peer.localDescription.sdp.encode()
        writer.write(ANSWER % (len(answer), answer))
        writer.close()


if __name__ == "__main__":
    serve(Bare)
