"""Port: the requests that carried an idempotency key."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from msgspec import Struct


class Key(NamedTuple):
    """An idempotency key: the same name is another key to another caller or operation.

    `operation` is the stable name of a command, such as `orders.place`.
    """

    operation: str
    caller: str
    name: str


class Remembered(Struct, frozen=True):
    """The request of a key, and its answer."""

    request_hash: bytes
    ids: tuple[UUID, ...]


class Idempotency(Protocol):
    """Keys expire after a time that the adapter is given."""

    async def remember(self, requests: Sequence[tuple[Key, Remembered]]) -> dict[Key, Remembered]:
        """Take each key for its request; return the earlier requests of those that are taken.

        Each key comes once. The adapter sorts them, so that two transactions never wait for each
        other.
        """
        ...

    async def prune(self, before: datetime, *, limit: int) -> bool:
        """Remove at most `limit` keys of `before` or earlier; return whether there may be more."""
        ...
