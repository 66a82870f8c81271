"""The refusals of this transport, before a use case."""

from http import HTTPStatus


class HttpRefused(Exception):
    """A request that cannot be decoded; `field` is the invalid part of it."""

    def __init__(self, status: HTTPStatus, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.status = status
        self.field = field
        self.reason = reason


class ClientLeft(Exception):
    """The client went away before its request was complete."""
