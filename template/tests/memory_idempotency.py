"""Idempotency keys in memory."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from chassis.application.ports.clock import Clock
from chassis.application.ports.idempotency import Key, Remembered


class MemoryIdempotency:
    """The keys of one transaction; one that is older than `ttl` is forgotten."""

    def __init__(
        self, keys: dict[Key, tuple[datetime, Remembered]], clock: Clock, ttl: timedelta
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._ttl = ttl

    async def remember(self, requests: Sequence[tuple[Key, Remembered]]) -> dict[Key, Remembered]:
        now = self._clock()
        answers = {}
        for key, request in requests:
            expires, earlier = self._keys.get(key, (now, None))
            if earlier is not None and now < expires:
                answers[key] = earlier
            else:
                self._keys[key] = (now + self._ttl, request)
        return answers

    async def prune(self, before: datetime, *, limit: int) -> bool:
        old = [key for key, (expires, _) in self._keys.items() if expires - self._ttl <= before]
        for key in old[:limit]:
            del self._keys[key]
        return len(old[:limit]) == limit
