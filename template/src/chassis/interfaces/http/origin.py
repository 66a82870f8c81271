"""Checks the origin of a WebSocket: browsers open cross-site ones without a check (no CORS)."""

from chassis.interfaces.serving.asgi import Scope

ALLOWED = "allowed_origins"


def is_allowed(scope: Scope) -> bool:
    """Return whether the page that opens the socket is of this host, or of an allowed origin.

    Programs other than browsers send no `Origin`.
    """
    headers = dict(scope["headers"])
    origin = headers.get(b"origin")
    if origin is None:
        return True
    text = origin.decode("latin-1").lower()
    host = headers.get(b"host", b"").decode("latin-1").lower()
    scheme, _, authority = text.partition("://")
    here = scheme in ("http", "https") and authority == host
    return here or text in scope["app"].state[ALLOWED]
