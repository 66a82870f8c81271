"""The bounds from the settings, for the servers."""

from chassis.application.ports.metrics import Gauge
from chassis.bootstrap import discovery, open_files
from chassis.bootstrap.settings import CoreSettings
from chassis.interfaces.serving.limits import Limits

# Open files that are no connections of callers: connections to servers, listening sockets, and
# callers that are being refused.
RESERVED = 256

CONNECTIONS_LIMIT = Gauge("connections_limit", "Connections that each transport accepts.")


def limits_of(settings: CoreSettings) -> Limits:
    """Return the limits of every server."""
    return Limits(
        message_size=settings.max_body,
        connections=connections_of(settings),
        connections_per_address=settings.max_connections_per_address,
        in_flight=settings.max_in_flight,
        handshake_timeout=settings.handshake_timeout,
        idle_timeout=settings.idle_timeout,
    )


def connections_of(settings: CoreSettings) -> int:
    """Return how many connections each server accepts.

    `MAX_CONNECTIONS`, or fewer if the process may not open as many files. Otherwise the callers of
    one transport could take all files.
    """
    share = (open_files.limit() - RESERVED) // max(1, len(discovery.server_names()))
    return max(1, min(settings.max_connections, share))


def shortage(settings: CoreSettings) -> str:
    """Return what to do if the servers accept fewer than `MAX_CONNECTIONS`, or ""."""
    fitting = connections_of(settings)
    if fitting == settings.max_connections:
        return ""
    needed = settings.max_connections * len(discovery.server_names()) + RESERVED
    return (
        f"the process may have {open_files.limit()} files open, which is enough for {fitting} "
        f"connections on each transport: allow {needed} (ulimit -n, LimitNOFILE), "
        f"or set MAX_CONNECTIONS to {fitting}"
    )
