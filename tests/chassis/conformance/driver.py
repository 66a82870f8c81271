"""The suite's needs of a transport: a client that shares no code with the service's own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, Self

from msgspec import Struct


class Failed(Exception):
    """The service said no.

    `kind` is one word for all transports: malformed, invalid, too-large, too-many, key-reused,
    not-found, not-served, unauthorized, forbidden, rate-limited, busy, unavailable. `field` is
    what is to blame, where the service names it; `retry_after` are seconds.
    """

    def __init__(
        self, kind: str, text: str, *, field: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind
        self.text = text
        self.field = field
        self.retry_after = retry_after


class Disconnected(Exception):
    """The connection broke, or was never made."""


class Item(Struct, frozen=True, kw_only=True):
    """An item of a subscription: a notification, heartbeat, reset or closed."""

    event: str
    cursor: str
    data: dict[str, Any] | None = None
    reason: str | None = None


class Driver(Protocol):
    """A connection of one caller."""

    @classmethod
    def connected(cls, port: int, token: str | None = None) -> AbstractAsyncContextManager[Self]:
        """Connect to 127.0.0.1; with a token, say who it is. Raises `Failed`, `Disconnected`."""
        ...

    async def register(self, notifications: Sequence[Any], key: str | None = None) -> list[str]:
        """Register and return the ids; raises `Failed`."""
        ...

    async def list(self, **query: Any) -> dict[str, Any]:
        """Return a page or a slice, its fields named as over HTTP; raises `Failed`."""
        ...

    async def get(self, identity: str) -> dict[str, Any]:
        """Return a notification; raises `Failed`."""
        ...

    async def mark_seen(self, identity: str, is_seen: bool) -> dict[str, Any]:
        """Set the seen state and return the notification; raises `Failed`."""
        ...

    async def report(self, **query: Any) -> dict[str, Any]:
        """Return the counts, named as over HTTP; raises `Failed`."""
        ...

    def subscribed(self, **query: Any) -> AbstractAsyncContextManager[AsyncIterator[Item]]:
        """Subscribe (`receiver`, `action_type`, `cursor`); raises `Failed`."""
        ...
