"""The wrapper of the whole application: a request is authenticated before it is answered."""

import msgspec

from chassis.application.context import CURRENT, current_context
from chassis.application.errors import ApplicationError
from chassis.application.ports.authenticator import Authenticator
from chassis.interfaces.serving.asgi import App, Receive, Scope, Send
from chassis.interfaces.serving.problem import refuse
from chassis.interfaces.serving.problem_of import headers_of, to_problem

# A browser's EventSource and WebSocket cannot set a header.
COOKIE = b"access_token"

_SCHEME = b"bearer "


class Access:
    """Lets requests through whose `Authorization: Bearer` the authenticator accepts.

    The cookie `access_token` is enough for requests that change nothing: a browser also sends it
    for a foreign page. But such a page can neither read the answer nor open a socket.
    """

    def __init__(self, app: App, authenticator: Authenticator) -> None:
        self._app = app
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            caller = await self._authenticator.authenticate(_token(scope))
        except ApplicationError as error:
            pairs = headers_of(error).items()
            headers = [(name.lower().encode(), value.encode()) for name, value in pairs]
            await refuse(scope, send, to_problem(error), headers)
            return
        context = current_context()
        assert context is not None
        # Reset by `HttpObserver`, the outer wrapper, whose log line names the caller, too.
        CURRENT.set(msgspec.structs.replace(context, caller=caller))
        await self._app(scope, receive, send)


def _token(scope: Scope) -> str | None:
    is_safe = scope["type"] == "websocket" or scope["method"] in ("GET", "HEAD")
    cookie, shown = None, None
    for name, value in scope["headers"]:
        if name == b"authorization":
            # Another part of the system may believe the other one: both are one value, which no
            # token is (RFC 9110, 5.3).
            shown = value if shown is None else shown + b", " + value
        elif name == b"cookie" and is_safe:
            cookie = cookie or _from_cookies(value)
    if shown is not None and shown[: len(_SCHEME)].lower() == _SCHEME:
        return str(shown[len(_SCHEME) :].strip(), "latin-1")
    return cookie


def _from_cookies(header: bytes) -> str | None:
    for pair in header.split(b";"):
        name, _, value = pair.strip().partition(b"=")
        if name == COOKIE:
            return str(value, "latin-1")
    return None
