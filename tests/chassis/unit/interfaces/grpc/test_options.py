from chassis.interfaces.grpc.options import PENDING, options_of
from chassis.interfaces.serving.limits import Limits


def test_limits_have_grpcs_names_and_units() -> None:
    options = dict(
        options_of(
            Limits(
                message_size=1,
                connections=2,
                in_flight=3,
                handshake_timeout=0.5,
                idle_timeout=5,
                head_size=6,
                ping_interval=7,
                ping_timeout=8,
            )
        )
    )

    assert options == {
        "grpc.so_reuseport": 0,
        "grpc.max_receive_message_length": 1,
        "grpc.max_send_message_length": -1,
        "grpc.max_metadata_size": 6,
        "grpc.absolute_max_metadata_size": 6,
        "grpc.max_allowed_incoming_connections": 2,
        "grpc.max_concurrent_streams": 3,
        "grpc.server.max_pending_requests": PENDING,
        "grpc.server.max_pending_requests_hard_limit": PENDING,
        "grpc.server_handshake_timeout_ms": 500,
        "grpc.max_connection_idle_ms": 5000,
        "grpc.keepalive_time_ms": 7000,
        "grpc.keepalive_timeout_ms": 8000,
        "grpc.http2.min_ping_interval_without_data_ms": 3500,
    }


def test_as_many_calls_wait_as_there_may_be() -> None:
    options = dict(options_of(Limits(connections=PENDING + 1)))

    assert options["grpc.server.max_pending_requests"] == PENDING + 1
