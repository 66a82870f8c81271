"""The quic server: connections on a port, with a JSON-RPC session on each of their streams."""

import asyncio
import logging
import socket
from contextlib import suppress
from typing import Any

from aioquic.quic.packet import QuicErrorCode

from chassis.interfaces.jsonrpc.connection import JsonRpcConnection
from chassis.interfaces.jsonrpc.connections import Connections
from chassis.interfaces.jsonrpc.endpoint import Endpoint
from chassis.interfaces.quic.certificate import QuicCertificate
from chassis.interfaces.quic.greeter import Start
from chassis.interfaces.quic.listener import Listener
from chassis.interfaces.quic.protocol import QuicProtocol
from chassis.interfaces.quic.upstream.connection import BoundedConnection
from chassis.interfaces.serving.address import url_of
from chassis.interfaces.serving.admission import SENTENCES, Admission
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.listener import bind_datagrams
from chassis.interfaces.serving.meter import Meter, Reason
from chassis.interfaces.serving.tls import Pem

log = logging.getLogger(__name__)

STREAMS = 100
# Bytes that the system keeps while the loop is busy, as far as it allows so many.
BUFFER = 4_194_304
# RFC 8446, section 6: a client that shows no certificate, or none that is accepted.
CERTIFICATE_REQUIRED = QuicErrorCode.CRYPTO_ERROR + 116

_DEFAULTS = Limits()


class QuicServer:
    """Serves `endpoint` with the certificate of `tls`.

    A connection has at most `streams` open ones, and each of them counts as a connection for the
    limits.
    """

    name = "quic"

    def __init__(
        self,
        endpoint: Endpoint,
        host: str,
        port: int,
        tls: Pem,
        limits: Limits = _DEFAULTS,
        meter: Meter | None = None,
        *,
        streams: int = STREAMS,
    ) -> None:
        self._host = host
        self._port = port
        self._tls = tls
        self._limits = limits
        self._meter = meter
        self._streams = streams
        # Only a stream can show a token.
        needs_token = endpoint.authenticator is not None and endpoint.authenticator.is_on
        self._unused_timeout = limits.handshake_timeout if needs_token else limits.idle_timeout
        self._admission = Admission(limits)
        self._protocols: set[QuicProtocol] = set()
        self._half_open: set[QuicProtocol] = set()
        self._sessions = Connections(
            endpoint, limits, meter, admission=Admission(limits), on_tick=self._tick
        )
        self._certificate: QuicCertificate
        self._listener: Listener | None = None
        self._is_draining = False

    @property
    def port(self) -> int:
        """The port; if the setting is 0, the actual one, once the server has started."""
        return self._port

    @property
    def url(self) -> str:
        """The server's URL; the port as in `port`."""
        return url_of("quic", self._host, self._port)

    async def start(self) -> None:
        """Bind and accept. Raises `StartError`, whose text says what to do."""
        # It warns of each client that breaks the protocol.
        logging.getLogger("quic").setLevel(logging.ERROR)
        self._certificate = QuicCertificate(self._tls, self._limits)
        bound = bind_datagrams(self.name, self._host, self._port)
        # macOS refuses what Linux cuts to its limit.
        with suppress(OSError):
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        bound.setblocking(False)
        self._port = bound.getsockname()[1]
        loop = asyncio.get_running_loop()
        _, self._listener = await loop.create_datagram_endpoint(
            lambda: Listener(self._limits, self._make, self.refused), sock=bound
        )
        self._sessions.start()
        if self._meter is not None:
            self._meter.watch(self._protocols.__len__, lambda: self._sessions.in_flight)
        log.info("listening", extra={"server": self.name, "host": self._host, "port": self._port})

    async def stop(self, grace: float) -> None:
        """Accept no more, answer the accepted requests, and end within `grace` seconds."""
        listener = self._listener
        if listener is None:
            return
        deadline = asyncio.get_running_loop().time() + grace
        self._is_draining = listener.greeter.is_closed = True
        await self._sessions.stop(deadline)
        for protocol in tuple(self._protocols):
            protocol.close(reason_phrase="draining")
        listener.sink.close()
        self._listener = None

    def route(self, connection_id: bytes, protocol: QuicProtocol | None) -> None:
        """Bring the datagrams with this id to a connection, or to none any more."""
        if self._listener is not None:
            self._listener.route(connection_id, protocol)

    def opened(self, protocol: QuicProtocol) -> tuple[int, str] | None:
        """The handshake is complete; return an error's code and text to close it, if it may not."""
        self._leave_handshake(protocol)
        if not self._certificate.accepts(protocol.quic.client_certificates):
            self.refused("handshake")
            return CERTIFICATE_REQUIRED, "a certificate of TLS_CLIENT_CA is required"
        over = self._admission.enter(protocol.address)
        if over is None:
            return None
        self._admission.leave(protocol.address)
        self.refused(over)
        return QuicErrorCode.CONNECTION_REFUSED, SENTENCES[over]

    def session(self) -> JsonRpcConnection | None:
        """Return the protocol of a new stream, or None if no more are taken."""
        return None if self._is_draining else self._sessions.make()

    def closed(self, protocol: QuicProtocol) -> None:
        """It has ended."""
        self._protocols.discard(protocol)
        self._leave_handshake(protocol)
        if protocol.is_open:
            self._admission.leave(protocol.address)

    def refused(self, reason: Reason) -> None:
        """A connection is closed unused."""
        if self._meter is not None:
            self._meter.refuse(reason)

    def _make(self, start: Start, address: Any) -> QuicProtocol:
        self._certificate.renew()
        quic = BoundedConnection(
            self._certificate.configuration,
            start.original,
            start.retried,
            streams=self._streams,
            asks_clients=self._certificate.asks_clients,
        )
        protocol = QuicProtocol(quic, self, self._limits, address[:2])
        self._protocols.add(protocol)
        self._half_open.add(protocol)
        return protocol

    def _leave_handshake(self, protocol: QuicProtocol) -> None:
        if protocol in self._half_open and self._listener is not None:
            self._half_open.discard(protocol)
            self._listener.greeter.half_open.leave(protocol.address)

    def _tick(self) -> None:
        now = asyncio.get_running_loop().time()
        for protocol in tuple(self._protocols):
            protocol.sweep(now, self._unused_timeout)
