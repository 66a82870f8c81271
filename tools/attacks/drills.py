"""The cells that a drill runs: it needs real servers or minutes, and counts by itself."""

from collections.abc import Iterator, Sequence

from tools.attacks.cells import Cell

STREAMS = ("http", "tcp", "grpc")
JSON_RPC = ("tcp", "quic", "webrtc", "p2p")

# The drill, the attack, the surfaces, and what happens.
DRILLS: Sequence[tuple[str, str, Sequence[str], str]] = (
    ("hostile", "slow sender", STREAMS, "a hundred requests that come byte by byte"),
    ("hostile", "slow reader", STREAMS, "subscribers and callers that read nothing"),
    ("hostile", "vanished client", STREAMS, "connections whose packets all get lost"),
    ("hostile", "idle connections", STREAMS, "thousands that say nothing"),
    ("hostile", "hoarding", STREAMS, "answers are made, and not taken"),
    ("hostile", "hoarding", ("grpc",), "thousands of calls watch the health"),
    ("hostile", "numbers out of range", STREAMS, "more connections than are allowed"),
    ("hostile", "slow sender", ("websocket",), "handshakes that never end"),
    ("hostile", "flood", STREAMS, "one caller, far over its rate"),
    ("hostile", "large messages", ("broker",), "a queue full of them at the start"),
    ("hostile", "flood", ("p2p", "quic"), "handshakes, garbage, and a wrong source"),
    ("hostile", "flood", ("webrtc",), "huge offers, and peers that never connect"),
    ("hostile", "two frames where one is expected", ("webrtc",), "channels that break each rule"),
    ("smuggling", "two frames where one is expected", ("http",), "behind nginx and HAProxy"),
    ("poison", "hostile message", ("broker",), "messages that can never be handled"),
    ("violation", "hostile message", ("broker",), "one row of many breaks a constraint"),
    ("memory", "large messages", ("http", "sse", "broker"), "the largest of each, within 512 MB"),
    ("frozen", "frozen process", ("server",), "a consumer freezes in its work"),
    ("leadership", "lock holder frozen beyond its lease", ("server",), "the leading worker"),
    ("rpc", "worker killed in a remote job", ("broker",), "at any state of the call"),
    ("retries", "job that always fails", ("broker",), "exactly the attempts of the schedule"),
    ("rotation", "token", STREAMS, "the key is rotated under load"),
)


def drilled() -> Iterator[Cell]:
    """Yield the cells of the drills."""
    for name, attack, surfaces, variant in DRILLS:
        command = f"./run drill -- {name}"
        for surface in surfaces:
            yield Cell(attack, surface, variant, "drill", 0, command)
