"""The peers of one server: their number, their socket, and their end."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from aiortc.rtcdtlstransport import RTCCertificate

from chassis.application.access.caller import Caller
from chassis.application.errors import Busy, NotFound
from chassis.interfaces.serving.admission import SENTENCES, Admission
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.meter import Reason
from chassis.interfaces.webrtc.ice_socket import IceSocket
from chassis.interfaces.webrtc.offer import Offer
from chassis.interfaces.webrtc.peer import WebRtcPeer
from chassis.interfaces.webrtc.upstream.agent import Agent
from chassis.interfaces.webrtc.upstream.port import Address

RETRY_AFTER = 1
# A certificate identifies one process, and is valid for 30 days.
RENEWAL = timedelta(days=7)


class WebRtcPeers:
    """Opens a peer for each offer, within the limits; `make` returns a caller's new session."""

    def __init__(
        self,
        limits: Limits,
        ice_servers: dict[str, Any],
        make: Callable[[Caller], asyncio.Protocol],
        refused: Callable[[Reason], None],
    ) -> None:
        self.ice_socket = IceSocket()
        # The candidates of each answer; set before the first offer.
        self.addresses: Sequence[Address] = ()
        self._limits = limits
        self._ice_servers = ice_servers
        self._make = make
        self._refused = refused
        self._admission = Admission(limits)
        self._peers: dict[str, tuple[WebRtcPeer, Caller]] = {}
        self._certificate = RTCCertificate.generateCertificate()
        self._is_draining = False

    def __len__(self) -> int:
        """Return how many peers there are, connected or not yet."""
        return len(self._peers)

    async def open(self, offer: Offer, address: str, caller: Caller) -> tuple[str, str]:
        """Return the id of a new peer, and its answer; raises `Busy`."""
        if self._is_draining:
            raise Busy("the service is draining", RETRY_AFTER)
        over = self._admission.enter(address)
        if over is not None:
            self._admission.leave(address)
            self._refused(over)
            raise Busy(SENTENCES[over], RETRY_AFTER)
        identity = secrets.token_urlsafe(16)
        credit = offer.size // max(1, len(offer.candidates))
        agent = Agent(self.ice_socket, self.addresses, self._ice_servers, credit)
        peer = WebRtcPeer(
            offer,
            agent,
            self._current_certificate(),
            address,
            self._limits,
            lambda: self._make(caller),
            lambda peer, has_connected: self._forget(identity, has_connected),
        )
        self._peers[identity] = (peer, caller)
        self.ice_socket.add(agent)
        return identity, await peer.answer()

    def end(self, identity: str, caller: Caller) -> None:
        """End a peer of that caller; raises `NotFound`."""
        found = self._peers.get(identity)
        if found is None or found[1].name != caller.name:
            raise NotFound("there is no such session, or it has ended")
        found[0].end()

    def sweep(self, now: float) -> None:
        """End the peers that are of no use."""
        for peer, _ in tuple(self._peers.values()):
            peer.sweep(now)

    def drain(self) -> None:
        """Take no further offers and channels."""
        self._is_draining = True
        for peer, _ in self._peers.values():
            peer.drain()

    async def close(self) -> None:
        """End all peers, and close the socket."""
        peers = [peer for peer, _ in self._peers.values()]
        for peer in peers:
            peer.end()
        await asyncio.gather(*(peer.ended() for peer in peers))
        self.ice_socket.close()

    def _forget(self, identity: str, has_connected: bool) -> None:
        peer, _ = self._peers.pop(identity)
        self._admission.leave(peer.address)
        if not has_connected:
            self._refused("handshake")

    def _current_certificate(self) -> RTCCertificate:
        if self._certificate.expires - datetime.now(UTC) < RENEWAL:
            self._certificate = RTCCertificate.generateCertificate()
        return self._certificate
