"""A caller over WebRTC, by aiortc: JSON-RPC 2.0, each message one of a data channel."""

import asyncio
from http import HTTPStatus

import aioice.ice
import httpx
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription

from tools.drill.over.caller import UnansweredError, UnreachedError
from tools.drill.over.jsonrpc import JsonRpcCaller

SDP = {"content-type": "application/sdp"}
# Seconds from the offer to the open channel.
SHAKE = 10.0

# aioice leaves out loopback, where the service of a drill is.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]


class WebrtcCaller(JsonRpcCaller):
    """Has a peer connection with one data channel."""

    def __init__(self, port: int, token: str = "") -> None:
        super().__init__(token)
        self._url = f"http://127.0.0.1:{port}/sessions"
        self._headers = SDP | ({"authorization": f"Bearer {token}"} if token else {})

    async def connect(self) -> "WebrtcSession":
        """Return a new connection to this machine; raises `UnreachedError`."""
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        session = WebrtcSession(peer, peer.createDataChannel("jsonrpc"))
        try:
            async with asyncio.timeout(SHAKE):
                await peer.setLocalDescription(await peer.createOffer())
                async with httpx.AsyncClient() as client:
                    sdp = peer.localDescription.sdp
                    answer = await client.post(self._url, content=sdp, headers=self._headers)
                if answer.status_code != HTTPStatus.CREATED:
                    raise UnreachedError(f"the offer was answered with {answer.status_code}")
                described = RTCSessionDescription(answer.text, "answer")
                await peer.setRemoteDescription(described)
                await session.opened()
        except (httpx.HTTPError, TimeoutError) as error:
            await peer.close()
            raise UnreachedError(type(error).__name__) from error
        except UnreachedError:
            await peer.close()
            raise
        return session


class WebrtcSession:
    """A session on the data channel of a peer connection of its own."""

    def __init__(self, peer: RTCPeerConnection, channel: RTCDataChannel) -> None:
        self._peer = peer
        self._channel = channel
        self._received: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._opened = asyncio.Event()
        channel.on("open", self._opened.set)
        channel.on("message", self._received.put_nowait)
        channel.on("close", lambda: self._received.put_nowait(None))

    async def opened(self) -> None:
        """Wait until it is open."""
        await self._opened.wait()

    async def is_usable(self) -> bool:
        """Return whether the other side has not ended it."""
        return self._channel.readyState == "open"

    async def send(self, message: bytes) -> None:
        """Send a message; raises `UnansweredError`."""
        if self._channel.readyState != "open":
            raise UnansweredError("closed before the request")
        self._channel.send(message.decode())

    async def receive(self) -> bytes:
        """Return the next message; raises `UnansweredError` at the end."""
        message = await self._received.get()
        if message is None:
            raise UnansweredError("closed before the answer")
        return message.encode() if isinstance(message, str) else message

    async def close(self) -> None:
        """Close it."""
        await self._peer.close()
