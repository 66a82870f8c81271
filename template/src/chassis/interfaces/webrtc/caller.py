"""The side that offers: one peer connection with one data channel."""

import asyncio

from aioice.candidate import Candidate
from aioice.ice import Connection
from aiortc import (
    RTCDataChannel,
    RTCDataChannelParameters,
    RTCDtlsTransport,
    RTCIceGatherer,
    RTCIceTransport,
    RTCSctpTransport,
)
from aiortc.rtcdtlstransport import RTCCertificate
from aiortc.sdp import SessionDescription

from chassis.interfaces.webrtc.description import describe

# Bytes of one message to us, at most.
LONGEST = 16 * 2**20


class OneAddress(Connection):
    """Gathers one address: aioice leaves out loopback, and takes those of all networks."""

    def __init__(self, host: str) -> None:
        super().__init__(ice_controlling=True)
        self._host = host

    async def get_component_candidates(
        self, component: int, addresses: list[str], timeout: int = 5
    ) -> list[Candidate]:
        """Return that address."""
        return await super().get_component_candidates(component, [self._host], timeout)


class CallerPeer:
    """Offers from the address `host`; then `connect` takes the answer."""

    def __init__(self, host: str) -> None:
        self._gatherer = RTCIceGatherer(iceServers=[])
        self._gatherer._connection = OneAddress(host)
        self._ice = RTCIceTransport(self._gatherer)
        self._certificate = RTCCertificate.generateCertificate()
        self._dtls = RTCDtlsTransport(self._ice, [self._certificate])
        self._association = RTCSctpTransport(self._dtls)
        self._channel = RTCDataChannel(self._association, RTCDataChannelParameters("jsonrpc"))
        # The messages that have come, and None at the end.
        self._received: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._has_room = asyncio.Event()

    async def offer(self) -> str:
        """Return the offer."""
        await self._gatherer.gather()
        return describe(
            section="0",
            role="auto",
            ice=self._gatherer.getLocalParameters(),
            candidates=self._gatherer.getLocalCandidates(),
            certificate=self._certificate,
            largest=LONGEST,
        )

    async def connect(self, answer: str) -> None:
        """Connect with the service that has answered; raises `ConnectionError` or `ValueError`."""
        [media] = SessionDescription.parse(answer).media
        if media.ice is None or media.dtls is None or media.sctp_port is None:
            raise ValueError("the answer is no session description with data channels")
        opened = asyncio.Event()
        self._channel.on("open", opened.set)
        self._channel.on("message", self._take)
        self._channel.on("close", lambda: self._received.put_nowait(None))
        self._channel.on("bufferedamountlow", self._has_room.set)
        for candidate in media.ice_candidates:
            await self._ice.addRemoteCandidate(candidate)
        await self._ice.addRemoteCandidate(None)
        await self._ice.start(media.ice)
        if self._ice.state != "completed":
            raise ConnectionError("no address of the answer can be reached over UDP")
        await self._dtls.start(media.dtls)
        if self._dtls.state != "connected":
            raise ConnectionError("DTLS failed")
        await self._association.start(media.sctpCapabilities, media.sctp_port)
        await opened.wait()

    @property
    def largest(self) -> int:
        """The size of the largest message that the service takes; 0 is no limit."""
        return self._association._remote_max_message_size

    async def send(self, message: bytes) -> None:
        """Send a message; raises `ConnectionError`."""
        if self._channel.readyState != "open":
            raise ConnectionError("the connection broke")
        self._has_room.clear()
        self._channel.send(message.decode())
        if self._channel.bufferedAmount > self._channel.bufferedAmountLowThreshold:
            await self._has_room.wait()

    async def receive(self) -> bytes:
        """Return the next message; raises `ConnectionError` at the end."""
        message = await self._received.get()
        if message is None:
            raise ConnectionError("the connection broke")
        return message

    async def close(self) -> None:
        """Close it."""
        await self._association.stop()
        await self._dtls.stop()
        await self._ice.stop()

    def _take(self, message: str | bytes) -> None:
        self._received.put_nowait(message.encode() if isinstance(message, str) else message)
