"""The gate: a connection over a limit, or with a foreign host, gets a problem document."""

from chassis.interfaces.serving.admission import SENTENCES, Over
from chassis.interfaces.serving.asgi import App, Receive, Scope, Send
from chassis.interfaces.serving.hosts import Hosts
from chassis.interfaces.serving.problem import problem, refuse

# An ASGI extension: the limit that the connection exceeds, if any.
OVER = "app.over"
RETRY_AFTER = b"1"

FOREIGN_HOST = (
    "Host: on loopback, without access control, it must be localhost or an address of loopback; "
    "set ALLOWED_HOSTS for other names, or AUTH=jwt"
)


class Gate:
    """Passes requests to `app` that name one of `hosts`, on connections within the limits."""

    def __init__(self, app: App, hosts: Hosts | None = None) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        over = _over(scope)
        if over is not None:
            busy = problem(503, SENTENCES[over], kind="busy")
            await refuse(
                scope, send, busy, [(b"retry-after", RETRY_AFTER), (b"connection", b"close")]
            )
        elif self._hosts is not None and not self._hosts.allow(scope):
            await refuse(scope, send, problem(421, FOREIGN_HOST))
        else:
            await self._app(scope, receive, send)


def _over(scope: Scope) -> Over | None:
    extension = (scope.get("extensions") or {}).get(OVER)
    return None if extension is None else extension["limit"]
