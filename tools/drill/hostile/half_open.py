"""Half-open connections: clients that vanish without a word, since no packet comes through."""

import asyncio
import socket
from typing import NamedTuple

from tools.drill.hostile import http2
from tools.drill.hostile.findings import Findings
from tools.drill.hostile.sockets import close, connect, gone, names
from tools.drill.hostile.target import Target
from tools.drill.over.caller import Transport
from tools.drill.over.grpc import SERVICE
from tools.packets import dropped, lacks
from tools.process import free_port

EACH = 20
SLACK = 5.0
SETTLE = 1.0
# Seconds, none of them a setting. They are: until an idle HTTP/1.1 connection is closed, between
# two pings, until the last ping is missed, and to read last words.
KEEP_ALIVE = 15.0
PING = 20.0
UNACKNOWLEDGED = 40.0
LINGER = 5.0

GET = b"GET /notifications?size=1&page=1 HTTP/1.1\r\nhost: localhost\r\n\r\n"
STREAM = b"GET /stream HTTP/1.1\r\nhost: localhost\r\n\r\n"
SOCKET = (
    b"GET /stream HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
LIST = b'{"jsonrpc": "2.0", "id": 1, "method": "notifications.list"}\n'
SUBSCRIBE = b'{"jsonrpc": "2.0", "id": 1, "method": "notifications.subscribe", "params": {}}\n'


class Kind(NamedTuple):
    """Its name, the bytes that open it, and the seconds within which it must be closed."""

    over: Transport
    what: str
    first: bytes
    within: float


async def half_open(target: Target, findings: Findings) -> None:
    """Open `EACH` of each kind, drop all their packets, and see when the service is rid of them."""
    if lacking := lacks():
        findings.add("half-open", "all", "nothing", f"needs {lacking}", "gone in time", False)
        return
    idle = float(target.settings["IDLE_TIMEOUT"])
    beat = float(target.settings["STREAM_HEARTBEAT"])
    kinds = (
        Kind("http", "answered once", GET, KEEP_ALIVE + LINGER),
        Kind("http", "server-sent events", STREAM, beat + UNACKNOWLEDGED),
        Kind("http", "WebSockets", SOCKET, 2 * PING + LINGER),
        Kind("tcp", "answered once", LIST, idle + LINGER),
        Kind("tcp", "subscribed", SUBSCRIBE, beat + UNACKNOWLEDGED),
        Kind("grpc", "without a call", http2.HELLO, idle + LINGER),
        Kind(
            "grpc",
            "subscribed",
            http2.HELLO + http2.call(1, f"{SERVICE}/Subscribe", b""),
            2 * PING + LINGER,
        ),
    )
    crowds = [await asyncio.to_thread(_crowd, target.ports[kind.over], kind) for kind in kinds]
    await asyncio.sleep(SETTLE)
    try:
        clients = [names(crowd) for crowd in crowds]
        async with dropped([port for some in clients for _, port in some], 1):
            watched = zip(kinds, clients, strict=True)
            found = await asyncio.gather(
                *(
                    gone(target.ports[kind.over], some, kind.within + SLACK)
                    for kind, some in watched
                )
            )
    finally:
        for crowd in crowds:
            close(crowd)
    for kind, (left, after) in zip(kinds, found, strict=True):
        findings.add(
            *("half-open", kind.over, f"{EACH} {kind.what}"),
            f"{left} are left after {after:.0f} s" if left else f"all gone after {after:.0f} s",
            f"within {kind.within:g} s",
            not left,
        )


def _crowd(port: int, kind: Kind) -> list[socket.socket]:
    # On ports of their own: the system gives one port to several that call different servers.
    crowd = [connect(port, own_port=free_port()) for _ in range(EACH)]
    for each in crowd:
        each.sendall(kind.first)
        each.recv(1)
    return crowd
