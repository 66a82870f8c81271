"""Handshakes of WebSockets that never end, as many as there may be connections."""

import asyncio
import socket
import time

from tools.drill.hostile import flood
from tools.drill.hostile.findings import Findings
from tools.drill.hostile.probe import NAME
from tools.drill.hostile.sockets import close, connect, gone, names
from tools.drill.hostile.target import Target
from tools.drill.over.caller import RefusedError, UnansweredError, UnreachedError

CONNECTIONS = 50
CALLERS = (NAME,)
SETTINGS = {
    "AUTH": "jwt",
    "AUTH_JWT_KEY": flood.SETTINGS["AUTH_JWT_KEY"],
    "MAX_CONNECTIONS": str(CONNECTIONS),
}
# The server looks over its connections once a second, and gives a closed one five to read.
SLACK = 8.0
# Seconds, no setting: where an offer is ignored, the connection is kept so long after the answer.
KEEP_ALIVE = 15.0
EVERY = 0.2

SHAKE = (
    b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nhost: localhost\r\n"
)
GET = b"GET /stream HTTP/1.1\r\n" + SHAKE
POST = b"POST /stream HTTP/1.1\r\n" + SHAKE
PING = b"\x89\x80\0\0\0\0"

KINDS = {
    "a header line of 9,000 bytes": GET + b"x: " + b"y" * 9000 + b"\r\n\r\n",
    "200 headers": GET + b"x: y\r\n" * 200 + b"\r\n",
    "a target of 9,000 bytes": GET.replace(b"/stream", b"/" + b"s" * 9000) + b"\r\n",
    "a POST with a body": POST + b"content-length: 1\r\n\r\nx",
    "a GET with a body": GET + b"content-length: 1\r\n\r\nx",
    "a ping before the answer": GET + b"\r\n" + PING,
    "another version": GET.replace(b"13", b"8") + b"\r\n",
    "no token": GET + b"\r\n",
}


async def handshakes(target: Target, findings: Findings) -> None:
    """Take every place with each kind; see when a good caller that comes then is served."""
    within = max(float(target.settings["HANDSHAKE_TIMEOUT"]), KEEP_ALIVE) + SLACK
    for what, request in KINDS.items():
        crowd = await asyncio.to_thread(_crowd, target.ports["http"], request)
        try:
            (left, after), served = await asyncio.gather(
                gone(target.ports["http"], names(crowd), within), _served(target, within)
            )
        finally:
            close(crowd)
        findings.add(
            *("handshakes", "http", f"{CONNECTIONS} times {what}"),
            (f"{left} are left" if left else "all gone")
            + f" after {after:.0f} s; a good caller served after {served:.1f} s",
            f"both within {within:g} s",
            not left and served <= within,
        )


def _crowd(port: int, request: bytes) -> list[socket.socket]:
    crowd = [connect(port) for _ in range(CONNECTIONS)]
    for each in crowd:
        each.sendall(request)
    return crowd


async def _served(target: Target, within: float) -> float:
    """Return the seconds until a caller is served that retries until then."""
    began = time.monotonic()
    while (after := time.monotonic() - began) <= within:
        caller = target.caller("http", NAME)
        try:
            await caller.register({"receiver": NAME, "action_type": "probed"})
        except (RefusedError, UnansweredError, UnreachedError):
            await asyncio.sleep(EVERY)
        else:
            break
        finally:
            await caller.close()
    return after
