"""What this transport refuses before a use case sees it."""

from http import HTTPStatus


class Refused(Exception):
    """A request that cannot be decoded; `field` is the part of it that is to blame."""

    def __init__(self, status: HTTPStatus, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.status = status
        self.field = field
        self.reason = reason


class ClientLeft(Exception):
    """The client went away before its request was complete."""
