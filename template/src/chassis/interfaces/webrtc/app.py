"""The ASGI application on the port: the signalling, and the page."""

from chassis.application.ports.authenticator import Authenticator
from chassis.application.ports.request_log import RequestLog
from chassis.application.ports.tracing import Tracing
from chassis.interfaces.serving.asgi import App, Receive, Scope, Send
from chassis.interfaces.serving.auth import Access
from chassis.interfaces.serving.observe import HttpObserver
from chassis.interfaces.serving.problem import problem, refuse
from chassis.interfaces.serving.respond import run_lifespan
from chassis.interfaces.serving.trace import Trace
from chassis.interfaces.webrtc.page import BrowserPage
from chassis.interfaces.webrtc.peers import WebRtcPeers
from chassis.interfaces.webrtc.signalling import SESSIONS, Signalling

TRANSPORT = "webrtc"


def create_app(
    peers: WebRtcPeers,
    page: BrowserPage,
    authenticator: Authenticator | None = None,
    tracing: Tracing | None = None,
    request_log: RequestLog | None = None,
) -> App:
    """Return the application; offers have the access rules of http, and the page has none."""
    signalling: App = Signalling(peers)
    if authenticator is not None and authenticator.is_on:
        signalling = Access(signalling, authenticator)
    app: App = HttpObserver(_Paths(signalling, page), None, request_log, TRANSPORT)
    if tracing is not None and tracing.is_on:
        app = Trace(app, tracing)
    return _Served(app)


class _Paths:
    def __init__(self, signalling: App, page: BrowserPage) -> None:
        self._signalling = signalling
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if scope["type"] == "websocket":
            await refuse(scope, send, problem(404, "there is no WebSocket on this port"))
        elif path == SESSIONS or path.startswith(f"{SESSIONS}/"):
            await self._signalling(scope, receive, send)
        else:
            await self._page(scope, receive, send)


class _Served:
    """Answers the server's own questions, which have no path."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await run_lifespan(receive, send)
        else:
            await self._app(scope, receive, send)
