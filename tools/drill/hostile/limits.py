"""Limits: the connection that is one too many, of an address and in all."""

import asyncio
import socket

from tools.drill.hostile import http2
from tools.drill.hostile.findings import Findings
from tools.drill.hostile.sockets import PART, close, connect
from tools.drill.hostile.target import Target
from tools.drill.over.caller import STREAMS, Transport

CONNECTIONS = 200
OF_ADDRESS = 50
SETTINGS = {
    "MAX_CONNECTIONS": str(CONNECTIONS),
    "MAX_CONNECTIONS_PER_ADDRESS": str(OF_ADDRESS),
}
TOO_MANY = b"too many connections are open"
# Markers of a connection that ended, and of one that stays open.
CLOSED, OPEN = b"\0closed", b"\0open"
FROM_HERE = TOO_MANY + b" from this address"
SETTLE = 1.0

ASKED: dict[Transport, bytes] = {
    "http": b"GET /notifications HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    "tcp": b"",
    "grpc": http2.HELLO,
}


async def limits(target: Target, findings: Findings) -> None:
    """Fill up an address, then the server; the next one is told why it is not let in."""
    for name in STREAMS:
        await asyncio.to_thread(_fill, target, findings, name)
        await asyncio.sleep(SETTLE)


def _fill(target: Target, findings: Findings, name: Transport) -> None:
    port = target.ports[name]
    crowd: list[socket.socket] = []
    try:
        crowd += [_opened(port, "127.0.0.2", name) for _ in range(OF_ADDRESS)]
        # gRPC knows no addresses, and has no words for those whom it does not let in.
        if name != "grpc":
            told = _refused(port, "127.0.0.2", name)
            findings.add(
                *("limits", name, f"{OF_ADDRESS} from one address, and one more"),
                _told(told),
                f"told “{FROM_HERE.decode()}”",
                FROM_HERE in told,
            )
            answered = _refused(port, "127.0.0.3", name)
            findings.add(
                *("limits", name, "one from another address"),
                "is let in" if TOO_MANY not in answered else _told(answered),
                "is let in",
                TOO_MANY not in answered,
            )
        for number in range(OF_ADDRESS, CONNECTIONS):
            crowd.append(_opened(port, f"127.0.0.{3 + number // OF_ADDRESS}", name))
        told = _refused(port, "127.0.0.9", name)
        findings.add(
            *("limits", name, f"{CONNECTIONS} in all, and one more"),
            _told(told),
            "closed at once" if name == "grpc" else f"told “{TOO_MANY.decode()}”",
            told == CLOSED if name == "grpc" else TOO_MANY in told and FROM_HERE not in told,
        )
    finally:
        close(crowd)


def _opened(port: int, address: str, name: Transport) -> socket.socket:
    opened = connect(port, address)
    if name == "grpc":
        # Counted once its server has said hello.
        opened.sendall(http2.HELLO)
        opened.recv(1)
    return opened


def _refused(port: int, address: str, name: Transport) -> bytes:
    """Return what one more is told, and whether it is closed."""
    got = b""
    with connect(port, address) as one_more:
        one_more.settimeout(SETTLE)
        try:
            one_more.sendall(ASKED[name])
            while part := one_more.recv(PART):
                got += part
        except ConnectionError:
            return got + CLOSED
        except TimeoutError:
            return got + OPEN
    return got + CLOSED


def _told(answer: bytes) -> str:
    end = "closed" if answer.endswith(CLOSED) else "left open"
    for sentence in (FROM_HERE, TOO_MANY):
        if sentence in answer:
            return f"told “{sentence.decode()}”, {end}"
    return f"{end} without a word" if answer in (CLOSED, OPEN) else f"served, {end}"
