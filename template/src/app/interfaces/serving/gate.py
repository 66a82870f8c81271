"""The gate: a server that has too many connections says so, in a problem document."""

from collections.abc import Collection

from app.interfaces.serving.asgi import App, Receive, Scope, Send
from app.interfaces.serving.problem import answer, problem

RETRY_AFTER = b"1"


class Gate:
    """Lets requests through to `app` while no more than `limit` connections are open."""

    def __init__(self, app: App, limit: int) -> None:
        self.connections: Collection[object] = ()
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if len(self.connections) <= self._limit or scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            busy = problem(503, f"{self._limit} connections are open", kind="busy")
            await answer(send, busy, [(b"retry-after", RETRY_AFTER), (b"connection", b"close")])
        else:
            await send({"type": "websocket.close", "code": 1013, "reason": "too many connections"})
