"""The tcp server: JSON-RPC 2.0, one message a line."""

from typing import Annotated

from msgspec import Meta, Struct

from chassis.bootstrap import jsonrpc
from chassis.bootstrap.limits import limits_of
from chassis.bootstrap.system import System
from chassis.bootstrap.tls import Mode, TlsSettings, make_tls
from chassis.interfaces.serving.meter import Meter
from chassis.interfaces.tcp.server import TcpServer


class TcpSettings(Struct, frozen=True, kw_only=True):
    """The server's address (port 0 means any free port), and whether it uses TLS."""

    tcp_host: str = "127.0.0.1"
    tcp_port: Annotated[int, Meta(ge=0, le=65_535)] = 7000
    tcp_tls: Mode = "auto"


SETTINGS = TcpSettings


def build(system: System) -> TcpServer:
    """Return the server, not yet started."""
    settings = system.configuration.of(TcpSettings)
    meter = Meter(system.core.metrics(), "tcp")
    return TcpServer(
        "tcp",
        jsonrpc.endpoint(system, "tcp", meter),
        settings.tcp_host,
        settings.tcp_port,
        limits_of(system.settings),
        make_tls(system.configuration.of(TlsSettings), settings.tcp_tls),
        meter,
    )


routes = jsonrpc.methods
documents = jsonrpc.DOCUMENTS
