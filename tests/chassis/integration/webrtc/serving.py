"""The webrtc server over any bus, without a service behind it, and a client of aiortc."""

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from app.interfaces.jsonrpc.notification.methods import methods
from chassis.application.access.no_authenticator import NoAuthenticator
from chassis.application.bus import Bus
from chassis.application.message import Message
from chassis.application.ports.authenticator import Authenticator
from chassis.interfaces.jsonrpc.endpoint import Endpoint
from chassis.interfaces.jsonrpc.openrpc import Info
from chassis.interfaces.serving.hosts import Hosts
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.meter import Meter
from chassis.interfaces.serving.tls import Tls
from chassis.interfaces.webrtc.server import WebRtcServer
from tests.chassis.webrtc_client import Channel, Client, connected
from tests.unit.jsonrpc.talk import IDENTITY, Handle


def server_of(
    handlers: dict[type[Message[Any]], Handle] | None = None,
    *,
    port: int = 0,
    tls: Tls | None = None,
    meter: Meter | None = None,
    hosts: Hosts | None = None,
    ice_servers: dict[str, Any] | None = None,
    authenticator: Authenticator | None = None,
    **limits: Any,
) -> WebRtcServer:
    """Return a server with these use cases, not yet started."""
    bounds = Limits(**limits)
    known = authenticator or NoAuthenticator()
    factories = {kind: (lambda each=each: each) for kind, each in (handlers or {}).items()}
    endpoint = Endpoint(
        "webrtc",
        Bus(factories),
        methods,
        info=Info("A service", "1.2.3"),
        authenticator=known,
        in_flight=bounds.in_flight,
    )
    return WebRtcServer(
        "webrtc",
        endpoint,
        "127.0.0.1",
        port,
        bounds,
        tls,
        meter,
        hosts,
        ice_servers=ice_servers,
        title="A <service>",
        authenticator=known,
    )


@asynccontextmanager
async def serving(
    handlers: dict[type[Message[Any]], Handle] | None = None, **options: Any
) -> AsyncIterator[WebRtcServer]:
    """Serve on a free port."""
    server = server_of(handlers, **options)
    await server.start()
    try:
        yield server
    finally:
        await server.stop(1)


def url_of(server: WebRtcServer) -> str:
    """Return where the signalling is."""
    return server.url.replace("webrtc", "http", 1)


@asynccontextmanager
async def client_of(
    server: WebRtcServer, token: str | None = None, context: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[Client, Channel]]:
    """Connect, with a first channel."""
    async with connected(url_of(server), token, context) as found:
        yield found


async def told(channel: Channel) -> Any:
    """Return the next message."""
    message = await channel.receive()
    assert message is not None, "the channel closed"
    return json.loads(message)


async def rest(channel: Channel) -> list[Any]:
    """Return the messages that come until the channel closes."""
    found = []
    while (message := await channel.receive()) is not None:
        found.append(json.loads(message))
    return found


def request(identity: int = 1) -> str:
    """Return a request for one notification."""
    return json.dumps(
        {
            "jsonrpc": "2.0",
            "id": identity,
            "method": "notifications.get",
            "params": {"id": str(IDENTITY)},
        }
    )
