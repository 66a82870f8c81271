"""An ASGI extension: cut a connection whose client reads nothing.

ASGI has no word for it, and closing would wait for the client to read what was sent before.
"""

from chassis.interfaces.serving.asgi import Scope

EXTENSION = "app.abort"


def abort(scope: Scope) -> bool:
    """Cut the connection, where the server offers it, and return whether it does."""
    extension = (scope.get("extensions") or {}).get(EXTENSION)
    if extension is None:
        return False
    extension["abort"]()
    return True
