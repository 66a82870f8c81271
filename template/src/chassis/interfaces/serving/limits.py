"""The limits of one server for its clients, with one meaning on every transport."""

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """Bounds on connections, sizes and times; sizes in bytes, times in seconds."""

    # Bytes of one request: a body, a line, a message.
    message_size: int = 1024 * 1024
    connections: int = 16_384
    connections_per_address: int = 16_384
    # Concurrent requests of one connection; further ones wait to be read.
    in_flight: int = 256
    # The number of these that run at once if answers may be large. A client that asks for many and
    # reads none then holds only a few of them, and is cut before other clients time out. Small ones
    # take turns as well: with fewer, those would wait for the database alone.
    large_at_once: int = 4
    # Seconds until a new connection must be usable: TLS and, if tokens are needed, a token.
    handshake_timeout: float = 10
    # Seconds after which an idle connection is closed.
    idle_timeout: float = 300
    # From the first byte of a request to its last one.
    request_timeout: float = 30
    # Seconds that a client may take to read sent data, while the buffers are full.
    send_timeout: float = 10

    backlog: int = 2048
    head_size: int = 65_536
    keep_alive: int = 15
    # Seconds that a closed connection may take to read the sent data.
    linger: float = 5
    frame_size: int = 65_536
    ping_interval: float = 20
    ping_timeout: float = 20
