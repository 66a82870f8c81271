"""Offers to change the protocol: an unsupported `Upgrade` is ignored (RFC 9110, 7.8)."""

from httptools import HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chassis.interfaces.serving.asgi import Scope

# The headers that show where a request ends (RFC 9112, 6.3).
_FRAMING = (b"content-length", b"transfer-encoding")


def is_websocket(scope: Scope) -> bool:
    """Return whether a request with an offer begins a WebSocket (RFC 6455, 4.1).

    A request with a body does not, nor does one that offers other protocols as well.
    """
    if scope["method"] != "GET" or scope["http_version"] != "1.1":
        return False
    offered: list[bytes] = []
    for name, value in scope["headers"]:
        if name == b"upgrade":
            offered += [each.strip().lower() for each in value.split(b",")]
        elif name in _FRAMING and value != b"0":
            return False
    return offered == [b"websocket"]


def new_parser(protocol: object) -> HttpRequestParser:
    """Return a parser that calls `protocol`, as uvicorn sets it up."""
    parser = HttpRequestParser(protocol)
    # Data after a request with `Connection: close` is no error: the answer must be sent first.
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser


def resume(protocol: HttpToolsProtocol, scope: Scope) -> None:
    """Give `protocol` a parser that continues after the head of `scope`, without its offer.

    httptools skips the body of each request with an offer, and has no option against it. A new
    parser therefore reads a head with the same framing, which is not passed to `protocol` again.
    """
    framing = [name + b": " + value for name, value in scope["headers"] if name in _FRAMING]
    start = b"POST / HTTP/" + scope["http_version"].encode()
    protocol.parser = new_parser(_Resumed(protocol))
    protocol.parser.feed_data(b"\r\n".join((start, *framing, b"", b"")))


class _Resumed:
    """Passes on a parser's results, from the end of the first head onwards."""

    def __init__(self, protocol: HttpToolsProtocol) -> None:
        self._protocol = protocol
        self._has_resumed = False
        self.on_body = protocol.on_body
        self.on_message_complete = protocol.on_message_complete

    def on_message_begin(self) -> None:
        if self._has_resumed:
            self._protocol.on_message_begin()

    def on_url(self, url: bytes) -> None:
        if self._has_resumed:
            self._protocol.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._has_resumed:
            self._protocol.on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._has_resumed:
            self._protocol.on_headers_complete()
        self._has_resumed = True
