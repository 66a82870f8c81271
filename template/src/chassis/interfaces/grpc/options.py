"""gRPC's names for the limits: https://grpc.github.io/grpc/core/group__grpc__arg__keys.html."""

from chassis.interfaces.serving.limits import Limits

type Options = list[tuple[str, int]]

# Calls that may wait to be accepted, at the least. gRPC drops the rest silently, of any caller. By
# default it begins to do so at random at a thousand, which a burst of one caller reaches.
PENDING = 3000


def options_of(limits: Limits) -> Options:
    """Return the server's options.

    gRPC has none for the connections of one address: a proxy in front of it must limit these.
    """
    pending = max(PENDING, limits.connections)
    return [
        # Another process on the same port is an error.
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", limits.message_size),
        # A page of a list may be larger than any request.
        ("grpc.max_send_message_length", -1),
        ("grpc.max_metadata_size", limits.head_size),
        ("grpc.absolute_max_metadata_size", limits.head_size),
        ("grpc.max_allowed_incoming_connections", limits.connections),
        ("grpc.max_concurrent_streams", limits.in_flight),
        ("grpc.server.max_pending_requests", pending),
        ("grpc.server.max_pending_requests_hard_limit", pending),
        ("grpc.server_handshake_timeout_ms", _ms(limits.handshake_timeout)),
        ("grpc.max_connection_idle_ms", _ms(limits.idle_timeout)),
        ("grpc.keepalive_time_ms", _ms(limits.ping_interval)),
        ("grpc.keepalive_timeout_ms", _ms(limits.ping_timeout)),
        # A client may ping as often.
        ("grpc.http2.min_ping_interval_without_data_ms", _ms(limits.ping_interval / 2)),
    ]


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
