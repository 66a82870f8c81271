"""The webrtc server: signalling over TCP and the peers over UDP, on one port."""

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

from chassis.application.access.caller import Caller
from chassis.application.ports.authenticator import Authenticator
from chassis.application.ports.request_log import RequestLog
from chassis.application.ports.tracing import Tracing
from chassis.interfaces.jsonrpc.connection import JsonRpcConnection
from chassis.interfaces.jsonrpc.connections import Connections
from chassis.interfaces.jsonrpc.endpoint import Endpoint
from chassis.interfaces.jsonrpc.framing.messages import Messages
from chassis.interfaces.serving.address import url_of
from chassis.interfaces.serving.errors import PortTaken
from chassis.interfaces.serving.hosts import Hosts
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.listener import bind_datagrams
from chassis.interfaces.serving.meter import Meter
from chassis.interfaces.serving.server import WebServer
from chassis.interfaces.serving.tls import Tls
from chassis.interfaces.webrtc.addresses import reachable_at
from chassis.interfaces.webrtc.app import create_app
from chassis.interfaces.webrtc.page import BrowserPage
from chassis.interfaces.webrtc.peers import WebRtcPeers
from chassis.interfaces.webrtc.upstream.port import Address

# Seconds for the offers that are being answered, at the end.
LAST_OFFERS = 1.0
# Attempts to find a port that is free for both TCP and UDP.
ATTEMPTS = 16

_DEFAULTS = Limits()


class WebRtcServer:
    """Serves `endpoint`; `name` is the prefix of its settings (`webrtc`: `WEBRTC_HOST` …).

    `limits` bounds the peers as it bounds connections elsewhere. `addresses` are those that reach
    this server, if they are not its own; `ice_servers` aioice's keyword arguments.
    """

    def __init__(
        self,
        name: str,
        endpoint: Endpoint,
        host: str,
        port: int,
        limits: Limits = _DEFAULTS,
        tls: Tls | None = None,
        meter: Meter | None = None,
        hosts: Hosts | None = None,
        *,
        addresses: Sequence[Address] = (),
        ice_servers: dict[str, Any] | None = None,
        signalling_limits: Limits = _DEFAULTS,
        title: str = "",
        authenticator: Authenticator | None = None,
        tracing: Tracing | None = None,
        request_log: RequestLog | None = None,
    ) -> None:
        self.name = name
        self._host = host
        self._port = port
        self._tls = tls
        self._meter = meter
        self._hosts = hosts
        self._addresses = addresses
        self._signalling_limits = signalling_limits
        self._connections = Connections(
            endpoint, limits, meter, framing=Messages, on_tick=self._sweep
        )
        self._peers = WebRtcPeers(limits, ice_servers or {}, self._make, self._connections.refused)
        page = BrowserPage(title)
        self._app = create_app(self._peers, page, authenticator, tracing, request_log)
        self._signalling: WebServer | None = None

    @property
    def port(self) -> int:
        """The port; if the setting is 0, the actual one, once the server has started."""
        return self._port

    @property
    def url(self) -> str:
        """The server's URL; the port as in `port`."""
        return url_of("webrtc", self._host, self._port, tls=self._tls is not None)

    async def start(self) -> None:
        """Bind and accept. Raises `StartError`, whose text says what to do."""
        bound, signalling = await self._bind(ATTEMPTS if self._port == 0 else 1)
        self._peers.ice_socket.open(bound)
        self._port = signalling.port
        self._signalling = signalling
        self._connections.start()
        if self._meter is not None:
            self._meter.watch(self._peers.__len__, lambda: self._connections.in_flight)

    async def stop(self, grace: float) -> None:
        """Accept no more, answer the accepted requests, and end within `grace` seconds."""
        if self._signalling is None:
            return
        deadline = asyncio.get_running_loop().time() + grace
        self._peers.drain()
        await asyncio.gather(
            self._signalling.stop(min(LAST_OFFERS, grace)), self._connections.stop(deadline)
        )
        await self._peers.close()
        self._signalling = None

    async def _bind(self, attempts: int) -> tuple[socket.socket, WebServer]:
        """Return the bound socket of the peers, and the signalling on the same port, started."""
        bound = bind_datagrams(self.name, self._host, self._port)
        try:
            address = bound.getsockname()[:2]
            self._peers.addresses = reachable_at(self._addresses, address)
            signalling = self._web_server(address[1])
            await signalling.start()
            return bound, signalling
        except BaseException as error:
            bound.close()
            if attempts > 1 and isinstance(error, PortTaken):
                return await self._bind(attempts - 1)
            raise

    def _web_server(self, port: int) -> WebServer:
        return WebServer(
            self.name,
            self._app,
            self._host,
            port,
            self._signalling_limits,
            self._tls,
            hosts=self._hosts,
        )

    def _make(self, caller: Caller) -> JsonRpcConnection:
        return self._connections.make(caller)

    def _sweep(self) -> None:
        self._peers.sweep(asyncio.get_running_loop().time())
