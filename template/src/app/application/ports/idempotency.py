"""Port: the requests that carried an idempotency key."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from msgspec import Struct


class Remembered(Struct, frozen=True):
    """What an earlier request under the same key was, and was answered."""

    request_hash: bytes
    ids: tuple[UUID, ...]


class Idempotency(Protocol):
    """Keys belong to their caller and are forgotten after a time that the adapter is given."""

    async def remember(
        self, caller: str, key: str, request_hash: bytes, ids: Sequence[UUID]
    ) -> Remembered | None:
        """Take the key for this request, or return the earlier one that has it."""
        ...

    async def prune(self, *, limit: int) -> bool:
        """Remove at most `limit` keys that are forgotten; return whether there may be more."""
        ...
