"""The page on the port: a client in the browser, from files that the service includes."""

from html import escape
from pathlib import Path

from chassis.interfaces.serving.asgi import Receive, Scope, Send
from chassis.interfaces.serving.problem import answer, problem
from chassis.interfaces.serving.respond import respond

ASSETS = Path(__file__).parent / "assets"
# All that the page loads.
_FILES = {
    "/page.css": "text/css; charset=utf-8",
    "/page.js": "text/javascript; charset=utf-8",
    "/session.js": "text/javascript; charset=utf-8",
    "/form.js": "text/javascript; charset=utf-8",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    # An update of the service changes them.
    (b"cache-control", b"no-cache"),
)


class BrowserPage:
    """The ASGI application of the page, with the service's name as `title`."""

    def __init__(self, title: str) -> None:
        html = (ASSETS / "index.html").read_text()
        self._index = html.replace("{title}", escape(title)).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        if path != "/" and path not in _FILES:
            await answer(send, problem(404, "there is no resource at this path"))
        elif method not in ("GET", "HEAD"):
            refusal = problem(405, f"{method} is not allowed here")
            await answer(send, refusal, [(b"allow", b"GET, HEAD")])
        elif path == "/":
            await _send(send, self._index, "text/html; charset=utf-8")
        else:
            await _send(send, (ASSETS / path[1:]).read_bytes(), _FILES[path])


async def _send(send: Send, body: bytes, media_type: str) -> None:
    await respond(send, 200, body, [(b"content-type", media_type.encode()), *_HEADERS])
