"""Peers of webrtc and their channels, for attacks that an ordinary caller does not make."""

import asyncio
import json
from typing import Any

import httpx
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSctpTransport
from aiortc import RTCSessionDescription as Description

# The callers of drills replace aioice's look-up of addresses, which leaves out loopback.
from tools.drill.over.webrtc import SDP, SHAKE

PATIENCE = 60.0


async def signal(port: int, offer: str | bytes) -> httpx.Response:
    """Return the answer to an offer."""
    async with httpx.AsyncClient(timeout=PATIENCE, verify=False) as client:
        url = f"http://127.0.0.1:{port}/sessions"
        return await client.post(url, content=offer, headers=SDP)


class Channel:
    """One data channel, and the messages that come on it until it closes."""

    def __init__(self, channel: RTCDataChannel) -> None:
        self.channel = channel
        self.opened = asyncio.Event()
        self.closed = asyncio.Event()
        self._messages: asyncio.Queue[str | None] = asyncio.Queue()
        channel.on("open", self.opened.set)
        channel.on("message", self._messages.put_nowait)
        channel.on("close", self._end)

    async def message(self) -> Any:
        """Return the next message, or None at the end."""
        text = await self._messages.get()
        return None if text is None else json.loads(text)

    def _end(self) -> None:
        self.closed.set()
        self._messages.put_nowait(None)


class RawPeer:
    """A connected peer, with a channel and what is below it."""

    def __init__(self, peer: RTCPeerConnection, channel: Channel) -> None:
        self._peer = peer
        self.channel = channel
        self.close = peer.close

    @property
    def association(self) -> RTCSctpTransport:
        """The SCTP association."""
        assert self._peer.sctp is not None
        return self._peer.sctp

    async def more(self, count: int) -> list[Channel]:
        """Return further channels, open."""
        made = [Channel(self._peer.createDataChannel(str(number))) for number in range(count)]
        await asyncio.gather(*(each.opened.wait() for each in made))
        return made

    def deafen(self) -> None:
        """Look at nothing that comes, while the path stays alive."""

        async def ignore(data: bytes) -> None:
            pass

        setattr(self.association, "_handle_data", ignore)  # noqa: B010  # a method, to mypy


async def connect(port: int) -> RawPeer:
    """Return a connected peer; raises `TimeoutError` or `httpx.HTTPError`."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    channel = Channel(peer.createDataChannel("jsonrpc"))
    await peer.setLocalDescription(await peer.createOffer())
    answer = (await signal(port, peer.localDescription.sdp)).raise_for_status()
    await peer.setRemoteDescription(Description(answer.text, "answer"))
    async with asyncio.timeout(SHAKE):
        await channel.opened.wait()
    return RawPeer(peer, channel)
