"""One caller: its path, its encryption, and the data channels over them."""

import asyncio
import logging
from asyncio import AbstractEventLoop
from collections.abc import Callable

from aiortc import (
    RTCDataChannel,
    RTCDtlsParameters,
    RTCDtlsTransport,
    RTCIceGatherer,
    RTCIceParameters,
    RTCIceTransport,
    RTCSctpCapabilities,
)
from aiortc.rtcdtlstransport import RTCCertificate

from chassis.application.context import new_context, use_context
from chassis.application.errors import Busy
from chassis.domain.errors import Invalid
from chassis.interfaces.jsonrpc.errors import encode_failure, to_failure
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.webrtc.channel import ChannelTransport
from chassis.interfaces.webrtc.description import describe
from chassis.interfaces.webrtc.offer import Offer
from chassis.interfaces.webrtc.upstream.agent import Agent
from chassis.interfaces.webrtc.upstream.association import Association

log = logging.getLogger(__name__)

# Channels of one peer: each is a session, and browsers open few.
CHANNELS = 16
RETRY_AFTER = 1
# Seconds until an end is no longer announced to the peer.
FAREWELL = 1.0

# aiortc logs what peers do wrong.
logging.getLogger("aiortc").setLevel(logging.ERROR)


class WebRtcPeer:
    """Answers one offer, and ends if it is not connected in time or has no channel for as long.

    `make` returns the protocol of a new channel. `on_end` is called once, with whether the peer had
    opened a channel.
    """

    def __init__(
        self,
        offer: Offer,
        agent: Agent,
        certificate: RTCCertificate,
        address: str,
        limits: Limits,
        make: Callable[[], asyncio.Protocol],
        on_end: Callable[["WebRtcPeer", bool], None],
    ) -> None:
        self.address = address
        self._offer = offer
        self._agent = agent
        self._certificate = certificate
        self._limits = limits
        self._make = make
        self._on_end = on_end
        self._loop: AbstractEventLoop = asyncio.get_running_loop()
        self._gatherer = RTCIceGatherer(iceServers=[])
        # Public objects of aiortc, but it makes the agent itself.
        self._gatherer._connection = agent
        self._ice = RTCIceTransport(self._gatherer)
        self._dtls = RTCDtlsTransport(self._ice, [certificate])
        self._association = Association(
            self._dtls, limits.message_size, self._fail, self._too_large
        )
        self._channels: dict[int, ChannelTransport] = {}
        self._has_connected = self._is_draining = False
        # It has a channel, or has ended.
        self._is_settled = asyncio.Event()
        self._has_ended = asyncio.Event()
        # Since when there has been no channel.
        self._idle_since = self._loop.time()
        self._running: asyncio.Task[None] | None = None

    async def answer(self) -> str:
        """Return the answer to the offer, and connect from now on."""
        await self._gatherer.gather()
        if self._agent.has_servers:
            for candidate in self._offer.candidates:
                await self._ice.addRemoteCandidate(candidate)
        self._ice.on("statechange", self._look)
        self._dtls.on("statechange", self._look)
        self._association.on("datachannel", self._open)
        self._running = self._loop.create_task(self._run())
        return describe(
            section=self._offer.section,
            role="client",
            ice=self._gatherer.getLocalParameters(),
            candidates=self._gatherer.getLocalCandidates(),
            certificate=self._certificate,
            largest=self._limits.message_size,
        )

    def drain(self) -> None:
        """Take no further channels."""
        self._is_draining = True

    def end(self) -> None:
        """End it soon."""
        self._has_ended.set()
        self._is_settled.set()

    async def ended(self) -> None:
        """Wait for the end."""
        if self._running is not None:
            await asyncio.wait([self._running])

    def sweep(self, now: float) -> None:
        """End it if it has no channel, or takes too long for a message."""
        limits = self._limits
        if self._association.incomplete_for(now) >= limits.request_timeout or (
            self._has_connected
            and not self._channels
            and now - self._idle_since >= limits.handshake_timeout
        ):
            self.end()

    async def _run(self) -> None:
        connecting = self._loop.create_task(self._connect())
        try:
            async with asyncio.timeout(self._limits.handshake_timeout):
                await self._is_settled.wait()
            await self._has_ended.wait()
        except TimeoutError:
            self.end()
        finally:
            connecting.cancel()
            await asyncio.wait([connecting])
            await self._close()

    async def _connect(self) -> None:
        offer = self._offer
        try:
            await self._ice.start(
                RTCIceParameters(usernameFragment=offer.name, password=offer.password)
            )
            if self._ice.state == "completed":
                await self._dtls.start(RTCDtlsParameters(fingerprints=[offer.fingerprint]))
            if self._dtls.state == "connected":
                capabilities = RTCSctpCapabilities(offer.largest)
                await self._association.start(capabilities, offer.port)
            else:
                self.end()
        except Exception as error:
            # A peer that breaks off while aiortc connects makes it raise almost anything.
            self._fail(error)

    async def _close(self) -> None:
        try:
            async with asyncio.timeout(FAREWELL):
                await self._association.stop()
                await self._dtls.stop()
        except (TimeoutError, ConnectionError):
            pass
        finally:
            await self._ice.stop()
            self._on_end(self, self._has_connected)

    def _open(self, channel: RTCDataChannel) -> None:
        identity = channel.id
        assert identity is not None
        refusal = self._refusal(channel)
        if refusal is not None:
            with use_context(new_context(transport="webrtc", peer=self.address)):
                channel.send(encode_failure(None, to_failure(refusal)).decode())
            channel.close()
            return
        transport = ChannelTransport(
            channel, self._association, self.address, lambda: self._forget(identity, transport)
        )
        self._channels[identity] = transport
        self._has_connected = True
        self._is_settled.set()
        transport.attach(self._make())

    def _refusal(self, channel: RTCDataChannel) -> Exception | None:
        if self._is_draining:
            return Busy("the service is draining", RETRY_AFTER)
        if len(self._channels) >= CHANNELS:
            return Busy(f"the limit of {CHANNELS} channels of a connection is reached", RETRY_AFTER)
        is_lossy = channel.maxRetransmits is not None or channel.maxPacketLifeTime is not None
        if is_lossy or not channel.ordered:
            return Invalid("channel", "must be ordered and reliable")
        return None

    def _forget(self, identity: int, transport: ChannelTransport) -> None:
        if self._channels.get(identity) is transport:
            del self._channels[identity]
            self._idle_since = self._loop.time()

    def _too_large(self, identity: int, data: bytes) -> None:
        transport = self._channels.get(identity)
        if transport is None:
            self.end()
        else:
            transport.too_large(data)

    def _fail(self, error: Exception | None) -> None:
        if error is not None:
            log.info("peer ended", extra={"reason": str(error) or type(error).__name__})
        self.end()

    def _look(self) -> None:
        if self._ice.state in ("failed", "closed") or self._dtls.state in ("failed", "closed"):
            self.end()
