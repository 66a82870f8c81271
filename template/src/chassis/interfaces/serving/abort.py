"""An ASGI extension: cut a connection whose client reads nothing.

ASGI has no call for it, and a close would wait for the client to read the sent data.
"""

from chassis.interfaces.serving.asgi import Scope

EXTENSION = "app.abort"


def abort(scope: Scope) -> bool:
    """Cut the connection, if the server supports it, and return whether it does."""
    extension = (scope.get("extensions") or {}).get(EXTENSION)
    if extension is None:
        return False
    extension["abort"]()
    return True
