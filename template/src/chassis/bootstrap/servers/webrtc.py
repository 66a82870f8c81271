"""The webrtc server: JSON-RPC 2.0, each message of a data channel is one."""

import socket
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from chassis.bootstrap import jsonrpc
from chassis.bootstrap.access import AccessSettings, hosts_of
from chassis.bootstrap.lifecycle import Server
from chassis.bootstrap.limits import limits_of
from chassis.bootstrap.project import read_project
from chassis.bootstrap.settings import Count
from chassis.bootstrap.system import System
from chassis.bootstrap.tls import Mode, TlsSettings, make_tls
from chassis.interfaces.serving.listener import bind_datagrams, listen
from chassis.interfaces.serving.meter import Meter
from chassis.interfaces.webrtc.announced import read_addresses

_SERVER = r"(stun|turns?):[A-Za-z0-9._-]+(:\d{1,5})?(\?transport=(udp|tcp))?"
type IceServers = Annotated[str, Meta(pattern=rf"^( *{_SERVER} *(, *{_SERVER} *)*)?$")]


class WebRtcSettings(Struct, frozen=True, kw_only=True):
    """The server's address (port 0 means any free port), TLS for offers, and the peers' limits."""

    webrtc_host: str = "127.0.0.1"
    webrtc_port: Annotated[int, Meta(ge=0, le=65_535)] = 8089
    webrtc_tls: Mode = "auto"
    webrtc_addresses: str = ""
    webrtc_ice_servers: IceServers = ""
    webrtc_ice_username: str = ""
    webrtc_ice_password: str = ""
    # A peer takes far more memory and time than a connection of tcp.
    webrtc_peers: Count = 256
    webrtc_peers_per_address: Count = 256


SETTINGS = WebRtcSettings


def build(system: System) -> Server:
    """Return the server, not yet started."""
    # Loaded only if it is served: its settings are read everywhere, and aiortc takes long to load.
    from chassis.interfaces.webrtc.server import WebRtcServer

    settings = system.configuration.of(WebRtcSettings)
    meter = Meter(system.core.metrics(), "webrtc")
    limits = limits_of(system.settings)
    return WebRtcServer(
        "webrtc",
        jsonrpc.endpoint(system, "webrtc", meter),
        settings.webrtc_host,
        settings.webrtc_port,
        msgspec.structs.replace(
            limits,
            connections=settings.webrtc_peers,
            connections_per_address=settings.webrtc_peers_per_address,
        ),
        make_tls(system.configuration.of(TlsSettings), settings.webrtc_tls),
        meter,
        hosts_of(system.configuration.of(AccessSettings), settings.webrtc_host),
        addresses=read_addresses(settings.webrtc_addresses),
        ice_servers=_ice_servers(settings),
        signalling_limits=limits,
        title=read_project().name,
        authenticator=system.core.authenticator(),
        tracing=system.core.tracing(),
        request_log=system.core.request_log(),
    )


def _ice_servers(settings: WebRtcSettings) -> dict[str, Any]:
    urls = [each.strip() for each in settings.webrtc_ice_servers.split(",") if each.strip()]
    if not urls:
        return {}
    from aiortc import RTCIceServer
    from aiortc.rtcicetransport import connection_kwargs

    username, password = settings.webrtc_ice_username, settings.webrtc_ice_password
    return connection_kwargs(
        [RTCIceServer(url, username or None, password or None) for url in urls]
    )


routes = jsonrpc.methods
documents = jsonrpc.DOCUMENTS


def problems(settings: WebRtcSettings) -> list[str]:
    """Return what is wrong with the settings, if anything is."""
    try:
        read_addresses(settings.webrtc_addresses)
    except ValueError as error:
        return [f"WEBRTC_ADDRESSES is malformed: {error}"]
    return []


def probe(name: str, host: str, port: int) -> socket.socket:
    """Return a socket that listens as the server does; its port is free for UDP, too."""
    bind_datagrams(name, host, port).close()
    return listen(name, host, port, backlog=1)
