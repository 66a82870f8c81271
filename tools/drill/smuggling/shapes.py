"""Attacks: requests in whose body, or behind whose end, there is a request of the attacker's."""

from typing import NamedTuple

# The path that a request of an attacker has, so that an answer to it can be told.
THEIRS = b"/theirs"
INNER = b"GET " + THEIRS + b" HTTP/1.1\r\nHost: x\r\n\r\n"
# Half a head: the next request on the connection would be a field of it, with its token.
HALF = b"GET " + THEIRS + b" HTTP/1.1\r\nHost: x\r\nX-Next: "
# It wants more: the next request on the connection would be its body.
OPEN = b"POST " + THEIRS + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 60\r\n\r\n"
# More than a service reads at once. Line ends before a request are skipped, wherever it is cut.
FAR = b"\r\n" * 200_000 + HALF

_FOO = b"Connection: upgrade\r\nUpgrade: foo\r\n"
_H2C = (
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
)
_SOCKET = b"Connection: upgrade\r\nUpgrade: websocket\r\n"
_KEY = b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
_GET = b"GET /stream HTTP/1.1\r\nHost: x\r\n"
_HANDSHAKE = _SOCKET + b"Sec-WebSocket-Version: 13\r\n" + _KEY


class Shape(NamedTuple):
    """Its name, and its bytes: each part a moment after the one before."""

    name: str
    parts: tuple[bytes, ...]


def _sized(head: bytes, body: bytes = HALF, method: bytes = b"POST") -> tuple[bytes, bytes]:
    start = method + b" /notifications HTTP/1.1\r\nHost: x\r\n"
    return start + head + b"Content-Length: %d\r\n\r\n" % len(body), body


def _chunked(head: bytes) -> tuple[bytes, ...]:
    start = b"POST /notifications HTTP/1.1\r\nHost: x\r\n" + head
    chunk = b"%x\r\n%b\r\n" % (len(HALF), HALF)
    return start + b"Transfer-Encoding: chunked\r\n\r\n", chunk, b"0\r\n\r\n"


def _at_once(*parts: bytes) -> tuple[bytes]:
    return (b"".join(parts),)


SHAPES = (
    Shape("an unknown Upgrade, a request later", _sized(_FOO, INNER)),
    Shape("an unknown Upgrade, a request at once", _at_once(*_sized(_FOO, INNER))),
    Shape("an unknown Upgrade, half a head later", _sized(_FOO)),
    Shape("an unknown Upgrade, half a head far behind", _sized(_FOO, FAR)),
    Shape("an unknown Upgrade, an open body later", _sized(_FOO, OPEN)),
    Shape("an unknown Upgrade, chunks later", _chunked(_FOO)),
    Shape("an offer of h2c", _sized(_H2C)),
    Shape("a POST with Upgrade: websocket", _sized(_SOCKET)),
    Shape("a POST with a whole handshake", _sized(_HANDSHAKE)),
    Shape("a handshake with a body", _sized(_HANDSHAKE, method=b"GET")),
    Shape("a handshake with chunks", _chunked(_HANDSHAKE)),
    Shape("two Upgrade headers", _sized(_FOO + b"Upgrade: websocket\r\n")),
    Shape("two Connection headers", _sized(_FOO + b"Connection: keep-alive\r\n")),
    Shape("no Connection header", _sized(b"Upgrade: foo\r\n")),
    Shape("over HTTP/1.0", tuple(each.replace(b"HTTP/1.1", b"HTTP/1.0") for each in _sized(_FOO))),
    Shape("an Upgrade that waits for 100", _sized(_FOO + b"Expect: 100-continue\r\n")),
    Shape("half a head behind a handshake", (_GET + _HANDSHAKE + b"\r\n", HALF)),
    Shape("half a head behind a wrong version", (_GET + _SOCKET + _KEY + b"\r\n", HALF)),
    Shape("half a head behind a CONNECT", (b"CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n", HALF)),
    Shape("HTTP/2 without an offer", _at_once(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HALF)),
)
