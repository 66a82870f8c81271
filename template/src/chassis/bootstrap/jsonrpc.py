"""The JSON-RPC endpoint of a transport, and its document."""

from importlib.metadata import version
from typing import Any

from chassis.bootstrap import discovery
from chassis.bootstrap.limits import limits_of
from chassis.bootstrap.project import read_project
from chassis.bootstrap.system import System
from chassis.interfaces.jsonrpc.endpoint import Endpoint
from chassis.interfaces.jsonrpc.openrpc import Info
from chassis.interfaces.jsonrpc.stream import event_methods
from chassis.interfaces.serving.meter import Meter


def endpoint(system: System, transport: str, meter: Meter | None = None) -> Endpoint:
    """Return the methods for the server `transport`; the system's loops must run with them."""
    project = read_project()
    return Endpoint(
        transport,
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


def methods(system: System) -> list[str]:
    """Return the names of the methods, for people."""
    return sorted(endpoint(system, "").methods)


def openrpc(system: System) -> dict[str, Any]:
    """Return the OpenRPC document, which is the same for each transport."""
    return endpoint(system, "").document


# The documents that `export` prints.
DOCUMENTS = {"openrpc": openrpc}
