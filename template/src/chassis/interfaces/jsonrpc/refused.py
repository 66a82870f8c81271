"""What the session refuses before a use case sees it."""

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
TOO_LARGE = -32003

type Identity = str | int | float | None


class Refused(Exception):
    """A message that cannot be taken; `field` is the part of it that is to blame.

    `identity` is the id of the request, where it has one that can be read.
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


def malformed(reason: str) -> Refused:
    """Return the refusal of a message that is not JSON, or is none at all."""
    return Refused(PARSE_ERROR, "malformed", "message", reason)


def too_large(limit: int) -> Refused:
    """Return the refusal of a message over the limit, in bytes."""
    return Refused(TOO_LARGE, "too-large", "message", f"must have at most {limit} bytes")


def batch_too_large(limit: int) -> Refused:
    """Return the refusal of a request whose batch has answers of `limit` bytes already."""
    reason = f"has answers of {limit} bytes already: ask for less, or outside of this batch"
    return Refused(TOO_LARGE, "too-large", "batch", reason)
