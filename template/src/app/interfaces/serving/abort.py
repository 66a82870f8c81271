"""An ASGI extension: cut a connection whose client reads nothing.

ASGI has no word for it, and closing would wait for the client to read what was sent before.
"""

from app.interfaces.serving.asgi import Scope

EXTENSION = "app.abort"


def abort(scope: Scope) -> None:
    """Cut the connection, where the server offers it; another server is left to its own ways."""
    extension = (scope.get("extensions") or {}).get(EXTENSION)
    if extension is not None:
        extension["abort"]()
