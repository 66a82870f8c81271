"""The gate: a connection that is one too many hears so, in a problem document."""

from app.interfaces.serving.admission import SENTENCES, Over
from app.interfaces.serving.asgi import App, Receive, Scope, Send
from app.interfaces.serving.problem import answer, problem

# An ASGI extension: which limit the connection is over, if any.
OVER = "app.over"
RETRY_AFTER = b"1"


class Gate:
    """Lets requests through to `app` whose connection was let in."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        over = _over(scope)
        if over is None:
            await self._app(scope, receive, send)
            return
        if scope["type"] == "http":
            busy = problem(503, SENTENCES[over], kind="busy")
            await answer(send, busy, [(b"retry-after", RETRY_AFTER), (b"connection", b"close")])
        else:
            await send({"type": "websocket.close", "code": 1013, "reason": SENTENCES[over]})


def _over(scope: Scope) -> Over | None:
    extension = (scope.get("extensions") or {}).get(OVER)
    return None if extension is None else extension["limit"]
