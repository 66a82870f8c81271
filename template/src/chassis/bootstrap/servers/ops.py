"""The ops server: health, readiness and metrics, on its own port, always on."""

from typing import Annotated

from msgspec import Meta, Struct

from chassis.bootstrap.access import AccessSettings, hosts_of
from chassis.bootstrap.lifecycle import Server
from chassis.bootstrap.project import instance
from chassis.bootstrap.system import System
from chassis.interfaces.ops.app import Alive, create_ops


class OpsSettings(Struct, frozen=True, kw_only=True):
    """The server's address; port 0 means any free port."""

    ops_host: str = "127.0.0.1"
    ops_port: Annotated[int, Meta(ge=0, le=65_535)] = 9000


SETTINGS = OpsSettings


def build(system: System) -> Server:
    """Return the server, not yet started."""
    # Loaded only if it is served: its settings are read everywhere.
    from chassis.interfaces.serving.server import WebServer

    settings = system.configuration.of(OpsSettings)
    own = instance()
    app = create_ops(
        system.readiness,
        system.core.metrics().render,
        lambda: Alive(instance=own, listening=system.listening),
    )
    hosts = hosts_of(system.configuration.of(AccessSettings), settings.ops_host)
    return WebServer("ops", app, settings.ops_host, settings.ops_port, hosts=hosts)


def routes(system: System) -> list[str]:
    """Return the server's routes, for people."""
    return ["GET /livez", "GET /metrics", "GET /readyz"]
