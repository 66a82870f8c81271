"""The settings' bounds, as servers take them."""

from app.bootstrap.settings import Settings
from app.interfaces.serving.limits import Limits


def limits_of(settings: Settings) -> Limits:
    """Return the limits of every server."""
    return Limits(
        message_size=settings.max_body,
        connections=settings.max_connections,
        connections_per_address=settings.max_connections_per_address,
        in_flight=settings.max_in_flight,
        handshake_timeout=settings.handshake_timeout,
        idle_timeout=settings.idle_timeout,
    )
