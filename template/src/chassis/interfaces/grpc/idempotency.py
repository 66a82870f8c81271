"""The idempotency key of a call, which is in its metadata."""

from chassis.application.commands.idempotency_key import check_key
from chassis.interfaces.grpc.observe import METADATA
from chassis.interfaces.grpc.refused import GrpcRefused

KEY = "idempotency-key"


def idempotency_key() -> str | None:
    """Return the key, if the current call has one; raises `GrpcRefused` if it is malformed."""
    for name, value in METADATA.get():
        if name == KEY:
            # gRPC passes a value that is not ASCII as bytes.
            key = value if isinstance(value, str) else value.decode("latin-1")
            check_key(KEY, key, GrpcRefused)
            return key
    return None
