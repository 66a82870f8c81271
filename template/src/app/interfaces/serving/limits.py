"""What one server allows its clients."""

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """Bounds on connections, sizes and times; sizes in bytes, times in seconds."""

    connections: int = 16_384
    backlog: int = 2048
    head_size: int = 65_536
    # From the first byte of a request to the last one of its body.
    request_timeout: float = 30
    keep_alive: int = 15
    # How long a closed connection may take to read what was sent to it.
    linger: float = 5
    frame_size: int = 65_536
    ping_interval: float = 20
    ping_timeout: float = 20
