"""The http server: REST, server-sent events, WebSocket and the OpenAPI pages."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Any

from msgspec import Meta, Struct

from chassis.bootstrap import discovery
from chassis.bootstrap.access import AccessSettings, hosts_of
from chassis.bootstrap.lifecycle import Server
from chassis.bootstrap.limits import limits_of
from chassis.bootstrap.project import read_project
from chassis.bootstrap.system import System
from chassis.bootstrap.tls import Mode, TlsSettings, make_tls
from chassis.interfaces.serving.meter import Meter


class HttpSettings(Struct, frozen=True, kw_only=True):
    """The server's address (port 0 means any free port), and whether it uses TLS."""

    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Meta(ge=0, le=65_535)] = 8000
    http_tls: Mode = "auto"


SETTINGS = HttpSettings


def build(system: System) -> Server:
    """Return the server, not yet started."""
    # Loaded only if it is served: its settings are read everywhere.
    from chassis.interfaces.serving.server import WebServer

    settings = system.configuration.of(HttpSettings)
    meter = Meter(system.core.metrics(), "http")
    return WebServer(
        "http",
        application(system, meter=meter),
        settings.http_host,
        settings.http_port,
        limits_of(system.settings),
        make_tls(system.configuration.of(TlsSettings), settings.http_tls),
        meter,
        hosts_of(system.configuration.of(AccessSettings), settings.http_host),
    )


def application(system: System, lifespan: Sequence[Any] = (), meter: Meter | None = None) -> Any:
    """Return the Litestar application; the system's loops must run with it."""
    # Litestar, too, is imported here, so its types are not named above.
    from chassis.interfaces.http.app import create_http
    from chassis.interfaces.http.streaming.handlers import stream_routes

    project = read_project()
    return create_http(
        system.bus,
        [*discovery.exported("http", "routes", "routes"), *stream_routes(system.streamed)],
        title=project.name,
        version=version(project.slug),
        description=project.description,
        max_body=system.settings.max_body,
        authenticator=system.core.authenticator(),
        tracing=system.core.tracing(),
        lifespan=lifespan,
        meter=meter,
        request_log=system.core.request_log(),
    )


def routes(system: System) -> list[str]:
    """Return the server's routes, for people."""
    return sorted(
        f"{method} {route.path}"
        for route in application(system).routes
        for method in sorted(getattr(route, "methods", ()) or {"WEBSOCKET"})
        if method != "OPTIONS"
    )


def openapi(system: System) -> dict[str, Any]:
    """Return the OpenAPI document."""
    schema: dict[str, Any] = application(system).openapi_schema.to_schema()
    return schema


# The document that `export` prints.
documents = {"openapi": openapi}
