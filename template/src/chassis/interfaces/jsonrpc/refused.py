"""The refusals of a session, before a use case."""

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
TOO_LARGE = -32003

type Identity = str | int | float | None


class JsonRpcRefused(Exception):
    """A message that is refused; `field` is the invalid part of it.

    `identity` is the id of the request, if it has one that can be read.
    """

    def __init__(
        self, code: int, kind: str, field: str, reason: str, identity: Identity = None
    ) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.code = code
        self.kind = kind
        self.field = field
        self.reason = reason
        self.identity = identity


def malformed(reason: str) -> JsonRpcRefused:
    """Return the refusal of a message that is not JSON, or is none at all."""
    return JsonRpcRefused(PARSE_ERROR, "malformed", "message", reason)


def too_large(limit: int) -> JsonRpcRefused:
    """Return the refusal of a message over the limit, in bytes."""
    return JsonRpcRefused(TOO_LARGE, "too-large", "message", f"must have at most {limit} bytes")


def batch_too_large(limit: int) -> JsonRpcRefused:
    """Return the refusal of a request whose batch already has answers of `limit` bytes."""
    reason = f"has answers of {limit} bytes already: ask for less, or outside of this batch"
    return JsonRpcRefused(TOO_LARGE, "too-large", "batch", reason)
