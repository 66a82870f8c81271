"""The grpc server: a service for each aggregate, health and reflection."""

import os
from typing import Annotated

from msgspec import Meta, Struct

from chassis.bootstrap import discovery
from chassis.bootstrap.lifecycle import Server
from chassis.bootstrap.limits import limits_of
from chassis.bootstrap.project import read_project
from chassis.bootstrap.system import System
from chassis.bootstrap.tls import Mode, TlsSettings, make_tls
from chassis.interfaces.serving.meter import Meter


class GrpcSettings(Struct, frozen=True, kw_only=True):
    """The server's address (port 0 means any free port), and whether it uses TLS."""

    grpc_host: str = "127.0.0.1"
    grpc_port: Annotated[int, Meta(ge=0, le=65_535)] = 50_051
    grpc_tls: Mode = "auto"


SETTINGS = GrpcSettings


def build(system: System) -> Server:
    """Return the server, not yet started."""
    # gRPC prints every failed handshake and every broken head of a call to standard error, in its
    # own format. Any stranger could fill the log with them.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    # Loaded only if it is served: its settings are read everywhere.
    from chassis.interfaces.grpc.server import GrpcServer

    settings = system.configuration.of(GrpcSettings)
    return GrpcServer(
        list(discovery.exported("grpc", "service", "services")),
        system.bus,
        settings.grpc_host,
        settings.grpc_port,
        limits_of(system.settings),
        make_tls(system.configuration.of(TlsSettings), settings.grpc_tls),
        domain=read_project().slug,
        max_batch=system.settings.max_batch,
        authenticator=system.core.authenticator(),
        tracing=system.core.tracing(),
        meter=Meter(system.core.metrics(), "grpc"),
        request_log=system.core.request_log(),
    )


def routes(system: System) -> list[str]:
    """Return the server's routes, for people."""
    from chassis.interfaces.grpc.health import SERVICE

    services = discovery.exported("grpc", "service", "services")
    own = [
        f"{each.descriptor.full_name}/{method.name}"
        for each in services
        for method in each.descriptor.methods
    ]
    return sorted([*own, f"{SERVICE}/Check", f"{SERVICE}/Watch"])
