"""The tcp server: JSON-RPC 2.0, one message a line."""

from importlib.metadata import version
from typing import Annotated, Any

from msgspec import Meta, Struct

from chassis.bootstrap import discovery
from chassis.bootstrap.limits import limits_of
from chassis.bootstrap.project import read_project
from chassis.bootstrap.system import System
from chassis.bootstrap.tls import Mode, TlsSettings, make_tls
from chassis.interfaces.jsonrpc.endpoint import Endpoint
from chassis.interfaces.jsonrpc.openrpc import Info
from chassis.interfaces.jsonrpc.stream import event_methods
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
        endpoint(system, meter),
        settings.tcp_host,
        settings.tcp_port,
        limits_of(system.settings),
        make_tls(system.configuration.of(TlsSettings), settings.tcp_tls),
        meter,
    )


def endpoint(system: System, meter: Meter | None = None) -> Endpoint:
    """Return the methods; the system's loops must run with them."""
    project = read_project()
    return Endpoint(
        "tcp",
        system.bus,
        [
            *discovery.exported("jsonrpc", "methods", "methods"),
            *event_methods(system.streamed),
        ],
        info=Info(project.name, version(project.slug), project.description),
        authenticator=system.core.authenticator(),
        tracing=system.core.tracing(),
        meter=meter,
        request_log=system.core.request_log(),
        in_flight=system.settings.max_in_flight,
        large_at_once=limits_of(system.settings).large_at_once,
    )


def routes(system: System) -> list[str]:
    """Return the server's methods, for people."""
    return sorted(endpoint(system).methods)


def openrpc(system: System) -> dict[str, Any]:
    """Return the OpenRPC document."""
    return endpoint(system).document


# The document that `export` prints.
documents = {"openrpc": openrpc}
