"""What one server allows its clients, with one meaning on every transport."""

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """Bounds on connections, sizes and times; sizes in bytes, times in seconds."""

    # Of one request: a body, a line, a message.
    message_size: int = 1024 * 1024
    connections: int = 16_384
    connections_per_address: int = 16_384
    # Requests of one connection that are under way at once; further ones wait to be read.
    in_flight: int = 256
    # Of these, those that are worked on at once where answers may be large, so that a client which
    # asks for many and reads none has few of them held for it, and is cut before others wait in
    # vain. Small ones take turns as well: with fewer, those would wait for the database alone.
    large_at_once: int = 4
    # Until a connection that was made may be used: TLS, and where tokens are asked for, those.
    handshake_timeout: float = 10
    # A connection on which nothing is under way and nothing comes is closed after so long.
    idle_timeout: float = 300
    # From the first byte of a request to its last one.
    request_timeout: float = 30
    # How long a client may take to read what is sent to it, while the buffers are full.
    send_timeout: float = 10

    backlog: int = 2048
    head_size: int = 65_536
    keep_alive: int = 15
    # How long a closed connection may take to read what was sent to it.
    linger: float = 5
    frame_size: int = 65_536
    ping_interval: float = 20
    ping_timeout: float = 20
