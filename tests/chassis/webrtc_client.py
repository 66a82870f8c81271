"""A plain aiortc client, which shares nothing with the service."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aioice.ice
import httpx
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription

TIMEOUT = 20.0
SDP = {"content-type": "application/sdp"}

# aioice leaves out loopback, where the servers of the tests are.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]


class Refused(Exception):
    """The service refused the offer, with a problem document."""

    def __init__(self, answer: httpx.Response) -> None:
        self.problem: dict[str, Any] = answer.json()
        self.status = answer.status_code
        self.headers = answer.headers
        super().__init__(f"{self.status}: {self.problem['detail']}")


class Channel:
    """A data channel: messages out, and those that come in until it closes."""

    def __init__(self, channel: RTCDataChannel) -> None:
        self.channel = channel
        self._received: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._opened = asyncio.Event()
        channel.on("open", self._opened.set)
        channel.on("message", self._received.put_nowait)
        channel.on("close", lambda: self._received.put_nowait(None))

    async def opened(self) -> None:
        """Wait until it is open."""
        async with asyncio.timeout(TIMEOUT):
            await self._opened.wait()

    def send(self, message: str | bytes) -> None:
        """Send a message."""
        self.channel.send(message)

    async def next(self) -> str | bytes | None:
        """Return the next message, whenever it comes, or None at the end."""
        return await self._received.get()

    async def receive(self) -> str | bytes | None:
        """Return the next message, which comes soon, or None at the end."""
        async with asyncio.timeout(TIMEOUT):
            return await self._received.get()


class Client:
    """A peer connection, with the location of its session and the first channel."""

    def __init__(self, peer: RTCPeerConnection) -> None:
        self.peer = peer
        self.location = ""

    def channel(self, **parameters: Any) -> Channel:
        """Return a further channel."""
        return Channel(self.peer.createDataChannel("jsonrpc", **parameters))


async def offer(
    url: str,
    sdp: str | bytes,
    headers: dict[str, str] | None = None,
    context: ssl.SSLContext | None = None,
) -> httpx.Response:
    """Post an offer."""
    async with httpx.AsyncClient(verify=context or False, timeout=TIMEOUT) as client:
        return await client.post(f"{url}/sessions", content=sdp, headers=SDP | (headers or {}))


@asynccontextmanager
async def connected(
    url: str, token: str | None = None, context: ssl.SSLContext | None = None, **parameters: Any
) -> AsyncIterator[tuple[Client, Channel]]:
    """Connect with the service whose signalling is at `url`; raises `Refused`, `OSError`."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    client = Client(peer)
    try:
        channel = client.channel(**parameters)
        await peer.setLocalDescription(await peer.createOffer())
        headers = {"authorization": f"Bearer {token}"} if token else {}
        try:
            answer = await offer(url, peer.localDescription.sdp, headers, context)
        except httpx.HTTPError as error:
            raise ConnectionError(str(error)) from error
        if answer.is_error:
            raise Refused(answer)
        client.location = answer.headers["location"]
        await peer.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        # The size that the service announces is the service's to check.
        assert peer.sctp is not None
        await channel.opened()
        peer.sctp._remote_max_message_size = 0
        yield client, channel
    finally:
        await peer.close()
